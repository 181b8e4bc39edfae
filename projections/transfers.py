"""Transfers: what went to which country, or is reached or worked on there, and under which safeguard.

Every disclosure, collection and run names a country, and so do a standing access and what a customer
stores (POLICY.md, P14).
Derived from all of these; it owns no table. Numbers only: who it was about is in the other lists.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, Table, func, literal, select

from ledger.events import Moment
from projections.annulments import counts
from projections.collections import collections
from projections.columns import At
from projections.contents import contents
from projections.disclosures import disclosures
from projections.processing import runs
from projections.recipients import standing_access

Way = Literal["disclosure", "standing-access", "collection", "run", "content"]


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """What happened in one country, in one way: how often, about how many people, since and until.

    `country` None: one that the policy did not list. `safeguard` is what was recorded with a
    disclosure. `classes`: what a standing access reaches; its `people` are not counted here.
    """

    country: str | None
    safeguard: str | None
    way: Way
    recipient: UUID | None
    purpose: str | None
    classes: tuple[str, ...]
    number: int
    people: int | None
    first: Moment | None
    last: Moment | None
    since: dt.date | None = None


def by_country(
    connection: Connection,
    *,
    since: dt.datetime | None = None,
    before: dt.datetime | None = None,
) -> list[Transfer]:
    """All transfers by country, safeguard, recipient and purpose; entries that were annulled are left
    out.

    `since` is included, `before` is not: of `occurred_at`. Standing accesses in force are always told.
    """
    found = [
        *_disclosed(connection, since, before),
        *_counted(connection, "collection", collections, since, before),
        *_counted(connection, "run", runs, since, before),
        *_counted(connection, "content", contents, since, before),
        *_standing(connection),
    ]
    return sorted(
        found, key=lambda row: (row.country or "", row.way, str(row.recipient), row.purpose or "")
    )


def _disclosed(
    connection: Connection, since: dt.datetime | None, before: dt.datetime | None
) -> Iterator[Transfer]:
    of = disclosures.c
    parts = (of.country, of.safeguard, of.recipient, of.purpose)
    query = _sum(disclosures, parts, of.subject, since, before)
    for row in connection.execute(query).mappings():
        yield Transfer(way="disclosure", classes=(), **row)


def _counted(
    connection: Connection,
    way: Way,
    table: Table,
    since: dt.datetime | None,
    before: dt.datetime | None,
) -> Iterator[Transfer]:
    """Data that was collected, worked on, or stored for a customer in a country: by the company
    itself."""
    people = table.c.subject if "subject" in table.c else None
    query = _sum(table, (table.c.country,), people, since, before)
    if way == "run":
        query = query.where(table.c.asked.is_not(None))  # one that was refused did not begin
    for row in connection.execute(query).mappings():
        yield Transfer(way=way, safeguard=None, recipient=None, purpose=None, classes=(), **row)


def _sum(
    table: Table,
    parts: tuple[ColumnElement[Any], ...],
    people: ColumnElement[Any] | None,
    since: dt.datetime | None,
    before: dt.datetime | None,
) -> Select[Any]:
    at = table.c.occurred_at
    query = select(
        *parts,
        func.count().label("number"),
        (literal(None) if people is None else func.count(people.distinct())).label("people"),
        func.min(at, type_=At).label("first"),
        func.max(at, type_=At).label("last"),
    ).where(counts(table.c.event))
    if since is not None:
        query = query.where(at >= since)
    if before is not None:
        query = query.where(at < before)
    return query.group_by(*parts)


def _standing(connection: Connection) -> Iterator[Transfer]:
    for row in standing_access(connection):
        yield Transfer(
            country=row.country,
            safeguard=None,
            way="standing-access",
            recipient=row.recipient,
            purpose=row.purpose,
            classes=row.classes,
            number=1,
            people=None,
            first=None,
            last=None,
            since=row.since,
        )
