"""Openings: who looked at whose values, in which function and for what reason, before they saw."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal
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
)

from ledger.events import Entry, PersonalDataOpened
from ledger.vault.tables import Id
from projections.columns import Fact, Listed, fact_columns, metadata, visible, where_set
from projections.projection import Projection, Rows
from projections.queries import Page, newest_first, rows_as

openings = Table(
    "openings",
    metadata,
    *fact_columns(),
    Column("subject", Id, nullable=False),
    Column("stream", Id, nullable=False),
    Column("access", Text, nullable=False),
    Column("function", Text),
    Column("purpose", Text),
    Column("reason", Text),
    Column("attributes", Listed(), nullable=False),
    Column("run", Id),
    Column("chunk", BigInteger),
    Column("ground", Text),
    Column("hidden_until", Date),
    PrimaryKeyConstraint("position", "subject"),
    Index("openings_subject", "subject", "position"),
    Index("openings_hidden", "hidden_until", **where_set("hidden_until")),
)
projection = Projection(openings)


@dataclass(frozen=True, kw_only=True)
class Opening(Fact):
    """Somebody (`by`, `by_kind`, `function`) was about to see these attributes of a person."""

    subject: UUID
    stream: UUID
    access: Literal["profile", "report", "chunk", "lookup"]
    function: str | None
    purpose: str | None
    reason: str | None
    attributes: tuple[str, ...]
    run: UUID | None
    chunk: int | None
    ground: str | None


@projection.on(PersonalDataOpened)
def open_values(rows: Rows, entry: Entry, body: PersonalDataOpened) -> None:
    """One row for each person: those listed (of a chunk, perhaps none), or the stream's own."""
    concerned = (entry.stream,) if body.run is None and not body.subjects else body.subjects
    add = rows[openings, type(body)]
    for subject in dict.fromkeys(concerned):
        add(body, subject=subject, stream=entry.stream)


def of_subject(
    connection: Connection,
    subject: UUID,
    *,
    for_subject: bool = False,
    today: dt.date | None = None,
    cursor: int | None = None,
    limit: int = 100,
) -> Page[Opening]:
    """Who looked at this person's values, newest first; with `for_subject` without what may not be
    mentioned to the person on `today`."""
    shown = visible(openings.c.hidden_until, for_subject, today)
    query = rows_as(Opening, openings, openings.c.subject == subject, shown)
    return newest_first(connection, Opening, query, openings.c.position, cursor, limit)
