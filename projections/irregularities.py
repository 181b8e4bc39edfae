"""Irregularities: what was reported as done and broke a rule, and who has to look at it by when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
)

from ledger.events import Entry, Finding, IrregularityFound
from ledger.vault.tables import Id
from projections.annulments import annulled_position
from projections.columns import Fact, Listed, fact_columns, metadata
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
    rows[irregularities, type(body)](body, stream=entry.stream)


def all_irregularities(
    connection: Connection, *, cursor: int | None = None, limit: int = 100
) -> Page[Irregularity]:
    """Everything irregular that was reported, newest first; annulled entries are marked."""
    query = _rows()
    position = irregularities.c.position
    return newest_first(connection, Irregularity, query, position, cursor, limit)


def of_stream(connection: Connection, stream: UUID) -> list[Irregularity]:
    """The irregularities of one stream, oldest first."""
    query = _rows(irregularities.c.stream == stream)
    return fetch(connection, Irregularity, query.order_by(irregularities.c.position))


def _rows(*where: ColumnElement[bool]) -> Select[Any]:
    """It counts no more when the entry it is about was recorded in error, or it was itself."""
    about = annulled_position(irregularities.c.event, irregularities.c.entry)
    return rows_as(Irregularity, irregularities, *where, annulled_position=about)
