"""How rows go to the database many at a time: packed for COPY on PostgreSQL, tuples on SQLite.

For each table a function is generated, as dataclasses generate their `__init__`, that takes a row's
values by name and keeps what the driver is sent: SQLAlchemy's own executemany costs more than the
database itself, and so does a call for each value. A row begins with the columns of `Fact`,
converted once for all rows of an entry.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Connection, Date, LargeBinary, Table, Text

from ledger.events import Entry, Event
from ledger.vault.tables import Id
from projections.columns import FACT, At, Listed, SealedValue, listed_json, micros

_KEPT = 4096
"""Converted texts and lists kept at a time: codes recur, ids of documents do not."""


class _Converted(dict[Any, Any]):
    """A conversion that remembers: codes of the policy occur again and again."""

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, value: Any) -> Any:
        if len(self) >= _KEPT:
            self.clear()
        self[value] = result = self._convert(value)
        return result


class _Form(NamedTuple):
    """How a database takes values: an expression for each type of column, about `{0}`; how it takes
    nothing; and what the expressions mean by their names."""

    columns: dict[type, str]
    codes: str
    null: str
    names: dict[str, Any]


# ---- PostgreSQL: a field of a binary COPY is its length and its bytes ---------------------------

_NULL = b"\xff\xff\xff\xff"
_ID = b"\0\0\0\x10"
_LENGTH = struct.Struct("!i").pack
_INT8 = struct.Struct("!iq").pack
_FACT = struct.Struct("!i16siqiqiqi16s").pack
_DAY = struct.Struct("!ii").pack
_DAY_ZERO = dt.date(2000, 1, 1)  # PostgreSQL counts days from here
_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
_TAIL = struct.pack("!h", -1)


def _packed_bytes(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


_packed_text = _Converted(lambda value: _packed_bytes(value.encode()))
_PACKED = _Form(
    columns={
        Id: "_id + {0}.int.to_bytes(16)",
        At: "_int8(8, _micros({0}))",
        SealedValue: "_bytes({0}.raw)",
        BigInteger: "_int8(8, {0})",
        Boolean: "_yes if {0} else _no",
        Date: "_date({0})",
        LargeBinary: "_bytes({0})",
        Text: "_text[{0}]",
        Listed: "_list({0}) if {0} else _empty",
    },
    codes="_codes[{0}]",
    null="_null",
    names={
        "_null": _NULL,
        "_id": _ID,
        "_int8": _INT8,
        "_micros": micros,
        "_bytes": _packed_bytes,
        "_yes": b"\0\0\0\1\1",
        "_no": b"\0\0\0\1\0",
        "_date": lambda value: _DAY(4, (value - _DAY_ZERO).days),
        "_text": _packed_text,
        "_list": lambda value: _packed_bytes(listed_json(value).encode()),
        "_empty": _packed_bytes(listed_json(()).encode()),
        "_codes": _Converted(lambda value: _packed_bytes(listed_json(value).encode())),
        "_join": b"".join,
    },
)


def _packed_fact(entry: Entry) -> bytes:
    body = entry.body
    other = body.on_behalf_of
    assert entry.recorded_at is not None
    return b"".join(
        (
            _FACT(
                *(16, entry.event.int.to_bytes(16), 8, entry.position, 8, micros(body.occurred_at)),
                *(8, micros(entry.recorded_at), 16, body.by.int.to_bytes(16)),
            ),
            _packed_text[body.by_kind],
            _NULL if other is None else _ID + other.bytes,
            _INT8(8, body.policy),
        )
    )


# ---- SQLite: values as its driver binds them ----------------------------------------------------

_BOUND = _Form(
    columns={
        Id: "{0}.int.to_bytes(16)",
        At: "_micros({0})",
        SealedValue: "{0}.raw",
        BigInteger: "{0}",
        Boolean: "1 if {0} else 0",
        Date: "{0}.isoformat()",
        LargeBinary: "_bytes({0})",
        Text: "{0}",
        Listed: "_list({0}) if {0} else '[]'",
    },
    codes="_codes[{0}]",
    null="None",
    names={
        "_micros": micros,
        "_bytes": bytes,
        "_list": listed_json,
        "_codes": _Converted(listed_json),
    },
)


def _bound_fact(entry: Entry) -> tuple[Any, ...]:
    body = entry.body
    other = body.on_behalf_of
    assert entry.recorded_at is not None
    return (
        entry.event.int.to_bytes(16),
        entry.position,
        micros(body.occurred_at),
        micros(entry.recorded_at),
        body.by.int.to_bytes(16),
        body.by_kind,
        None if other is None else other.bytes,
        body.policy,
    )


# ---- a table's layout ---------------------------------------------------------------------------


def fact_of(dialect: str) -> Callable[[Entry], Any]:
    """How the columns of `Fact` are made of an entry, for a database."""
    return _packed_fact if dialect == "postgresql" else _bound_fact


def write(connection: Connection, table: Table, rows: Sequence[Any], suffix: str) -> None:
    """INSERT rows that `adder` made, in the transaction of `connection`."""
    driver: Any = connection.connection.driver_connection
    copied, inserted = _statements(table, suffix)
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(copied) as copy:
            copy.write(b"".join((_HEAD, *rows, _TAIL)))
    else:
        driver.executemany(inserted, rows)


@cache
def _statements(table: Table, suffix: str) -> tuple[str, str]:
    """The COPY of a table, and its INSERT."""
    names = [column.name for column in table.columns]
    columns = ", ".join(f'"{name}"' for name in names)
    into, marks = f'"{table.name}{suffix}" ({columns})', ", ".join("?" * len(names))
    copied = f"COPY {into} FROM STDIN (FORMAT BINARY)"
    return copied, f"INSERT INTO {into} VALUES ({marks})"  # noqa: S608 - our own names


Add = Callable[..., None]
"""Adds a row: `add(**columns)`, or `add(body, **columns)` if it takes the rest from an event."""


@cache
def adder(table: Table, kind: type[Event] | None, dialect: str) -> Callable[[Any, Any], Add]:
    """A function of an object with the `fact` of an entry and of where rows go, that gives an `Add`.

    With `kind`, the columns that such an event has a field for, of the same name, come from it.
    """
    form = _PACKED if dialect == "postgresql" else _BOUND
    columns = list(table.columns)
    facts = [column.name for column in columns[: len(FACT)]] == list(FACT)
    own = columns[len(FACT) :] if facts else columns
    said = {field.name for field in msgspec.structs.fields(kind)} if kind is not None else set()
    given = [column for column in own if column.name not in said]
    parameters = ["body"] if kind is not None else []
    parameters += ["*", *map(_parameter, given)] if given else []
    pieces = [_piece(c, f"body.{c.name}" if c.name in said else c.name, form) for c in own]
    if form is _PACKED:
        start = ["_count", *(["_now.fact"] if facts else [])]
        row = f"_join(({', '.join([*start, *pieces])},))"
    else:
        row = f"({', '.join([*(['*_now.fact'] if facts else []), *pieces])},)"
    names = form.names | {"_count": struct.pack("!h", len(columns))}
    source = f"def bind(_now, _append):\n def add({', '.join(parameters)}):\n  _append({row})\n"
    exec(source + " return add", names)  # noqa: S102 - our own names
    bind: Callable[[Any, Any], Add] = names["bind"]
    return bind


def _parameter(column: Column[Any]) -> str:
    """What is not named is nothing, and a list that is not named is empty."""
    if column.nullable:
        return f"{column.name}=None"
    return f"{column.name}=()" if isinstance(column.type, Listed) else column.name


def _piece(column: Column[Any], value: str, form: _Form) -> str:
    """The expression for one column."""
    codes = isinstance(column.type, Listed) and column.type.kind is str
    made = (form.codes if codes else form.columns[type(column.type)]).format(value)
    return f"({form.null} if {value} is None else {made})" if column.nullable else f"({made})"
