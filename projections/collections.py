"""Collections: how personal data came in. From where, by whom supplied, under which notice."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from ledger.events import DataCollected, Entry, Finding
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections.columns import Fact, Listed, SealedValue, fact_columns, metadata
from projections.projection import Projection, Rows
from projections.queries import Page, fetch, in_order, newest_first, rows_as

collections = Table(
    "collections",
    metadata,
    *fact_columns(),
    Column("subject", Id, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("source", Text),
    Column("supplier", SealedValue),
    Column("notice_version", Text),
    Column("notice_language", Text),
    Column("notice_digest", LargeBinary),
    Column("service", Text),
    Column("country", Text),
    Column("purposes", Listed(), nullable=False),
    Column("unlisted", SealedValue),
    Column("findings", Listed(Finding), nullable=False),
    Column("template", Text),
    PrimaryKeyConstraint("event"),
    Index("collections_subject", "subject", "position"),
)
collection_purposes = Table(
    "collection_purposes",
    metadata,
    Column("purpose", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("event", Id, nullable=False),
    Column("subject", Id, nullable=False),
    PrimaryKeyConstraint("purpose", "position"),
)
projection = Projection(collections, collection_purposes)


@dataclass(frozen=True, kw_only=True)
class Collection(Fact):
    """Data came in: asked for under a notice, or told. Sealed: `@supplier`, `@unlisted`."""

    subject: UUID
    told: bool
    source: str | None
    template: str | None
    supplier: Sealed | None
    notice_version: str | None
    notice_language: str | None
    notice_digest: bytes | None
    service: str | None
    country: str | None
    purposes: tuple[str, ...]
    unlisted: Sealed | None
    findings: tuple[Finding, ...]
    annulled_position: int | None


@projection.on(DataCollected)
def collect(rows: Rows, entry: Entry, body: DataCollected) -> None:
    notice = body.notice
    rows[collections, type(body)](
        body,
        subject=entry.stream,
        notice_version=notice.version if notice else None,
        notice_language=notice.language if notice else None,
        notice_digest=notice.digest if notice else None,
    )
    for purpose in dict.fromkeys(body.purposes):
        rows[collection_purposes](
            purpose=purpose,
            position=entry.position,
            event=entry.event,
            subject=entry.stream,
        )


def of_subject(connection: Connection, subject: UUID) -> list[Collection]:
    """How the data of this person came in, oldest first; annulled entries are marked."""
    query = rows_as(Collection, collections, collections.c.subject == subject)
    return fetch(connection, Collection, query.order_by(*in_order(connection, collections)))


def of_purpose(
    connection: Connection, purpose: str, *, cursor: int | None = None, limit: int = 100
) -> Page[Collection]:
    """What was collected for a purpose, of everybody, newest first; annulled ones are marked."""
    query = rows_as(Collection, collections).join(
        collection_purposes, collection_purposes.c.event == collections.c.event
    )
    query = query.where(collection_purposes.c.purpose == purpose)
    position = collection_purposes.c.position
    return newest_first(connection, Collection, query, position, cursor, limit)
