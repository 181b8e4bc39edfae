"""Broken rules: each rule that a refusal or an irregularity names, so that both are found by it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    select,
)

from ledger.events import (
    CollectionRefused,
    CommandRefused,
    DisclosureRefused,
    Entry,
    Event,
    IrregularityFound,
    RunRefused,
)
from ledger.vault.tables import Id
from projections.columns import metadata
from projections.projection import Projection, Rows

REFUSALS: tuple[type[Event], ...] = (
    CommandRefused, CollectionRefused, DisclosureRefused, RunRefused
)  # fmt: skip
"""The facts that something asked for was not done."""

broken_rules = Table(
    "broken_rules",
    metadata,
    Column("rule", Text, nullable=False),
    Column("policy", BigInteger, nullable=False),
    Column("refused", Boolean, nullable=False),
    Column("event", Id, nullable=False),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("rule", "position"),
    Index("broken_rules_policy", "policy", "rule"),
)
projection = Projection(broken_rules)


def _break(rows: Rows, entry: Entry, body: Any) -> None:
    for rule in dict.fromkeys(finding.rule for finding in body.findings):
        rows[broken_rules](
            rule=rule,
            policy=body.policy,
            refused=not isinstance(body, IrregularityFound),
            event=entry.event,
            position=entry.position,
        )


_KINDS: tuple[type[Event], ...] = (*REFUSALS, IrregularityFound)
for _kind in _KINDS:
    projection.on(_kind)(_break)


def breaking(event: ColumnElement[Any], rule: str) -> ColumnElement[bool]:
    """Which events name a rule."""
    return event.in_(select(broken_rules.c.event).where(broken_rules.c.rule == rule))
