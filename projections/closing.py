"""Where a sweep looks for accounts whose own keys may be due: closed long enough ago, or a person's who
was erased. A superset, as of people (`candidates.py`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select

from ledger.events import AccountClosed
from ledger.policy.model import PolicyDocument
from ledger.policy.periods import days_of
from projections.accounts import accounts, facts, members
from projections.erasures import erasures
from projections.keys import deaths, keys

_SLACK = dt.timedelta(days=6)
"""Periods are as long as the calendar says; what is looked at too early is not due."""


def ended(policy: PolicyDocument, today: dt.date) -> Iterator[Select[Any]]:
    """Accounts with a living key that was kept until so long after the closing, or the erasure of
    whoever is in it."""
    closed = select(facts.c.account).where(facts.c.fact == AccountClosed.TOPIC)
    for name, listed in policy.classes.items():
        if listed.role == "evidence" and listed.keeps is not None:
            period = listed.keeps.period
        elif listed.ends is not None and listed.ends.of == "account-closed":
            period = listed.ends.after
        else:
            continue
        latest = today - dt.timedelta(days=days_of(period)) + _SLACK
        yield closed.where(facts.c.day <= latest, _living(facts.c.account, name))
    yield _forgotten(policy)


def _forgotten(policy: PolicyDocument) -> Select[Any]:
    """Accounts of persons in which somebody was erased, with a living key."""
    whole = exists().where(
        erasures.c.subject == members.c.subject,
        erasures.c.step == "requested",
        erasures.c.whole.is_(True),
    )
    return (
        select(accounts.c.account)
        .join(members, members.c.account == accounts.c.account)
        .where(accounts.c.kind == "person", whole, _living(accounts.c.account))
    )


def _living(account: ColumnElement[Any], class_: str | None = None) -> ColumnElement[bool]:
    dead = exists().where(deaths.c.kid == keys.c.kid)
    living = exists().where(keys.c.stream == account, ~dead)
    return living if class_ is None else living.where(keys.c.retention_class == class_)
