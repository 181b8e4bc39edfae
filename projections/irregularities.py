"""Irregularities: what was reported as done and broke a rule, and who has to look at it by when."""

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

from ledger.events import Entry, EntryAnnulled, Finding, IrregularityFound
from ledger.vault.tables import Id
from projections.columns import Fact, Listed, fact_columns, fact_of, metadata
from projections.projection import Projection, Rows
from projections.queries import Page, fetch, newest_first, rows_as

irregularities = Table(
    "irregularities",
    metadata,
    *fact_columns(),
    Column("irregularity", Id, nullable=False),
    Column("stream", Id, nullable=False),
    Column("entry", Id, nullable=False),
    Column("owner", Text, nullable=False),
    Column("due", Date, nullable=False),
    Column("findings", Listed(Finding), nullable=False),
    Column("annulled_position", BigInteger),
    PrimaryKeyConstraint("event"),
    Index("irregularities_position", "position", unique=True),
    Index("irregularities_stream", "stream", "position"),
)
projection = Projection(irregularities)


@dataclass(frozen=True, kw_only=True)
class Irregularity(Fact):
    """An entry broke rules; `owner` (a role of the policy) looks at it until `due`."""

    irregularity: UUID
    stream: UUID
    entry: UUID
    owner: str
    due: dt.date
    findings: tuple[Finding, ...]
    annulled_position: int | None


@projection.on(IrregularityFound)
def find(rows: Rows, entry: Entry, body: IrregularityFound) -> None:
    rows.insert(
        irregularities,
        **fact_of(entry),
        irregularity=body.irregularity,
        stream=entry.stream,
        entry=body.entry,
        owner=body.owner,
        due=body.due,
        findings=body.findings,
    )


@projection.on(EntryAnnulled)
def annul(rows: Rows, entry: Entry, body: EntryAnnulled) -> None:
    about = or_(irregularities.c.entry == body.entry, irregularities.c.event == body.entry)
    rows.annul(irregularities, entry, irregularities.c.stream == entry.stream, about)


def all_irregularities(
    connection: Connection, *, cursor: int | None = None, limit: int = 100
) -> Page[Irregularity]:
    """Everything irregular that was reported, newest first; annulled entries are marked."""
    query = rows_as(Irregularity, irregularities)
    position = irregularities.c.position
    return newest_first(connection, Irregularity, query, position, cursor, limit)


def of_stream(connection: Connection, stream: UUID) -> list[Irregularity]:
    """The irregularities of one stream, oldest first."""
    query = rows_as(Irregularity, irregularities, irregularities.c.stream == stream)
    return fetch(connection, Irregularity, query.order_by(irregularities.c.position))
