"""Orders to holders outside: that one was told, and what it answered (GDPR Art. 19)."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from api.command_route import CommandRoute
from api.schemas import Act, Code, Id, Note, field_example
from api.translation import Common, translation
from ledger.command import Command
from ledger.commands.erasing import NoteNotified, RecordAnswer


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


@translation("erasure:execute")
def note_notified(
    body: NoticeToHolder, common: Common, subject: UUID, erasure: UUID, order: UUID
) -> Command:
    """Note that a holder was told of its order (GDPR Art. 19)."""
    return NoteNotified(
        **common, subject=subject, order=order, channel=body.channel, note=body.note
    )


@translation("erasure:execute")
def record_holder_answer(
    body: HolderAnswer, common: Common, subject: UUID, erasure: UUID
) -> Command:
    """Record a holder's answer; the last one closes the erasure."""
    return RecordAnswer(
        **common, subject=subject, order=body.order, answer=body.answer, note=body.note
    )


_PATH = "/v1/subjects/{subject}/erasures/{erasure}"
COMMANDS = [
    CommandRoute("POST", f"{_PATH}/orders/{{order}}/notices", note_notified, tags=["erasures"]),
    CommandRoute("POST", f"{_PATH}/answers", record_holder_answer, tags=["erasures"]),
]
