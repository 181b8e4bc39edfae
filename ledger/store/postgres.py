"""The store on PostgreSQL: one schema a ledger, appends through one function on the server."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import errors
from psycopg_pool import ConnectionPool, PoolTimeout

from ledger.errors import (
    ClockSkew,
    KeyNotAlive,
    NotMigrated,
    NotStorable,
    OutcomeUnknown,
    StoreUnavailable,
)
from ledger.store import arrays, postgres_append, postgres_check
from ledger.store.answers import Outcome, known_of, repeated
from ledger.store.append import Answer, Conflict, Genesis, Submission
from ledger.store.recorder import Commands, LedgerRecorder

_KEEPALIVE = {
    "connect_timeout": 10,  # s
    "keepalives_idle": 10,  # s; a peer that vanished is noticed, not waited for
    "tcp_user_timeout": 30_000,  # ms
}
_LOCK_TIMEOUT = "30s"
_RECONNECT = 30.0
"""s to try, once, to learn what became of an append whose reply was lost."""
_READERS = 8
_THE_ROWS_OWN = (psycopg.IntegrityError, psycopg.DataError, errors.ProgramLimitExceeded)
"""What the database refuses for what a row says, or for its size."""
_UNSENDABLE = (UnicodeEncodeError, OverflowError, struct.error)
"""What cannot even be packed, so that nothing was sent."""


_FIND = """
    SELECT actor, command, fingerprint, epoch, outcome, stream, first_version, last_version, position
    FROM unnest(?::uuid[], ?::bytea[]) AS wanted (actor, command) JOIN commands USING (actor, command)
