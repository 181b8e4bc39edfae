"""Erasures: what was asked, when keys died, and what was left for now and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    select,
)

from ledger.events import (
    DataErased,
    DataRetained,
    Entry,
    ErasureClosed,
    ErasureRequested,
    Moment,
    SlotName,
)
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections import keys
from projections.columns import Fact, Listed, SealedValue, fact_columns, metadata
from projections.keys import KeyState
from projections.projection import Projection, Rows
from projections.queries import at_most, fetch, rows_as

erasures = Table(
    "erasures",
    metadata,
    *fact_columns(),
    Column("subject", Id, nullable=False),
    Column("step", Text, nullable=False),
    Column("erasure", Id),
    Column("whole", Boolean),
    Column("slots", Listed(SlotName)),
    Column("statement", SealedValue),
    Column("ordered", Boolean, nullable=False),
    PrimaryKeyConstraint("event"),
    Index("erasures_erasure", "erasure", "position"),
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
    PrimaryKeyConstraint("event", "number"),
    Index("retained_slots_erasure", "erasure"),
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
    erased_position: int | None = None
    erased_at: Moment | None = None
    closed_position: int | None = None
    closed_at: Moment | None = None
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
    erased_position: int | None = None
    erased_at: Moment | None = None


@dataclass(frozen=True, kw_only=True)
class _Kept(Retained):
    """What was said about a slot, perhaps in error."""

    annulled_position: int | None

    @property
    def slot(self) -> tuple[str, str]:
        return self.retention_class, self.scope

    @property
    def counts(self) -> bool:
        return self.annulled_position is None

    def with_death(self, dead: Iterable[KeyState]) -> Retained:
        """The slot with the first death of a key of its own after it was retained."""
        for key in dead:
            died = key.dead_position or 0
            if (key.retention_class, key.scope) == self.slot and died > self.position:
                return replace(self, erased_position=died, erased_at=key.dead_at)
        return self


@dataclass(frozen=True, kw_only=True)
class _Step(Fact):
    """A row of `erasures`: requested, erased, closed, or reopened by a late disclosure."""

    subject: UUID
    step: str
    erasure: UUID | None
    whole: bool | None
    slots: tuple[SlotName, ...] | None
    statement: Sealed | None
    ordered: bool
    annulled_position: int | None


class History(NamedTuple):
    """The erasures of a person in their order; `late`: disclosure event → erasure it reopened."""

    erasures: dict[UUID, Erasure]
    late: dict[UUID, UUID]


@projection.on(ErasureRequested)
def request(rows: Rows, entry: Entry, body: ErasureRequested) -> None:
    _insert(rows, entry, "requested", body, whole=body.whole, statement=body.statement)


@projection.on(DataErased)
def erase(rows: Rows, entry: Entry, body: DataErased) -> None:
    _insert(rows, entry, "erased", body, whole=False, ordered=bool(body.orders))


@projection.on(DataRetained)
def retain(rows: Rows, entry: Entry, body: DataRetained) -> None:
    for number, slot in enumerate(body.slots, start=1):
        rows[retained](
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
    _insert(rows, entry, "closed", body)


def reopen(rows: Rows, entry: Entry) -> None:
    """A holder came to light after the latest erasure carried out: that one is open again."""
    rows[erasures](subject=entry.stream, step="reopened", ordered=True)


def _insert(
    rows: Rows,
    entry: Entry,
    step: str,
    body: ErasureRequested | DataErased | ErasureClosed,
    **values: Any,
) -> None:
    values = {"ordered": False, "slots": getattr(body, "slots", None)} | values
    rows[erasures](subject=entry.stream, step=step, erasure=body.erasure, **values)


def erasure(connection: Connection, erasure: UUID) -> Erasure | None:
    """The erasure with this id, or None."""
    facts = _facts(connection, erasures.c.erasure == erasure)
    if not facts:
        return None
    reopened = (erasures.c.subject == facts[0].subject, erasures.c.step == "reopened")
    if connection.execute(select(erasures.c.event).where(*reopened).limit(at_most(1))).first():
        facts = _facts(connection, erasures.c.subject == facts[0].subject)
    return fold(facts).erasures.get(erasure)


def of_subject(connection: Connection, subject: UUID) -> list[Erasure]:
    """Every erasure of this person's data, oldest first."""
    return list(history_of(connection, subject).erasures.values())


def history_of(connection: Connection, subject: UUID) -> History:
    """Every erasure of this person's data, and which of them a late disclosure belongs to."""
    return fold(_facts(connection, erasures.c.subject == subject))


def _facts(connection: Connection, *where: ColumnElement[bool]) -> list[_Step]:
    return fetch(connection, _Step, rows_as(_Step, erasures, *where).order_by(erasures.c.position))


def fold(facts: Iterable[_Step]) -> History:
    """What became of the erasures of one person by these steps, given in their order.

    An erasure that nobody asked for (a period that ended) begins with the death itself.
    """
    known: dict[UUID, Erasure] = {}
    late: dict[UUID, UUID] = {}
    for fact in facts:
        name = fact.erasure
        if name is None:
            carried_out = [found for found in known.values() if found.erased_position is not None]
            if not carried_out:
                continue
            name = late[fact.event] = carried_out[-1].erasure
        if name not in known:
            if fact.step == "closed":
                continue
            known[name] = _begun(fact, name)
        known[name] = replace(known[name], **_came_of(known[name], fact))
    return History(known, late)


def _begun(fact: _Step, name: UUID) -> Erasure:
    shared = {field.name: getattr(fact, field.name) for field in fields(Fact)}
    return Erasure(
        **shared,
        erasure=name,
        subject=fact.subject,
        whole=bool(fact.whole),
        slots=fact.slots or (),
        statement=fact.statement,
        annulled_position=fact.annulled_position,
    )


def _came_of(erasure: Erasure, fact: _Step) -> dict[str, Any]:
    if fact.step == "closed":
        return {"closed_position": fact.position, "closed_at": fact.recorded_at}
    changed: dict[str, Any] = {}
    if fact.step == "erased" and erasure.erased_position is None:
        changed = {"erased_position": fact.position, "erased_at": fact.recorded_at}
    if fact.ordered:  # a holder has something new to answer
        changed |= {"closed_position": None, "closed_at": None}
    return changed


def retained_by(connection: Connection, erasure: UUID) -> list[Retained]:
    """What an erasure left, by its last word on each slot; those that died since are marked."""
    query = rows_as(_Kept, retained, retained.c.erasure == erasure)
    said = fetch(connection, _Kept, query.order_by(retained.c.position, retained.c.number))
    last = {row.slot: row.position for row in said}
    kept = [row for row in said if row.position == last[row.slot] and row.counts]
    if not kept:
        return []
    dead = keys.died_in(connection, kept[0].subject, sorted(last))
    return [row.with_death(dead) for row in kept]
