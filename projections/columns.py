"""How facts stand in the tables of the read side: one set of tables, the same on both databases.

A row is a function of the event log alone: no clock, no random id, no sequence. So a rebuild gives
the same rows, and a test compares them. Values stand here sealed, as the event holds them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Dialect,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    or_,
    text,
    true,
)

from ledger.events import Moment
from ledger.mapper import moment_of
from ledger.sealing import Sealed
from ledger.vault.tables import Id

metadata = MetaData()
"""Every table of the read side. `ledger/store/migrations` creates them; a test compares both."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_encoder = msgspec.json.Encoder(uuid_format="hex")


def micros(moment: dt.datetime) -> int:
    """An instant as microseconds since 1970, UTC; exact."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def listed_json(value: tuple[Any, ...]) -> str:
    """A tuple of codes or of small structs as JSON text."""
    return _encoder.encode(value).decode() if value else "[]"


_Processor = Callable[[Any], Any]
"""From what a driver gives to what a row says: one call a value, many thousand in a reading."""


@lru_cache(maxsize=64)
def _moment_of(stored: int | None) -> Moment | None:
    """What was appended together has one moment, and what was said at once has it twice."""
    return None if stored is None else moment_of(stored)


def _sealed_of(stored: bytes | None) -> Sealed | None:
    return None if stored is None else Sealed(stored)


class At(TypeDecorator[Moment]):
    """An instant, as microseconds since 1970 in UTC: exact, and sorted alike everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else micros(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> _Processor:
        return _moment_of


class SealedValue(TypeDecorator[Sealed]):
    """A sealed value, as its stored bytes."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> bytes | None:
        return None if value is None else value.raw

    def result_processor(self, dialect: Dialect, coltype: object) -> _Processor:
        return _sealed_of


class Listed(TypeDecorator[tuple[Any, ...]]):
    """A tuple of codes or of the vocabulary's small structs, as JSON text; read, never searched."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type = str) -> None:
        super().__init__()
        self.kind = kind
        self._decoder: msgspec.json.Decoder[tuple[Any, ...]] = msgspec.json.Decoder(
            tuple[kind, ...]  # type: ignore[valid-type]
        )

    def process_bind_param(self, value: tuple[Any, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else listed_json(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> _Processor:
        decode = self._decoder.decode
        return lambda stored: None if stored is None else decode(stored)


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What every row that stands for an event says: which, where in the log, when, by whom."""

    event: UUID
    position: int
    occurred_at: Moment
    recorded_at: Moment
    by: UUID
    by_kind: str
    on_behalf_of: UUID | None
    policy: int


def fact_columns() -> list[Column[Any]]:
    """Fresh columns for the fields of `Fact`."""
    return [
        Column("event", Id, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("occurred_at", At, nullable=False),
        Column("recorded_at", At, nullable=False),
        Column("by", Id, nullable=False),
        Column("by_kind", Text, nullable=False),
        Column("on_behalf_of", Id),
        Column("policy", BigInteger, nullable=False),
    ]


def where_set(column: str) -> dict[str, Any]:
    """Of an index: only the rows in which this column says something."""
    set_ = text(f"{column} IS NOT NULL")
    return {"postgresql_where": set_, "sqlite_where": set_}


FACT = tuple(column.name for column in fact_columns())
"""The columns that `Rows` fills in by itself; a table that has them begins with them."""


def visible(
    until: ColumnElement[dt.date | None], for_subject: bool, today: dt.date | None
) -> ColumnElement[bool]:
    """Which rows of a table may be shown; `until` is its column `hidden_until`.

    A person gets nothing that the law forbids to mention before that day, counts included. Without
    `today` nothing that was ever hidden is shown to a person: the safe side.
    """
    if not for_subject:
        return true()
    return until.is_(None) if today is None else or_(until.is_(None), until <= today)
