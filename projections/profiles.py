"""Profiles: who is known, and every value held of them, sealed, with where it came from.

An item is one sealed value. `(event, field, value)` is all that is needed to open it at the edge;
this side never can. An item stands until it is corrected or annulled; an erased one keeps its row
and its ciphertext, which nothing opens any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    RowMapping,
    ScalarSelect,
    Select,
    Table,
    Text,
    bindparam,
    exists,
    func,
    select,
    text,
    true,
    union_all,
)

from ledger.events import (
    CollectedItem,
    CorrectedItem,
    DataCollected,
    DataCorrected,
    Entry,
    Moment,
    SubjectRegistered,
    field_name,
)
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections.annulments import annulments
from projections.collections import collections
from projections.columns import Fact, SealedValue, fact_columns, metadata
from projections.erasures import erasures
from projections.keys import deaths
from projections.projection import Projection, Rows
from projections.queries import Page, at_most, fetch_one, in_order, newest_first, rows_as

subjects = Table(
    "subjects",
    metadata,
    *fact_columns(),
    Column("subject", Id, primary_key=True),
    Column("service", Text),
    Column("source", Text),
    Index("subjects_position", "position", unique=True),
)
items = Table(
    "profile_items",
    metadata,
    *fact_columns(),
    Column("field", Text, nullable=False),
    Column("subject", Id, nullable=False),
    Column("attribute", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("retention_class", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("kid", LargeBinary, nullable=False),
    Column("value", SealedValue, nullable=False),
    Column("replaces_event", Id),
    Column("replaces_field", Text),
    Column("source", Text),
    PrimaryKeyConstraint("event", "field"),
    Index("profile_items_subject", "subject", "position"),
    Index(
        "profile_items_replaces",
        "replaces_event",
        postgresql_where=text("replaces_event IS NOT NULL"),
        sqlite_where=text("replaces_event IS NOT NULL"),
    ),
)
projection = Projection(subjects, items)


@dataclass(frozen=True, kw_only=True)
class Subject(Fact):
    """A data subject: registered by this fact; `changed_event` is the profile's version (ETag)."""

    subject: UUID
    service: str | None
    source: str | None
    changed_event: UUID
    changed_position: int
    erased_position: int | None


@dataclass(frozen=True, kw_only=True)
class Item(Fact):
    """One sealed value. `collection` is the collection it goes back to, also when corrected."""

    field: str
    subject: UUID
    attribute: str
    number: int
    retention_class: str
    scope: str
    kid: bytes
    value: Sealed
    told: bool | None
    source: str | None
    purposes: tuple[str, ...]
    service: str | None
    country: str | None
    collection: UUID
    superseded_event: UUID | None = None
    superseded_position: int | None = None
    annulled_position: int | None
    erased_position: int | None
    erased_at: Moment | None

    @property
    def stands(self) -> bool:
        """Neither corrected nor annulled. (It may be erased: its row and ciphertext stay.)"""
        return self.superseded_event is None and self.annulled_position is None


_ORIGIN = ("told", "source", "purposes", "service", "country")
"""What an item has from the collection it goes back to."""
_DERIVED = {*_ORIGIN, "collection", "superseded_event", "superseded_position"}
_OWN = tuple(field.name for field in fields(Item) if field.name not in _DERIVED)


@projection.on(SubjectRegistered)
def register(rows: Rows, entry: Entry, body: SubjectRegistered) -> None:
    rows[subjects, type(body)](body, subject=entry.stream)


@projection.on(DataCollected)
def collect(rows: Rows, entry: Entry, body: DataCollected) -> None:
    for item in body.items:
        _insert(rows, entry, item)


@projection.on(DataCorrected)
def correct(rows: Rows, entry: Entry, body: DataCorrected) -> None:
    for item in body.items:
        replaced = field_name(item.attribute, item.replaces_number)
        values = {"replaces_event": item.replaces_event, "replaces_field": replaced}
        _insert(rows, entry, item, source=body.source, **values)


def _insert(rows: Rows, entry: Entry, item: CollectedItem | CorrectedItem, **values: Any) -> None:
    rows[items](
        field=field_name(item.attribute, item.number),
        subject=entry.stream,
        attribute=item.attribute,
        number=item.number,
        retention_class=item.class_,
        scope=item.scope,
        kid=item.value.kid,
        value=item.value,
        **values,
    )


