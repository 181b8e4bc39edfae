"""Annulments: which entries were recorded in error and count no more, and since when.

An annulled entry keeps its rows as they were; whoever reads them asks here.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    PrimaryKeyConstraint,
    Table,
    exists,
    func,
    select,
)

from ledger.events import Entry, EntryAnnulled
from ledger.vault.tables import Id
from projections.columns import metadata
from projections.projection import Projection, Rows

annulments = Table(
    "annulments",
    metadata,
    Column("entry", Id, nullable=False),
    Column("stream", Id, nullable=False),
    Column("event", Id, nullable=False),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("entry", "position"),
    Index("annulments_stream", "stream", "position"),
)
projection = Projection(annulments)


@projection.on(EntryAnnulled)
def annul(rows: Rows, entry: Entry, body: EntryAnnulled) -> None:
    rows[annulments, type(body)](
        body, stream=entry.stream, event=entry.event, position=entry.position
    )


def annulled_position(*entries: ColumnElement[object]) -> ColumnElement[int | None]:
    """Where a row's entry (or one of several entries of it) was annulled, or NULL: a column."""
    where = annulments.c.entry.in_(entries)
    last = select(func.max(annulments.c.position)).where(where)
    return last.correlate_except(annulments).scalar_subquery()


def counts(entry: ColumnElement[object]) -> ColumnElement[bool]:
    """Whether a row's entry was not annulled."""
    return ~exists().where(annulments.c.entry == entry).correlate_except(annulments)
