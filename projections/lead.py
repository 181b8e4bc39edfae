"""Who projects: of all processes on a ledger one leads, the others stand by and take over.

It saves work, no more: what keeps two projectors from writing twice is the guarded position. The
lead ends with its process, also one that is killed: on PostgreSQL it is a lock of a session, on
SQLite one of the operating system on a file beside the database.
"""

from __future__ import annotations

import fcntl
import os
from typing import Protocol

import sqlalchemy
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_NAME = "hashtextextended(concat('ledger/', %s::text, '/', current_schema()), 0)"
_LOCK = f"SELECT pg_try_advisory_lock({_NAME})"
_UNLOCK = f"SELECT pg_advisory_unlock({_NAME})"


class Lead(Protocol):
    """The right to do what one process at a time does for a ledger. For one thread."""

    def take(self) -> bool:
        """Whether this process leads: it did and still does, or nobody else does now."""

    def leave(self) -> None:
        """Let another process lead."""


def lead_of(engine: sqlalchemy.Engine, work: str = "project") -> Lead:
    """The lead among those that do this work on a database."""
    return (_Session if engine.dialect.name == "postgresql" else _File)(engine, work)


class _Session:
    """An advisory lock of a session that does nothing else; it is lost with the session."""

    def __init__(self, engine: sqlalchemy.Engine, work: str) -> None:
        self._engine = engine
        self._work = work
        self._session: Connection | None = None

    def take(self) -> bool:
        if self._session is not None:
            try:
                self._session.exec_driver_sql("SELECT 1")
                return True
            except DBAPIError:
                self.leave()
        session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if session.exec_driver_sql(_LOCK, (self._work,)).scalar():
            self._session = session
            return True
        session.close()
        return False

    def leave(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            try:
                session.exec_driver_sql(_UNLOCK, (self._work,))  # closing alone takes a moment
            except DBAPIError:
                session.invalidate()  # never back to the pool, perhaps with the lock
            session.close()


class _File:
    """A lock on `<database>-<work>`; the file is empty and stays."""

    def __init__(self, engine: sqlalchemy.Engine, work: str) -> None:
        self._engine = engine
        self._work = work
        self._file: int | None = None

    def take(self) -> bool:
        if self._file is not None:
            return True
        with self._engine.connect() as connection:
            (_, _, path), *_ = connection.exec_driver_sql("PRAGMA database_list").all()
        file = os.open(f"{path}-{self._work}", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def leave(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
