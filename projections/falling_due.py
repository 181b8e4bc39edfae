"""Falling due: how many living keys end by themselves within some days, under one document or another.

For whoever is about to publish a document. Counted by the classes' own ends (`ledger/policy/due.py`)
from the keys' births; what people say, and claims, may let a key die earlier or later. Derived from
key states, accounts and the audit trail; it owns no table.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, case, exists, func, literal, select, type_coerce

from ledger.policy.due import due_on, slipped
from ledger.policy.model import PolicyDocument
from projections.audit_trail import trail
from projections.keys import deaths, keys

DAYS = 30
_EPOCH = dt.date(1970, 1, 1)
_DAY = 24 * 3600 * 1_000_000


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
    retention_class: str
    scope: str
    day: dt.date
    number: int


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
        was = due_on(before, born.retention_class, born.scope, born.day)
        now = due_on(after, born.retention_class, born.scope, born.day)
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
    """The living keys of classes that end, gathered by what their end depends on: the scope where
    that is a period, and the day on which what minted them happened."""
    ends = {name for one in documents for name, listed in one.classes.items() if listed.ends}
    periods = {
        name
        for one in documents
        for name, listed in one.classes.items()
        if listed.scope in ("year", "month")
    }
    scope = case((keys.c.retention_class.in_(periods), keys.c.scope), else_=literal(""))
    born = type_coerce(trail.c.occurred_at, BigInteger) // _DAY
    one_by_one = (
        select(keys.c.retention_class, scope.label("scope"), born.label("day"))
        .join(
            trail,
            (trail.c.concerns == keys.c.stream) & (trail.c.position == keys.c.minted_position),
        )
        .where(
            keys.c.retention_class.in_(ends),
            ~exists().where(deaths.c.kid == keys.c.kid).correlate(keys),
        )
        .subquery()
    )
    columns = (one_by_one.c.retention_class, one_by_one.c.scope, one_by_one.c.day)
    query = select(*columns, func.count()).group_by(*columns)
    return [
        _Born(name, scope_, _EPOCH + dt.timedelta(days=int(day)), number)
        for name, scope_, day, number in connection.execute(query)
    ]
