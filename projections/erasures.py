"""Erasures: what was asked, when keys died, and what was left for now and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    select,
    tuple_,
)

from ledger.events import (
    DataErased,
    DataRetained,
    Entry,
    EntryAnnulled,
    ErasureClosed,
    ErasureRequested,
    Moment,
    SlotName,
)
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections.columns import At, Fact, Listed, SealedValue, fact_columns, fact_of, metadata
from projections.keys import keys
from projections.projection import Projection, Rows
from projections.queries import fetch, fetch_one, rows_as

erasures = Table(
    "erasures",
    metadata,
    *fact_columns(),
    Column("erasure", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("slots", Listed(SlotName), nullable=False),
    Column("statement", SealedValue),
    Column("erased_position", BigInteger),
    Column("erased_at", At),
    Column("closed_position", BigInteger),
    Column("closed_at", At),
    Column("annulled_position", BigInteger),
    PrimaryKeyConstraint("erasure"),
    Index("erasures_subject", "subject", "position"),
)
retained = Table(
    "retained_slots",
    metadata,
    *fact_columns(),
    Column("number", BigInteger, nullable=False),
    Column("erasure", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("retention_class", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("law", Text),
    Column("until", Date),
    Column("review", Date),
    Column("decided_by", Text, nullable=False),
    Column("claim", Id),
    Column("replaced_position", BigInteger),
    Column("erased_position", BigInteger),
    Column("erased_at", At),
    Column("annulled_position", BigInteger),
    PrimaryKeyConstraint("event", "number"),
    Index("retained_slots_erasure", "erasure"),
    Index("retained_slots_subject", "subject"),
)
projection = Projection(erasures, retained)


@dataclass(frozen=True, kw_only=True)
class Erasure(Fact):
    """An erasure, by the fact that began it. Sealed: `@statement`.

    `erased_position` is its first death of keys; `closed_position` when every holder had answered
    or was a named gap, and empty again when a later report of a disclosure brought new orders.
    """

    erasure: UUID
    subject: UUID
    whole: bool
    slots: tuple[SlotName, ...]
    statement: Sealed | None
    erased_position: int | None
    erased_at: Moment | None
    closed_position: int | None
    closed_at: Moment | None
    annulled_position: int | None


@dataclass(frozen=True, kw_only=True)
class Retained(Fact):
    """A slot an erasure left, and why; `erased_position` when it died after all."""

    number: int
    erasure: UUID
    subject: UUID
    retention_class: str
    scope: str
    ground: str
    law: str | None
    until: dt.date | None
    review: dt.date | None
    decided_by: str
    claim: UUID | None
    erased_position: int | None
    erased_at: Moment | None


@projection.on(ErasureRequested)
def request(rows: Rows, entry: Entry, body: ErasureRequested) -> None:
    rows.insert(
        erasures,
        **fact_of(entry),
        erasure=body.erasure,
        subject=entry.stream,
        whole=body.whole,
        slots=body.slots,
        statement=body.statement,
    )


@projection.on(DataErased)
def begin_without_request(rows: Rows, entry: Entry, body: DataErased) -> None:
    """An erasure that nobody asked for (a period that ended) begins with the death itself."""
    known = select(erasures.c.erasure).where(erasures.c.erasure == body.erasure)
    if rows.first(known) is None:
        rows.insert(
            erasures,
            **fact_of(entry),
            erasure=body.erasure,
            subject=entry.stream,
            whole=False,
            slots=body.slots,
        )


@projection.on(DataErased)
def erase(rows: Rows, entry: Entry, body: DataErased) -> None:
    died = {"erased_position": entry.position, "erased_at": entry.recorded_at}
    first = erasures.c.erased_position.is_(None)
    rows.update(erasures, erasures.c.erasure == body.erasure, first, **died)
    if body.orders:  # a claim ended: the holders have something new to answer
        open_again = {"closed_position": None, "closed_at": None}
        rows.update(erasures, erasures.c.erasure == body.erasure, **open_again)
    gone = select(keys.c.retention_class, keys.c.scope).where(
        keys.c.kid.in_([key.kid for key in body.dead])
    )
    rows.update(
        retained,
        retained.c.subject == entry.stream,
        retained.c.erased_position.is_(None),
        tuple_(retained.c.retention_class, retained.c.scope).in_(gone),
        **died,
    )


@projection.on(DataRetained)
def retain(rows: Rows, entry: Entry, body: DataRetained) -> None:
    """What is said now about a slot replaces what the same erasure said about it before."""
    named = sorted({(slot.class_, slot.scope) for slot in body.slots})
    rows.update(
        retained,
        retained.c.erasure == body.erasure,
        tuple_(retained.c.retention_class, retained.c.scope).in_(named),
        retained.c.replaced_position.is_(None),
        replaced_position=entry.position,
    )
    for number, slot in enumerate(body.slots, start=1):
        rows.insert(
            retained,
            **fact_of(entry),
            number=number,
            erasure=body.erasure,
            subject=entry.stream,
            retention_class=slot.class_,
            scope=slot.scope,
            ground=slot.ground,
            law=slot.law,
            until=slot.until,
            review=slot.review,
            decided_by=slot.decided_by,
            claim=slot.claim,
        )


@projection.on(ErasureClosed)
def close(rows: Rows, entry: Entry, body: ErasureClosed) -> None:
    rows.update(
        erasures,
        erasures.c.erasure == body.erasure,
        closed_position=entry.position,
        closed_at=entry.recorded_at,
    )


@projection.on(EntryAnnulled)
def annul(rows: Rows, entry: Entry, body: EntryAnnulled) -> None:
    """A request or a note of what is kept may be an error; a death is not undone by anything."""
    for table in (erasures, retained):
        rows.annul(table, entry, table.c.subject == entry.stream, table.c.event == body.entry)


def reopen(rows: Rows, subject: UUID) -> UUID | None:
    """The latest erasure carried out, open again because a holder came to light after it."""
    query = select(erasures.c.erasure).where(
        erasures.c.subject == subject, erasures.c.erased_position.is_not(None)
    )
    latest = rows.first(query.order_by(erasures.c.position.desc()).limit(1))
    if latest is None:
        return None
    found: UUID = latest.erasure
    rows.update(erasures, erasures.c.erasure == found, closed_position=None, closed_at=None)
    return found


def erasure(connection: Connection, erasure: UUID) -> Erasure | None:
    """The erasure with this id, or None."""
    query = rows_as(Erasure, erasures, erasures.c.erasure == erasure)
    return fetch_one(connection, Erasure, query)


def of_subject(connection: Connection, subject: UUID) -> list[Erasure]:
    """Every erasure of this person's data, oldest first."""
    query = rows_as(Erasure, erasures, erasures.c.subject == subject)
    return fetch(connection, Erasure, query.order_by(erasures.c.position))


def retained_by(connection: Connection, erasure: UUID) -> list[Retained]:
    """What an erasure left, by its last word on each slot; those that died since are marked."""
    query = rows_as(
        Retained,
        retained,
        retained.c.erasure == erasure,
        retained.c.replaced_position.is_(None),
        retained.c.annulled_position.is_(None),
    )
    return fetch(connection, Retained, query.order_by(retained.c.position, retained.c.number))
