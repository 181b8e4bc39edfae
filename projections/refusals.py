"""Refusals: what was asked for and not done, by which rules; and how often each rule was broken."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    case,
    func,
    not_,
    select,
)

from ledger.events import Entry, Event, Finding
from ledger.vault.tables import Id
from projections.broken_rules import REFUSALS, breaking, broken_rules
from projections.columns import Fact, Listed, fact_columns, metadata
from projections.irregularities import irregularities, still_open
from projections.projection import Projection, Rows
from projections.queries import Page, newest_first, rows_as

refusals = Table(
    "refusals",
    metadata,
    *fact_columns(),
    Column("stream", Id, nullable=False),
    Column("topic", Text, nullable=False),
    Column("command", Text),
    Column("purpose", Text),
    Column("findings", Listed(Finding), nullable=False),
    PrimaryKeyConstraint("event"),
    Index("refusals_position", "position", unique=True),
    Index("refusals_policy", "policy", "position"),
)
projection = Projection(refusals)


@dataclass(frozen=True, kw_only=True)
class Refusal(Fact):
    """Something asked for was not done. `command` where the topic does not say what it was."""

    stream: UUID
    topic: str
    command: str | None
    purpose: str | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class RuleCount:
    """How often a rule was broken under one policy version: by asking, by telling, and how many of
    the irregularities are open."""

    rule: str
    policy: int
    refused: int
    irregular: int
    open: int


def _refuse(rows: Rows, entry: Entry, body: Event) -> None:
    rows[refusals, type(body)](body, stream=entry.stream, topic=body.TOPIC)


for _kind in REFUSALS:
    projection.on(_kind)(_refuse)


def all_refusals(
    connection: Connection,
    *,
    rule: str | None = None,
    version: int | None = None,
    cursor: int | None = None,
    limit: int = 100,
) -> Page[Refusal]:
    """What was refused, newest first; by one rule, under one policy version, if asked."""
    query = rows_as(Refusal, refusals)
    if rule is not None:
        query = query.where(breaking(refusals.c.event, rule))
    if version is not None:
        query = query.where(refusals.c.policy == version)
    return newest_first(connection, Refusal, query, refusals.c.position, cursor, limit)


def by_rule(connection: Connection, *, version: int | None = None) -> list[RuleCount]:
    """Every rule that was ever broken, by policy version, newest version first."""
    told = not_(broken_rules.c.refused)
    query = select(
        broken_rules.c.rule,
        broken_rules.c.policy,
        func.sum(case((broken_rules.c.refused, 1), else_=0)),
        func.sum(case((told, 1), else_=0)),
        func.sum(case((and_(told, irregularities.c.event.is_not(None)), 1), else_=0)),
    )
    waiting = and_(irregularities.c.event == broken_rules.c.event, still_open())
    joined = broken_rules.outerjoin(irregularities, waiting)
    query = query.select_from(joined).group_by(broken_rules.c.rule, broken_rules.c.policy)
    if version is not None:
        query = query.where(broken_rules.c.policy == version)
    query = query.order_by(broken_rules.c.policy.desc(), func.count().desc(), broken_rules.c.rule)
    return [RuleCount(*row) for row in connection.execute(query)]
