"""Moments of the past, and the two clocks by which one can ask about them.

`as_of` names a moment: a position of the log (`4711`), an instant (`2026-03-01T09:30:00Z`), or a
date (`2026-03-01`), which counts whole: until its end in UTC.

Clock `known`, the usual one: what the ledger knew then. The entries up to that position (of a time:
up to the last one recorded by then), in the order of the log. What was annulled later still counts.

Clock `true`: what was so in the world then, by what is known now, or was known at `known_at`. The
entries that had happened by then, by `occurred_at`, then position; what turned out to be recorded
in error is left out. A position is no time of the world, so this clock takes dates and instants.
`timeline.py` says when an entry counts as having happened.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from sqlalchemy import ColumnElement, Table, and_, or_, true

from ledger.errors import MomentAhead, MomentNotATime, MomentUnreadable
from ledger.mapper import moment_of
from ledger.store import past
from ledger.store.recorder import LedgerRecorder
from projections.annulments import annulled_position
from projections.queries import Page

T = TypeVar("T", bound=Any)
Clock = Literal["known", "true"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_POSITION = re.compile(r"[0-9]{1,18}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+ -]\d\d:\d\d)?")


@dataclass(frozen=True)
class AsOf:
    """A moment, resolved. What counts was recorded up to `position`, by either clock.

    `at`: with `known`, until when that was all the ledger knew, as far as it was asked; with `true`
    the time of the world.
    """

    clock: Clock
    position: int
    at: dt.datetime

    @property
    def day(self) -> dt.date:
        """The day of the moment: what a period or a claim is held against."""
        return self.at.date()


@dataclass(frozen=True)
class Asked:
    """A moment as somebody asks for it; `field` is how they call it."""

    as_of: str
    clock: Clock = "known"
    known_at: str | None = None
    field: str = "as_of"


def resolve(asked: Asked, recorder: LedgerRecorder, now: dt.datetime, last: int) -> AsOf:
    """The moment that is meant. `last`: the position whose knowledge `true` answers by, unless told.

    Raises:
        MomentUnreadable, MomentAhead, MomentNotATime: with the field at fault.
    """
    if asked.clock == "known":
        if asked.known_at is not None:
            raise MomentUnreadable(field="known_at", rule="only with `clock=true`")
        return _known(asked.field, asked.as_of, recorder, now)
    at = _time(asked.field, asked.as_of, now)
    if at is None:
        raise MomentNotATime(field=asked.field, rule="a date or an instant with `clock=true`")
    if asked.known_at is None:
        return AsOf("true", last, at)
    return AsOf("true", _known("known_at", asked.known_at, recorder, now).position, at)


def _known(field: str, text: str, recorder: LedgerRecorder, now: dt.datetime) -> AsOf:
    at = _time(field, text, now)
    if at is not None:
        return AsOf("known", past.position_at(recorder, micros_of(at)), at)
    position, (last, _) = int(text), recorder.last()
    if position > last:
        raise MomentAhead(field=field, rule=f"a position up to {last}, where the log ends")
    if position < 1:
        raise MomentUnreadable(field=field, rule="positions count from 1")
    return AsOf("known", position, moment_of(past.recorded_at(recorder, position)))


def _time(field: str, text: str, now: dt.datetime) -> dt.datetime | None:
    """The time that is meant, in UTC; None when it is a position.

    Raises:
        MomentUnreadable: neither. MomentAhead: a day after today, or an instant after now.
    """
    if _POSITION.fullmatch(text):
        return None
    try:
        if _DATE.fullmatch(text):
            day = dt.date.fromisoformat(text)
            if day > now.astimezone(dt.UTC).date():
                raise MomentAhead(field=field, rule="a day up to today, in UTC")
            return dt.datetime.combine(day, dt.time.max, dt.UTC)
        if _INSTANT.fullmatch(text):
            instant = _utc(dt.datetime.fromisoformat(text.replace(" ", "+")))
            if instant > now:
                raise MomentAhead(field=field, rule="an instant up to now")
            return instant
    except (ValueError, OverflowError):
        pass  # the 31st of February
    raise MomentUnreadable(field=field, rule="a position, a date or an instant")


def _utc(instant: dt.datetime) -> dt.datetime:
    """Without a zone it is in UTC. (A `+` that was not escaped in a URL arrives as a blank.)"""
    return instant.astimezone(dt.UTC) if instant.tzinfo else instant.replace(tzinfo=dt.UTC)


def micros_of(instant: dt.datetime) -> int:
    """An instant as the log keeps it: µs since 1970, UTC."""
    return (instant - _EPOCH) // _MICROSECOND


# ---- lists over the whole ledger -----------------------------------------------------------------


def counting(table: Table, as_of: AsOf | None) -> ColumnElement[bool]:
    """Which rows of a live table count at a moment, where nothing but an annulment changes them.

    Each row goes by its own entry's `occurred_at`; a page keeps the order of the log.
    """
    if as_of is None:
        return true()
    recorded = table.c.position <= as_of.position
    if as_of.clock == "known":
        return recorded
    happened = and_(recorded, table.c.occurred_at <= as_of.at)
    annulled = annulled_position(table.c.event)
    return and_(happened, or_(annulled.is_(None), annulled > as_of.position))


def page_then(page: Page[T], as_of: AsOf | None) -> Page[T]:
    """Live rows as they were: an annulment that came later had not happened."""
    if as_of is None:
        return page
    return Page([_then(row, as_of) for row in page.rows], page.cursor)


def _then(row: T, as_of: AsOf) -> T:
    annulled = getattr(row, "annulled_position", None)
    if annulled is None or annulled <= as_of.position:
        return row
    changed: T = replace(row, annulled_position=None)
    return changed
