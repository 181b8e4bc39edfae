"""When something happened in the world: what a caller may say, and how events hold it."""

from __future__ import annotations

import datetime as dt

from ledger.command import Command
from ledger.errors import InvalidInput, MomentOutOfBounds
from ledger.events import Moment

EARLIEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
AHEAD = dt.timedelta(seconds=5)
"""How far `occurred_at` may run ahead of the clock: the skew the append tolerates."""


def occurred(command: Command, now: dt.datetime) -> Moment:
    """When a command says that it happened, or now.

    Raises:
        InvalidInput: the moment has no time zone.
        MomentOutOfBounds: it lies ahead, or before all records.
    """
    said = command.occurred_at
    if said is None:
        return now if isinstance(now, Moment) else in_utc(now)
    if said.tzinfo is None:
        raise InvalidInput(field="occurred_at", rule="a time zone is needed")
    if not EARLIEST <= said <= now + AHEAD:
        raise MomentOutOfBounds(field="occurred_at", rule="between 1970 and now")
    return in_utc(said)


def in_utc(instant: dt.datetime) -> Moment:
    """An instant with a time zone as events hold it: in UTC."""
    utc = instant.astimezone(dt.UTC)
    return Moment.combine(utc.date(), utc.timetz())
