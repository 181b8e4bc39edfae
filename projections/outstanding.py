"""What is outstanding: everything that is to be done by a day, overdue or not, and was not done yet.

Derived from `due.py`; it owns no table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, case, distinct, exists, func, or_, select

from ledger.events import Moment
from ledger.policy.brake import AGREE
from projections.annulments import counts
from projections.due import dues, met
from projections.queries import Page, at_most, fetch, rows_as

SILENT = 30
"""Days after which a holder that nobody lists is silent."""


@dataclass(frozen=True)
class Due:
    """Something to be done by a day: an erasure, a decision or review, an answer …; of whom, by whom.

    `ref` is what it is about: an erasure, claim, order, disclosure, duty, irregularity, recipient or
    pause, as the kind says. `keys`: how many die.
    """

    position: int
    recorded_at: Moment
    stream: UUID
    kind: str
    ref: UUID
    due: dt.date
    owner: str | None
    about: str | None
    recipient: UUID | None
    keys: int


def by_a_day(
    connection: Connection,
    until: dt.date,
    today: dt.date,
    *,
    kind: str | None = None,
    answer_days: Mapping[UUID, int] | None = None,
    cursor: int | None = None,
    limit: int = 100,
) -> Page[Due]:
    """What is to be done by a day and was not, overdue or not, in the order in which it was recorded.

    `answer_days`: after how many days recipients are silent. A gag that ended is listed for 30 days.
    """
    silent = answer_days or {}
    query = rows_as(Due, dues, *_open(), _reached(until, today, silent))
    if kind is not None:
        query = query.where(dues.c.kind == kind)
    if cursor is not None:
        query = query.where(dues.c.position > cursor)
    query = query.order_by(dues.c.position, dues.c.number)
    found = fetch(connection, Due, query.limit(at_most(limit + 1)))
    if len(found) <= limit:
        return Page([_shown(row, silent) for row in found], None)
    last = found[limit].position  # whole entries only: the cut one begins the next page
    page = [one for one in found if one.position < last]
    if not page:
        page = fetch(connection, Due, query.where(dues.c.position == last))
    return Page([_shown(row, silent) for row in page], page[-1].position)


def _open() -> tuple[ColumnElement[bool], ...]:
    """Nothing met it since, nothing newer took its place, and its entry counts."""
    later = met.c.position > dues.c.position
    one = exists().where(met.c.ref == dues.c.ref, later)
    both = select(func.count(distinct(met.c.by))).where(met.c.ref == dues.c.ref, later)
    agreed = both.correlate(dues).scalar_subquery() >= AGREE
    return (
        case((dues.c.kind == "pause", ~agreed), else_=~one.correlate(dues)),
        counts(dues.c.event),
        or_(dues.c.irregular.is_(None), counts(dues.c.irregular)),
    )


def _reached(until: dt.date, today: dt.date, silent: Mapping[UUID, int]) -> ColumnElement[bool]:
    """Its day is not after `until`, and it is not over by itself."""
    by_days: dict[int, list[UUID]] = {}
    for recipient, days in silent.items():
        by_days.setdefault(days, []).append(recipient)
    named = dues.c.recipient.in_(list(silent))
    holders = [(dues.c.recipient.is_(None) | ~named) & _silent(until, SILENT)]
    holders += [dues.c.recipient.in_(ids) & _silent(until, n) for n, ids in by_days.items()]
    long_ago = today - dt.timedelta(days=30)
    return or_(
        (dues.c.kind == "holder") & or_(*holders),
        (dues.c.kind == "gag") & (dues.c.due <= until) & (dues.c.due >= long_ago),
        dues.c.kind.not_in(["holder", "gag"])
        & (dues.c.due <= until)
        & (dues.c.until.is_(None) | (dues.c.until >= today)),
    )


def _silent(until: dt.date, days: int) -> ColumnElement[bool]:
    return dues.c.due <= until - dt.timedelta(days=days)


def _shown(row: Due, silent: Mapping[UUID, int]) -> Due:
    """An order with the day after which its holder is silent."""
    if row.kind != "holder":
        return row
    days = silent.get(row.recipient, SILENT) if row.recipient else SILENT
    return replace(row, due=row.due + dt.timedelta(days=days))
