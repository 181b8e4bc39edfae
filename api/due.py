"""What is due: everything that is to be done by a day; and agreeing that a sweep goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool

from api.dependencies import (
    Carrier,
    Cursor,
    Limit,
    Tables,
    TheLedger,
    commanding,
    cursor_text,
    permitted,
)
from api.disclosures import Names, RecipientRef
from api.schemas import Act, Done, Labels, Paged, View
from ledger.commands.sweeping import REGISTER, ReleaseSweep
from ledger.errors import NotFound
from ledger.policy.model import PolicyDocument
from projections import outstanding

router = APIRouter(prefix="/v1", tags=["due"])

HORIZON = 30
"""Days ahead that are listed, unless another day is asked for."""
Kind = Literal[
    "erasure", "decision", "review", "agreement", "inform", "gag", "holder", "irregularity", "pause"
]


class DueView(View):
    """Something to be done by a day: an erasure that is scheduled (`keys` die), a decision on an
    erasure that was asked for, the review of a claim, an agreement that ends, a duty to inform, a gag
    that ends, a holder that is silent, an irregularity, or a sweep that waits for two people."""

    kind: Kind
    ref: UUID
    stream: UUID
    due: dt.date
    overdue: bool
    owner: str | None
    owner_label: str | None
    about: str | None
    recipient: RecipientRef | None
    keys: int
    recorded_at: dt.datetime
    position: int


@router.get("/due", operation_id="due", dependencies=[permitted("audit:read")])
def due(
    tables: Tables,
    ledger: TheLedger,
    cursor: Cursor,
    until: Annotated[
        dt.date | None, Query(description=f"Up to this day; in {HORIZON} days, if left out.")
    ] = None,
    kind: Kind | None = None,
    limit: Limit = 100,
) -> Paged[DueView]:
    """What is due by a day or overdue, in the order in which it was recorded."""
    today, policy = ledger.clock().date(), ledger.policy()
    page = outstanding.by_a_day(
        tables,
        until or today + dt.timedelta(days=HORIZON),
        today,
        kind=kind,
        answer_days=answer_days(policy, ledger.recorder.registers("recipient")),
        cursor=cursor,
        limit=limit,
    )
    labels, names = Labels(policy), Names(ledger)
    items = [_view(row, today, labels, names) for row in page.rows]
    return Paged(items=items, next_cursor=cursor_text(page.cursor))


@router.post("/sweep/pauses/{pause}/agreements", operation_id="agree_to_sweep")
async def agree(
    pause: UUID,
    carrier: Annotated[Carrier, commanding("erasure:execute")],
    body: Act | None = None,
) -> Done:
    """Agree that a sweep that was held back goes on: the second person's word lets it."""
    sweep = await run_in_threadpool(carrier.ledger.recorder.registers, REGISTER[0])
    if REGISTER[1] not in sweep:
        raise NotFound(pause=pause)
    command = ReleaseSweep(**carrier.common(body), sweep=sweep[REGISTER[1]], pause=pause)
    return Done.by(await carrier.carry(command))


def answer_days(policy: PolicyDocument, registered: Mapping[str, UUID]) -> dict[UUID, int]:
    """After how many days each of these recipients, by code, is silent."""
    listed = policy.recipients
    return {
        stream: listed[code].answer_days for code, stream in registered.items() if code in listed
    }


def _view(row: outstanding.Due, today: dt.date, labels: Labels, names: Names) -> DueView:
    made = {"overdue", "owner_label", "recipient"}
    shown = {name: getattr(row, name) for name in set(DueView.model_fields) - made}
    return DueView(
        **shown,
        overdue=row.due < today,
        owner_label=labels.label("roles", row.owner),
        recipient=names.of(row.recipient) if row.recipient else None,
    )
