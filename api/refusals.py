"""Refusals: what was asked for and not done, and how often each rule was broken."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from api.dependencies import Cursor, Limit, Tables, cursor_text, permitted
from api.irregularities import OfRule, OfVersion
from api.schemas import Broken, FactView, Paged, View
from ledger.policy.rules import RULES
from projections import refusals

router = APIRouter(prefix="/v1", tags=["audit"])

AUDITOR = permitted("audit:read")


class RefusalView(FactView):
    """Something asked for was not done: what it was, for which purpose, by which rules."""

    stream: UUID
    topic: str
    command: str | None
    purpose: str | None
    findings: list[Broken]


class RuleView(View):
    """How often a rule was broken under a policy version: by asking (refused) and by telling
    (irregular), how many of these are open, and the statements of the reference policy behind it."""

    rule: str
    says: str
    statements: list[str]
    policy: int
    refused: int
    irregular: int
    open: int


@router.get("/refusals", operation_id="refusals", dependencies=[AUDITOR])
def all_refusals(
    tables: Tables,
    cursor: Cursor,
    rule: OfRule = None,
    version: OfVersion = None,
    limit: Limit = 100,
) -> Paged[RefusalView]:
    """Everything that was asked for and refused, newest first."""
    page = refusals.all_refusals(tables, rule=rule, version=version, cursor=cursor, limit=limit)
    items = []
    for row in page.rows:
        shown = {name: getattr(row, name) for name in RefusalView.model_fields}
        items.append(RefusalView(**shown | {"findings": Broken.all(row.findings)}))
    return Paged(items=items, next_cursor=cursor_text(page.cursor))


@router.get("/refusals/rules", operation_id="broken_rules", dependencies=[AUDITOR])
def broken_rules(tables: Tables, version: OfVersion = None) -> list[RuleView]:
    """Every rule that was broken, by policy version, the newest version first."""
    return [rule_view(row) for row in refusals.by_rule(tables, version=version)]


def rule_view(row: refusals.RuleCount) -> RuleView:
    """A rule's count, in words."""
    known = RULES.get(row.rule)
    return RuleView(
        rule=row.rule,
        says=known.says if known else "A rule of a newer version.",
        statements=list(known.statements) if known else [],
        policy=row.policy,
        refused=row.refused,
        irregular=row.irregular,
        open=row.open,
    )
