"""Slots in an answer: what of which class, and why it stays; and orders to holders."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from api.disclosures import RecipientRef
from api.schemas import Labels, View
from ledger.events import RetainedSlot


class SlotView(View):
    """A class and what of it."""

    retention_class: str
    label: str
    scope: str


class RetainedView(SlotView):
    """What stays, on which ground (`justification`: its IRI), by which law, until when, who decides."""

    ground: str
    ground_label: str
    justification: str | None
    law: str | None
    law_label: str | None
    until: dt.date | None
    review: dt.date | None
    decided_by: str
    decided_by_label: str
    claim: UUID | None


class OrderedView(View):
    """What one holder outside is told to do something with."""

    order: UUID
    recipient: RecipientRef
    classes: list[str]


def slot_fields(class_: str, scope: str, labels: Labels) -> dict[str, str]:
    """The fields of a `SlotView`."""
    label = labels.label("classes", class_) or class_
    return {"retention_class": class_, "label": label, "scope": scope}


def retained_view(slot: RetainedSlot, labels: Labels) -> RetainedView:
    """A retained slot in the words of the policy in force."""
    label, justification = labels.ground(slot.ground)
    return RetainedView(
        **slot_fields(slot.class_, slot.scope, labels),
        ground=slot.ground,
        ground_label=label,
        justification=justification,
        law=slot.law,
        law_label=labels.label("laws", slot.law),
        until=slot.until,
        review=slot.review,
        decided_by=slot.decided_by,
        decided_by_label=labels.label("roles", slot.decided_by) or slot.decided_by,
        claim=slot.claim,
    )
