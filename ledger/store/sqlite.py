"""The embedded store: one SQLite file, written by any number of processes, one at a time."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from ledger.errors import NotMigrated, NotStorable, StoreUnavailable, UnsafeSettings
from ledger.store import sqlite_append
from ledger.store.answers import Outcome, known_of
from ledger.store.append import Genesis, Submission
from ledger.store.recorder import Commands, LedgerRecorder
from ledger.store.revision import newest

PRAGMAS = {
    "busy_timeout": 30_000,  # ms; another process holds the file for milliseconds only
    "synchronous": 2,  # FULL: an acknowledged append survives a power cut
    "secure_delete": 1,  # a dead key's bytes are overwritten
    "foreign_keys": 1,
    "recursive_triggers": 1,  # so that a REPLACE fires the DELETE triggers too
    "trusted_schema": 0,
    "cache_size": -32_768,  # KiB: keys and look-ups are random, so the pages of their indexes recur
    "wal_autocheckpoint": 4_000,  # pages of 4 KiB: each page is written back once, not every time
}
"""Set on every connection: SQLite forgets them when it is closed."""

TRIGGERS = frozenset(
    (
        "events_only_grow",
        "events_no_update",
        "events_no_delete",
        "ledger_one_row",
        "ledger_no_update",
        "ledger_no_delete",
        "epochs_no_delete",
        "epochs_no_replace",
        "data_keys_no_delete",
        "data_keys_insert",
        "data_keys_update",
    )
)

_THE_ROWS_OWN = (sqlite3.IntegrityError, sqlite3.DataError, OverflowError, UnicodeEncodeError)
"""What the database refuses for what a row says, or for its size."""

_FIND = """
    WITH wanted (actor, command) AS (VALUES {})
    SELECT actor, command, fingerprint, epoch, outcome, stream, first_version, last_version, position
    FROM wanted CROSS JOIN commands USING (actor, command)
"""
"""A join in this order: `(actor, command) IN (VALUES …)` would read the whole table."""
_PAIRS = 5_000
"""Pairs in a question; SQLite takes 32,766 parameters."""

_UUID_COLUMNS = frozenset(
    ("stream", "event", "actor", "id", "genesis_stream", "policy_stream", "actor_stream")
)


def connect(path: Path) -> sqlite3.Connection:
    """A connection with our pragmas that begins nothing by itself and never creates the file."""
    try:
        uri = f"{path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    except sqlite3.OperationalError as error:
        raise NotMigrated(database=path) from error
    for pragma, value in PRAGMAS.items():
        connection.execute(f"PRAGMA {pragma} = {value}")
    return connection


def _now() -> int:
    return time.time_ns() // 1000


class SQLiteLedgerRecorder(LedgerRecorder):
    """A recorder on a migrated SQLite file. One connection writes, one for each reader at a time."""

    def __init__(self, path: Path, clock: Callable[[], int] = _now) -> None:
        """`clock` gives µs since 1970, UTC; database and process share it here.

        Raises:
            NotMigrated: there is no such file.
        """
        self._path = path
        self._clock = clock
        self._closed = False
        self._idle: list[sqlite3.Connection] = []
        self._writing = threading.Lock()
        self._writer = connect(path)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        """The append lock, held to the commit: BEGIN IMMEDIATE locks out every other writer.

        A crash inside leaves nothing; SQLite rolls the WAL back when it is opened again.
        """
        with self._writing:
            cursor = self._writer.cursor()
            try:
                cursor.execute("BEGIN IMMEDIATE")
                yield cursor
                cursor.execute("COMMIT")
            except sqlite3.OperationalError as error:
                raise StoreUnavailable(reason=str(error)) from error
            except _THE_ROWS_OWN as error:
                raise NotStorable(sqlstate=getattr(error, "sqlite_errorname", None)) from error
            finally:
                if self._writer.in_transaction:
                    self._writer.rollback()
                cursor.close()

    def turn(self) -> AbstractContextManager[object]:
        """SQLite has one writer at a time; those of one process take turns here, and need not wait
        for each other by the pauses, ever longer, in which SQLite looks whether a lock is free."""
        return self._writing

    def _append_wave(self, wave: Sequence[Submission]) -> list[Outcome]:
        with self._transaction() as cursor:
            return sqlite_append.append(cursor, wave, self._clock())

    def open_ledger(self, genesis: Genesis, submission: Submission) -> bool:
        with self._transaction() as cursor:
            return sqlite_append.open_ledger(cursor, genesis, submission, self._clock())

    def find_commands(self, commands: Collection[tuple[UUID, bytes]]) -> Commands:
        found: Commands = {}
        rest = iter(commands)
        while some := list(islice(rest, _PAIRS)):
            statement = _FIND.format(", ".join(["(?, ?)"] * len(some)))
            for actor, command, *columns in self._query(statement, list(chain(*some))):
                found[actor, bytes(command)] = known_of(columns)
        return found

    def _query(self, statement: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        bound = [param.bytes if isinstance(param, UUID) else param for param in params]
        with self._reader() as connection:
            try:
                cursor = connection.execute(statement, bound)
                rows = cursor.fetchall()
            except sqlite3.OperationalError as error:
                raise StoreUnavailable(reason=str(error)) from error
        ids = [n for n, column in enumerate(cursor.description) if column[0] in _UUID_COLUMNS]
        return [_with_ids(row, ids) for row in rows]

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """A connection nobody else reads with; taking and giving back are atomic."""
        if self._closed:
            raise StoreUnavailable(reason="the recorder was closed")
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = connect(self._path)
        try:
            yield connection
        finally:
            self._idle.append(connection)
            if self._closed:  # meanwhile
                connection.close()

    def now(self) -> int:
        return self._clock()

    def check(self) -> None:
        try:
            found = self._query("SELECT version_num FROM alembic_version")
        except StoreUnavailable as error:
            raise NotMigrated(database=self._path) from error
        if found != [(newest(),)]:
            raise NotMigrated(database=self._path, found=found, needed=newest())
        wanted = {**PRAGMAS, "journal_mode": "wal"}
        for pragma, value in wanted.items():
            ((actual,),) = self._writer.execute(f"PRAGMA {pragma}").fetchall()
            if actual != value:
                raise UnsafeSettings(setting=f"PRAGMA {pragma}", why=f"{actual} instead of {value}")
        triggers = self._query("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        missing = TRIGGERS - {name for (name,) in triggers}
        if missing:
            why = "it is missing: somebody opened the tables to change"
            raise UnsafeSettings(setting=f"trigger {min(missing)}", why=why)

    def close(self) -> None:
        self._closed = True
        with self._writing:
            for connection in (self._writer, *self._idle):
                connection.close()


_ID = b"\xc4\x10"  # MessagePack: 16 bytes follow
_id = msgspec.msgpack.Decoder(UUID).decode
"""An id as its bytes say, in a quarter of the time that `UUID(bytes=…)` takes."""


def _with_ids(row: tuple[Any, ...], ids: list[int]) -> tuple[Any, ...]:
    if not ids:
        return row
    values = list(row)
    for n in ids:
        values[n] = values[n] and _id(_ID + values[n])
    return tuple(values)
