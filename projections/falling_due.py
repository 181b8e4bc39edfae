"""Falling due: how many living keys end by themselves within some days, under one document or another.

For whoever is about to publish a document. Counted by the classes' own ends (`ledger/policy/due.py`)
from the keys' births; what people say, and claims, may let a key die earlier or later. Derived from
what a sweep looks at and from accounts; it owns no table.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Subquery, case, exists, func, select

from ledger.events import AccountClosed
from ledger.policy.due import due_on, slipped
from ledger.policy.model import PolicyDocument
from projections.accounts import LEFT, facts, members
from projections.annulments import counts
from projections.candidates import births
from projections.keys import deaths

DAYS = 30
_ANY = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class FallingDue:
    """Of the living keys of a class: how many are due by the day, under either document.

    `slipped`: the period was cut to less than a tenth, perhaps by a slip; a sweep does not trust it.
    """

    retention_class: str
    living: int
    before: int
    after: int
    slipped: bool


class _Born(NamedTuple):
    """Keys that end alike; `born` and `closed_on` say something only where the end is told by it."""

    retention_class: str
    scope: str
    born: dt.date
    closed_on: dt.date | None
    number: int

    def due_on(self, policy: PolicyDocument) -> dt.date | None:
        """Their end under a document."""
        return due_on(policy, self.retention_class, self.scope, self.born, self.closed_on)


def compared(
    connection: Connection,
    before: PolicyDocument,
    after: PolicyDocument,
    today: dt.date,
    days: int = DAYS,
) -> list[FallingDue]:
    """For each class with an end in one of the documents, the keys due by `today` + `days`.

    Where an end comes earlier than before, it counts no sooner than the delay of `after` allows.
    """
    until = today + dt.timedelta(days=days)
    delayed = today + dt.timedelta(days=after.sweep.shortening_days)
    living: Counter[str] = Counter()
    due_before: Counter[str] = Counter()
    due_after: Counter[str] = Counter()
    for born in _living(connection, before, after):
        was, now = born.due_on(before), born.due_on(after)
        if now is not None and (was is None or now < was):
            now = max(now, delayed)
        living[born.retention_class] += born.number
        due_before[born.retention_class] += born.number * (was is not None and was <= until)
        due_after[born.retention_class] += born.number * (now is not None and now <= until)
    return [
        FallingDue(
            name, living[name], due_before[name], due_after[name], slipped(after, before, name)
        )
        for name in sorted(living)
    ]


def _living(connection: Connection, *documents: PolicyDocument) -> list[_Born]:
    """The living keys of classes that end, gathered by what their end depends on: the day they came
    to be, the period of their scope, or the day on which the person's last account was closed."""
    of: dict[str, set[str]] = {"birth": set(), "scope-end": set(), "account-closed": set()}
    for name, listed in ((n, one) for document in documents for n, one in document.classes.items()):
        if listed.ends is not None:
            of[listed.ends.of].add(name)
    ends, class_ = _account_ends(), births.c.retention_class
    one_by_one = (
        select(
            class_,
            case((class_.in_(of["scope-end"]), births.c.scope), else_="").label("scope"),
            case((class_.in_(of["birth"]), births.c.born)).label("born"),
            case((class_.in_(of["account-closed"]), ends.c.closed_on)).label("closed_on"),
        )
        .outerjoin(ends, ends.c.subject == births.c.stream)
        .where(
            class_.in_(set().union(*of.values())),
            ~exists().where(deaths.c.kid == births.c.kid).correlate(births),
        )
        .subquery()
    )
    columns = list(one_by_one.c)
    query: Select[Any] = select(*columns, func.count()).group_by(*columns)
    return [
        _Born(class_, scope, born or _ANY, closed_on, number)
        for class_, scope, born, closed_on, number in connection.execute(query)
    ]


def _account_ends() -> Subquery:
    """When the last account of each person was closed or left; nothing of who still has one."""
    later = members.alias()
    shut = (
        select(facts.c.account, func.max(facts.c.day).label("day"))
        .where(facts.c.fact == AccountClosed.TOPIC, counts(facts.c.event))
        .group_by(facts.c.account)
        .subquery()
    )
    over = case((members.c.step == LEFT, members.c.day), else_=shut.c.day)
    return (
        select(members.c.subject, func.max(over).label("closed_on"))
        .outerjoin(shut, shut.c.account == members.c.account)
        .where(
            ~exists()
            .where(
                later.c.account == members.c.account,
                later.c.subject == members.c.subject,
                later.c.position > members.c.position,
            )
            .correlate(members)
        )
        .group_by(members.c.subject)
        .having(func.count() == func.count(over))
        .subquery()
    )
