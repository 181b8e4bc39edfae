"""The sweep's own stream: what held it back, and who agreed that it goes on."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar
from uuid import UUID

import msgspec

from ledger.ending import plain
from ledger.events import Entry, PauseReason, SweepPaused, SweepReleased
from ledger.stream import Stream

AGREE = 2
"""People who have to agree before a sweep that was held back goes on."""


class Pause(msgspec.Struct, array_like=True):
    """What held the sweep back: why, how many keys were due, and who agreed so far."""

    pause: UUID
    reason: PauseReason
    due: int
    limit: int
    agreed: list[UUID] = msgspec.field(default_factory=list)
    released_at: dt.datetime | None = None
    """When the last of those agreed who had to."""


class Course(msgspec.Struct, array_like=True):
    """What is kept of the sweep: the last thing that held it back."""

    last: Pause | None = None


class Sweep(Stream):
    """The state of the sweep, as its stream says."""

    FORM: ClassVar[int] = 71
    KEPT = Course
    kept: Course

    @property
    def last(self) -> Pause | None:
        """What held it back last, released or not."""
        return self.kept.last

    @property
    def paused(self) -> Pause | None:
        """What holds it back now."""
        last = self.kept.last
        return last if last is not None and last.released_at is None else None

    def evolve(self, entry: Entry) -> None:
        match entry.body:
            case SweepPaused() as body:
                self.kept.last = Pause(body.pause, body.reason, body.due, body.limit)
            case SweepReleased(pause=pause, by=by):
                last = self.kept.last
                if last is None or last.pause != pause or by in last.agreed:
                    return
                last.agreed.append(by)
                if len(last.agreed) == AGREE:
                    last.released_at = plain(entry.body.occurred_at)
