"""Runs a file of literal SQL inside the migration's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

SQL = Path(__file__).parent / "sql"


def run(connection: sa.Connection, revision: str) -> None:
    """Run `sql/<revision>_<dialect>…sql`: the files of a revision, in the order of their names.

    They go to the driver as they are: neither SQLAlchemy nor psycopg looks for parameters in them.
    """
    cursor = connection.connection.cursor()
    for file in sorted(SQL.glob(f"{revision}_{_dialect(connection)}*.sql")):
        script = file.read_text("utf-8")
        for statement in statements(script) if _dialect(connection) == "sqlite" else [script]:
            cursor.execute(statement)
    cursor.close()


def statements(script: str) -> Iterator[str]:
    """The statements of a SQLite script, triggers whole. (`executescript` would commit first.)"""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def _dialect(connection: sa.Connection) -> str:
    return "sqlite" if connection.dialect.name == "sqlite" else "postgres"
