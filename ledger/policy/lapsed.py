"""What has lapsed: the slots whose time has come, without anybody's asking. Pure.

A slot is due when it would be erased if somebody asked (`plan.py`), and its time has come (`due.py`)
or an erasure that was carried out left it for a time that is over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from ledger.events import DueSlot, SlotName
from ledger.facts import Claim, Erasure, Restriction
from ledger.policy.due import cut, due_slot, slipped
from ledger.policy.model import PolicyDocument
from ledger.policy.periods import days_of
from ledger.policy.plan import Held, Kept, staying
from ledger.stream import Slot


class Ending(Held, Protocol):
    """What is looked at besides, to know what is due."""

    @property
    def claims(self) -> dict[UUID, Claim]: ...
    @property
    def erasures(self) -> dict[UUID, Erasure]: ...
    @property
    def restrictions(self) -> Mapping[UUID, Restriction]: ...
    def wanted(self, erasure: UUID) -> set[SlotName] | None: ...


class Circumstances(NamedTuple):
    """What a plan knows besides the policy and the person.

    `erased_on`: when everything was erased, from which day on evidence is kept; None: today.
    `open_requests`: scopes of the request class whose request is not closed; they stay until then.
    `closed_on`: when the person's last account was closed; None while there is one, or was none.
    """

    erased_on: dt.date | None = None
    open_requests: Collection[str] = ()
    closed_on: dt.date | None = None


def due_slots(
    policies: Sequence[PolicyDocument], person: Ending, today: dt.date, told: Circumstances
) -> list[DueSlot]:
    """The slots whose time has come: under each of these versions of the policy, so that a period
    that was shortened counts only when the longer one is not among them any more. The last is the
    one in force, and says why.

    Nothing that is claimed, retained or restricted (GDPR Art. 18(2)) is due.
    """
    due = []
    for name, slot in sorted(
        person.living.items(), key=lambda pair: (pair[0].class_, pair[0].scope)
    ):
        found = [_due(policy, person, name, slot, today, told) for policy in policies]
        if found and found[-1] is not None and None not in found:
            due.append(found[-1])
    return due


def _due(
    policy: PolicyDocument,
    person: Ending,
    name: SlotName,
    slot: Slot,
    today: dt.date,
    told: Circumstances,
) -> DueSlot | None:
    kept = Kept(name, slot, told.erased_on or today)
    if name.class_ not in policy.classes:  # by a slip, or renamed: nobody said when it ends
        return None
    if restricted(person, name.class_) or staying(policy, person, kept, today, told.open_requests):
        return None
    if _left_by_an_erasure(person, name):
        return _period_over(policy, person, name)
    return due_slot(policy, person, slot, today, told.closed_on)


def restricted(person: Ending, class_: str) -> bool:
    """Whether processing is restricted for the person's sake: restricted data is stored."""
    return any(
        one.ground != "log-keeping" and (not one.classes or class_ in one.classes)
        for one in person.restrictions.values()
    )


def _left_by_an_erasure(person: Ending, name: SlotName) -> bool:
    """Whether an erasure that was carried out left this slot for a time."""
    for erasure, state in person.erasures.items():
        if state.carried_out:
            wanted = person.wanted(erasure)
            if wanted is None or name in wanted:
                return True
    return False


def _period_over(policy: PolicyDocument, person: Ending, name: SlotName) -> DueSlot:
    """What the slot was kept for is over: the year of logs that a regime asks for, or a period."""
    covering = [claim.ground for claim in _covering(person, name)]
    logs = next((ground for ground in covering if ground in policy.regimes), None)
    cause: Literal["log-year-over", "retention-ended"] = (
        "log-year-over" if logs else "retention-ended"
    )
    return DueSlot(name.class_, name.scope, cause, logs or name.class_)


def _covering(person: Ending, name: SlotName) -> list[Claim]:
    """The claims on a slot that were not released, also those whose last day has passed."""
    return [
        claim
        for claim in person.claims.values()
        if any(c.class_ == name.class_ and c.scope in ("*", name.scope) for c in claim.covers)
    ]


def by_a_slip(versions: Sequence[PolicyDocument], person: Ending, due: DueSlot) -> bool:
    """Whether a slot is due by a period that was cut so much that it may be a slip of the pen: days
    for years. The last of these versions is the one in force.

    Of a class the period in force is held against the earlier ones. A claim has the end that was
    written when it was placed, perhaps while the slip stood, so the longest version is held against
    the shortest.
    """
    in_force, name = versions[-1], SlotName(due.class_, due.scope)
    by_period = due.cause in ("retention-ended", "account-closed")
    if by_period and any(slipped(in_force, version, due.class_) for version in versions[:-1]):
        return True
    for claim in _covering(person, name):
        periods = [period for one in versions if (period := _period_of(one, claim)) is not None]
        if any(cut(before, now) for before in periods for now in periods):
            return True
    return False


def _period_of(policy: PolicyDocument, claim: Claim) -> str | None:
    """How long a version of the policy has claims of this kind last; None: it does not say."""
    regime = policy.regimes.get(claim.ground)
    if regime is not None:
        return regime.keep_logs
    ground = policy.retention_grounds.get(claim.ground)
    rule = policy.retention_rules.get(claim.rule or "")
    said = [one for one in (ground and ground.period, rule and rule.keep) if one]
    return min(said, key=days_of, default=None)
