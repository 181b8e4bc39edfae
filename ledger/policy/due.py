"""When data has ended: by its class's own end, or because no purpose needs it any more. Pure.

Data is *due* when its time has come and no claim holds it (`plan.py` asks for that). Every doubt
means that it is not: a class or a scope that the document does not know has no end, and a purpose
that may be carried out again still needs what it uses.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from ledger.events import DueCause, DueSlot, SlotName
from ledger.policy.model import PolicyDocument
from ledger.policy.periods import add_period, days_of
from ledger.policy.uses import Purpose
from ledger.stream import Slot

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PERIODS = {"year": "P1Y", "month": "P1M"}
_SLIP = 10
"""A period cut to less than a tenth is more likely a slip (days for years) than a decision."""


class Willing(Protocol):
    """What is looked at in a person's state: what was said on purposes, and what bars erasing."""

    @property
    def regimes(self) -> tuple[str, ...]: ...
    def consents(self, purpose: str) -> bool | None: ...
    def objected(self, purpose: str) -> bool: ...


def due_on(
    policy: PolicyDocument,
    class_: str,
    scope: str,
    born: dt.date,
    closed_on: dt.date | None = None,
) -> dt.date | None:
    """The first day on which values of a slot have ended by themselves; None: never, or not yet known.

    `born`: the day its key was born. `closed_on`: when the last account that the person belongs to
    was closed, or left; None while there is one, or was none. (POLICY.md, P21, P24: the class's
    `ends`.)
    """
    listed = policy.classes.get(class_)
    if listed is None or listed.ends is None:
        return None
    match listed.ends.of:
        case "birth":
            start: dt.date | None = born
        case "scope-end":
            start = _scope_end(listed.scope, scope)
        case "account-closed":
            start = closed_on
    return None if start is None else _after(start, listed.ends.after)


def _scope_end(kind: str, scope: str) -> dt.date | None:
    """The day a scope's own period is over; None for a scope that is no period of this kind."""
    if kind not in _PERIODS or not _DAY.fullmatch(scope):
        return None
    try:
        return _after(dt.date.fromisoformat(scope), _PERIODS[kind])
    except ValueError:
        return None


def _after(start: dt.date, period: str) -> dt.date | None:
    try:
        return add_period(start, period)
    except (ValueError, OverflowError):  # beyond the calendar
        return None


def slipped(policy: PolicyDocument, earlier: PolicyDocument, class_: str) -> bool:
    """Whether the end of a class, or how long an erasure leaves it, was cut to less than a tenth of
    what it was: perhaps by a slip."""
    now, before = policy.classes.get(class_), earlier.classes.get(class_)
    if now is None or before is None:
        return False
    if now.ends and before.ends and cut(before.ends.after, now.ends.after):
        return True
    return before.keeps is not None and (
        now.keeps is None or cut(before.keeps.period, now.keeps.period)
    )


def cut(before: str, now: str) -> bool:
    """Whether a period is less than a tenth of what it was."""
    return days_of(now) * _SLIP < days_of(before)


# ---- who still needs it ------------------------------------------------------------------------


def needed_by(
    policy: PolicyDocument,
    person: Willing,
    name: SlotName,
    born: dt.date,
    today: dt.date,
    closed_on: dt.date | None = None,
) -> tuple[str, ...]:
    """The purposes that still need a slot, in the order of the document.

    Until the class's own end, those that use the class and are carried out for this person; after
    an account was closed, only those that the person consented to; after a time that the class
    itself names, none: that is how long they need it.
    """
    ends = policy.classes[name.class_].ends if name.class_ in policy.classes else None
    if not ended(policy, name, born, today, closed_on):
        return tuple(
            id_ for id_, one in users(policy, name.class_) if carried_out(policy, person, id_)
        )
    if ends is not None and ends.of == "account-closed":
        return tuple(
            id_
            for id_, one in users(policy, name.class_)
            if not one.required and one.basis == "consent" and carried_out(policy, person, id_)
        )
    return ()


def ended(
    policy: PolicyDocument,
    name: SlotName,
    born: dt.date,
    today: dt.date,
    closed_on: dt.date | None = None,
) -> bool:
    """Whether the class's own end has come for this slot."""
    day = due_on(policy, name.class_, name.scope, born, closed_on)
    return day is not None and day <= today


def users(policy: PolicyDocument, class_: str) -> Iterator[tuple[str, Purpose]]:
    """The purposes that use a class, also those that are carried out no more."""
    return ((id_, one) for id_, one in policy.purposes.items() if class_ in one.classes)


def carried_out(policy: PolicyDocument, person: Willing, purpose: str) -> bool:
    """Whether a purpose may need this person's data, now or when it is switched on again.

    Not when it has ended, when the person objected to it or withdrew from it, or when it rests on a
    consent under every law that protects the person, and there is none.
    """
    listed = policy.purposes[purpose]
    refused = person.objected(purpose) or person.consents(purpose) is False
    if listed.ended or (refused and not listed.required):
        return False
    return (
        listed.required
        or not rests_on_consent(policy, person, listed)
        or bool(person.consents(purpose))
    )


def rests_on_consent(policy: PolicyDocument, person: Willing, purpose: Purpose) -> bool:
    """Whether consent is the only basis of a purpose under the laws that protect this person."""
    regimes = person.regimes or policy.default_regimes
    bases = [purpose.bases[one].basis if one in purpose.bases else purpose.basis for one in regimes]
    return all(basis == "consent" for basis in bases or [purpose.basis])


# ---- why it is due -----------------------------------------------------------------------------


def due_slot(
    policy: PolicyDocument,
    person: Willing,
    slot: Slot,
    today: dt.date,
    closed_on: dt.date | None = None,
) -> DueSlot | None:
    """Why the values of a living slot are due, no claim asked; None while they are not.

    Of evidence and of what belongs to a request, an erasure decides; of what customers store, the
    customer (`instructed`).
    """
    listed = policy.classes.get(slot.class_)
    name = SlotName(slot.class_, slot.scope)
    if listed is None or listed.instructed or listed.role == "evidence":
        return None
    if needed_by(policy, person, name, slot.since, today, closed_on):
        return None
    if ended(policy, name, slot.since, today, closed_on):
        by_account = listed.ends is not None and listed.ends.of == "account-closed"
        cause: DueCause = "account-closed" if by_account else "retention-ended"
        return DueSlot(slot.class_, slot.scope, cause, slot.class_)
    said = None if listed.role == "request" else _said(policy, person, slot.class_)
    return None if said is None else DueSlot(slot.class_, slot.scope, said, None)


def _said(policy: PolicyDocument, person: Willing, class_: str) -> DueCause | None:
    """What made the last purpose that used a class need it no more; None: nothing that happened."""
    found: set[DueCause] = set()
    for id_, one in users(policy, class_):
        if one.ended:
            found.add("purpose-ended")
        elif person.objected(id_):
            found.add("objected")
        elif person.consents(id_) is False:
            found.add("consent-withdrawn")
    order: Sequence[DueCause] = ("consent-withdrawn", "objected", "purpose-ended")
    return next((cause for cause in order if cause in found), None)


def may_fall_due(policies: Iterable[PolicyDocument], class_: str) -> bool:
    """Whether what people say, or a purpose's end, can make values of a class due at all: only
    where no purpose that is required uses it, in any of these versions."""
    return all(
        not any(one.required and not one.ended for _, one in users(policy, class_))
        for policy in policies
    )
