"""The audit trail: every act in order, who looked at what, what was annulled."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.as_of import AsOfList
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
from api.schemas import Act, Broken, Code, Done, FactView, Note, Paged, field_example
from api.subjects import known
from ledger.commands.annulling import AnnulEntry
from ledger.errors import InvalidInput, NotFound
from ledger.events import AccountOpened
from projections import audit_trail, openings

router = APIRouter(prefix="/v1", tags=["audit"])

AUDITOR = permitted("audit:read")


class ActView(FactView):
    """An act: its topic, what it was for, whom it concerned, which rules it broke."""

    stream: UUID
    topic: str
    purpose: str | None
    recipient: UUID | None
    ground: str | None
    reason: str | None
    command: str | None
    rule: str | None
    entry: UUID | None
    findings: list[Broken]
    annulled_position: int | None


class OpeningView(FactView):
    """Somebody was about to see values of a person: who, in which function, for what reason."""

    access: str
    function: str | None
    purpose: str | None
    reason: str | None
    attributes: list[str]
    run: UUID | None
    chunk: int | None
    ground: str | None


class AnnulmentForm(Act):
    """The entry was recorded in error, for a reason of the policy."""

    model_config = field_example(reason="reason-a")

    reason: Code
    note: Note | None = None


@router.get("/subjects/{subject}/history", operation_id="history", dependencies=[AUDITOR])
def history(subject: UUID, past: AsOfList, cursor: Cursor, limit: Limit = 100) -> Paged[ActView]:
    """Every act that concerns this person, newest first, hidden ones included."""
    known(past.tables, subject)
    page = audit_trail.of_subject(
        past.tables, subject, as_of=past.as_of, cursor=cursor, limit=limit
    )
    return Paged(items=[_act(row) for row in page.rows], next_cursor=cursor_text(page.cursor))


@router.get(
    "/subjects/{subject}/openings",
    operation_id="openings",
    dependencies=[permitted("audit:read", "subject:read")],
)
def who_looked(
    subject: UUID, tables: Tables, ledger: TheLedger, cursor: Cursor, limit: Limit = 100
) -> Paged[OpeningView]:
    """Who looked at this person's values, newest first, as the person may be told today."""
    known(tables, subject)
    today = ledger.clock().date()
    page = openings.of_subject(
        tables, subject, for_subject=True, today=today, cursor=cursor, limit=limit
    )
    items = [OpeningView.of(row) for row in page.rows]
    return Paged(items=items, next_cursor=cursor_text(page.cursor))


@router.get("/entries", operation_id="entries", dependencies=[AUDITOR])
def entries(
    past: AsOfList,
    cursor: Cursor,
    by: UUID | None = None,
    topic: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 100,
) -> Paged[ActView]:
    """Every act in the ledger, newest first; of one actor or one kind, if named."""
    page = audit_trail.all_acts(
        past.tables, by=by, topic=topic, as_of=past.as_of, cursor=cursor, limit=limit
    )
    return Paged(items=[_act(row) for row in page.rows], next_cursor=cursor_text(page.cursor))


@router.post("/entries/{event}/annulments", status_code=201, operation_id="annul_entry")
async def annul(
    event: UUID,
    body: AnnulmentForm,
    carrier: Annotated[Carrier, commanding("subject:write")],
    ledger: TheLedger,
) -> Done:
    """An entry of a subject was recorded in error: from here on it counts no more."""
    row = ledger.recorder.find_event(event)
    if row is None or not isinstance(row.originator_id, UUID):
        raise NotFound(entry=event)
    if ledger.recorder.select_events(row.originator_id, limit=1)[0].topic == AccountOpened.TOPIC:
        raise InvalidInput(
            field="event", rule="an entry of a person; an account's is annulled under /v1/accounts"
        )
    command = AnnulEntry(
        **carrier.common(body),
        subject=row.originator_id,
        entry=event,
        reason=body.reason,
        note=body.note,
    )
    return Done.by(await carrier.carry(command))


def _act(row: audit_trail.Act) -> ActView:
    shown = {name: getattr(row, name) for name in ActView.model_fields}
    return ActView(**shown | {"findings": Broken.all(row.findings)})
