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
from ledger.policy.due import due_slot, slipped
from ledger.policy.model import PolicyDocument
from ledger.policy.plan import Held, kept_since, staying
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
    since = kept_since(policy, name, slot, told.erased_on or today)
    if _restricted(person, name.class_) or staying(
        policy, person, name, since, today, told.open_requests
    ):
        return None
    if _left_by_an_erasure(person, name):
        return _period_over(policy, person, name)
    return due_slot(policy, person, slot, today, told.closed_on)


def _restricted(person: Ending, class_: str) -> bool:
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
    covering = [
        claim.ground
        for claim in person.claims.values()
        if any(c.class_ == name.class_ and c.scope in ("*", name.scope) for c in claim.covers)
    ]
    logs = next((ground for ground in covering if ground in policy.regimes), None)
    cause: Literal["log-year-over", "retention-ended"] = (
        "log-year-over" if logs else "retention-ended"
    )
    return DueSlot(name.class_, name.scope, cause, logs or name.class_)


def by_a_slip(earlier: Sequence[PolicyDocument], due: DueSlot) -> bool:
    """Whether a slot is due by an end that was cut so much, since one of these earlier versions, that
    it may be a slip of the pen: days for years. The last of them is the one in force."""
    return due.cause in ("retention-ended", "account-closed") and any(
        slipped(earlier[-1], version, due.class_) for version in earlier[:-1]
    )
