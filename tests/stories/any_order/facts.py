"""What facts of accounts keep and set free, as POLICY.md says it: P22 to P24."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from ledger.policy.model import PolicyDocument
from tests.stories.any_order.calendar import later, year_of
from tests.stories.any_order.person import Hold, Person, Slot


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

    def paid_for(self, licence: UUID) -> list[tuple[UUID, dt.date]]:
        """What a paid licence keeps: its chain, and the earlier invoices of anything in it."""
        found = dict(self.chain(licence))
        while True:
            more = [
                id_
                for id_, (kind, day, refers) in self.papers.items()
                if kind == "invoice-issued" and day <= self.paid[licence]
                if id_ not in found and set(refers) & set(found)
            ]
            if not more:
                return list(found.items())
            for id_ in more:
                found |= dict(self.chain(id_))


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
            facts.append(Fact("licence-paid", id_, account.paid[id_], account.paid_for(id_)))
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


def extend(
    policy: PolicyDocument,
    account: Account,
    paper: UUID,
    people: dict[UUID, Person],
    today: dt.date,
) -> None:
    """An invoice that is told later is kept by the paid licence that it belongs to."""
    for licence, paid in account.paid.items():
        about = account.paid_for(licence)
        if paper not in dict(about):
            continue
        fact = Fact("licence-paid", licence, paid, about)
        for id_, rule in policy.retention_rules.items():
            if rule.trigger != fact.kind or account.kind not in rule.accounts:
                continue
            until = last_day(policy, rule, paid)
            if rule.kind is not None or (until is not None and until < today):
                continue
            for name in (*account.members, *account.former):
                person, of = people[name], (account.id, licence, id_)
                held = [hold for hold in person.holds.values() if hold.fact == of]
                covered = {slot for hold in held for slot in hold.covers}
                more = tuple(s for s in covering(policy, rule, fact) if s not in covered)
                hold = Hold(rule.ground, more, until, of)
                needed = not person.erased or any(hold.on(slot, today) for slot in person.keys)
                if held and more and needed:
                    person.holds[uuid4()] = hold


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
