"""Sums of rows: two tables have the same rows if, and only if, their sums are the same.

Each row is hashed under a key that is drawn for one comparison, and the hashes are added up. So the
rows may come in any order and from several processes, nothing is sorted or kept, and memory is that
of a few rows, whatever the size of the tables.

Trust: who changes the tables does not know the key, which never leaves memory, and so cannot look
for rows whose hashes add up to those of the rows they replace (128 bits; a fixed hash would allow
it). For the same reason a sum means nothing outside its comparison.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, Table

from ledger.config import Settings
from ledger.errors import Tampered
from ledger.events import Entry
from ledger.store import open_recorder
from ledger.store.recorder import LedgerRecorder
from projections.log import entries_of
from projections.projection import fold
from projections.registry import PROJECTIONS
from projections.workers import PART

ROWS_AT_ONCE = 1000
SIZE = 16
"""Bytes of a row's hash."""

_ALL = 1 << (8 * SIZE)
_HEAD = 19
"""Bytes of the header of a binary COPY, which comes with the first row."""
_END = 2
"""Bytes of the mark behind the last row."""

Progress = Callable[[int], None]
"""Called with the number of rows read since the last call."""


@dataclass(frozen=True)
class Sum:
    """How many rows, and what their hashes add up to."""

    rows: int = 0
    total: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.rows + other.rows, (self.total + other.total) % _ALL)

    @property
    def digest(self) -> str:
        """As hex digits; to be compared with one under the same key only."""
        return f"{self.total:0{2 * SIZE}x}"


Sums = dict[str, Sum]
"""By the name of the table; one without rows may be missing."""


@dataclass(frozen=True)
class Summing:
    """How rows are added up in one comparison: the key, and the database, for rows are taken as it
    is sent them and as it gives them back (`bulk.py`)."""

    key: bytes
    dialect: str

    def entries(self, entries: Sequence[Entry]) -> Sums:
        """The rows that these entries bring."""
        sums: Sums = {}
        for table, rows in fold(entries, PROJECTIONS, self.dialect).gathered():
            sums[table.name] = self.rows(rows)
            rows.clear()  # now, and not when somebody looks for cycles
        return sums

    def log(self, recorder: LedgerRecorder, after: int, until: int) -> Sums:
        """The rows that the entries behind one position up to another bring.

        Raises:
            Tampered: a position is missing. UnknownEvent: a newer ledger wrote it.
        """
        sums: Sums = {}
        while after < until:
            entries = entries_of(after, recorder.select_rows(after, min(PART, until - after)))
            if not entries:
                raise Tampered(where="events", position=after + 1)
            sums = added(sums, self.entries(entries))
            after = entries[-1].position
        return sums

    def table(self, connection: Connection, table: Table, progress: Progress | None = None) -> Sum:
        """The rows of a table, as this connection sees it."""
        read = _copied if self.dialect == "postgresql" else _selected
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        found = read(connection.connection.driver_connection, table.name, columns)
        total = Sum()
        while rows := list(islice(found, ROWS_AT_ONCE)):
            total += self.rows(rows)
            if progress is not None:
                progress(len(rows))
        return total

    def rows(self, rows: Sequence[Any]) -> Sum:
        """These rows."""
        packed = rows if self.dialect == "postgresql" else map(_encode, rows)
        return Sum(len(rows), sum(self._hashes(packed)) % _ALL)

    def _hashes(self, rows: Iterable[bytes]) -> Iterator[int]:
        for row in rows:
            hashed = blake2b(row, digest_size=SIZE, key=self.key).digest()
            yield int.from_bytes(hashed, "big")


def added(one: Sums, other: Sums) -> Sums:
    """Both together."""
    found = defaultdict(Sum, one)
    for name, part in other.items():
        found[name] += part
    return dict(found)


@contextmanager
def beginning(summing: Summing, settings: Settings) -> Iterator[Callable[[int, int], Sums]]:
    """`Summing.log` in a process of its own: see `workers.py`."""
    recorder = open_recorder(settings)
    try:
        yield partial(summing.log, recorder)
    finally:
        recorder.close()


# ---- the rows of a table, straight from the driver ----------------------------------------------

_encode = msgspec.msgpack.Encoder().encode


def _selected(driver: Any, name: str, columns: str) -> Iterator[Any]:
    rows: Iterator[Any] = driver.execute(f'SELECT {columns} FROM "{name}"')  # noqa: S608 - our names
    return rows


def _copied(driver: Any, name: str, columns: str) -> Iterator[Any]:
    """As a binary COPY sends them, a message each: byte for byte what `bulk.py` packs."""
    statement = f'COPY "{name}" ({columns}) TO STDOUT (FORMAT BINARY)'
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        start = _HEAD
        for message in copy:
            row = message[start:]
            start = 0
            if len(row) > _END:
                yield row
