"""What holds a sweep back: clocks that cannot be trusted, and more that is due than a day allows. Pure.

A sweep destroys without being asked, so every doubt means that nothing dies. It needs the clocks of
database, process and key service to agree, and none before the last entry; it erases no more than a
day's share; and what looks like a mistake (an end cut to less than a tenth, a gap in the log as long
as no clock should leave) waits until two people agree.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from ledger.events import PauseReason
from ledger.policy.keeping import Sweep as Brake
from ledger.policy.model import PolicyDocument

DAY = dt.timedelta(days=1)
GAP = dt.timedelta(days=31)
"""Between two entries of the log. A longer one may be a clock that has jumped: what is due since then
needs people's agreement, for as long again. (A ledger where nothing happens in a month can wait.)"""
SKEW = dt.timedelta(seconds=5)
"""How far clocks may differ at an append (formats.md §4), so how far the last entry may be ahead."""
GRACE = 2 * DAY
"""How much longer than its two phases take an agreement of two people lasts."""


AGREE = 2
"""People who have to agree before a sweep that was held back goes on."""


class Agreement(msgspec.Struct, frozen=True, array_like=True):
    """What two people agreed to when a sweep was held back: so many keys; and when the second did."""

    due: int
    at: dt.datetime


class Clocks(NamedTuple):
    """What three clocks say at once, when the last entry was recorded, and the longest time between
    two entries that reaches into the last `GAP`."""

    process: dt.datetime
    database: dt.datetime
    keys: dt.datetime
    last: dt.datetime
    gap: dt.timedelta = dt.timedelta(0)

    @property
    def agreed(self) -> dt.datetime:
        """The earliest: by it least is due."""
        return min(self.process, self.database, self.keys)

    def doubt(self, brake: Brake) -> str | None:
        """Why they cannot be trusted; None if they can."""
        told = (self.process, self.database, self.keys)
        if max(told) - min(told) > dt.timedelta(seconds=brake.clock_seconds):
            return "the clocks of process, database and key service disagree"
        if min(told) < self.last - SKEW:
            return "a clock is behind the last entry of the log"
        return None


class Toll(NamedTuple):
    """What a sweep is about to do, and did within the last day, in keys.

    `fresh` are due and not scheduled, `ripe` were scheduled long enough ago; `slipped`: how many of
    both are due by an end that was cut to less than a tenth. `living`: all keys that are alive.
    """

    fresh: int = 0
    ripe: int = 0
    scheduled: int = 0
    died: int = 0
    slipped: int = 0
    living: int = 0

    @property
    def due(self) -> int:
        """The most that would be scheduled, or die, within a day."""
        return max(self.fresh + self.scheduled, self.ripe + self.died)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.fresh or self.ripe)


def limit(brake: Brake, living: int) -> int:
    """Keys that may be scheduled, and die, within a day without anybody's agreement."""
    return max(brake.keys, int(Decimal(brake.share) * living))


def strictest(policies: Sequence[PolicyDocument]) -> Brake:
    """The brake while several versions of the policy count: who loosens it waits like who shortens
    a period."""
    brakes = [policy.sweep for policy in policies]
    return Brake(
        wait_hours=max(one.wait_hours for one in brakes),
        keys=min(one.keys for one in brakes),
        share=min((one.share for one in brakes), key=Decimal),
        clock_seconds=min(one.clock_seconds for one in brakes),
        shortening_days=max(one.shortening_days for one in brakes),
    )


def held_back(
    brake: Brake, toll: Toll, clocks: Clocks, agreements: Mapping[PauseReason, Agreement]
) -> tuple[PauseReason, int] | None:
    """Why this needs two people's agreement, and the limit that held; None if it may go on.

    What they agreed to (`agreements`, the last for each reason) lasts for both phases, and for as
    many keys as they were told of. Who was told of many keys was not told that a clock jumped.
    """
    if toll.idle:
        return None
    allowed = limit(brake, toll.living)
    lasts = dt.timedelta(hours=brake.wait_hours) + GRACE
    room = {
        reason: one.due
        for reason, one in agreements.items()
        if one.at <= clocks.agreed <= one.at + lasts
    }
    if toll.slipped and toll.due > room.get("period-cut", 0):
        return "period-cut", 0
    if clocks.gap > GAP and toll.due > room.get("clock-jumped", 0):
        return "clock-jumped", 0
    if "too-many" in room:
        room["too-many"] += allowed  # more fell due while they were asked
    if toll.due > max(room.values(), default=0) and toll.due > allowed:
        return "too-many", allowed
    return None
