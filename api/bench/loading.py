"""Rows straight into the tables: COPY in its binary form, or executemany. Past the append, on purpose.

What the append would check holds because of how the rows are made (`population.py`); the tables'
own constraints and triggers stay on. PostgreSQL is loaded by the owner, who alone may.
"""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from api.bench.places import Place
from ledger.store.sqlite import connect

_CACHE = 64 * 1024
"""KiB of pages SQLite may hold while loading: the index of event ids is random."""


class Table(NamedTuple):
    """A table to load: its columns, and what each is (i: integer, I: bigint, u: uuid, b: bytes,
    t: text, o: boolean)."""

    name: str
    columns: str
    kinds: str


EVENTS = Table("events", "position, event, stream, version, topic, recorded_at, state", "IuuItIb")
KEYS = Table(
    "data_keys",
    "kid, commitment, stream, class, scope, generation, epoch, wrapped, minted_at",
    "bbuttiibI",
)
LOOKUPS = Table("lookups", "kind, idx, kid, epoch, stream, exclusive", "tbbiuo")
STATES = Table("decision_states", "stream, version, form, state", "uIib")
TABLES = (EVENTS, KEYS, LOOKUPS, STATES)


class Batch(NamedTuple):
    """Rows of every table, in the order of TABLES, and how many of them are events."""

    length: int
    parts: list[Any]


@dataclass
class Rows:
    """The rows of one batch, ids as bytes."""

    events: list[tuple[Any, ...]] = field(default_factory=list)
    keys: list[tuple[Any, ...]] = field(default_factory=list)
    lookups: list[tuple[Any, ...]] = field(default_factory=list)
    states: list[tuple[Any, ...]] = field(default_factory=list)

    def packed(self, store: str) -> Batch:
        """As the database takes them: rows for SQLite, the bytes of a COPY for PostgreSQL."""
        parts: list[Any] = [self.events, self.keys, self.lookups, self.states]
        if store == "postgresql":
            parts = [
                copy_bytes(rows, table.kinds) for rows, table in zip(parts, TABLES, strict=True)
            ]
        return Batch(len(self.events), parts)


_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
_TAIL = struct.pack("!h", -1)
_INT = struct.Struct("!ii").pack
_BIG = struct.Struct("!iq").pack
_PACK: dict[str, Callable[[Any], bytes]] = {
    "i": lambda value: _INT(4, value),
    "I": lambda value: _BIG(8, value),
    "u": lambda value: b"\0\0\0\x10" + value,
    "b": lambda value: len(value).to_bytes(4, "big") + value,
    "t": lambda value: len(value).to_bytes(4, "big") + value.encode(),  # ASCII: codes, kinds
    "o": lambda value: b"\0\0\0\1" + bytes((value,)),
}


def copy_bytes(rows: Sequence[tuple[Any, ...]], kinds: str) -> bytes:
    """The rows in PostgreSQL's binary COPY format."""
    head = struct.pack("!h", len(kinds))
    packers = [_PACK[kind] for kind in kinds]
    parts = [_HEAD]
    for row in rows:
        parts.append(head)
        parts += [pack(value) for pack, value in zip(packers, row, strict=True)]
    parts.append(_TAIL)
    return b"".join(parts)


@contextlib.contextmanager
def loader(place: Place) -> Iterator[Callable[[Batch], None]]:
    """A function that writes a batch in one transaction; tidy and durable when this ends."""
    opened = _postgres(place) if place.store == "postgresql" else _sqlite(place)
    with opened as write:
        yield write


@contextlib.contextmanager
def _postgres(place: Place) -> Iterator[Callable[[Batch], None]]:
    with place.owner() as connection:

        def write(batch: Batch) -> None:
            with connection.transaction(), connection.cursor() as cursor:
                for table, data in zip(TABLES, batch.parts, strict=True):
                    statement = f"COPY {table.name} ({table.columns}) FROM STDIN (FORMAT BINARY)"
                    with cursor.copy(statement) as copy:
                        copy.write(data)

        connection.execute("SET synchronous_commit = off")
        yield write
        connection.execute("SET synchronous_commit = on")
        for table in TABLES:
            connection.execute(f"VACUUM (ANALYZE) {table.name}")


@contextlib.contextmanager
def _sqlite(place: Place) -> Iterator[Callable[[Batch], None]]:
    connection = connect(place.settings.database_path)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA cache_size = -{_CACHE}")

    def write(batch: Batch) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in zip(TABLES, batch.parts, strict=True):
            marks = ", ".join("?" * len(table.kinds))
            insert = f"INSERT INTO {table.name} ({table.columns}) VALUES ({marks})"  # noqa: S608
            connection.executemany(insert, rows)
        connection.execute("COMMIT")

    try:
        yield write
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def size(place: Place) -> int:
    """Bytes the ledger takes on disk, indexes and all."""
    if place.store == "sqlite":
        with contextlib.closing(connect(place.settings.database_path)) as connection:
            return _pragma(connection, "page_count") * _pragma(connection, "page_size")
    with place.owner() as connection:
        row = connection.execute(
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c"
            " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'"
        ).fetchone()
    return int(row[0]) if row else 0


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
