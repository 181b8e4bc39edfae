"""Two sets of the same tables, compared row by row: what is only here, only there, or differs.

Rows are streamed by primary key and merged, so memory does not grow with the tables. What is told
of a difference is the table, the row's key and the names of the columns: never a value.

Trust: a digest says that two replays gave the same rows; who holds the tables can compute it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol
from uuid import UUID

import msgspec
from sqlalchemy import (
    Connection,
    Table,
    Text,
    TypeDecorator,
    collate,
    select,
    type_coerce,
)

from ledger.vault.tables import Id

ROWS_AT_ONCE = 1000
SHOWN = 10
"""Differences of a table that are named; the others are counted."""

Where = Literal["only-left", "only-right", "differs"]
Progress = Callable[[int], None]
"""Called with the number of rows read since the last call."""


class Row(NamedTuple):
    """A row as both databases would tell it: the key to sort by, and every column."""

    key: tuple[Any, ...]
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Difference:
    """One row that is not the same on both sides; `columns` names what differs."""

    where: Where
    key: dict[str, str]
    columns: tuple[str, ...] = ()


class Counted(Protocol):
    """The size of a table, and a digest that two tables share if they have the same rows."""

    @property
    def rows(self) -> int:
        """How many there are."""

    @property
    def digest(self) -> str:
        """As hex digits."""


@dataclass
class Count:
    """How many rows a table has, and the SHA-256 of all of them in the order of their keys."""

    rows: int = 0
    _hash: Any = field(default_factory=hashlib.sha256, repr=False)

    def take(self, row: Row) -> None:
        """Count one more row."""
        self.rows += 1
        self._hash.update(_encoder.encode(row.values))

    @property
    def digest(self) -> str:
        """As hex digits."""
        found: str = self._hash.hexdigest()
        return found


@dataclass
class Comparison:
    """A table on both sides: sizes, digests, and what differs (the first ones by key)."""

    table: str
    left: Counted
    right: Counted
    only_left: int = 0
    only_right: int = 0
    differs: int = 0
    examples: list[Difference] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether both sides have the same rows."""
        told = self.only_left or self.only_right or self.differs
        return not told and self.left.digest == self.right.digest


def count(connection: Connection, table: Table, progress: Progress | None = None) -> Count:
    """The size and digest of a table."""
    counted = Count()
    for row in _rows(connection, table, progress):
        counted.take(row)
    return counted


def compare(
    left: Connection, right: Connection, table: Table, progress: Progress | None = None
) -> Comparison:
    """Merge the rows of a table on two connections, each of which sees it unchanged meanwhile."""
    mine, others = Count(), Count()
    found = Comparison(table.name, mine, others)
    ours, theirs = _rows(left, table, progress), _rows(right, table, progress)
    one, other = _next(ours, mine), _next(theirs, others)
    while one is not None or other is not None:
        if other is None or (one is not None and one.key < other.key):
            assert one is not None
            _note(found, table, "only-left", one)
            one = _next(ours, mine)
        elif one is None or other.key < one.key:
            _note(found, table, "only-right", other)
            other = _next(theirs, others)
        else:
            if one.values != other.values:
                _note(found, table, "differs", one, other)
            one, other = _next(ours, mine), _next(theirs, others)
    return found


def _next(rows: Iterator[Row], counted: Count) -> Row | None:
    row = next(rows, None)
    if row is not None:
        counted.take(row)
    return row


def _note(
    found: Comparison, table: Table, where: Where, row: Row, other: Row | None = None
) -> None:
    counter = where.replace("-", "_")
    setattr(found, counter, getattr(found, counter) + 1)
    if len(found.examples) >= SHOWN:
        return
    named = dict(zip(table.columns.keys(), row.values, strict=True))
    its = dict(zip(named, other.values if other else row.values, strict=True))
    columns = tuple(name for name, mine in named.items() if mine != its[name])
    shown = {name: _text(named[name]) for name in _key_names(table)}
    found.examples.append(Difference(where, shown, columns))


# ---- rows ---------------------------------------------------------------------------------------


def _rows(connection: Connection, table: Table, progress: Progress | None) -> Iterator[Row]:
    columns = [type_coerce(column, _plain(column.type)) for column in table.columns]
    names = table.columns.keys()
    places = [names.index(name) for name in _key_names(table)]
    query = select(*columns).order_by(*_order(connection, table))
    streamed = query.execution_options(stream_results=True, max_row_buffer=ROWS_AT_ONCE)
    found = connection.execute(streamed)
    for some in found.partitions(ROWS_AT_ONCE):
        for row in some:
            values = tuple(row)
            yield Row(tuple(_sorted_as(values[place]) for place in places), values)
        if progress is not None:
            progress(len(some))


def _plain(kind: Any) -> Any:
    """A column's type as it is stored; only ids differ so much that they are read as ids."""
    return kind.impl if isinstance(kind, TypeDecorator) and not isinstance(kind, Id) else kind


def _order(connection: Connection, table: Table) -> Iterator[Any]:
    """By key, and texts by their bytes: databases and their locales sort alike."""
    for name in _key_names(table):
        column = table.c[name]
        by_locale = connection.dialect.name == "postgresql" and isinstance(column.type, Text)
        yield collate(column, "C") if by_locale else column


def _key_names(table: Table) -> Sequence[str]:
    return [column.name for column in table.primary_key.columns]


def _sorted_as(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.bytes
    return value.encode() if isinstance(value, str) else value


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _plain_bytes(value: Any) -> bytes:
    return bytes(value)


_encoder = msgspec.msgpack.Encoder(enc_hook=_plain_bytes)
