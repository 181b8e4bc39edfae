"""The plain tables that the ledger is measured against: no lock, no check, no vault, no projection.

On the same server, or on a file beside the ledger's with the same pragmas; columns and indexes are
those of `events`. What is written there are rows the ledger wrote itself, byte for byte.
"""

from __future__ import annotations

import contextlib
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from api.bench.loading import EVENTS, copy_bytes
from api.bench.places import Place
from ledger.store import arrays
from ledger.store.append import StoredRow
from ledger.store.arrays import Bigs, Blobs, PgArray, Texts, Uuids
from ledger.store.sqlite import PRAGMAS, connect

_TABLE = "bench_events"
_ALL = f"SELECT {EVENTS.columns} FROM events ORDER BY position"  # noqa: S608 - our names
_AT_ONCE = 5_000
_INTO = f"INSERT INTO {_TABLE} ({EVENTS.columns})"


class Plain(ABC):
    """A table like `events`, filled with what that holds, and one connection that writes to it."""

    @abstractmethod
    def prepared(self, rows: Sequence[StoredRow]) -> Any:
        """One commit's rows as the fastest way in takes them; not part of what is measured."""

    @abstractmethod
    def copy(self, prepared: Any) -> None:
        """Write them at once, the fastest way there is, and commit."""

    @abstractmethod
    def insert(self, rows: Sequence[StoredRow]) -> None:
        """Write them with one plain INSERT, packing included, and commit."""


@contextlib.contextmanager
def plain(place: Place) -> Iterator[Plain]:
    """The ceiling of a place's database."""
    opened = _postgres(place) if place.store == "postgresql" else _sqlite(place)
    with opened as table:
        yield table


class PlainPostgres(Plain):
    """COPY in binary form; INSERT from arrays."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def prepared(self, rows: Sequence[StoredRow]) -> Any:
        return copy_bytes([_flat(row) for row in rows], EVENTS.kinds)

    def copy(self, prepared: Any) -> None:
        statement = f"COPY {_TABLE} ({EVENTS.columns}) FROM STDIN (FORMAT BINARY)"
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(prepared)

    def insert(self, rows: Sequence[StoredRow]) -> None:
        columns = zip(*(_row(row) for row in rows), strict=True)
        kinds: tuple[type[PgArray], ...] = (Bigs, Uuids, Uuids, Bigs, Texts, Bigs, Blobs)
        packed = [kind.of(column) for kind, column in zip(kinds, columns, strict=True)]
        marks = ", ".join(["%b"] * len(kinds))
        statement = f"{_INTO} SELECT * FROM unnest({marks})"  # noqa: S608 - marks
        self._connection.execute(statement, packed, prepare=True)


class PlainSQLite(Plain):
    """executemany in one transaction; for INSERT too: there is nothing faster."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def prepared(self, rows: Sequence[StoredRow]) -> Any:
        return [_flat(row) for row in rows]

    def copy(self, prepared: Any) -> None:
        marks = ", ".join("?" * len(EVENTS.kinds))
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(f"{_INTO} VALUES ({marks})", prepared)
        self._connection.execute("COMMIT")

    def insert(self, rows: Sequence[StoredRow]) -> None:
        self.copy(self.prepared(rows))


def _row(row: StoredRow) -> tuple[Any, ...]:
    return (
        row.position, row.event, row.originator_id, row.originator_version, row.topic,
        row.recorded_at, row.state,
    )  # fmt: skip


def _flat(row: StoredRow) -> tuple[Any, ...]:
    """The same with ids as bytes."""
    position, event, stream, *rest = _row(row)
    return (position, event.bytes, stream.bytes, *rest)


def read_all(place: Place) -> int:
    """Read every event as the driver gives it, keeping none: a binary cursor on the server, or a
    plain SELECT. How many there were."""
    if place.store == "sqlite":
        with contextlib.closing(connect(place.settings.database_path)) as file:
            return sum(1 for _ in file.execute(_ALL))
    with (
        place.owner() as connection,
        connection.transaction(),
        connection.cursor("bench_reading", binary=True) as cursor,
    ):
        cursor.itersize = _AT_ONCE
        cursor.execute(_ALL)
        return sum(1 for _ in cursor)


@contextlib.contextmanager
def _postgres(place: Place) -> Iterator[PlainPostgres]:
    with place.owner() as connection:
        arrays.register(connection)
        like = "LIKE events INCLUDING CONSTRAINTS INCLUDING INDEXES"
        connection.execute(f"CREATE TABLE {_TABLE} ({like})")
        connection.execute(f"{_INTO} {_ALL}")
        connection.execute(f"VACUUM (ANALYZE) {_TABLE}")
        yield PlainPostgres(connection)


@contextlib.contextmanager
def _sqlite(place: Place) -> Iterator[PlainSQLite]:
    """A file of its own: the ledger's own appends would wait for its commits otherwise."""
    path = place.directory / "plain.db"
    path.touch()
    connection = connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("ATTACH ? AS ledger", [str(place.settings.database_path)])
        found = "SELECT sql FROM ledger.sqlite_schema WHERE type = 'table' AND name = 'events'"
        (made,) = connection.execute(found).fetchone()
        connection.execute(made.replace("events", _TABLE, 1))
        connection.execute(f"{_INTO} {_ALL}")
        connection.execute("DETACH ledger")
        assert connection.execute("PRAGMA synchronous").fetchone() == (PRAGMAS["synchronous"],)
        yield PlainSQLite(connection)
    finally:
        connection.close()
