"""Duties to inform: what others supplied about a person, and by when the person is told (P05).

The day is that of the strictest law, or that of the first contact or the first disclosure, if one
of these comes before the person was told (GDPR Art. 14(3)).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    func,
    or_,
    select,
)

from ledger.events import Entry, InformDutyMet, InformDutyOpened, Moment
from ledger.vault.tables import Id
from projections.annulments import annulled_position, counts
from projections.collections import collections
from projections.columns import Fact, fact_columns, metadata
from projections.disclosures import disclosures
from projections.processing import runs, steps
from projections.projection import Projection, Rows
from projections.queries import Page, fetch, in_order, newest_first, rows_as

duties = Table(
    "duties",
    metadata,
    *fact_columns(),
    Column("duty", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("entry", Id, nullable=False),
    Column("due", Date, nullable=False),
    PrimaryKeyConstraint("event"),
    Index("duties_position", "position", unique=True),
    Index("duties_subject", "subject", "position"),
)
met = Table(
    "duties_met",
    metadata,
    *fact_columns(),
    Column("duty", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("notice_version", Text),
    Column("notice_language", Text),
    Column("notice_digest", LargeBinary),
    Column("channel", Text),
    PrimaryKeyConstraint("duty", "position"),
)
projection = Projection(duties, met)

Because = Literal["period", "first-contact", "first-disclosure"]


@dataclass(frozen=True, kw_only=True)
class Duty(Fact):
    """A person must be told where the data of an entry came from, and was (`met_at`) or was not."""

    duty: UUID
    subject: UUID
    entry: UUID
    source: str | None
    due: dt.date
    contacted_at: Moment | None
    disclosed_at: Moment | None
    met_event: UUID | None
    met_position: int | None
    met_at: Moment | None
    notice_version: str | None
    notice_language: str | None
    channel: str | None
    annulled_position: int | None

    @property
    def until(self) -> tuple[dt.date, Because]:
        """The last day, and why it is that one."""
        days: list[tuple[dt.date, Because]] = [(self.due, "period")]
        if self.contacted_at is not None:
            days.append((self.contacted_at.date(), "first-contact"))
        if self.disclosed_at is not None:
            days.append((self.disclosed_at.date(), "first-disclosure"))
        return min(days, key=lambda one: one[0])

    def overdue(self, today: dt.date) -> bool:
        """Whether the person was told too late, or was not told and it is too late today."""
        told = self.met_at.date() if self.met_at is not None else today
        return self.annulled_position is None and told > self.until[0]


@projection.on(InformDutyOpened)
def open_duty(rows: Rows, entry: Entry, body: InformDutyOpened) -> None:
    rows[duties, type(body)](body, subject=entry.stream)


@projection.on(InformDutyMet)
def meet(rows: Rows, entry: Entry, body: InformDutyMet) -> None:
    notice = body.notice
    rows[met, type(body)](
        body,
        subject=entry.stream,
        notice_version=notice.version if notice else None,
        notice_language=notice.language if notice else None,
        notice_digest=notice.digest if notice else None,
    )


def of_subject(connection: Connection, subject: UUID) -> list[Duty]:
    """Every duty to inform this person, oldest first; those of annulled entries are marked."""
    query = _rows(duties.c.subject == subject)
    return fetch(connection, Duty, query.order_by(*in_order(connection, duties)))


def unmet(
    connection: Connection,
    *,
    overdue_on: dt.date | None = None,
    cursor: int | None = None,
    limit: int = 100,
) -> Page[Duty]:
    """The duties that nobody met, newest first; with `overdue_on` only those that are late then."""
    query = _rows(met.c.event.is_(None), counts(duties.c.event), counts(duties.c.entry))
    if overdue_on is not None:
        begins = dt.datetime.combine(overdue_on, dt.time(), dt.UTC)
        query = query.where(
            or_(duties.c.due < overdue_on, _contacted() < begins, _disclosed() < begins)
        )
    return newest_first(connection, Duty, query, duties.c.position, cursor, limit)


def _rows(*where: ColumnElement[bool]) -> Select[Any]:
    """Duties, each with what met it, if something did."""
    query = rows_as(
        Duty,
        duties,
        *where,
        source=_source(),
        contacted_at=_contacted(),
        disclosed_at=_disclosed(),
        met_event=met.c.event,
        met_position=met.c.position,
        met_at=met.c.occurred_at,
        notice_version=met.c.notice_version,
        notice_language=met.c.notice_language,
        channel=met.c.channel,
        annulled_position=annulled_position(duties.c.event, duties.c.entry),
    )
    return query.select_from(duties.outerjoin(met, met.c.duty == duties.c.duty))


def _source() -> ColumnElement[str | None]:
    found = select(collections.c.source).where(collections.c.event == duties.c.entry)
    return found.correlate(duties).scalar_subquery()


def _contacted() -> ColumnElement[Moment | None]:
    """When the first message to the person was opened for sending, after the data had come."""
    first = (
        select(func.min(steps.c.occurred_at))
        .join(runs, runs.c.run == steps.c.run)
        .where(
            steps.c.subject == duties.c.subject,
            steps.c.position > duties.c.position,
            steps.c.step == "opened",
            runs.c.template.is_not(None),
            counts(steps.c.event),
        )
    )
    return first.correlate(duties).scalar_subquery()


def _disclosed() -> ColumnElement[Moment | None]:
    """When data of the person was first passed on after that; nothing that may not be mentioned."""
    first = select(func.min(disclosures.c.occurred_at)).where(
        disclosures.c.subject == duties.c.subject,
        disclosures.c.position > duties.c.position,
        disclosures.c.hidden_until.is_(None),
        counts(disclosures.c.event),
    )
    return first.correlate(duties).scalar_subquery()