def subject(connection: Connection, subject: UUID) -> Subject | None:
    """The subject with this id, or None when there is none (or the projections lag)."""
    return fetch_one(connection, Subject, _subjects().where(subjects.c.subject == subject))


def all_subjects(
    connection: Connection, *, cursor: int | None = None, limit: int = 100
) -> Page[Subject]:
    """Everybody registered, newest first."""
    return newest_first(connection, Subject, _subjects(), subjects.c.position, cursor, limit)


@cache
def _subjects() -> Select[Any]:
    asked, died = erasures.alias(), erasures.alias()
    of_all = exists().where(asked.c.erasure == died.c.erasure, asked.c.whole == true())
    erased = select(func.min(died.c.position)).where(
        died.c.subject == subjects.c.subject, died.c.step == "erased", of_all
    )
    return rows_as(
        Subject,
        subjects,
        changed_event=_last_change("event"),
        changed_position=_last_change("position"),
        erased_position=erased.correlate(subjects).scalar_subquery(),
    )


def _last_change(column: str) -> ScalarSelect[Any]:
    """A column of the last event that changed a subject's profile; openings do not."""
    changes = (
        (subjects.alias(), "subject", None),
        (collections, "subject", None),
        (items, "subject", None),
        (erasures, "subject", "erased"),
        (annulments, "stream", None),
    )
    last = []
    for table, owner, step in changes:
        of_one = select(table.c.event, table.c.position).where(table.c[owner] == subjects.c.subject)
        if step is not None:
            of_one = of_one.where(table.c.step == step)
        newest = of_one.order_by(table.c.position.desc()).limit(at_most(1)).correlate(subjects)
        last.append(select(newest.subquery()))
    every = union_all(*last).subquery()
    return (
        select(every.c[column])
        .order_by(every.c.position.desc())
        .limit(at_most(1))
        .scalar_subquery()
    )


def of_subject(connection: Connection, subject: UUID, *, history: bool = False) -> list[Item]:
    """The items that stand, erased ones among them with their date; oldest first.

    With `history` also those that were corrected or annulled.
    """
    query = _held().order_by(*in_order(connection, items), items.c.field)
    found = _fold(connection.execute(query, {"subject": subject}).mappings().all())
    return found if history else [item for item in found if item.stands]


@cache
def _held() -> Select[Any]:
    """All items of a subject, each with its collection and the death of its key."""
    origin = {f"origin_{name}": collections.c[name] for name in _ORIGIN}
    query = rows_as(
        Item,
        items,
        items.c.subject == bindparam("subject", type_=Id),
        erased_position=deaths.c.dead_position,
        erased_at=deaths.c.dead_at,
        replaces_event=items.c.replaces_event,
        replaces_field=items.c.replaces_field,
        **origin,
    )
    joined = items.outerjoin(deaths, deaths.c.kid == items.c.kid)
    joined = joined.outerjoin(collections, collections.c.event == items.c.event)
    return query.select_from(joined)


def _fold(held: Sequence[RowMapping]) -> list[Item]:
    """The items in the order given: a corrected one goes back to the collection of what it
    replaced, which has a lower position."""
    origins: dict[Any, dict[str, Any]] = {}
    newer = {(row["replaces_event"], row["replaces_field"]): row for row in held}
    for row in sorted(held, key=itemgetter("position")):
        name = row["event"], row["field"]
        if row["replaces_event"] is None:
            origin = {column: row[f"origin_{column}"] for column in _ORIGIN}
            origins[name] = origin | {"collection": row["event"]}
        else:
            replaced = row["replaces_event"], row["replaces_field"]
            unknown = dict.fromkeys(_ORIGIN) | {"purposes": (), "collection": row["event"]}
            origins[name] = origins.get(replaced, unknown) | {"source": row["source"]}
    return [
        _item(row, origins[row["event"], row["field"]], newer.get((row["event"], row["field"])))
        for row in held
    ]


def _item(row: RowMapping, origin: dict[str, Any], newer: RowMapping | None) -> Item:
    """`newer` replaced it, unless that was annulled: then it stands again."""
    values = {name: row[name] for name in _OWN} | origin
    if newer is not None and newer["annulled_position"] is None:
        values["superseded_event"] = newer["event"]
        values["superseded_position"] = newer["position"]
    return Item(**values)
