"""Orders to holders outside: what each is asked to do, that it was told, and what it answered (GDPR
Art. 19).

An erasure's orders are in its report, too; those of a correction, a restriction, its end or a
withdrawal are here alone.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal
from uuid import UUID

from fastapi import APIRouter

from api.as_of import AsOfSubject
from api.command_route import CommandRoute
from api.dependencies import Hidden, TheLedger, permitted
from api.disclosures import Names
from api.schemas import Act, Code, Id, Note, field_example
from api.slots import OrderedView
from api.subjects import known
from api.translation import Common, translation
from api.wording import order_words
from ledger.command import Command
from ledger.commands.erasing import NoteNotified, RecordAnswer
from projections import orders
from projections.orders import HolderOrder, Kind

router = APIRouter(prefix="/v1/subjects/{subject}/orders", tags=["orders"])

READERS = ("subject:read", "audit:read", "erasure:execute")


class NoticeToHolder(Act):
    """Somebody notes that a holder was told."""

    model_config = field_example(channel="channel-a")

    channel: Code | None = None
    note: Note | None = None


class OrderAnswer(Act):
    """What a holder answered; `no-answer` makes its silence a named, dated gap."""

    model_config = field_example(answer="confirmed")

    answer: Literal["confirmed", "refused", "not-held", "no-answer"]
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


@translation("erasure:execute")
def note_order_told(body: NoticeToHolder, common: Common, subject: UUID, order: UUID) -> Command:
    """Note that a holder was told of an order, whatever gave it (GDPR Art. 19)."""
    return NoteNotified(
        **common, subject=subject, order=order, channel=body.channel, note=body.note
    )


@translation("erasure:execute")
def record_order_answer(body: OrderAnswer, common: Common, subject: UUID, order: UUID) -> Command:
    """Record a holder's answer to an order, whatever gave it."""
    return RecordAnswer(**common, subject=subject, order=order, answer=body.answer, note=body.note)


_ONE = "/v1/subjects/{subject}/orders/{order}"
_PATH = "/v1/subjects/{subject}/erasures/{erasure}"
COMMANDS = [
    CommandRoute("POST", f"{_ONE}/notices", note_order_told, tags=["orders"]),
    CommandRoute("POST", f"{_ONE}/answers", record_order_answer, tags=["orders"]),
    CommandRoute("POST", f"{_PATH}/orders/{{order}}/notices", note_notified, tags=["erasures"]),
    CommandRoute("POST", f"{_PATH}/answers", record_holder_answer, tags=["erasures"]),
]


class OrderView(OrderedView):
    """An order: what a holder is asked to do with what it has of these classes, given by the entry
    `event`, and what became of it."""

    kind: Kind
    asks: str
    event: UUID
    erasure: UUID | None
    state: Literal["ordered", "notified", "confirmed", "refused", "not-held", "no-answer"]
    status: str
    ordered_at: dt.datetime
    notified_at: dt.datetime | None
    answered_at: dt.datetime | None


@router.get("", operation_id="orders_of_subject", dependencies=[permitted(*READERS)])
def of_subject(
    subject: UUID,
    past: AsOfSubject,
    ledger: TheLedger,
    hidden: Hidden,
) -> list[OrderView]:
    """What holders outside were told about this person's data, oldest first."""
    known(past.tables, subject)
    names, today = Names(ledger), ledger.clock().date()
    found = orders.of_subject(past.tables, subject, for_subject=not hidden, today=today)
    return [_view(row, names) for row in found]


def _view(row: HolderOrder, names: Names) -> OrderView:
    return OrderView(
        **order_words(row),
        order=row.order_id,
        recipient=names.of(row.recipient),
        classes=list(row.classes),
        kind=row.kind,
        event=row.event,
        erasure=row.erasure,
        state=row.state,
        ordered_at=row.recorded_at,
        notified_at=row.notified_at,
        answered_at=row.answered_at,
    )
