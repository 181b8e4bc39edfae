"""Profiles: who is known, and every value held of them, sealed, with where it came from.

An item is one sealed value. `(event, field, value)` is all that is needed to open it at the edge;
this side never can. An item stands until it is corrected or annulled; an erased one keeps its row
and its ciphertext, which nothing opens any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
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
    select,
)

from ledger.events import (
    CollectedItem,
    CorrectedItem,
    DataCollected,
    DataCorrected,
    DataErased,
    Entry,
    EntryAnnulled,
    Moment,
    SubjectRegistered,
    field_name,
)
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections import erasures
from projections.columns import (
    At,
    Fact,
    Listed,
    SealedValue,
    fact_columns,
    fact_of,
    metadata,
)
from projections.projection import Projection, Rows
from projections.queries import Page, fetch, fetch_one, newest_first, rows_as

subjects = Table(
    "subjects",
    metadata,
    *fact_columns(),
    Column("subject", Id, primary_key=True),
    Column("service", Text),
    Column("source", Text),
    Column("changed_event", Id, nullable=False),
    Column("changed_position", BigInteger, nullable=False),
    Column("erased_position", BigInteger),
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
    Column("told", Boolean),
    Column("source", Text),
    Column("purposes", Listed(), nullable=False),
    Column("service", Text),
    Column("country", Text),
    Column("collection", Id, nullable=False),
    Column("superseded_event", Id),
    Column("superseded_position", BigInteger),
    Column("annulled_position", BigInteger),
    Column("erased_position", BigInteger),
    Column("erased_at", At),
    PrimaryKeyConstraint("event", "field"),
    Index("profile_items_subject", "subject", "position"),
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
    superseded_event: UUID | None
    superseded_position: int | None
    annulled_position: int | None
    erased_position: int | None
    erased_at: Moment | None


_ORIGIN = ("told", "source", "purposes", "service", "country", "collection")


@projection.on(SubjectRegistered)
def register(rows: Rows, entry: Entry, body: SubjectRegistered) -> None:
    rows.insert(
        subjects,
        **fact_of(entry),
        subject=entry.stream,
        service=body.service,
        source=body.source,
        changed_event=entry.event,
        changed_position=entry.position,
    )


@projection.on(DataCollected)
def collect(rows: Rows, entry: Entry, body: DataCollected) -> None:
    origin = {name: getattr(body, name) for name in _ORIGIN[:-1]} | {"collection": entry.event}
    for item in body.items:
        _insert(rows, entry, item, origin)
    _changed(rows, entry)


@projection.on(DataCorrected)
def correct(rows: Rows, entry: Entry, body: DataCorrected) -> None:
    for item in body.items:
        replaced = (items.c.event == item.replaces_event) & (
            items.c.field == field_name(item.attribute, item.replaces_number)
        )
        old = rows.first(select(*(items.c[name] for name in _ORIGIN)).where(replaced))
        origin = old._asdict() if old else {"purposes": (), "collection": entry.event}
        _insert(rows, entry, item, origin | {"source": body.source})
        rows.update(
            items, replaced, superseded_event=entry.event, superseded_position=entry.position
        )
    _changed(rows, entry)


@projection.on(DataErased)
def erase(rows: Rows, entry: Entry, body: DataErased) -> None:
    dead = [key.kid for key in body.dead]
    rows.update(
        items,
        items.c.subject == entry.stream,
        items.c.kid.in_(dead),
        erased_position=entry.position,
        erased_at=entry.recorded_at,
    )
    whole = rows.first(
        select(erasures.erasures.c.whole).where(erasures.erasures.c.erasure == body.erasure)
    )
    if whole is not None and whole.whole:
        rows.update(
            subjects,
            subjects.c.subject == entry.stream,
            subjects.c.erased_position.is_(None),
            erased_position=entry.position,
        )
    _changed(rows, entry)


@projection.on(EntryAnnulled)
def annul(rows: Rows, entry: Entry, body: EntryAnnulled) -> None:
    """What the entry brought stands no more; what it superseded stands again."""
    rows.annul(items, entry, items.c.event == body.entry)
    rows.update(
        items,
        items.c.subject == entry.stream,
        items.c.superseded_event == body.entry,
        superseded_event=None,
        superseded_position=None,
    )
    _changed(rows, entry)


def _insert(
    rows: Rows, entry: Entry, item: CollectedItem | CorrectedItem, origin: dict[str, Any]
) -> None:
    rows.insert(
        items,
        **fact_of(entry),
        field=field_name(item.attribute, item.number),
        subject=entry.stream,
        attribute=item.attribute,
        number=item.number,
        retention_class=item.class_,
        scope=item.scope,
        kid=item.value.kid,
        value=item.value,
        **origin,
    )


def _changed(rows: Rows, entry: Entry) -> None:
    rows.touch(
        subjects,
        "subject",
        entry.stream,
        changed_event=entry.event,
        changed_position=entry.position,
    )


def subject(connection: Connection, subject: UUID) -> Subject | None:
    """The subject with this id, or None when there is none (or the projections lag)."""
    query = rows_as(Subject, subjects, subjects.c.subject == subject)
    return fetch_one(connection, Subject, query)


def all_subjects(
    connection: Connection, *, cursor: int | None = None, limit: int = 100
) -> Page[Subject]:
    """Everybody registered, newest first."""
    query = rows_as(Subject, subjects)
    return newest_first(connection, Subject, query, subjects.c.position, cursor, limit)


def of_subject(connection: Connection, subject: UUID, *, history: bool = False) -> list[Item]:
    """The items that stand, erased ones among them with their date; oldest first.

    With `history` also those that were corrected or annulled.
    """
    query = rows_as(Item, items, items.c.subject == subject)
    if not history:
        query = query.where(items.c.superseded_event.is_(None))
        query = query.where(items.c.annulled_position.is_(None))
    return fetch(connection, Item, query.order_by(items.c.position, items.c.field))
