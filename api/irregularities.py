"""Irregularities: what was reported as done and broke a rule, who has to look at it, what came of it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import (
    After,
    Carrier,
    Cursor,
    Limit,
    Tables,
    TheHouse,
    TheLedger,
    commanding,
    cursor_text,
    permitted,
    read_at,
)
from api.schemas import Act, Broken, Code, Done, FactView, Note, Paged, field_example
from ledger.commands.irregularities import CloseIrregularity
from ledger.errors import NotFound
from projections import irregularities

router = APIRouter(prefix="/v1", tags=["audit"])

OfRule = Annotated[str | None, Query(max_length=64, description="Only of this rule.")]
OfVersion = Annotated[
    int | None, Query(ge=1, le=2**63 - 1, description="Only under this policy version.")
]


class IrregularityView(FactView):
    """An entry broke rules; somebody (a role of the policy) has to look at it by a day."""

    irregularity: UUID
    stream: UUID
    entry: UUID
    owner: str
    due: dt.date
    overdue: bool
    findings: list[Broken]
    annulled_position: int | None
    closed_position: int | None
    closed_at: dt.datetime | None
    closed_reason: str | None


class ClosureForm(Act):
    """What came of it: a reason of the policy, and a note, which is kept sealed."""

    model_config = field_example(reason="reason-a", note="The person was asked again.")

    reason: Code
    note: Note | None = None


@router.get(
    "/irregularities", operation_id="irregularities", dependencies=[permitted("audit:read")]
)
def all_irregularities(
    tables: Tables,
    ledger: TheLedger,
    cursor: Cursor,
    rule: OfRule = None,
    version: OfVersion = None,
    open: bool | None = None,
    overdue: Annotated[bool, Query(description="Only open ones whose day has passed.")] = False,
    limit: Limit = 100,
) -> Paged[IrregularityView]:
    """Everything that was reported as done and broke a rule, newest first."""
    today = ledger.clock().date()
    page = irregularities.all_irregularities(
        tables,
        rule=rule,
        version=version,
        is_open=open,
        overdue_on=today if overdue else None,
        cursor=cursor,
        limit=limit,
    )
    items = [_view(row, today) for row in page.rows]
    return Paged(items=items, next_cursor=cursor_text(page.cursor))


@router.post(
    "/irregularities/{irregularity}/closure", status_code=201, operation_id="close_irregularity"
)
async def close(
    irregularity: UUID,
    body: ClosureForm,
    built: TheHouse,
    carrier: Annotated[Carrier, commanding("subject:write")],
    after: After = None,
) -> Done:
    """Somebody looked at an irregularity: it is open no more. Closed before, it stays as it was."""
    found = await read_at(built, after, lambda tables: irregularities.named(tables, irregularity))
    if found is None:
        raise NotFound(kind="irregularity", id=irregularity)
    command = CloseIrregularity(
        **carrier.common(body),
        concerns=found.stream,
        irregularity=irregularity,
        reason=body.reason,
        note=body.note,
    )
    return Done.by(await carrier.carry(command))


def _view(row: irregularities.Irregularity, today: dt.date) -> IrregularityView:
    shown = {name: getattr(row, name, None) for name in IrregularityView.model_fields}
    shown |= {"findings": Broken.all(row.findings), "overdue": row.open and row.due < today}
    return IrregularityView(**shown)
