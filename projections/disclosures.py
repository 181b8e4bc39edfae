"""Disclosures: who got what of whom, when, why and on which ground; and what was authorised.

A disclosure names items and never holds a value. One that the law forbids to mention carries
`hidden_until` and is absent from everything the person gets before that day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    PrimaryKeyConstraint,
    ScalarSelect,
    Select,
    Table,
    Text,
    exists,
    func,
    select,
)

from ledger.events import (
    DisclosedItem,
    DisclosureAuthorised,
    DisclosureRecorded,
    Entry,
    Finding,
    Moment,
)
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections.annulments import counts
from projections.columns import (
    At,
    Fact,
    Listed,
    SealedValue,
    fact_columns,
    metadata,
    visible,
    where_set,
)
from projections.moments import AsOf, counting, page_then
from projections.projection import Projection, Rows
from projections.queries import Page, fetch, in_order, newest_first, rows_as

disclosures = Table(
    "disclosures",
    metadata,
    *fact_columns(),
    Column("disclosure", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("authorisation", Id),
    Column("recipient", Id),
    Column("agreement", BigInteger),
    Column("unlisted", SealedValue),
    Column("purpose", Text),
    Column("ground", Text),
    Column("ground_reference", SealedValue),
    Column("country", Text),
    Column("safeguard", Text),
    Column("channel", Text),
    Column("items", Listed(DisclosedItem), nullable=False),
    Column("recipient_reference", SealedValue),
    Column("hidden_until", Date),
    Column("findings", Listed(Finding), nullable=False),
    Column("stage", Text),
    Column("act", Id),
    PrimaryKeyConstraint("event"),
    Index("disclosures_position", "position", unique=True),
    Index("disclosures_subject", "subject", "position"),
    Index("disclosures_recipient", "recipient", "position"),
    Index("disclosures_purpose", "purpose", "position"),
    Index("disclosures_ground", "ground", "position"),
    Index("disclosures_authorisation", "authorisation"),
    Index("disclosures_hidden", "hidden_until", **where_set("hidden_until")),
)
authorisations = Table(
    "authorisations",
    metadata,
    *fact_columns(),
    Column("disclosure", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("recipient", Id, nullable=False),
    Column("agreement", BigInteger, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("ground_reference", SealedValue),
    Column("country", Text, nullable=False),
    Column("safeguard", Text),
    Column("channel", Text),
    Column("items", Listed(DisclosedItem), nullable=False),
    Column("expires_at", At, nullable=False),
    Column("hidden_until", Date),
    Column("stage", Text),
    Column("act", Id),
    PrimaryKeyConstraint("event"),
    Index("authorisations_subject", "subject", "position"),
    Index("authorisations_disclosure", "disclosure"),
    Index("authorisations_position", "position"),
    Index("authorisations_hidden", "hidden_until", **where_set("hidden_until")),
)
projection = Projection(disclosures, authorisations)


@dataclass(frozen=True, kw_only=True)
class Disclosure(Fact):
    """Data was passed on. Sealed: `@unlisted`, `@ground_reference`, `@recipient_reference`."""

    disclosure: UUID
    subject: UUID
    authorisation: UUID | None
    recipient: UUID | None
    agreement: int | None
    unlisted: Sealed | None
    purpose: str | None
    ground: str | None
    ground_reference: Sealed | None
    country: str | None
    safeguard: str | None
    channel: str | None
    items: tuple[DisclosedItem, ...]
    recipient_reference: Sealed | None
    hidden_until: dt.date | None
    findings: tuple[Finding, ...]
    stage: str | None
    act: UUID | None
    annulled_position: int | None


@dataclass(frozen=True, kw_only=True)
class Authorisation(Fact):
    """Data may be passed on until `expires_at`; `used_position` is the disclosure that did it."""

    disclosure: UUID
    subject: UUID
    recipient: UUID
    agreement: int
    purpose: str
    ground: str
    ground_reference: Sealed | None
    country: str
    safeguard: str | None
    channel: str | None
    items: tuple[DisclosedItem, ...]
    expires_at: Moment
    hidden_until: dt.date | None
    stage: str | None
    act: UUID | None
    used_position: int | None
    annulled_position: int | None


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What to look for. `since` is included, `before` is not; both are about `occurred_at`.

    `unauthorised`: what was reported and never authorised, or by an authorisation that was annulled.
    """

    subject: UUID | None = None
    recipient: UUID | None = None
    purpose: str | None = None
    ground: str | None = None
    since: dt.datetime | None = None
    before: dt.datetime | None = None
    unauthorised: bool = False


