"""Orders to holders outside: that one was told, and what it answered (GDPR Art. 19)."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter

from api.dependencies import Carrier, commanding
from api.schemas import Act, Code, Done, Id, Note, field_example
from ledger.commands.erasing import NoteNotified, RecordAnswer

router = APIRouter(prefix="/v1/subjects/{subject}/erasures/{erasure}", tags=["erasures"])

Writing = Annotated[Carrier, commanding("erasure:execute")]


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


@router.post("/orders/{order}/notices", operation_id="note_notified")
async def notify(
    subject: UUID, erasure: UUID, order: UUID, body: NoticeToHolder, carrier: Writing
) -> Done:
    """Note that a holder was told of its order (GDPR Art. 19)."""
    command = NoteNotified(
        **carrier.common(body), subject=subject, order=order, channel=body.channel, note=body.note
    )
    return Done.by(await carrier.carry(command))


@router.post("/answers", operation_id="record_holder_answer")
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
