"""A SQLAlchemy engine on the ledger's own database, and reads that survive a lost connection.

Always the primary: a replica may be behind an erasure, and is never asked for keys.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, Engine, Executable, Row, create_engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import QueuePool

from ledger.config import Settings
from ledger.errors import StoreUnavailable

_PRAGMAS = (
    "PRAGMA busy_timeout = 10000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
)


def engine_for(settings: Settings) -> Engine:
    """An engine on the database that the settings name; it must exist and be migrated.

    On SQLite a transaction is begun explicitly, with BEGIN IMMEDIATE under the execution option
    `sqlite_immediate=True` (whoever reads and then writes), so it never fails half-way as locked.
    """
    if settings.database_url is not None:
        return _postgres(settings.database_url.get_secret_value(), settings.schema_name)
    return _sqlite(settings.database_path)


def fetch(engine: Engine, statement: Executable) -> Sequence[Row[Any]]:
    """All rows of one read, outside any transaction; asked again once on a fresh connection.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    try:
        return _fetch(engine, statement)
    except (OperationalError, InterfaceError) as error:
        if not error.connection_invalidated:
            raise StoreUnavailable from error
    try:
        return _fetch(engine, statement)
    except DBAPIError as error:
        raise StoreUnavailable from error


def _fetch(engine: Engine, statement: Executable) -> Sequence[Row[Any]]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return connection.execute(statement).all()


def _postgres(url: str, schema: str) -> Engine:
    given = conninfo_to_dict(url)
    options = f"{given.pop('options', None) or ''} -c search_path={schema}".strip()
    given.setdefault("target_session_attrs", "read-write")

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(**given, options=options)  # type: ignore[arg-type]

    return create_engine("postgresql+psycopg://", creator=connect, pool_size=5, max_overflow=10)


def _sqlite(path: Path) -> Engine:
    address = f"file:{quote(str(path.absolute()))}?mode=rw"  # a missing database is never made here

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, check_same_thread=False
        )
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        return connection

    engine = create_engine(
        "sqlite+pysqlite://", creator=connect, poolclass=QueuePool, pool_size=5, max_overflow=10
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        immediate = options.get("sqlite_immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
