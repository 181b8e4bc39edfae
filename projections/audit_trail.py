"""The audit trail: every act that concerns a stream, in order, who did it and for what.

An act that lists people (a chunk of a run, an opening) stands in the trail of each of them. No
value is here, and no stream version: a person could tell from a gap that something is hidden.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    case,
    false,
    not_,
    select,
    text,
    true,
)

from ledger.events import Entry, EntryAnnulled, Event, Finding
from ledger.vault.tables import Id
from projections.columns import Fact, Listed, fact_columns, metadata, visible
from projections.hidden import betraying
from projections.moments import AsOf, counting, page_then
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
    PrimaryKeyConstraint("concerns", "position"),
    Index("audit_trail_position", "position"),
    Index("audit_trail_by", "by", "position"),
    Index(
        "audit_trail_hidden",
        "concerns",
        postgresql_where=text("hidden_until IS NOT NULL"),
        sqlite_where=text("hidden_until IS NOT NULL"),
    ),
)
projection = Projection(trail)


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
def follow(rows: Rows, entry: Entry, body: Event) -> None:
    add, stream, topic = rows[trail, type(body)], entry.stream, body.TOPIC
    add(body, concerns=stream, stream=stream, topic=topic)
    for concerned in dict.fromkeys(getattr(body, "subjects", ())):
        if concerned != stream:
            add(body, concerns=concerned, stream=stream, topic=topic)


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
    shown = visible(trail.c.hidden_until, for_subject, today)
    query = rows_as(Act, trail, trail.c.concerns == subject, shown, _counting(as_of))
    if for_subject:
        hidden = select(trail.c.event).where(trail.c.concerns == subject, not_(shown))
        acts = set(connection.execute(hidden).scalars())
        query = query.where(trail.c.event.not_in(betraying(connection, subject, acts, today)))
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
    query = rows_as(Act, trail, _OWN)
    if by is not None:
        query = query.where(trail.c.by == by)
    if topic is not None:
        query = query.where(trail.c.topic == topic)
    query = query.where(_counting(as_of))
    page = newest_first(connection, Act, query, trail.c.position, cursor, limit)
    return page_then(page, as_of)


_OWN = case((trail.c.concerns == trail.c.stream, true()), else_=false())
"""An act in the trail of the stream it is recorded in: once each. (PostgreSQL takes two columns that
are equal for a rarity, and would sort the whole table for a page; of this it expects one half.)"""


def _counting(as_of: AsOf | None) -> ColumnElement[bool]:
    """Which acts count at a moment; by what was true, an annulment is none."""
    counts = counting(trail, as_of)
    if as_of is None or as_of.clock == "known":
        return counts
    return and_(counts, trail.c.topic != EntryAnnulled.TOPIC)