"""


class _Session(NamedTuple):
    """A connection and what names its backend for ever: process ids are used again."""

    connection: psycopg.Connection[Any]
    pid: int
    started: datetime


_NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"


def _now() -> int:
    return time.time_ns() // 1000


class PostgresLedgerRecorder(LedgerRecorder):
    """A recorder on a migrated schema, as the runtime role. Appends use one connection of their own."""

    def __init__(self, url: str, schema: str, clock: Callable[[], int] = _now) -> None:
        """`clock` is the process clock, µs since 1970, UTC.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        self._url = url
        self._schema = schema
        self._clock = clock
        self._writing = threading.Lock()
        self._session: _Session | None = None
        try:
            with self._translated():
                self._session = self._open_session()
        except StoreUnavailable as error:
            look = "the address, the role and the password in LEDGER_DATABASE_URL"
            raise StoreUnavailable(**error.facts, look=look) from error
        self._readers = ConnectionPool(
            url,
            kwargs={**_KEEPALIVE, "autocommit": True},
            configure=self._configure,
            min_size=1,
            max_size=_READERS,
            timeout=30,
            open=True,
        )

    # ---- connections ------------------------------------------------------------------------

    def _configure(self, connection: psycopg.Connection[Any]) -> None:
        """Unqualified names mean the ledger's schema and nothing that a user could put before it."""
        arrays.register(connection)
        connection.execute(
            "SELECT set_config('search_path', %s, false), set_config('lock_timeout', %s, false),"
            " set_config('default_transaction_isolation', 'read committed', false)",
            [f'"{self._schema}", pg_temp', _LOCK_TIMEOUT],
        )

    def _open_session(self) -> _Session:
        connection = psycopg.connect(self._url, autocommit=True, **_KEEPALIVE)  # type: ignore[arg-type]
        try:
            self._configure(connection)
            row = connection.execute(
                "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            ).fetchone()
        except BaseException:
            connection.close()
            raise
        assert row is not None
        return _Session(connection, *row)

    @contextmanager
    def _writer(self) -> Iterator[_Session]:
        """The writing session, alone. One that did not end idle is closed, never used again."""
        with self._writing:
            if self._session is None or self._session.connection.closed:
                self._session = self._open_session()
            session = self._session
            try:
                yield session
            finally:
                idle = psycopg.pq.TransactionStatus.IDLE
                if session.connection.info.transaction_status != idle:
                    session.connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """psycopg's errors in the ledger's words. After any of them the transaction is undone."""
        try:
            yield
        except (errors.UndefinedTable, errors.UndefinedFunction, errors.InvalidSchemaName) as error:
            raise NotMigrated(schema=self._schema) from error
        except _THE_ROWS_OWN as error:
            constraint = error.diag.constraint_name
            raise NotStorable(sqlstate=error.sqlstate, constraint=constraint) from error
        except psycopg.Error as error:
            if error.sqlstate == "LG001":
                raise ClockSkew(seconds=error.diag.message_detail) from error
            if error.sqlstate == "LG003":
                raise KeyNotAlive() from error
            if isinstance(error, psycopg.OperationalError):
                raise StoreUnavailable(sqlstate=error.sqlstate) from error
            raise

    # ---- append -----------------------------------------------------------------------------

    def _append_wave(self, wave: Sequence[Submission]) -> list[Outcome]:
        with self._translated():
            with self._writer() as session:
                try:
                    return postgres_append.append(session.connection, wave, self._clock())
                except _UNSENDABLE as error:
                    raise NotStorable(why=type(error).__name__) from error
                except psycopg.Error:
                    if not session.connection.broken:
                        raise  # the server said no: nothing is stored
            return self._after_lost_reply(wave, session)

    def _after_lost_reply(self, wave: Sequence[Submission], lost: _Session) -> list[Outcome]:
        """What became of a wave whose reply was lost.

        The old backend may still run or be about to: it is ended first, then the append lock waits
        for its commit, and only then "not there" is final. Nothing is sent a second time. A wave
        commits as a whole, so what is missing beside something found was refused or came too late,
        and its caller decides again.
        """
        with self._settled(lost):
            known = [self.find_answers(one.actor, [one.command]) for one in wave]
        if not any(known):
            raise StoreUnavailable(reason="the connection broke before the commit")
        return [
            repeated(found[one.command], one) if found else Conflict("not among what was stored")
            for one, found in zip(wave, known, strict=True)
        ]

    @contextmanager
    def _settled(self, lost: _Session) -> Iterator[None]:
        """The append lock, held after the lost session has surely ended.

        Raises:
            OutcomeUnknown: the database cannot be reached again, so it is not known what became of
                the wave; repeating the command ids tells.
        """
        unknown = OutcomeUnknown()
        try:
            with self._reconnected() as session, session.connection.transaction():
                ended = session.connection.execute(
                    "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity"
                    " WHERE pid = %s AND backend_start = %s",
                    [lost.pid, lost.started],
                ).fetchone()
                if ended == (False,):
                    raise unknown
                session.connection.execute("SELECT append_lock()")
                yield
        except (psycopg.Error, StoreUnavailable) as error:  # lost again, before anybody could look
            raise unknown from error

    @contextmanager
    def _reconnected(self) -> Iterator[_Session]:
        """The writing session, opened anew as soon as the database answers: a fail-over takes time."""
        deadline = time.monotonic() + _RECONNECT
        while True:
            try:
                with self._writing:
                    self._session = self._open_session()
                break
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        with self._writer() as session:
            yield session

    def open_ledger(self, genesis: Genesis, submission: Submission) -> bool:
        with self._translated(), self._writer() as session:
            connection = session.connection
            with connection.transaction():
                connection.execute("SELECT append_lock()")
                if connection.execute("SELECT FROM ledger").fetchone() is not None:
                    return False
                postgres_append.write_genesis(connection, genesis)
                (outcome,) = postgres_append.append(connection, [submission], self._clock())
                assert isinstance(outcome, Answer), outcome
                return True

    # ---- reads ------------------------------------------------------------------------------

    def _query(self, statement: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Asked again once where the connection broke while it was idle: to try each one before it
        is used would cost every read a round trip."""
        with self._translated():
            try:
                return self._ask(statement, params)
            except psycopg.OperationalError as error:
                ended = error.sqlstate is None or error.sqlstate.startswith("57P")
                if isinstance(error, PoolTimeout) or not ended:
                    raise
            self._readers.check()
            return self._ask(statement, params)

    def _ask(self, statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._readers.connection() as connection, connection.cursor(binary=True) as cursor:
            return cursor.execute(statement.replace("?", "%s"), params).fetchall()

    def _among(self, column: str, ids: Sequence[UUID]) -> tuple[str, Sequence[Any]]:
        """One packed array: the statement stays the same, so it is prepared once."""
        return f"{column} = ANY (?)", [arrays.Uuids.of(ids)]

    def find_commands(self, commands: Collection[tuple[UUID, bytes]]) -> Commands:
        """As everywhere; here the pairs go as two packed arrays, so the statement stays the same."""
        if not commands:
            return {}
        actors, ids = zip(*commands, strict=True)
        rows = self._query(_FIND, [arrays.Uuids.of(actors), arrays.Blobs.of(ids)])
        return {(actor, command): known_of(columns) for actor, command, *columns in rows}

    def now(self) -> int:
        now: int = self._query(_NOW)[0][0]
        return now

    def check(self) -> None:
        postgres_check.check(self._query, self._schema)

    def close(self) -> None:
        self._readers.close()
        with self._writing:
            if self._session is not None:
                self._session.connection.close()
