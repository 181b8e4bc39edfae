"""Held values: what stands now, as narrow as opening needs it, for many records at once.

Queries alone, over the tables of `profiles.py` and `collections.py`. Nothing that was erased,
corrected or annulled is here: who asks wants to read values, not their history.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Select, Subquery, bindparam, exists, func, select

from ledger.sealing import Sealed
from projections.annulments import counts
from projections.collections import collection_purposes, collections
from projections.keys import deaths
from projections.profiles import items
from projections.queries import at_most


class HeldValue(NamedTuple):
    """A sealed value that stands: where it was first sealed, its slot, and what it is for."""

    subject: UUID
    event: UUID
    position: int
    field: str
    attribute: str
    retention_class: str
    scope: str
    purposes: tuple[str, ...]
    source: str | None
    value: Sealed


_Name = tuple[UUID, str]
"""An item: the event that brought it, and its field."""
_AT_ONCE = 10_000
"""Values in a question: both databases take some 30,000 parameters a statement, not more."""

_newer = items.alias()
_REPLACED = exists().where(
    _newer.c.replaces_event == items.c.event,
    _newer.c.replaces_field == items.c.field,
    counts(_newer.c.event),
)
_LIVING = (counts(items.c.event), ~exists().where(deaths.c.kid == items.c.kid))
_COLUMNS = [
    *(items.c[name] for name in HeldValue._fields[:7]),
    collections.c.purposes,
    func.coalesce(items.c.source, collections.c.source).label("source"),
    items.c.value,
    items.c.replaces_event,
    items.c.replaces_field,
]
_FROM = items.outerjoin(collections, collections.c.event == items.c.event)
_HELD = select(*_COLUMNS).select_from(_FROM).where(~_REPLACED, *_LIVING)
_OF_SUBJECT = _HELD.where(items.c.subject == bindparam("subject")).order_by(
    items.c.position, items.c.field
)
_OF_SLOT = _OF_SUBJECT.where(items.c.scope == bindparam("scope"))
_OF_CLASS = _HELD.where(
    items.c.retention_class == bindparam("class"),
    items.c.occurred_at < bindparam("before", type_=items.c.occurred_at.type),
)
_COLLECTED = select(*_COLUMNS, _REPLACED.label("replaced")).select_from(_FROM).where(*_LIVING)
_CORRECTIONS = (
    select(*_COLUMNS, _REPLACED.label("replaced"), _LIVING[1].label("alive"))
    .select_from(_FROM)
    .where(items.c.replaces_event.in_(bindparam("events", expanding=True)), _LIVING[0])
)
_ORIGINS = (
    select(*(items.c[name] for name in ("event", "field", "replaces_event", "replaces_field")))
    .add_columns(collections.c.purposes)
    .select_from(_FROM)
    .where(items.c.event.in_(bindparam("events", expanding=True)))
)
"""Statements are built once: building one costs more than running it."""


def of_subject(connection: Connection, subject: UUID, scope: str | None = None) -> list[HeldValue]:
    """The values of a person that stand, oldest first; of one period, document or case if named."""
    given: dict[str, object] = {"subject": subject} | ({} if scope is None else {"scope": scope})
    return _values(connection, _OF_SUBJECT if scope is None else _OF_SLOT, given)


def of_class(connection: Connection, class_: str, before: dt.datetime) -> list[HeldValue]:
    """The values of a retention class that came to be before a moment: whose end may have come.

    Reads the whole table, as a daily run may.
    """
    return _values(connection, _OF_CLASS, {"class": class_, "before": before})


def of_purpose(
    connection: Connection, purpose: str, *, before: int | None = None, limit: int | None = None
) -> tuple[list[HeldValue], int | None]:
    """The values collected for a purpose that stand, by position, and where a next page begins.

    A page is of `limit` collections, the newest of those before position `before`; None: all of
    them. What was corrected since comes with its correction, behind the values as collected.
    """
    wanted = select(collection_purposes.c.event, collection_purposes.c.position).where(
        collection_purposes.c.purpose == purpose
    )
    if before is not None:
        wanted = wanted.where(collection_purposes.c.position < before)
    page = (
        wanted.order_by(collection_purposes.c.position.desc())
        .limit(None if limit is None else at_most(limit))
        .subquery()
    )
    found = _COLLECTED.join(page, page.c.event == items.c.event).order_by(items.c.position)
    rows = connection.execute(found).all()
    values = [_value(row, row.purposes) for row in rows if not row.replaced]
    corrected = {(row.event, row.field): row.purposes for row in rows if row.replaced}
    values += _corrections(connection, corrected)
    return values, _end(connection, page) if limit is not None else None


def _end(connection: Connection, page: Subquery) -> int | None:
    """The position of the last collection of a page; None where there is none."""
    end: int | None = connection.execute(select(func.min(page.c.position))).scalar()
    return end


def _corrections(
    connection: Connection, corrected: dict[_Name, tuple[str, ...]]
) -> Iterator[HeldValue]:
    """What stands now in place of these items, which brought these purposes with them."""
    while corrected:
        later: dict[_Name, tuple[str, ...]] = {}
        for row in _of_events(connection, _CORRECTIONS, corrected):
            purposes = corrected.get((row.replaces_event, row.replaces_field))
            if purposes is None:
                continue
            if row.replaced:
                later[row.event, row.field] = purposes
            elif row.alive:
                yield _value(row, purposes)
        corrected = later


def _values(
    connection: Connection, query: Select[tuple[object, ...]], given: dict[str, object]
) -> list[HeldValue]:
    rows = connection.execute(query, given).all()
    corrected = {(row.event, row.field): _replaced(row) for row in rows if row.replaces_event}
    brought = _origins(connection, corrected)
    return [_value(row, row.purposes or brought.get((row.event, row.field), ())) for row in rows]


def _origins(connection: Connection, corrected: dict[_Name, _Name]) -> dict[_Name, tuple[str, ...]]:
    """The purposes of the collections that corrected items go back to, by what they replaced."""
    found: dict[_Name, tuple[str, ...]] = {}
    while corrected:
        rows = _of_events(connection, _ORIGINS, corrected.values())
        known = {(row.event, row.field): row for row in rows}
        pending = corrected
        corrected = {}
        for name, replaced in pending.items():
            row = known.get(replaced)
            if row is not None and row.replaces_event:
                corrected[name] = _replaced(row)
            else:
                found[name] = row.purposes if row is not None and row.purposes else ()
    return found


def _of_events(connection: Connection, query: Any, names: Any) -> list[Any]:
    events = iter({event for event, _ in names})
    rows: list[Any] = []
    while some := list(islice(events, _AT_ONCE)):
        rows += connection.execute(query, {"events": some}).all()
    return rows


def _replaced(row: Any) -> _Name:
    return row.replaces_event, row.replaces_field


def _value(row: Any, purposes: Sequence[str]) -> HeldValue:
    """`row` begins with the columns of a held value."""
    return HeldValue._make((*row[:7], tuple(purposes), *row[8:10]))
