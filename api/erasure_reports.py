"""The report of an erasure: erased here, ordered elsewhere, retained. Three parts, never one word."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from uuid import UUID

from fastapi import APIRouter

from api.as_of import AsOfSubject
from api.dependencies import Hidden, TheLedger, permitted
from api.disclosures import Names
from api.schemas import FactView, Labels
from api.slots import OrderedView, RetainedView, SlotView, retained_view, slot_fields
from api.subjects import known
from api.wording import UNMENTIONED, erasure_status, order_status
from ledger.errors import NotFound
from ledger.events import RetainedSlot
from projections import erasure_reports, erasures
from projections.erasure_reports import ErasureReport
from projections.erasures import Retained
from projections.keys import KeyState
from projections.orders import HolderOrder

router = APIRouter(prefix="/v1/subjects/{subject}/erasures", tags=["erasures"])

READERS = ("subject:read", "audit:read", "erasure:execute")


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
def of_subject(subject: UUID, past: AsOfSubject) -> list[ErasureView]:
    """Every erasure of this person's data, oldest first."""
    known(past.tables, subject)
    return [ErasureView.of(row) for row in erasures.of_subject(past.tables, subject)]


@router.get("/{erasure}", operation_id="erasure_report", dependencies=[permitted(*READERS)])
def report(
    subject: UUID,
    erasure: UUID,
    past: AsOfSubject,
    ledger: TheLedger,
    hidden: Hidden,
) -> Report:
    """What was erased here, what was ordered elsewhere, and what was retained."""
    found = erasure_reports.report(
        past.tables, erasure, for_subject=not hidden, today=ledger.clock().date()
    )
    if found is None or found.erasure.subject != subject:
        raise NotFound(erasure=erasure)
    return report_view(found, Labels(ledger.policy()), Names(ledger), whole_truth=hidden)


def report_view(
    found: ErasureReport, labels: Labels, names: Names, *, whole_truth: bool = False
) -> Report:
    """An erasure's report in words."""
    shown = {name: getattr(found.erasure, name) for name in ErasureView.model_fields}
    ordered = [_ordered(order, names) for order in found.ordered]
    ordered.sort(key=lambda order: (order.ordered_at, order.recipient.code or ""))
    return Report(
        **shown,
        erased_here=[_erased(key, labels) for key in found.erased],
        ordered_elsewhere=ordered,
        retained=[_still(row, labels) for row in found.retained],
        notice="" if whole_truth else UNMENTIONED,
    )


def _erased(key: KeyState, labels: Labels) -> ErasedHere:
    assert key.dead_position is not None and key.dead_at is not None  # the query asked for these
    return ErasedHere(
        **slot_fields(key.retention_class, key.scope, labels),
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
    return StillRetained(**retained_view(slot, labels).model_dump(), erased_at=row.erased_at)
