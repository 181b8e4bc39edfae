"""Claims: what must be kept, on which ground and law, until when, and who decides."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    Date,
    Index,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    func,
    or_,
    select,
)

from ledger.events import (
    ClaimPlaced,
    ClaimReleased,
    Coverage,
    Entry,
    Finding,
    Moment,
)
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections.annulments import counts
from projections.columns import Fact, Listed, SealedValue, fact_columns, metadata
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
    Column("account", Id),
    Column("matter", Id),
    Column("rule", Text),
    PrimaryKeyConstraint("event"),
    Index("claims_subject", "subject", "position"),
)
releases = Table(
    "claim_releases",
    metadata,
    *fact_columns(),
    Column("claim", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("reason", Text),
    PrimaryKeyConstraint("claim", "position"),
)
projection = Projection(claims, releases)


@dataclass(frozen=True, kw_only=True)
class Claim(Fact):
    """A claim on slots. Sealed: `@reference`. `until` is its last day. Where a fact of an account
    placed it: the account, what the fact is about, and the policy's rule."""

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
    account: UUID | None
    matter: UUID | None
    rule: str | None
    released_event: UUID | None
    released_position: int | None
    released_at: Moment | None
    released_reason: str | None
    annulled_position: int | None


@projection.on(ClaimPlaced)
def place(rows: Rows, entry: Entry, body: ClaimPlaced) -> None:
    rows[claims, type(body)](body, subject=entry.stream)


@projection.on(ClaimReleased)
def release(rows: Rows, entry: Entry, body: ClaimReleased) -> None:
    rows[releases, type(body)](body, subject=entry.stream)


def of_subject(connection: Connection, subject: UUID) -> list[Claim]:
    """Every claim on this person's data, oldest first; released and annulled ones are marked."""
    return fetch(connection, Claim, _rows(subject).order_by(*in_order(connection, claims)))


def in_force(connection: Connection, subject: UUID, today: dt.date) -> list[Claim]:
    """The claims that hold today: not released, not annulled, and not past their last day."""
    query = _rows(subject).where(
        releases.c.event.is_(None),
        counts(claims.c.event),
        or_(claims.c.until.is_(None), claims.c.until >= today),
    )
    return fetch(connection, Claim, query.order_by(*in_order(connection, claims)))


def _rows(subject: UUID) -> Select[Any]:
    """The claims on a person's data, each with its last release, if there was one."""
    later = releases.alias()
    last = select(func.max(later.c.position)).where(later.c.claim == claims.c.claim)
    release_of = (releases.c.claim == claims.c.claim) & (
        releases.c.position == last.correlate(claims).scalar_subquery()
    )
    query = rows_as(
        Claim,
        claims,
        claims.c.subject == subject,
        released_event=releases.c.event,
        released_position=releases.c.position,
        released_at=releases.c.recorded_at,
        released_reason=releases.c.reason,
    )
    return query.select_from(claims.outerjoin(releases, release_of))
