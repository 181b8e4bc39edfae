"""Erasures: what one would do, ask for it, and the report: erased here, ordered elsewhere, retained.

The report has three parts and never one word for them.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from api.dependencies import (
    Carrier,
    Tables,
    TheLedger,
    commanding,
    entries_of,
    permitted,
)
from api.disclosures import Names, RecipientRef
from api.guard import Caller
from api.schemas import Act, Code, Done, FactView, Form, Id, Labels, Note, View, field_example
from api.subjects import known
from api.wording import UNMENTIONED, erasure_status, order_status
from ledger.application import Ledger
from ledger.commands.erasing import Erase, NoteNotified, Part, RecordAnswer, RequestErasure
from ledger.errors import NotFound, NotPermitted
from ledger.events import DataErased, DataRetained, RetainedSlot
from ledger.store.append import Answer
from projections import erasure_reports, erasures
from projections.erasure_reports import ErasureReport
from projections.erasures import Retained
from projections.keys import KeyState
from projections.orders import HolderOrder

router = APIRouter(prefix="/v1/subjects/{subject}/erasures", tags=["erasures"])

Writing = Annotated[Carrier, commanding("erasure:execute")]
READERS = ("subject:read", "audit:read", "erasure:execute")


# ---- asking ------------------------------------------------------------------------------------


class SlotForm(Form):
    """One period, document or case of a class; see the plan for what there is."""

    class_: Annotated[Code, Field(alias="class")]
    scope: Annotated[str, Field(max_length=32)] = ""


class ErasureForm(Act):
    """Erasure of everything (no `slots`), or of single slots; at once, or when it is decided."""

    model_config = field_example(slots=[{"class": "class-a", "scope": "2026-01-01"}])

    slots: list[SlotForm] = Field(default=[], max_length=1000)
    statement: Note | None = Field(
        default=None, description="What came with the request; kept until the erasure is closed."
    )
    carry_out: bool = True


class SlotView(View):
    """A class and what of it."""

    retention_class: str
    label: str
    scope: str


class RetainedView(SlotView):
    """What stays, on which ground, by which law, until when, and who decides."""

    ground: str
    ground_label: str
    law: str | None
    law_label: str | None
    until: dt.date | None
    review: dt.date | None
    decided_by: str
    decided_by_label: str
    claim: UUID | None


class OrderedView(View):
    """What one holder outside is told to erase."""

    order: UUID
    recipient: RecipientRef
    classes: list[str]


class ErasureDone(Done):
    """An erasure as it was carried out: what died, who is to be told, what stays."""

    erased_here: list[SlotView]
    ordered_elsewhere: list[OrderedView]
    retained: list[RetainedView]


class PlannedView(SlotView):
    """What an erasure would do with one key."""

    action: Literal["erase", "retain"]
    retained: RetainedView | None


@router.get("/plan", operation_id="plan_erasure", dependencies=[permitted(*READERS)])
def plan(subject: UUID, ledger: TheLedger) -> list[PlannedView]:
    """What an erasure of everything would do now, key by key. Nothing is stored."""
    labels = Labels(ledger.policy())
    return [
        PlannedView(
            **_slot(slot.name.class_, slot.name.scope, labels),
            action=slot.action,
            retained=_retained(slot.retained, labels) if slot.retained else None,
        )
        for slot in ledger.erasure_plan(subject)
    ]


@router.post("", status_code=status.HTTP_201_CREATED, operation_id="request_erasure")
async def request(
    subject: UUID, body: ErasureForm, carrier: Writing, response: Response
) -> ErasureDone:
    """Ask for erasure; unless `carry_out` is false the keys die in the same commit."""
    command = RequestErasure(
        **carrier.common(body),
        subject=subject,
        slots=tuple(Part(class_=slot.class_, scope=slot.scope) for slot in body.slots),
        statement=body.statement,
        carry_out=body.carry_out,
    )
    answer = await carrier.carry(command)
    response.headers["Location"] = f"/v1/subjects/{subject}/erasures/{answer.ids['erasure']}"
    return await run_in_threadpool(_outcome, carrier.ledger, answer)


@router.post("/{erasure}/executions", operation_id="carry_out_erasure")
async def execute(
    subject: UUID, erasure: UUID, carrier: Writing, body: Act | None = None
) -> ErasureDone:
    """Carry out an erasure that was asked for; again, for what could not be erased before."""
    answer = await carrier.carry(Erase(**carrier.common(body), subject=subject, erasure=erasure))
    return await run_in_threadpool(_outcome, carrier.ledger, answer)


def _outcome(ledger: Ledger, answer: Answer) -> ErasureDone:
    """What the append did, read back from the log: the same for a repeated command."""
    labels, names = Labels(ledger.policy()), Names(ledger)
    bodies = [entry.body for entry in entries_of(ledger, answer)]
    erased = [body for body in bodies if isinstance(body, DataErased)]
    kept = [body for body in bodies if isinstance(body, DataRetained)]
    return ErasureDone.by(
        answer,
        erased_here=[
            SlotView(**_slot(slot.class_, slot.scope, labels)) for e in erased for slot in e.slots
        ],
        ordered_elsewhere=[
            OrderedView(
                order=order.order,
                recipient=names.of(order.recipient),
                classes=list(order.classes),
            )
            for e in erased
            for order in e.orders
        ],
        retained=[_retained(slot, labels) for k in kept for slot in k.slots],
    )


# ---- the report --------------------------------------------------------------------------------


class ErasedHere(SlotView):
    """A key that died: where in the log, when, and what that is worth."""

    cause: str | None
    position: int
    at: dt.datetime
    status: str


class OrderedElsewhere(OrderedView):
    """What became of the order of one holder."""

    state: Literal["ordered", "notified", "confirmed", "refused", "not-held", "no-answer"]
    status: str
    ordered_at: dt.datetime
    notified_at: dt.datetime | None
    answered_at: dt.datetime | None


class StillRetained(RetainedView):
    """What was left; `erased_at` when it died after all."""

    erased_at: dt.datetime | None


class ErasureView(FactView):
    """An erasure, by the fact that began it. It closes when every holder answered or is a gap."""

    erasure: UUID
    whole: bool
    erased_at: dt.datetime | None
    closed_at: dt.datetime | None


class Report(ErasureView):
    """Three parts: erased here, ordered elsewhere, retained."""

    erased_here: list[ErasedHere]
    ordered_elsewhere: list[OrderedElsewhere]
    retained: list[StillRetained]
    notice: str


@router.get("", operation_id="erasures", dependencies=[permitted(*READERS)])
def of_subject(subject: UUID, tables: Tables) -> list[ErasureView]:
    """Every erasure of this person's data, oldest first."""
    known(tables, subject)
    return [ErasureView.of(row) for row in erasures.of_subject(tables, subject)]


