"""How data ends, as POLICY.md says it: P21 to P24. What dies is told slot by slot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any
from uuid import UUID, uuid4

from ledger.policy.model import PolicyDocument
from tests.stories.any_order.calendar import later, scope_end
from tests.stories.any_order.person import Asked, Hold, Person, Slot

Deaths = set[tuple[UUID, Slot]]


def carry_out(
    policy: PolicyDocument, person: Person, erasure: UUID, today: dt.date, orders: Collection[UUID]
) -> Deaths:
    """Erase what nothing keeps. `orders`: those that the ledger gave to holders for it."""
    asked = person.erasures[erasure]
    if not asked.carried:
        keep_logs(policy, person, asked, today)
    open_ = person.open_requests()
    asked.unanswered |= dict.fromkeys(orders)
    if not asked.unanswered:
        open_ -= {erasure.hex}
    wanted = set(person.keys) if asked.wanted is None else asked.wanted & set(person.keys)
    day = certain(policy, person, today)
    dying = {slot for slot in wanted if person.kept(policy, slot, day, open_) is None}
    if asked.carried and not dying:
        return set()
    asked.carried = True
    if asked.wanted is None and person.erased_on is None:
        person.erased_on = dt.datetime.now(dt.UTC).date()  # the database's, which nobody moved
    asked.closed = not asked.unanswered
    died = die(person, dying)
    end_logs(policy, person)
    return died


def end_logs(policy: PolicyDocument, person: Person) -> None:
    """Once what logs were kept of is erased, what is given anew may be used again."""
    logs = [hold for hold in person.holds.values() if hold.ground in policy.regimes]
    held = {slot[0] for slot in person.keys if any(slot in hold.covers for hold in logs)}
    for name, (why, classes) in list(person.restrictions.items()):
        if why == "log-keeping" and not held & set(classes):
            del person.restrictions[name]


def certain(policy: PolicyDocument, person: Person, today: dt.date) -> dt.date:
    """The day by which what was kept may go: the model's clock runs ahead of the log, so no day of
    its own is certain, and the sweep decides with two people."""
    over = any(hold.until is not None and hold.until < today for hold in person.holds.values())
    listed = [policy.classes[class_] for class_, _ in person.keys if class_ in policy.classes]
    own = any(one.keeps and (one.role != "evidence" or person.erased) for one in listed)
    return dt.datetime.now(dt.UTC).date() if over or own else today


def die(person: Person, slots: Collection[Slot]) -> Deaths:
    """These keys die."""
    for slot in slots:
        person.buried[slot] = person.keys.pop(slot)[0]
        person.gone.add(slot)
        for asked in person.erasures.values():
            if asked.wanted is not None:
                asked.wanted.discard(slot)
    return {(person.id, slot) for slot in slots}


def keep_logs(policy: PolicyDocument, person: Person, asked: Asked, today: dt.date) -> None:
    """Where a law has logs kept: restricted now, and erased when that time is over."""
    days = [
        (later(today, period) - dt.timedelta(days=1), name)
        for name in person.regimes_of(policy)
        if (period := policy.regimes[name].keep_logs)
    ]
    slots = [
        slot
        for slot in person.keys
        if slot[0] in policy.classes
        and policy.classes[slot[0]].role == "ordinary"
        and (asked.wanted is None or slot in asked.wanted)
    ]
    if days and slots:
        person.holds[uuid4()] = Hold(max(days)[1], tuple(slots), max(days)[0])
        classes = tuple(sorted({class_ for class_, _ in slots}))
        if asked.wanted is None:  # what waits for its own erasure is barred by that
            person.restrictions[uuid4()] = ("log-keeping", classes)


def complete(policy: PolicyDocument, person: Person, today: dt.date, given: Any) -> Deaths:
    """What waited for a claim goes on. `given`: the orders that the ledger gave, by erasure."""
    died: Deaths = set()
    for erasure, asked in list(person.erasures.items()):
        if asked.carried:
            died |= carry_out(policy, person, erasure, today, given.get((person.id, erasure), ()))
    return died


def close(policy: PolicyDocument, person: Person, erasure: UUID, today: dt.date) -> Deaths:
    """The last holder has answered: what came with the request goes."""
    asked = person.erasures[erasure]
    asked.closed = True
    slot = (policy.request_class, erasure.hex)
    if slot in person.keys and not person.claims(slot, today):
        return die(person, [slot])
    return set()


# ---- what is due ---------------------------------------------------------------------------------


def due(policy: PolicyDocument, person: Person, slot: Slot, today: dt.date) -> bool:
    """Whether a slot's time has come and nothing keeps it (P21, P22, P24)."""
    if slot[0] not in policy.classes:  # renamed, or gone by a slip: nobody said when it ends
        return False
    if person.kept(policy, slot, today, person.open_requests()) is not None:
        return False
    for why, classes in person.restrictions.values():
        if why != "log-keeping" and (not classes or slot[0] in classes):
            return False
    if any(e.carried and (e.wanted is None or slot in e.wanted) for e in person.erasures.values()):
        return True
    listed = policy.classes[slot[0]]
    if listed.instructed or listed.role == "evidence":
        return False
    end, users = (
        end_of(policy, person, slot),
        [(id_, one) for id_, one in policy.purposes.items() if slot[0] in one.classes],
    )
    needing = {id_ for id_, one in users if needs(policy, person, id_)}
    if end is not None and end <= today:
        if listed.ends is None or listed.ends.of != "account-closed":
            return True
        return not any(
            policy.purposes[id_].basis == "consent" and not policy.purposes[id_].required
            for id_ in needing
        )
    stopped = any(
        one.ended or person.objected(id_) or person.consents(id_) is False for id_, one in users
    )
    return not needing and stopped and listed.role != "request"


def end_of(policy: PolicyDocument, person: Person, slot: Slot) -> dt.date | None:
    """The day on which values of a slot end by themselves."""
    listed = policy.classes[slot[0]]
    if listed.ends is None:
        return None
    start: dt.date | None = person.keys[slot][1]
    if listed.ends.of == "scope-end":
        start = scope_end(listed.scope, slot[1])
    elif listed.ends.of == "account-closed":
        start = person.closed_on
    return None if start is None else later(start, listed.ends.after)


def needs(policy: PolicyDocument, person: Person, purpose: str) -> bool:
    """Whether a purpose may still use the person's data."""
    listed = policy.purposes[purpose]
    if listed.ended:
        return False
    if listed.required:
        return True
    if person.objected(purpose):
        return False
    names = person.regimes or tuple(policy.default_regimes)
    bases = {listed.bases[n].basis if n in listed.bases else listed.basis for n in names}
    return (bases or {listed.basis}) != {"consent"} or person.consents(purpose) is True
