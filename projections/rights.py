"""Rights: what a person objected to, what of their data is restricted, which laws protect them.

The words are kept, and which objection still stands is folded from them, the consents and the
switches when it is asked for. The fold is that of `ledger/life.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Index, PrimaryKeyConstraint, Table, Text, func, select

from ledger.events import (
    Entry,
    Finding,
    Moment,
    ObjectionRaised,
    ProcessingRestricted,
    RegimesDetermined,
    RestrictionLifted,
)
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections import consents
from projections.columns import Fact, Listed, SealedValue, fact_columns, metadata
from projections.projection import Projection, Rows
from projections.queries import BY_THE_WORLD, at_most, fetch, fetch_one, in_order, rows_as

objections = Table(
    "objections",
    metadata,
    *fact_columns(),
    Column("subject", Id, nullable=False),
    Column("purpose", Text),
    Column("unlisted", SealedValue),
    Column("statement", SealedValue),
    Column("findings", Listed(Finding), nullable=False),
    PrimaryKeyConstraint("event"),
    Index("objections_subject", "subject", "position"),
)
restrictions = Table(
    "restrictions",
    metadata,
    *fact_columns(),
    Column("restriction", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("ground", Text, nullable=False),
    Column("classes", Listed(), nullable=False),
    Column("statement", SealedValue),
    PrimaryKeyConstraint("event"),
    Index("restrictions_subject", "subject", "position"),
)
lifts = Table(
    "restriction_lifts",
    metadata,
    *fact_columns(),
    Column("restriction", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("reason", Text),
    PrimaryKeyConstraint("restriction", "position"),
)
determined = Table(
    "regimes_determined",
    metadata,
    *fact_columns(),
    Column("subject", Id, nullable=False),
    Column("regimes", Listed(), nullable=False),
    Column("reason", Text),
    PrimaryKeyConstraint("event"),
    Index("regimes_determined_subject", "subject", "position"),
)
projection = Projection(objections, restrictions, lifts, determined)


@dataclass(frozen=True, kw_only=True)
class Objection(Fact):
    """An objection to a purpose. Sealed: `@statement`, `@unlisted` (a purpose not listed)."""

    subject: UUID
    purpose: str | None
    unlisted: Sealed | None
    statement: Sealed | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class Restriction(Fact):
    """A restriction of these classes; none named: of everything. Sealed: `@statement`."""

    restriction: UUID
    subject: UUID
    ground: str
    classes: tuple[str, ...]
    statement: Sealed | None
    lifted_event: UUID | None
    lifted_at: Moment | None
    lifted_reason: str | None


@dataclass(frozen=True, kw_only=True)
class Regimes(Fact):
    """Which laws were found to protect a person; none named: the policy's default ones."""

    subject: UUID
    regimes: tuple[str, ...]
    reason: str | None


@projection.on(ObjectionRaised)
def object_(rows: Rows, entry: Entry, body: ObjectionRaised) -> None:
    rows[objections, type(body)](body, subject=entry.stream)


@projection.on(ProcessingRestricted)
def restrict(rows: Rows, entry: Entry, body: ProcessingRestricted) -> None:
    rows[restrictions, type(body)](body, subject=entry.stream)


@projection.on(RestrictionLifted)
def lift(rows: Rows, entry: Entry, body: RestrictionLifted) -> None:
    rows[lifts, type(body)](body, subject=entry.stream)


@projection.on(RegimesDetermined)
def determine(rows: Rows, entry: Entry, body: RegimesDetermined) -> None:
    rows[determined, type(body)](body, subject=entry.stream)


def objections_of(connection: Connection, subject: UUID) -> list[Objection]:
    """Every objection of this person, oldest first."""
    query = rows_as(Objection, objections, objections.c.subject == subject)
    return fetch(connection, Objection, query.order_by(*in_order(connection, objections)))


def standing(connection: Connection, subject: UUID) -> dict[str, Objection]:
    """The objection that stands against each purpose: nobody agreed to it afterwards, or switched
    it on for all services."""
    raised = objections_of(connection, subject)
    if not raised:
        return {}
    agreed = [w for w in consents.of_subject(connection, subject) if w.given and w.counts]
    flips = consents.switches_of_subject(connection, subject)
    undone = [
        one
        for one in flips
        if one.all_services and one.state == "on" and not one.findings
        if one.annulled_position is None
    ]
    held: dict[str, Objection] = {}
    words: list[Objection | consents.Consent | consents.Switch] = [*raised, *agreed, *undone]
    for word in sorted(words, key=_turn(connection)):
        if word.purpose is None:
            continue
        if isinstance(word, Objection):
            held[word.purpose] = word
        else:
            held.pop(word.purpose, None)
    return held


def _turn(connection: Connection) -> Callable[[Fact], Any]:
    """In which order words count: of the log, or of the world (`queries.in_order`)."""
    if connection.get_execution_options().get(BY_THE_WORLD):
        return lambda word: (word.occurred_at, word.position)
    return lambda word: word.position


def restrictions_of(connection: Connection, subject: UUID) -> list[Restriction]:
    """Every restriction of this person's data, oldest first; those that ended are marked."""
    later = lifts.alias()
    last = select(func.max(later.c.position)).where(
        later.c.restriction == restrictions.c.restriction
    )
    lift_of = (lifts.c.restriction == restrictions.c.restriction) & (
        lifts.c.position == last.correlate(restrictions).scalar_subquery()
    )
    query = rows_as(
        Restriction,
        restrictions,
        restrictions.c.subject == subject,
        lifted_event=lifts.c.event,
        lifted_at=lifts.c.recorded_at,
        lifted_reason=lifts.c.reason,
    )
    joined = query.select_from(restrictions.outerjoin(lifts, lift_of))
    return fetch(connection, Restriction, joined.order_by(*in_order(connection, restrictions)))


def regimes_of(connection: Connection, subject: UUID) -> Regimes | None:
    """The laws that were last found to protect this person; None: nobody found out."""
    latest = [column.desc() for column in in_order(connection, determined)]
    query = rows_as(Regimes, determined, determined.c.subject == subject).order_by(*latest)
    return fetch_one(connection, Regimes, query.limit(at_most(1)))
