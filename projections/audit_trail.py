"""The audit trail: every act that concerns a stream, in order, who did it and for what.

An act that lists people (a chunk of a run, an opening) stands in the trail of each of them. No
value is here, and no stream version: a person could tell from a gap that something is hidden.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    select,
)

from ledger.events import (
    DisclosureAuthorised,
    DisclosureRecorded,
    DisclosureRefused,
    Entry,
    EntryAnnulled,
    Event,
    Finding,
    HolderAnswered,
    HolderNotified,
    IrregularityFound,
)
from ledger.vault.tables import Id
from projections.columns import Fact, Listed, fact_columns, fact_of, metadata, visible
from projections.disclosures import authorisations
from projections.moments import AsOf, counting, page_then
from projections.orders import orders
from projections.projection import Projection, Rows
from projections.queries import Page, newest_first, rows_as

trail = Table(
    "audit_trail",
    metadata,
    *fact_columns(),
    Column("concerns", Id, nullable=False),
    Column("stream", Id, nullable=False),
    Column("topic", Text, nullable=False),
    Column("purpose", Text),
    Column("recipient", Id),
    Column("ground", Text),
    Column("reason", Text),
    Column("command", Text),
    Column("rule", Text),
    Column("entry", Id),
    Column("findings", Listed(Finding), nullable=False),
    Column("hidden_until", Date),
    Column("annulled_position", BigInteger),
    PrimaryKeyConstraint("concerns", "position"),
    Index("audit_trail_position", "position"),
    Index("audit_trail_event", "event"),
    Index("audit_trail_by", "by", "position"),
)
projection = Projection(trail)

_SAID = ("purpose", "recipient", "ground", "reason", "command", "rule", "entry")
"""Fields of events that stand in the trail under their own name, where an event has them."""


@dataclass(frozen=True, kw_only=True)
class Act(Fact):
    """An act, as it concerns one stream (`concerns`); `stream` is where it is recorded."""

    concerns: UUID
    stream: UUID
    topic: str
    purpose: str | None
    recipient: UUID | None
    ground: str | None
    reason: str | None
    command: str | None
    rule: str | None
    entry: UUID | None
    findings: tuple[Finding, ...]
    annulled_position: int | None


@projection.each
def follow(rows: Rows, entry: Entry) -> None:
    body = entry.body
    shared = fact_of(entry) | {name: getattr(body, name, None) for name in _SAID}
    shared |= {
        "stream": entry.stream,
        "topic": body.TOPIC,
        "findings": getattr(body, "findings", ()),
        "hidden_until": _hidden_until(rows, body),
    }
    for concerned in dict.fromkeys((entry.stream, *getattr(body, "subjects", ()))):
        rows.insert(trail, **shared, concerns=concerned)


@projection.on(DisclosureRecorded)
def hide_authorisation(rows: Rows, entry: Entry, body: DisclosureRecorded) -> None:
    """What may not be mentioned was perhaps authorised first: that may not be mentioned either."""
    if body.authorisation is not None and body.hidden_until is not None:
        led_here = select(authorisations.c.event).where(
            authorisations.c.subject == entry.stream,
            authorisations.c.disclosure == body.authorisation,
        )
        rows.update(trail, trail.c.event.in_(led_here), hidden_until=body.hidden_until)


@projection.on(EntryAnnulled)
def annul(rows: Rows, entry: Entry, body: EntryAnnulled) -> None:
    rows.annul(trail, entry, trail.c.event == body.entry)


def _hidden_until(rows: Rows, body: Event) -> dt.date | None:
    """Until when an act may not be mentioned to the person: as long as what it is about."""
    match body:
        case DisclosureAuthorised() | DisclosureRefused() | DisclosureRecorded():
            return body.hidden_until
        case HolderNotified(order=order) | HolderAnswered(order=order):
            about = select(orders.c.hidden_until).where(orders.c.order_id == order)
        case IrregularityFound(entry=event) | EntryAnnulled(entry=event):
            about = select(trail.c.hidden_until).where(trail.c.event == event)
        case _:
            return None
    found = rows.first(about)
    return found.hidden_until if found else None


def of_subject(
    connection: Connection,
    subject: UUID,
    *,
    for_subject: bool = False,
    today: dt.date | None = None,
    as_of: AsOf | None = None,
    cursor: int | None = None,
    limit: int = 100,
) -> Page[Act]:
    """Every act that concerns this person (or any other stream), newest first."""
    query = rows_as(Act, trail, trail.c.concerns == subject, visible(trail, for_subject, today))
    query = query.where(_counting(as_of))
    page = newest_first(connection, Act, query, trail.c.position, cursor, limit)
    return page_then(page, as_of)


def all_acts(
    connection: Connection,
    *,
    by: UUID | None = None,
    topic: str | None = None,
    as_of: AsOf | None = None,
    cursor: int | None = None,
    limit: int = 100,
) -> Page[Act]:
    """Every act in the ledger once, newest first; of one actor or one kind, if named."""
    query = rows_as(Act, trail, trail.c.concerns == trail.c.stream)
    if by is not None:
        query = query.where(trail.c.by == by)
    if topic is not None:
        query = query.where(trail.c.topic == topic)
    query = query.where(_counting(as_of))
    page = newest_first(connection, Act, query, trail.c.position, cursor, limit)
    return page_then(page, as_of)


def _counting(as_of: AsOf | None) -> ColumnElement[bool]:
    """Which acts count at a moment; by what was true, an annulment is none."""
    counts = counting(trail, as_of)
    if as_of is None or as_of.clock == "known":
        return counts
    return and_(counts, trail.c.topic != EntryAnnulled.TOPIC)
