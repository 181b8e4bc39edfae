"""Claims: what must be kept, on which ground and law, until when, and who decides."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    or_,
)

from ledger.events import (
    ClaimPlaced,
    ClaimReleased,
    Coverage,
    Entry,
    EntryAnnulled,
    Finding,
    Moment,
)
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections.columns import At, Fact, Listed, SealedValue, fact_columns, fact_of, metadata
from projections.projection import Projection, Rows
from projections.queries import fetch, in_order, rows_as

claims = Table(
    "claims",
    metadata,
    *fact_columns(),
    Column("claim", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("ground", Text, nullable=False),
    Column("law", Text),
    Column("covers", Listed(Coverage), nullable=False),
    Column("until", Date),
    Column("review", Date),
    Column("decided_by", Text, nullable=False),
    Column("reference", SealedValue),
    Column("findings", Listed(Finding), nullable=False),
    Column("released_event", Id),
    Column("released_position", BigInteger),
    Column("released_at", At),
    Column("released_reason", Text),
    Column("annulled_position", BigInteger),
    PrimaryKeyConstraint("event"),
    Index("claims_subject", "subject", "position"),
)
projection = Projection(claims)


@dataclass(frozen=True, kw_only=True)
class Claim(Fact):
    """A claim on slots. Sealed: `@reference`. `until` is its last day."""

    claim: UUID
    subject: UUID
    ground: str
    law: str | None
    covers: tuple[Coverage, ...]
    until: dt.date | None
    review: dt.date | None
    decided_by: str
    reference: Sealed | None
    findings: tuple[Finding, ...]
    released_event: UUID | None
    released_position: int | None
    released_at: Moment | None
    released_reason: str | None
    annulled_position: int | None


@projection.on(ClaimPlaced)
def place(rows: Rows, entry: Entry, body: ClaimPlaced) -> None:
    rows.insert(
        claims,
        **fact_of(entry),
        claim=body.claim,
        subject=entry.stream,
        ground=body.ground,
        law=body.law,
        covers=body.covers,
        until=body.until,
        review=body.review,
        decided_by=body.decided_by,
        reference=body.reference,
        findings=body.findings,
    )


@projection.on(ClaimReleased)
def release(rows: Rows, entry: Entry, body: ClaimReleased) -> None:
    rows.update(
        claims,
        claims.c.subject == entry.stream,
        claims.c.claim == body.claim,
        released_event=entry.event,
        released_position=entry.position,
        released_at=entry.recorded_at,
        released_reason=body.reason,
    )


@projection.on(EntryAnnulled)
def annul(rows: Rows, entry: Entry, body: EntryAnnulled) -> None:
    rows.annul(claims, entry, claims.c.event == body.entry)


def of_subject(connection: Connection, subject: UUID) -> list[Claim]:
    """Every claim on this person's data, oldest first; released and annulled ones are marked."""
    query = rows_as(Claim, claims, claims.c.subject == subject)
    return fetch(connection, Claim, query.order_by(*in_order(connection, claims)))


def in_force(connection: Connection, subject: UUID, today: dt.date) -> list[Claim]:
    """The claims that hold today: not released, not annulled, and not past their last day."""
    query = rows_as(
        Claim,
        claims,
        claims.c.subject == subject,
        claims.c.released_event.is_(None),
        claims.c.annulled_position.is_(None),
        or_(claims.c.until.is_(None), claims.c.until >= today),
    )
    return fetch(connection, Claim, query.order_by(*in_order(connection, claims)))
