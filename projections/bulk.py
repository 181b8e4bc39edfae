"""How rows go to the database many at a time: packed for COPY on PostgreSQL, tuples on SQLite.

For each table a function is generated that takes a row's values by name and gives what the driver
sends: SQLAlchemy's own executemany costs more than the database itself. A row begins with the
columns of `Fact`, converted once for all rows of an entry.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Connection, Date, LargeBinary, Table, Text

from ledger.events import Entry
from ledger.vault.tables import Id
from projections.columns import FACT, At, Listed, SealedValue, listed_json, micros

_Convert = Callable[[Any], Any]

_KEPT = 4096
"""Converted texts and lists kept at a time: codes recur, ids of documents do not."""


class _Converted(dict[Any, Any]):
    """A conversion that remembers: codes of the policy occur again and again."""

    def __init__(self, convert: _Convert) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, value: Any) -> Any:
        if len(self) >= _KEPT:
            self.clear()
        self[value] = result = self._convert(value)
        return result


# ---- PostgreSQL: a field of a binary COPY is its length and its bytes ---------------------------

_NULL = b"\xff\xff\xff\xff"
_LENGTH = struct.Struct("!i").pack
_INT8 = struct.Struct("!iq").pack
_FACT = struct.Struct("!i16siqiqiqi16s").pack
_DAY_ZERO = dt.date(2000, 1, 1)  # PostgreSQL counts days from here
_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
_TAIL = struct.pack("!h", -1)


def _packed_bytes(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


_packed_text = _Converted(lambda value: _packed_bytes(value.encode()))
_packed_codes = _Converted(lambda value: _packed_bytes(listed_json(value).encode()))
_PACKED: dict[type, _Convert] = {
    Id: lambda value: b"\0\0\0\x10" + value.bytes,
    At: lambda value: _INT8(8, micros(value)),
    SealedValue: lambda value: _packed_bytes(value.raw),
    BigInteger: lambda value: _INT8(8, value),
    Boolean: lambda value: b"\0\0\0\1\1" if value else b"\0\0\0\1\0",
    Date: lambda value: struct.pack("!ii", 4, (value - _DAY_ZERO).days),
    LargeBinary: _packed_bytes,
    Text: _packed_text.__getitem__,
    Listed: lambda value: _packed_bytes(listed_json(value).encode()),
}


def _packed_fact(entry: Entry) -> bytes:
    body = entry.body
    other = body.on_behalf_of
    assert entry.recorded_at is not None
    return b"".join(
        (
            _FACT(
                *(16, entry.event.bytes, 8, entry.position, 8, micros(body.occurred_at)),
                *(8, micros(entry.recorded_at), 16, body.by.bytes),
            ),
            _packed_text[body.by_kind],
            _NULL if other is None else b"\0\0\0\x10" + other.bytes,
            _INT8(8, body.policy),
        )
    )


# ---- SQLite: values as its driver binds them ----------------------------------------------------

_codes = _Converted(listed_json)
_BOUND: dict[type, _Convert | None] = {
    Id: UUID.bytes.fget,  # type: ignore[attr-defined]
    At: micros,
    SealedValue: lambda value: value.raw,
    BigInteger: None,
    Boolean: int,  # what it gives back, too
    Date: dt.date.isoformat,
    LargeBinary: bytes,
    Text: None,
    Listed: listed_json,
}


def _bound_fact(entry: Entry) -> tuple[Any, ...]:
    body = entry.body
    other = body.on_behalf_of
    assert entry.recorded_at is not None
    return (
        entry.event.bytes,
        entry.position,
        micros(body.occurred_at),
        micros(entry.recorded_at),
        body.by.bytes,
        body.by_kind,
        None if other is None else other.bytes,
        body.policy,
    )


# ---- a table's layout ---------------------------------------------------------------------------


class Layout:
    """How a row of one table is made, and how many are written at once."""

    def __init__(self, table: Table | None, packed: bool) -> None:
        self._table = table
        self._packed = packed
        self.fact: Callable[[Entry], Any] = _packed_fact if packed else _bound_fact
        self.row: Callable[..., Any] = _generated(table, packed) if table is not None else _none

    def write(self, connection: Connection, rows: Sequence[Any], suffix: str) -> None:
        """INSERT the rows, in the transaction of `connection`."""
        assert self._table is not None
        names = [column.name for column in self._table.columns]
        columns = ", ".join(f'"{name}"' for name in names)
        into = f'"{self._table.name}{suffix}" ({columns})'
        if self._packed:
            _copy(connection, into, rows)
            return
        marks = ", ".join("?" * len(names))
        statement = f"INSERT INTO {into} VALUES ({marks})"  # noqa: S608 - our own names
        connection.exec_driver_sql(statement, list(rows))


def _copy(connection: Connection, into: str, rows: Iterable[bytes]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(b"".join((_HEAD, *rows, _TAIL)))


@cache
def layout_of(table: Table | None, dialect: str) -> Layout:
    """The layout of a table on a database; without a table only its `fact` is of use."""
    return Layout(table, packed=dialect == "postgresql")


def _none(fact: Any) -> Any:
    raise TypeError("no table, no row")


def _generated(table: Table, packed: bool) -> Callable[..., Any]:
    """`row(fact, *, column, column=None, …)`, as dataclasses generate their `__init__`."""
    columns = list(table.columns)
    facts = [column.name for column in columns[: len(FACT)]] == list(FACT)
    own = columns[len(FACT) :] if facts else columns
    names: dict[str, Any] = {"_null": _NULL if packed else None, "_join": b"".join}
    names["_count"] = struct.pack("!h", len(columns))
    pieces = [_piece(column, packed, names) for column in own]
    needed = sorted(own, key=lambda column: bool(column.nullable))
    parameters = ", ".join(f"{c.name}=None" if c.nullable else c.name for c in needed)
    start = ["_count"] if packed else []
    values = ", ".join([*start, *((("_fact" if packed else "*_fact"),) if facts else ()), *pieces])
    result = f"_join(({values},))" if packed else f"({values},)"
    exec(f"def row(_fact, *, {parameters}):\n    return {result}\n", names)  # noqa: S102 - our names
    made: Callable[..., Any] = names["row"]
    return made


def _piece(column: Column[Any], packed: bool, names: dict[str, Any]) -> str:
    """The expression for one column; its conversion is put among the names it can use."""
    convert = (_PACKED if packed else _BOUND)[type(column.type)]
    if isinstance(column.type, Listed) and column.type.kind is str:
        convert = (_packed_codes if packed else _codes).__getitem__
    if convert is None:
        return column.name
    names[f"_{column.name}"] = convert
    made = f"_{column.name}({column.name})"
    return f"_null if {column.name} is None else {made}" if column.nullable else made
