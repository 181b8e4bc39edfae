"""The sweep's own stream: what held it back, and who agreed that it goes on."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

import msgspec

from ledger.ending import plain
from ledger.events import Entry, PauseReason, SweepPaused, SweepReleased
from ledger.policy.brake import AGREE, Agreement
from ledger.stream import Stream


class Pause(msgspec.Struct, array_like=True):
    """What held the sweep back: why, how many keys were due, and who agreed so far."""

    pause: UUID
    reason: PauseReason
    due: int
    limit: int
    agreed: list[UUID] = msgspec.field(default_factory=list)

    @property
    def released(self) -> bool:
        """Whether all agreed who have to."""
        return len(self.agreed) >= AGREE


class Course(msgspec.Struct, array_like=True):
    """What is kept of the sweep: the last thing that held it back, and the last agreement for each
    reason to."""

    last: Pause | None = None
    agreements: dict[PauseReason, Agreement] = msgspec.field(default_factory=dict)


class Pauses(Stream):
    """What holds the sweep back, as its stream says."""

    FORM: ClassVar[int] = 72
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
        return last if last is not None and not last.released else None

    @property
    def agreements(self) -> dict[PauseReason, Agreement]:
        """What two people agreed to last, for each reason."""
        return self.kept.agreements

    def evolve(self, entry: Entry) -> None:
        match entry.body:
            case SweepPaused() as body:
                self.kept.last = Pause(body.pause, body.reason, body.due, body.limit)
            case SweepReleased(pause=pause, by=by):
                last = self.kept.last
                if last is None or last.pause != pause or last.released or by in last.agreed:
                    return
                last.agreed.append(by)
                if last.released:
                    at = plain(entry.body.occurred_at)
                    self.kept.agreements[last.reason] = Agreement(last.due, at)
