"""Openings: values are looked at on a ground of its own, with its reference, and on record."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from api.dependencies import Carrier, TheHouse, commanding, read_at
from api.problems import OpenedBefore
from api.profiles import ProfileItem, item_view, opened
from api.schemas import Act, Code, Day, Done, Labels, field_example
from api.subjects import known
from ledger.looking import Look
from projections import profiles
from projections.profiles import Item
from projections.queries import Tables

router = APIRouter(prefix="/v1/subjects/{subject}/openings", tags=["profiles"])


class OpeningForm(Act):
    """Which attributes are looked at, for which reason; on which ground, where the reason's purpose
    does not use them: contents of communications need one (P18)."""

    model_config = field_example(
        reason="reason-a", attributes=["attribute-a"], ground="ground-a", reference="…"
    )

    reason: Code
    attributes: Annotated[list[Code], Field(min_length=1, max_length=200)]
    ground: Code | None = None
    reference: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="Order or case that the ground needs; kept sealed."
    )
    hidden_until: Day | None = Field(
        default=None, description="Until when the law forbids to mention it to the person."
    )


class OpeningDone(Done):
    """The values, each with what is known of it, or the rule that withheld it."""

    items: list[ProfileItem]


@router.post("", status_code=status.HTTP_201_CREATED, operation_id="open_values")
async def open_values(
    subject: UUID,
    body: OpeningForm,
    carrier: Annotated[Carrier, commanding("subject:read")],
    built: TheHouse,
) -> OpeningDone:
    """Open values on a ground; that, by whom and why is on record. They are given once."""
    common = carrier.common(body)
    if await run_in_threadpool(carrier.ledger.first_answer, by=common["by"], key=common["key"]):
        raise OpenedBefore()
    items = await read_at(
        built, built.ledger.recorder.last()[0], lambda tables: _items(tables, subject, body)
    )
    look = Look(
        subject,
        carrier.caller.actor,
        body.reason,
        on_behalf_of=body.on_behalf_of,
        ground=body.ground,
    )
    said = {"reference": body.reference, "hidden_until": body.hidden_until}
    wanted = tuple(body.attributes)
    seen, answer = await opened(carrier, look, items, **common | said, attributes=wanted)
    labels = Labels(built.ledger.policy())
    return OpeningDone.by(answer, items=[item_view(item, labels, seen) for item in items])


def _items(tables: Tables, subject: UUID, body: OpeningForm) -> list[Item]:
    known(tables, subject)
    found = profiles.of_subject(tables, subject)
    return [item for item in found if item.attribute in body.attributes]
