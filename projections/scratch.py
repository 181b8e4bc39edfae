"""Scratch tables: the tables of the read side, empty, in a private SQLite database that goes away.

What is folded into them answers the same queries as the live tables. They hold ciphertext, as those
do, and nobody else can open them: SQLite keeps a nameless database in memory and, when it grows past
its page cache, in a temporary file that is deleted as soon as it is open.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.ddl import ExecutableDDLElement

from projections.columns import metadata

_PRAGMAS = (
    "PRAGMA journal_mode = OFF",  # nobody recovers it: after a crash it is gone
    "PRAGMA synchronous = OFF",
    "PRAGMA temp_store = FILE",
    "PRAGMA cache_size = -16384",  # KiB: what is larger lies on disk
)


@contextlib.contextmanager
def opened() -> Iterator[Connection]:
    """Empty tables on a connection of their own (some 2 ms); closed, they are gone."""
    with _nameless().connect() as connection, connection.begin():
        yield connection


@contextlib.contextmanager
def kept(folder: Path) -> Iterator[Engine]:
    """Empty tables in a file in this folder, which is the caller's to remove."""
    engine = _engine(str(folder / "tables.db"))
    try:
        yield engine
    finally:
        engine.dispose()


@cache
def _nameless() -> Engine:
    return _engine("file:", uri="true")  # a name that is none: a private temporary database


def _engine(database: str, **options: str) -> Engine:
    """Threads take turns on a connection, as a server's do; no two use one at once."""
    made = create_engine(
        URL.create("sqlite+pysqlite", database=database, query=options),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"check_same_thread": False},
    )
    event.listen(made, "connect", _prepare)
    return made


def _prepare(connection: Any, _: Any) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    if not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
        connection.executescript(_tables())


@cache
def _tables() -> str:
    """The statements that make every table and index of the read side, in one go."""
    dialect = sqlite.dialect()
    made: list[ExecutableDDLElement] = []
    for table in metadata.sorted_tables:
        made += [CreateTable(table), *(CreateIndex(index) for index in table.indexes)]
    statements = [str(statement.compile(dialect=dialect)) for statement in made]
    return ";\n".join(["BEGIN", *statements, "COMMIT"])
