"""Claims: what must be kept, on which ground, until when, and who decides."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import Field

from api.as_of import AsOfSubject
from api.command_route import CommandRoute
from api.dependencies import Carrier, TheLedger, commanding, permitted
from api.schemas import Act, Code, Day, Done, FactView, Form, Labels, Scope, View, field_example
from api.subjects import known
from api.translation import Common, translation
from ledger.command import Command
from ledger.commands.claiming import Covers, PlaceClaim, ReleaseClaim
from projections import claims

router = APIRouter(prefix="/v1/subjects/{subject}/claims", tags=["claims"])

Writing = Annotated[Carrier, commanding("claim:write")]


class CoverForm(Form):
    """A class, and one scope of it or `*` for all, later ones included."""

    class_: Annotated[Code, Field(alias="class")]
    scope: Scope = "*"


class ClaimForm(Act):
    """Hold these slots on a ground of the policy; its period ends it unless an earlier day does."""

    model_config = field_example(ground="ground-a", covers=[{"class": "class-a", "scope": "*"}])

    ground: Code
    covers: Annotated[list[CoverForm], Field(min_length=1, max_length=100)]
    until: Day | None = None
    reference: Annotated[str, Field(min_length=1, max_length=1000)] | None = None


class CoverView(View):
    """A class that is held, and which scope of it."""

    retention_class: str
    scope: str


class ClaimView(FactView):
    """A claim on slots; released and annulled ones are marked. Where a fact of an account placed it:
    the account, what the fact is about, and the policy's rule."""

    claim: UUID
    ground: str
    ground_label: str
    law: str | None
    covers: list[CoverView]
    until: dt.date | None
    review: dt.date | None
    decided_by: str
    account: UUID | None
    matter: UUID | None
    rule: str | None
    in_force: bool
    released_at: dt.datetime | None
    released_reason: str | None
    annulled_position: int | None


@translation("claim:write", status=status.HTTP_201_CREATED)
def place_claim(body: ClaimForm, common: Common, subject: UUID) -> Command:
    """Hold data against erasure, on a ground of the policy; answers `ids.claim`."""
    return PlaceClaim(
        **common,
        subject=subject,
        ground=body.ground,
        covers=tuple(Covers(class_=cover.class_, scope=cover.scope) for cover in body.covers),
        until=body.until,
        reference=body.reference,
    )


COMMANDS = [CommandRoute("POST", "/v1/subjects/{subject}/claims", place_claim, tags=["claims"])]


class Release(Act):
    """Why a claim ends, if the policy has a word for it; in a batch."""

    model_config = field_example(reason="reason-a")

    reason: Code | None = None


@translation("claim:write")
def release_claim(body: Release, common: Common, subject: UUID, claim: UUID) -> Command:
    """The reason to keep has ended."""
    return ReleaseClaim(**common, subject=subject, claim=claim, reason=body.reason)


@router.delete("/{claim}", operation_id="release_claim")
async def release(
    subject: UUID,
    claim: UUID,
    carrier: Writing,
    reason: Annotated[str | None, Query(max_length=64)] = None,
) -> Done:
    """The reason to keep has ended. An erasure that only waited for it is finished with it."""
    command = ReleaseClaim(**carrier.common(), subject=subject, claim=claim, reason=reason)
    return Done.by(await carrier.carry(command))


@router.get(
    "", operation_id="claims", dependencies=[permitted("subject:read", "audit:read", "claim:write")]
)
def of_subject(subject: UUID, past: AsOfSubject, ledger: TheLedger) -> list[ClaimView]:
    """Every claim on this person's data, oldest first."""
    tables = past.tables
    known(tables, subject)
    labels = Labels(ledger.policy())
    holding = {row.event for row in claims.in_force(tables, subject, past.today)}
    return [view(row, labels, row.event in holding) for row in claims.of_subject(tables, subject)]


def view(row: claims.Claim, labels: Labels, in_force: bool) -> ClaimView:
    """A claim as it is shown."""
    made = {"ground_label", "in_force", "covers"}
    shown = {name: getattr(row, name) for name in set(ClaimView.model_fields) - made}
    return ClaimView(
        **shown,
        ground_label=labels.label("retention_grounds", row.ground) or row.ground,
        in_force=in_force,
        covers=[CoverView(retention_class=c.class_, scope=c.scope) for c in row.covers],
    )
