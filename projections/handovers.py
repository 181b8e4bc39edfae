"""Handovers: what became of each person's data in one act that passes many people's data on (P19)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
    select,
)

from ledger.events import (
    DisclosureAuthorised,
    DisclosureRecorded,
    DisclosureRefused,
    Entry,
    Finding,
)
from ledger.vault.tables import Id
from projections.annulments import counts
from projections.columns import Fact, Listed, fact_columns, metadata
from projections.projection import Projection, Rows
from projections.queries import Page, newest_first, rows_as

handovers = Table(
    "handovers",
    metadata,
    *fact_columns(),
    Column("act", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("stage", Text),
    Column("said", Text, nullable=False),
    Column("disclosure", Id),
    Column("recipient", Id),
    Column("ground", Text),
    Column("findings", Listed(Finding), nullable=False),
    PrimaryKeyConstraint("event"),
    Index("handovers_act", "act", "position"),
)
projection = Projection(handovers)

Outcome = Literal["authorised", "refused", "recorded"]


@dataclass(frozen=True, kw_only=True)
class Part(Fact):
    """One person's part of an act: authorised, refused by these rules, or recorded as done."""

    act: UUID
    subject: UUID
    stage: str | None
    said: Outcome
    disclosure: UUID | None
    recipient: UUID | None
    ground: str | None
    findings: tuple[Finding, ...]


@projection.on(DisclosureAuthorised)
def authorise(rows: Rows, entry: Entry, body: DisclosureAuthorised) -> None:
    if body.act is not None:
        _add(rows, entry, body, "authorised", body.disclosure, ())


@projection.on(DisclosureRefused)
def refuse(rows: Rows, entry: Entry, body: DisclosureRefused) -> None:
    if body.act is not None:
        _add(rows, entry, body, "refused", None, body.findings)


@projection.on(DisclosureRecorded)
def record(rows: Rows, entry: Entry, body: DisclosureRecorded) -> None:
    if body.act is not None:
        _add(rows, entry, body, "recorded", body.disclosure, body.findings)


def _add(
    rows: Rows,
    entry: Entry,
    body: DisclosureAuthorised | DisclosureRefused | DisclosureRecorded,
    said: Outcome,
    disclosure: UUID | None,
    findings: tuple[Finding, ...],
) -> None:
    rows[handovers](
        act=body.act,
        subject=entry.stream,
        stage=body.stage,
        said=said,
        disclosure=disclosure,
        recipient=body.recipient,
        ground=body.ground,
        findings=findings,
    )


def of_act(
    connection: Connection, act: UUID, *, cursor: int | None = None, limit: int = 100
) -> Page[Part]:
    """What became of each person's part, newest first."""
    query = rows_as(Part, handovers, handovers.c.act == act, counts(handovers.c.event))
    return newest_first(connection, Part, query, handovers.c.position, cursor, limit)


def tally(connection: Connection, act: UUID) -> dict[Outcome, int]:
    """How many parts of an act were authorised, refused, recorded; empty: there is no such act."""
    query = select(handovers.c.said, func.count()).where(
        handovers.c.act == act, counts(handovers.c.event)
    )
    found = connection.execute(query.group_by(handovers.c.said))
    return {row[0]: row[1] for row in found}
