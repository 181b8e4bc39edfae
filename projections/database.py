"""Connections of the read side: one that reads at one position, one that writes a transaction."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any

import psycopg
import sqlalchemy
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ledger.errors import StoreUnavailable

_WRITER = (
    "synchronous = NORMAL",
    "secure_delete = OFF",  # every byte stands in the events too, for ever, and is ciphertext
    "cache_size = -32768",  # KiB; and as much again for each thread that sorts an index
    "threads = 2",  # to sort an index
)
_BUSY = ("SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED")


@contextlib.contextmanager
def reading(engine: sqlalchemy.Engine) -> Iterator[Connection]:
    """A connection on which all queries see the tables at one position.

    On PostgreSQL it first locks the positions against a rebuild's switch alone: a name that came to
    mean another table after the snapshot would show rows that the snapshot does not have.
    """
    with answering(), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            connection.exec_driver_sql("LOCK TABLE projection_progress IN ACCESS SHARE MODE")
        yield connection


@contextlib.contextmanager
def writing(engine: sqlalchemy.Engine) -> Iterator[Connection]:
    """A transaction that writes. It need not survive a power cut: rows and position go together,
    and the log has them all."""
    with answering(), engine.connect() as connection:
        prepare(connection)
        connection = connection.execution_options(sqlite_immediate=True)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection


def prepare(connection: Connection, *more: str) -> None:
    """Let a connection to SQLite write as `writing` does, before its first transaction; once, for it
    stays one of the pool. `more`: PRAGMAs for one that will not go back there."""
    if connection.dialect.name != "sqlite":
        return
    raw: Any = connection.connection.driver_connection
    for pragma in (*more, *(() if "writes" in connection.info else _WRITER)):
        raw.execute(f"PRAGMA {pragma}")
    connection.info["writes"] = True


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Tell a database that does not answer (try again) from a mistake of ours (stop)."""
    try:
        yield
    except (DBAPIError, psycopg.Error, sqlite3.Error) as error:  # rows go past SQLAlchemy
        cause = error.orig if isinstance(error, DBAPIError) else error
        busy = isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorname in _BUSY
        if busy or isinstance(cause, psycopg.OperationalError):
            raise StoreUnavailable(database="projections") from error
        raise