@router.get("/{erasure}", operation_id="erasure_report")
def report(
    subject: UUID,
    erasure: UUID,
    tables: Tables,
    ledger: TheLedger,
    caller: Annotated[Caller, permitted(*READERS)],
    hidden: Annotated[
        bool, Query(description="Also what may not be mentioned to the person (auditors).")
    ] = False,
) -> Report:
    """What was erased here, what was ordered elsewhere, and what was retained."""
    if hidden and "audit:read" not in caller.permissions:
        raise NotPermitted(permission="audit:read")
    found = erasure_reports.report(
        tables, erasure, for_subject=not hidden, today=ledger.clock().date()
    )
    if found is None or found.erasure.subject != subject:
        raise NotFound(erasure=erasure)
    return report_view(found, Labels(ledger.policy()), Names(ledger), whole_truth=hidden)


def report_view(
    found: ErasureReport, labels: Labels, names: Names, *, whole_truth: bool = False
) -> Report:
    """An erasure's report in words."""
    shown = {name: getattr(found.erasure, name) for name in ErasureView.model_fields}
    return Report(
        **shown,
        erased_here=[_erased(key, labels) for key in found.erased],
        ordered_elsewhere=[_ordered(order, names) for order in found.ordered],
        retained=[_still(row, labels) for row in found.retained],
        notice="" if whole_truth else UNMENTIONED,
    )


def _erased(key: KeyState, labels: Labels) -> ErasedHere:
    assert key.dead_position is not None and key.dead_at is not None  # the query asked for these
    return ErasedHere(
        **_slot(key.retention_class, key.scope, labels),
        cause=key.cause,
        position=key.dead_position,
        at=key.dead_at,
        status=erasure_status(key),
    )


def _ordered(order: HolderOrder, names: Names) -> OrderedElsewhere:
    return OrderedElsewhere(
        order=order.order_id,
        recipient=names.of(order.recipient),
        classes=list(order.classes),
        state=order.state,
        status=order_status(order),
        ordered_at=order.recorded_at,
        notified_at=order.notified_at,
        answered_at=order.answered_at,
    )


def _still(row: Retained, labels: Labels) -> StillRetained:
    slot = RetainedSlot(
        class_=row.retention_class,
        scope=row.scope,
        ground=row.ground,
        law=row.law,
        until=row.until,
        review=row.review,
        decided_by=row.decided_by,
        claim=row.claim,
    )
    return StillRetained(**_retained(slot, labels).model_dump(), erased_at=row.erased_at)


def _slot(class_: str, scope: str, labels: Labels) -> dict[str, str]:
    label = labels.label("classes", class_) or class_
    return {"retention_class": class_, "label": label, "scope": scope}


def _retained(slot: RetainedSlot, labels: Labels) -> RetainedView:
    return RetainedView(
        **_slot(slot.class_, slot.scope, labels),
        ground=slot.ground,
        ground_label=labels.label("retention_grounds", slot.ground) or slot.ground,
        law=slot.law,
        law_label=labels.label("laws", slot.law),
        until=slot.until,
        review=slot.review,
        decided_by=slot.decided_by,
        decided_by_label=labels.label("roles", slot.decided_by) or slot.decided_by,
        claim=slot.claim,
    )


# ---- what holders are told and say -------------------------------------------------------------


class NoticeToHolder(Act):
    """Somebody notes that a holder was told."""

    model_config = field_example(channel="channel-a")

    channel: Code | None = None
    note: Note | None = None


class HolderAnswer(Act):
    """What a holder answered; `no-answer` makes its silence a named, dated gap."""

    model_config = field_example(order="0b9c1f6e-7d7a-4c35-9f0e-2f3c6c1f3a10", answer="confirmed")

    order: Id
    answer: Literal["confirmed", "refused", "not-held", "no-answer"]
    note: Note | None = None


@router.post("/{erasure}/orders/{order}/notices", operation_id="note_notified")
async def notify(
    subject: UUID, erasure: UUID, order: UUID, body: NoticeToHolder, carrier: Writing
) -> Done:
    """Note that a holder was told of its order (GDPR Art. 19)."""
    command = NoteNotified(
        **carrier.common(body), subject=subject, order=order, channel=body.channel, note=body.note
    )
    return Done.by(await carrier.carry(command))


@router.post("/{erasure}/answers", operation_id="record_holder_answer")
async def answer(subject: UUID, erasure: UUID, body: HolderAnswer, carrier: Writing) -> Done:
    """Record a holder's answer; the last one closes the erasure."""
    command = RecordAnswer(
        **carrier.common(body),
        subject=subject,
        order=body.order,
        answer=body.answer,
        note=body.note,
    )
    return Done.by(await carrier.carry(command))
