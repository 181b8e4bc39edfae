"""A SQLAlchemy engine on the ledger's own database, and reads that survive a lost connection.

Always the primary: a replica may be behind an erasure, and is never asked for keys.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, Engine, Executable, Row, create_engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import QueuePool

from ledger.config import Settings
from ledger.errors import StoreUnavailable

T = TypeVar("T")

_PRAGMAS = (
    "PRAGMA busy_timeout = 10000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
)

# sqlite3 asks every `bytes` and None that it binds for `__conform__`, three times the work of binding
# it, unless an adapter is registered: these two give back what they are given.
sqlite3.register_adapter(bytes, bytes.__bytes__)
sqlite3.register_adapter(type(None), {None: None}.get)

_POOL: dict[str, Any] = {"pool_size": 5, "max_overflow": 35, "hide_parameters": True}
"""Room for a server's 40 threads. What a statement was given never stands in an error's text."""

_READ_ALONE: dict[str, dict[str, Any]] = {
    "postgresql": {"isolation_level": "AUTOCOMMIT"},
    "sqlite": {"sqlite_begin": False},
}
"""Execution options of a read that needs no transaction: one round trip instead of three."""


def engine_for(settings: Settings) -> Engine:
    """An engine on the database that the settings name; it must exist and be migrated.

    On SQLite a transaction is begun explicitly, with BEGIN IMMEDIATE under the execution option
    `sqlite_immediate=True` (whoever reads and then writes), so it never fails half-way as locked.
    """
    if settings.database_url is not None:
        return _postgres(settings.database_url.get_secret_value(), settings.schema_name)
    return _sqlite(settings.database_path)


def fetch(
    engine: Engine, statement: Executable, parameters: dict[str, Any] | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """All rows of one read, outside any transaction; asked again once on a fresh connection.

    Statements are built once by their module and take `parameters`: building one costs more than
    running it.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    return _asked_twice(engine, lambda link: link.execute(statement, parameters or {}).all())


def fetch_among(
    engine: Engine, select: str, values: Sequence[bytes]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The same where the column that a SELECT ends with is one of `values`, as the driver gives it:
    an id is a UUID on PostgreSQL and 16 bytes on SQLite.

    For what every command asks: SQLAlchemy's work on each value and each row, by their types, costs
    several times what the database does.
    """
    given: tuple[object, ...]
    statement, given = f"{select} IN ({', '.join('?' * len(values))})", tuple(values)
    if engine.dialect.name == "postgresql":
        statement, given = f"{select} = ANY (%b)", (list(values),)
    return _asked_twice(engine, lambda link: link.exec_driver_sql(statement, given).all())


def _asked_twice(engine: Engine, ask: Callable[[Connection], T]) -> T:
    try:
        return _asked(engine, ask)
    except (OperationalError, InterfaceError) as error:
        if not error.connection_invalidated:
            raise StoreUnavailable from error
    try:
        return _asked(engine, ask)
    except DBAPIError as error:
        raise StoreUnavailable from error


def _asked(engine: Engine, ask: Callable[[Connection], T]) -> T:
    alone = _READ_ALONE[engine.dialect.name]
    with engine.connect().execution_options(**alone) as connection:
        return ask(connection)


def _postgres(url: str, schema: str) -> Engine:
    given = conninfo_to_dict(url)
    options = f"{given.pop('options', None) or ''} -c search_path={schema}".strip()
    given.setdefault("target_session_attrs", "read-write")

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(**given, options=options)  # type: ignore[arg-type]

    return create_engine("postgresql+psycopg://", creator=connect, **_POOL)


def _sqlite(path: Path) -> Engine:
    address = f"file:{quote(str(path.absolute()))}?mode=rw"  # a missing database is never made here

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, check_same_thread=False
        )
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        return connection

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=QueuePool, **_POOL)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("sqlite_immediate", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif options.get("sqlite_begin", True):  # takes no lock: nothing SQLAlchemy had to translate
        raw: Any = connection.connection.driver_connection
        raw.execute("BEGIN")