@projection.on(DisclosureAuthorised)
def authorise(rows: Rows, entry: Entry, body: DisclosureAuthorised) -> None:
    rows[authorisations, type(body)](body, subject=entry.stream)


@projection.on(DisclosureRecorded)
def record(rows: Rows, entry: Entry, body: DisclosureRecorded) -> None:
    rows[disclosures, type(body)](body, subject=entry.stream)


def search(
    connection: Connection,
    sought: Filter,
    *,
    for_subject: bool = False,
    today: dt.date | None = None,
    as_of: AsOf | None = None,
    cursor: int | None = None,
    limit: int = 100,
) -> Page[Disclosure]:
    """Disclosures that match, newest first; annulled ones are marked, hidden ones left out.

    What is hidden from the person on `today` is left out only with `for_subject`.
    """
    shown = visible(disclosures.c.hidden_until, for_subject, today)
    query = _narrow(rows_as(Disclosure, disclosures, shown), sought)
    query = query.where(counting(disclosures, as_of))
    position = disclosures.c.position
    return page_then(newest_first(connection, Disclosure, query, position, cursor, limit), as_of)


def _narrow(query: Select[tuple[object]], sought: Filter) -> Select[tuple[object]]:
    for name in ("subject", "recipient", "purpose", "ground"):
        value = getattr(sought, name)
        if value is not None:
            query = query.where(disclosures.c[name] == value)
    if sought.since is not None:
        query = query.where(disclosures.c.occurred_at >= sought.since)
    if sought.before is not None:
        query = query.where(disclosures.c.occurred_at < sought.before)
    if sought.unauthorised:
        given = exists().where(*_ONE, counts(authorisations.c.event))
        query = query.where(~given.correlate_except(authorisations))
    return query


def of_subject(
    connection: Connection,
    subject: UUID,
    *,
    for_subject: bool = False,
    today: dt.date | None = None,
) -> list[Disclosure]:
    """All disclosures about this person, oldest first; annulled ones are marked."""
    shown = visible(disclosures.c.hidden_until, for_subject, today)
    query = rows_as(Disclosure, disclosures, disclosures.c.subject == subject, shown)
    return fetch(connection, Disclosure, query.order_by(*in_order(connection, disclosures)))


def authorisations_of(
    connection: Connection,
    subject: UUID,
    *,
    for_subject: bool = False,
    today: dt.date | None = None,
) -> list[Authorisation]:
    """What was authorised about this person, used or not, oldest first."""
    hidden = hidden_until()
    query = rows_as(
        Authorisation,
        authorisations,
        authorisations.c.subject == subject,
        visible(hidden, for_subject, today),
        used_position=_used(func.max(disclosures.c.position)),
        hidden_until=hidden,
    )
    return fetch(connection, Authorisation, query.order_by(*in_order(connection, authorisations)))


def all_authorisations(
    connection: Connection,
    *,
    unreported: bool = False,
    before: dt.datetime | None = None,
    as_of: AsOf | None = None,
    cursor: int | None = None,
    limit: int = 100,
) -> Page[Authorisation]:
    """What was authorised, newest first. `unreported`: only what was never reported as done;
    `before`: only what had ended by then, for the rest may still be."""
    position, used = authorisations.c.position, _used(func.max(disclosures.c.position))
    query = rows_as(
        Authorisation, authorisations, counting(authorisations, as_of), used_position=used
    )
    if unreported:
        reported = exists().where(*_ONE, counts(disclosures.c.event)).correlate_except(disclosures)
        query = query.where(~reported, counts(authorisations.c.event))
    if before is not None:
        query = query.where(authorisations.c.expires_at < before)
    return page_then(newest_first(connection, Authorisation, query, position, cursor, limit), as_of)


_ONE = (
    disclosures.c.authorisation == authorisations.c.disclosure,
    disclosures.c.subject == authorisations.c.subject,
)
"""That a disclosure used an authorisation."""


def _used(column: ColumnElement[Any], *where: ColumnElement[bool]) -> ScalarSelect[Any]:
    """What the disclosures that used an authorisation say."""
    used = select(column).where(*_ONE, *where)
    return used.correlate_except(disclosures).scalar_subquery()


def hidden_until() -> ColumnElement[dt.date | None]:
    """Of an authorisation: what was used in secret is secret itself, for as long as its use."""
    latest = _used(func.max(disclosures.c.hidden_until), disclosures.c.hidden_until.is_not(None))
    return func.coalesce(latest, authorisations.c.hidden_until)
