"""What a fact of an account keeps, and what it sets free: the policy's retention rules, applied. Pure.

A rule that a fact triggers says which keys are held, until when, and in which roles the members are
whom it concerns (POLICY.md, P22 to P24). A claim is placed on just these.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from ledger.events import AccountKind, Coverage, FactKind, SlotName
from ledger.facts import Claim
from ledger.policy.keeping import RetentionRule
from ledger.policy.model import PolicyDocument
from ledger.policy.periods import add_period, start_of

ALL = "*"


class Document(NamedTuple):
    """A document (or credit, case, hold), and the day it is of."""

    id: UUID
    day: dt.date


class Fact(NamedTuple):
    """What happened in an account, as far as retention looks at it.

    `documents` are what it is about, itself first and what it refers to behind; `matter` says of
    which kind a case or a hold is. `members`: whom it concerns, if it names them.
    """

    kind: FactKind
    id: UUID
    day: dt.date
    documents: tuple[Document, ...]
    matter: str | None = None
    members: Collection[UUID] = ()


class Wanted(NamedTuple):
    """What a rule wants held, of the members in these roles (none named: of all)."""

    rule: str
    ground: str
    covers: tuple[Coverage, ...]
    until: dt.date | None
    roles: Collection[str]

    def concerns(self, fact: Fact, member: UUID, roles: Collection[str]) -> bool:
        """Whether the fact concerns this member: named by it, or else in one of the rule's roles."""
        if fact.members:
            return member in fact.members
        return not self.roles or bool(set(self.roles) & set(roles))


def wanted(
    policy: PolicyDocument,
    account: AccountKind,
    fact: Fact,
    today: dt.date,
    earlier: Sequence[PolicyDocument] = (),
) -> list[Wanted]:
    """What the policy's rules want held because of this fact; not what was over before today.

    `earlier`: versions of the policy that count still, whose longer periods are what is held: a
    claim keeps the end that it is given.
    """
    found = []
    for id_, rule in policy.retention_rules.items():
        if _triggers(rule, account, fact):
            versions = [one for one in (policy, *earlier) if _says(one, id_, rule)]
            ends = [_until(one, one.retention_rules[id_], fact.day) for one in versions]
            until = None if None in ends else max(end for end in ends if end)
            if until is None or until >= today:
                covers = tuple(dict.fromkeys(_covers(policy, rule, fact)))
                found.append(Wanted(id_, rule.ground, covers, until, rule.roles))
    return found


def _says(policy: PolicyDocument, id_: str, rule: RetentionRule) -> bool:
    """Whether a version of the policy has this rule, on the same ground."""
    listed = policy.retention_rules.get(id_)
    return listed is not None and listed.ground == rule.ground


def _triggers(rule: RetentionRule, account: AccountKind, fact: Fact) -> bool:
    of_kind = rule.kind is None or rule.kind == fact.matter
    return rule.trigger == fact.kind and of_kind and account in rule.accounts


def _until(policy: PolicyDocument, rule: RetentionRule, day: dt.date) -> dt.date | None:
    """The claim's last day: the rule's period from the fact or from the end of its year, and never
    more than the ground's own period from the fact."""
    period = policy.retention_grounds[rule.ground].period
    ends = [add_period(day, period)] if period else []
    if rule.keep is not None:
        since = _year_end(policy, day) if rule.counted_from == "year-end" else day
        ends.append(add_period(since, rule.keep))
    return min(ends, default=None)


def _year_end(policy: PolicyDocument, day: dt.date) -> dt.date:
    start = start_of("year", day, policy.policy.year_starts)
    return add_period(start, "P1Y") - dt.timedelta(days=1)


def _covers(policy: PolicyDocument, rule: RetentionRule, fact: Fact) -> Iterator[Coverage]:
    documents = fact.documents if rule.scope == "document" else fact.documents[:1]
    for class_ in rule.classes:
        if rule.scope == "all":
            yield Coverage(class_, ALL)
            continue
        for document in documents:
            yield Coverage(class_, _scope(policy, class_, document))


def _scope(policy: PolicyDocument, class_: str, document: Document) -> str:
    kind = policy.classes[class_].scope
    given = document.id.hex if kind in ("document", "case") else None
    return policy.scope_of(class_, document.day, given)


def ended(
    policy: PolicyDocument, account: UUID, claims: Iterable[Claim], fact: Fact
) -> list[Claim]:
    """The claims, of those that facts of this account placed, that this fact sets free.

    A claim whose rule the policy lists no more is set free by what is last said of its own matter:
    neither is it kept for ever because a rule went away, nor does it end because a member left or the
    account was closed, while a credit is open or a law's period runs.
    """
    about = {document.id for document in fact.documents}
    found = []
    for claim in claims:
        if claim.account != account:
            continue
        rule, of_it = policy.retention_rules.get(claim.rule or ""), claim.matter in about
        if rule is None:
            ends = of_it and fact.kind in _LAST
        else:
            ends = rule.released_by == fact.kind and (of_it or fact.kind in _OF_ALL)
        if ends:
            found.append(claim)
    return found


_LAST = frozenset(
    {"credit-settled", "case-closed", "hold-released", "member-left", "account-closed"}
)
"""Facts after which nothing more is to be done about what they are about."""
_OF_ALL = frozenset({"member-left", "account-closed"})
"""Facts that are about whatever the account keeps (of a member)."""


def case_rule(
    policy: PolicyDocument, account: AccountKind, matter: str | None
) -> tuple[str, RetentionRule] | None:
    """Where the values go that are carried into a case of this kind, and the rule that says so: a
    class with a case as its scope, of a rule that such a case triggers (P23)."""
    for rule in policy.retention_rules.values():
        of_kind = rule.kind is None or rule.kind == matter
        if rule.trigger == "case-opened" and of_kind and account in rule.accounts:
            for class_ in rule.classes:
                if policy.classes[class_].scope == "case":
                    return class_, rule
    return None


def needed(want: Wanted, erased: bool, living: Iterable[SlotName]) -> bool:
    """Whether there is anything to hold. Of a person who was erased nothing comes later, so only
    what still lives; of anybody else also what is to come."""
    if not erased:
        return True
    held = {(cover.class_, cover.scope) for cover in want.covers}
    return any((name.class_, name.scope) in held or (name.class_, ALL) in held for name in living)
