"""Irregularities: what was reported as done and broke a rule, who has to look at it by when, and
what came of it."""

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
    and_,
    exists,
    not_,
    select,
)

from ledger.events import Entry, Finding, IrregularityClosed, IrregularityFound, Moment
from ledger.vault.tables import Id
from projections.annulments import annulled_position
from projections.broken_rules import breaking
from projections.columns import Fact, Listed, fact_columns, metadata
from projections.projection import Projection, Rows
from projections.queries import Page, at_most, fetch, fetch_one, newest_first, rows_as

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
    Index("irregularities_name", "irregularity"),
    Index("irregularities_policy", "policy", "position"),
    Index("irregularities_due", "due", "position"),
)
closures = Table(
    "irregularity_closures",
    metadata,
    *fact_columns(),
    Column("irregularity", Id, nullable=False),
    Column("stream", Id, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("irregularity", "position"),
    Index("irregularity_closures_stream", "stream", "position"),
)
projection = Projection(irregularities, closures)


@dataclass(frozen=True, kw_only=True)
class Irregularity(Fact):
    """An entry broke rules; `owner` (a role of the policy) looks at it until `due`. What came of it
    is a `closed_reason`; it is open without one, unless the entry was annulled."""

    irregularity: UUID
    stream: UUID
    entry: UUID
    owner: str
    due: dt.date
    findings: tuple[Finding, ...]
    annulled_position: int | None
    closed_position: int | None
    closed_at: Moment | None
    closed_reason: str | None

    @property
    def open(self) -> bool:
        return self.closed_position is None and self.annulled_position is None


@projection.on(IrregularityFound)
def find(rows: Rows, entry: Entry, body: IrregularityFound) -> None:
    rows[irregularities, type(body)](body, stream=entry.stream)


@projection.on(IrregularityClosed)
def close(rows: Rows, entry: Entry, body: IrregularityClosed) -> None:
    rows[closures, type(body)](body, stream=entry.stream)


def all_irregularities(
    connection: Connection,
    *,
    rule: str | None = None,
    version: int | None = None,
    is_open: bool | None = None,
    overdue_on: dt.date | None = None,
    cursor: int | None = None,
    limit: int = 100,
) -> Page[Irregularity]:
    """Everything irregular that was reported, newest first; annulled and closed ones are marked.

    Of one rule, of one policy version, only those that are open (or are not), only those that
    should have been closed before a day, if asked.
    """
    query = _rows()
    if rule is not None:
        query = query.where(breaking(irregularities.c.event, rule))
    if version is not None:
        query = query.where(irregularities.c.policy == version)
    if is_open is not None:
        query = query.where(still_open() if is_open else not_(still_open()))
    if overdue_on is not None:
        query = query.where(irregularities.c.due < overdue_on, still_open())
    position = irregularities.c.position
    return newest_first(connection, Irregularity, query, position, cursor, limit)


def named(connection: Connection, irregularity: UUID) -> Irregularity | None:
    """An irregularity by its id."""
    return fetch_one(connection, Irregularity, _rows(irregularities.c.irregularity == irregularity))


def still_open() -> ColumnElement[bool]:
    """Which irregularities nobody has closed, and whose entries stand."""
    closed = exists().where(closures.c.irregularity == irregularities.c.irregularity)
    about = annulled_position(irregularities.c.event, irregularities.c.entry)
    return and_(not_(closed), about.is_(None))


def of_stream(connection: Connection, stream: UUID) -> list[Irregularity]:
    """The irregularities of one stream, oldest first."""
    query = _rows(irregularities.c.stream == stream)
    return fetch(connection, Irregularity, query.order_by(irregularities.c.position))


def _rows(*where: ColumnElement[bool]) -> Select[Any]:
    """It counts no more when the entry it is about was recorded in error, or it was itself."""
    about = annulled_position(irregularities.c.event, irregularities.c.entry)
    last = {
        f"closed_{name}": _closing(column)
        for name, column in (
            ("position", closures.c.position),
            ("at", closures.c.recorded_at),
            ("reason", closures.c.reason),
        )
    }
    return rows_as(Irregularity, irregularities, *where, annulled_position=about, **last)


def _closing(column: Column[Any]) -> ColumnElement[Any]:
    """Of the closing of an irregularity: there is one, or none."""
    mine = closures.c.irregularity == irregularities.c.irregularity
    return select(column).where(mine).limit(at_most(1)).scalar_subquery()
