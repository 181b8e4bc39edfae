"""How data ends, as POLICY.md says it: P21 to P24. What dies is told slot by slot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from ledger.policy.model import PolicyDocument
from tests.stories.any_order.calendar import later, scope_end, year_of
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
    dying = {slot for slot in wanted if person.kept(policy, slot, today, open_) is None}
    if asked.carried and not dying:
        return set()
    asked.carried = True
    if asked.wanted is None and person.erased_on is None:
        person.erased_on = dt.datetime.now(dt.UTC).date()  # the database's, which nobody moved
    asked.closed = not asked.unanswered
    return die(person, dying)


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


# ---- accounts -------------------------------------------------------------------------------------


@dataclass
class Account:
    """An account, its members by role, and what retention looks at."""

    id: UUID
    kind: str
    opened: dt.date
    members: dict[UUID, tuple[str, ...]] = field(default_factory=dict)
    former: list[UUID] = field(default_factory=list)
    papers: dict[UUID, tuple[str, dt.date, tuple[UUID, ...]]] = field(default_factory=dict)
    paid: dict[UUID, dt.date] = field(default_factory=dict)
    matters: dict[UUID, tuple[str, dt.date, str | None, tuple[UUID, ...]]] = field(
        default_factory=dict
    )
    closed: dt.date | None = None

    def chain(self, paper: UUID) -> list[tuple[UUID, dt.date]]:
        """A document, and all it refers to."""
        found, asked = dict[UUID, dt.date](), [paper]
        for one in asked:
            if one in self.papers and one not in found:
                found[one] = self.papers[one][1]
                asked += self.papers[one][2]
        return list(found.items())


@dataclass
class Fact:
    """What happened in an account."""

    kind: str
    id: UUID
    day: dt.date
    about: Sequence[tuple[UUID, dt.date]]
    matter: str | None = None
    members: tuple[UUID, ...] = ()


def standing(account: Account) -> list[Fact]:
    """What holds for whoever joins now."""
    facts = [Fact("account-opened", account.id, account.opened, [(account.id, account.opened)])]
    for id_, (kind, day, _) in account.papers.items():
        facts.append(Fact(kind, id_, day, account.chain(id_)))
        if id_ in account.paid:
            facts.append(Fact("licence-paid", id_, account.paid[id_], account.chain(id_)))
    for id_, (kind, day, matter, members) in account.matters.items():
        facts.append(Fact(kind, id_, day, [(id_, day)], matter, members))
    return facts


def place(
    policy: PolicyDocument,
    account: Account,
    fact: Fact,
    people: dict[UUID, Person],
    members: Collection[UUID],
    today: dt.date,
) -> set[tuple[UUID, UUID, str]]:
    """The claims a fact makes: (person, matter, rule)."""
    made = set()
    for id_, rule in policy.retention_rules.items():
        if rule.trigger != fact.kind or account.kind not in rule.accounts:
            continue
        until = last_day(policy, rule, fact.day)
        if (rule.kind not in (None, fact.matter)) or (until is not None and until < today):
            continue
        covers = covering(policy, rule, fact)
        for member in members:
            person, of = people[member], (account.id, fact.id, id_)
            named = fact.members and member in fact.members
            roles = account.members.get(member, ())
            by_role = not fact.members and (not rule.roles or set(rule.roles) & set(roles))
            if not (named or by_role) or of in {hold.fact for hold in person.holds.values()}:
                continue
            hold = Hold(rule.ground, covers, until, of)
            if person.erased and not any(hold.on(slot, today) for slot in person.keys):
                continue
            person.holds[uuid4()] = hold
            made.add((member, fact.id, id_))
    return made


def last_day(policy: PolicyDocument, rule: Any, day: dt.date) -> dt.date | None:
    """A claim's last day: never more than its ground allows."""
    ends = []
    ground = policy.retention_grounds[rule.ground]
    if ground.period:
        ends.append(later(day, ground.period))
    if rule.keep is not None:
        start = day
        if rule.counted_from == "year-end":
            first = year_of(day, policy.policy.year_starts)
            start = later(first, "P1Y") - dt.timedelta(days=1)
        ends.append(later(start, rule.keep))
    return min(ends) if ends else None


def covering(policy: PolicyDocument, rule: Any, fact: Fact) -> tuple[Slot, ...]:
    """The slots a rule holds because of a fact."""
    if rule.scope == "all":
        return tuple((class_, "*") for class_ in rule.classes)
    about = fact.about if rule.scope == "document" else fact.about[:1]
    return tuple(
        (class_, scope_of(policy, class_, day, id_))
        for class_ in rule.classes
        for id_, day in about
    )


def scope_of(policy: PolicyDocument, class_: str, day: dt.date, id_: UUID) -> str:
    """The scope of a class that a document of a day has."""
    match policy.classes[class_].scope:
        case "document" | "case":
            return id_.hex
        case "year":
            return year_of(day, policy.policy.year_starts).isoformat()
        case "month":
            return day.replace(day=1).isoformat()
    return ""


def released(policy: PolicyDocument, account: Account, fact: Fact, person: Person) -> list[UUID]:
    """The claims of a person that a fact ends."""
    whole = fact.kind in ("member-left", "account-closed")
    return [
        name
        for name, hold in person.holds.items()
        if hold.fact is not None
        and hold.fact[0] == account.id
        and hold.fact[2] in policy.retention_rules
        and policy.retention_rules[hold.fact[2]].released_by == fact.kind
        and (whole or hold.fact[1] in {id_ for id_, _ in fact.about})
    ]
