"""Erasures: what one would do, asking for one, and carrying it out."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from api.answers import entries_of
from api.dependencies import (
    Carrier,
    TheLedger,
    commanding,
    permitted,
)
from api.disclosures import Names
from api.erasure_reports import READERS
from api.schemas import Act, Code, Done, Form, Labels, Note, Scope, View, field_example
from api.slots import OrderedView, RetainedView, SlotView, retained_view, slot_fields
from api.translation import Common, translation
from ledger.application import Ledger
from ledger.command import Command
from ledger.commands.erasing import Erase, Part, RequestErasure
from ledger.events import DataErased, DataRetained
from ledger.policy.plan import PlannedSlot
from ledger.store.append import Answer

router = APIRouter(prefix="/v1/subjects/{subject}/erasures", tags=["erasures"])

Writing = Annotated[Carrier, commanding("erasure:execute")]


# ---- asking ------------------------------------------------------------------------------------


class SlotForm(Form):
    """One period, document or case of a class; see the plan for what there is."""

    class_: Annotated[Code, Field(alias="class")]
    scope: Scope = ""


class ErasureForm(Act):
    """Erasure of everything (no `slots`), or of single slots; at once, or when it is decided."""

    model_config = field_example(slots=[{"class": "class-a", "scope": "2026-01-01"}])

    slots: list[SlotForm] = Field(default=[], max_length=1000)
    statement: Note | None = Field(
        default=None, description="What came with the request; kept until the erasure is closed."
    )
    carry_out: bool = True
    service: Code | None = Field(
        default=None,
        description="Where it is asked for; deletions that are reviewed there wait for the reviewer.",
    )


class ErasureDone(Done):
    """An erasure as it was carried out: what died, who is to be told, what stays."""

    erased_here: list[SlotView]
    ordered_elsewhere: list[OrderedView]
    retained: list[RetainedView]


class ReviewView(View):
    """Who decides on an erasure that waits, and until when."""

    decided_by: str
    decided_by_label: str
    until: dt.date


class NeedView(View):
    """A purpose that needs the values still."""

    purpose: str
    label: str


class PlannedView(SlotView):
    """What an erasure would do with one key: erase it; retain it up to a day; or wait, for what
    ends a claim, for a request to be closed, or for a reviewer."""

    action: Literal["erase", "retain", "wait"]
    retained: RetainedView | None
    review: ReviewView | None
    needed_by: list[NeedView]


@router.get("/plan", operation_id="plan_erasure", dependencies=[permitted(*READERS)])
def plan(
    subject: UUID,
    ledger: TheLedger,
    service: Annotated[
        str | None, Query(max_length=64, description="As if it were asked for there.")
    ] = None,
) -> list[PlannedView]:
    """What an erasure of everything would do now, key by key, and who needs it. Nothing is stored."""
    labels = Labels(ledger.policy())
    planned = ledger.erasure_plan(subject, service=service)
    return [_planned(slot, labels) for slot in planned]


def _planned(slot: PlannedSlot, labels: Labels) -> PlannedView:
    review = slot.review and ReviewView(
        decided_by=slot.review.decided_by,
        decided_by_label=labels.label("roles", slot.review.decided_by) or slot.review.decided_by,
        until=slot.review.until,
    )
    return PlannedView(
        **slot_fields(slot.name.class_, slot.name.scope, labels),
        action=slot.action,
        retained=retained_view(slot.retained, labels) if slot.retained else None,
        review=review,
        needed_by=[
            NeedView(purpose=name, label=labels.label("purposes", name) or name)
            for name in slot.needed_by
        ],
    )


@translation("erasure:execute", status=status.HTTP_201_CREATED)
def request_erasure(body: ErasureForm, common: Common, subject: UUID) -> Command:
    """Ask for erasure; unless `carry_out` is false the keys die in the same commit."""
    return RequestErasure(
        **common,
        subject=subject,
        slots=tuple(Part(class_=slot.class_, scope=slot.scope) for slot in body.slots),
        statement=body.statement,
        carry_out=body.carry_out,
        service=body.service,
    )


@translation("erasure:execute")
def carry_out_erasure(body: Act, common: Common, subject: UUID, erasure: UUID) -> Command:
    """Carry out an erasure that was asked for; again, for what could not be erased before."""
    return Erase(**common, subject=subject, erasure=erasure)


@router.post("", status_code=status.HTTP_201_CREATED, operation_id="request_erasure")
async def request(
    subject: UUID, body: ErasureForm, carrier: Writing, response: Response
) -> ErasureDone:
    """Ask for erasure; unless `carry_out` is false the keys die in the same commit."""
    answer = await carrier.carry(request_erasure.make(body, carrier.common(body), subject))
    response.headers["Location"] = f"/v1/subjects/{subject}/erasures/{answer.ids['erasure']}"
    return await run_in_threadpool(_outcome, carrier.ledger, answer)


@router.post("/{erasure}/executions", operation_id="carry_out_erasure")
async def execute(
    subject: UUID, erasure: UUID, carrier: Writing, body: Act | None = None
) -> ErasureDone:
    """Carry out an erasure that was asked for; again, for what could not be erased before."""
    command = carry_out_erasure.make(body, carrier.common(body), subject, erasure)
    answer = await carrier.carry(command)
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
            SlotView(**slot_fields(slot.class_, slot.scope, labels))
            for e in erased
            for slot in e.slots
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
        retained=[retained_view(slot, labels) for k in kept for slot in k.slots],
    )
