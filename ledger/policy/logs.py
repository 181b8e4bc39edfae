"""What a law has kept of processing after an erasure: everything, for a year perhaps. Pure.

India's rule (DPDP Rules, r. 8(3)), off unless the document says so: restrict now, erase later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from ledger.events import RetainedSlot
from ledger.policy.model import PolicyDocument
from ledger.policy.periods import add_period
from ledger.policy.plan import PlannedSlot
from ledger.policy.regimes import applying


class Logs(NamedTuple):
    """A law that has logs kept after an erasure, and the last day of keeping (DPDP Rules, r. 8(3))."""

    regime: str
    until: dt.date


def logs_until(policy: PolicyDocument, regimes: Sequence[str], today: dt.date) -> Logs | None:
    """The longest of what the laws that protect a person ask for, if everything is erased today."""
    kept = [
        Logs(name, add_period(today, period) - dt.timedelta(days=1))
        for name in applying(policy, regimes)
        if (period := policy.regimes[name].keep_logs) is not None
    ]
    return max(kept, key=lambda logs: logs.until, default=None)


def with_logs(policy: PolicyDocument, planned: list[PlannedSlot], logs: Logs) -> list[PlannedSlot]:
    """A plan under a law that has logs kept: what would die, or be kept less long, is kept so long."""
    return [
        one._replace(action="retain", retained=_by_logs(policy, one, logs), justification=None)
        if _shorter(policy, one, logs)
        else one
        for one in planned
    ]


def _shorter(policy: PolicyDocument, one: PlannedSlot, logs: Logs) -> bool:
    listed = policy.classes.get(one.name.class_)
    if listed is None or listed.role != "ordinary" or one.review is not None:
        return False
    return one.retained is None or (
        one.retained.until is not None and one.retained.until < logs.until
    )


def _by_logs(policy: PolicyDocument, one: PlannedSlot, logs: Logs) -> RetainedSlot:
    return RetainedSlot(
        class_=one.name.class_,
        scope=one.name.scope,
        ground=logs.regime,
        law=None,
        until=logs.until,
        review=None,
        decided_by=policy.irregularities.owner,
        claim=None,
    )
