"""Recipients: the register of everybody outside who may receive personal data."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import Field

from api.dependencies import Carrier, Tables, TheLedger, commanding, permitted
from api.schemas import Act, Broken, Code, Day, Done, FactView, View, field_example
from ledger.commands.registering import RegisterRecipient
from ledger.commands.standing import (
    CloseStandingAccess,
    OpenStandingAccess,
    RecordStandingAccess,
)
from ledger.policy.listed import sub_processors
from ledger.policy.model import PolicyDocument
from ledger.policy.standing import Reach, standing_access
from projections import recipients

router = APIRouter(prefix="/v1/recipients", tags=["recipients"])

Writing = Annotated[Carrier, commanding("register:write")]


class RecipientForm(Act):
    """A recipient the policy lists, with the agreement; the same code again is a new agreement."""

    model_config = field_example(
        code="recipient-a", agreement="agreement-a", valid_until="2028-12-31"
    )

    code: Code
    agreement: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")] | None = Field(
        default=None, description="Your own id of the agreement, no text."
    )
    valid_until: Day | None = None
    contact: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="Whom to write to; kept sealed."
    )


class StandingForm(Act):
    """Classes that a recipient can reach without a disclosure each (hosting, mail, backup).

    `told`: it can already. What the policy does not allow is then stored as irregular, and is refused
    otherwise.
    """

    model_config = field_example(purpose="purpose-a", classes=["class-a"], country="country-a")

    told: bool = False
    purpose: Code
    classes: Annotated[list[Code], Field(min_length=1, max_length=100)]
    country: Code
    since: Day | None = None


class StandingView(View):
    """What a recipient reaches at any time. `findings`: what speaks against it today, by the policy
    in force and the agreement; with any of these it would be refused."""

    purpose: str
    classes: list[str]
    country: str
    since: dt.date
    findings: list[Broken]


class RecipientView(FactView):
    """A recipient, the agreement with it, and what it reaches. Its contact stays sealed.

    What the policy in force says of it stands beside: whether the agreement binds it to
    confidentiality, who works for it in turn, and for an affiliate from and until when the company
    controls it.
    """

    recipient: UUID
    version: int
    code: str
    name: str
    kind: str
    agreement: str | None
    valid_until: dt.date | None
    confidential: bool | None
    sub_processors: list[str]
    controlled_since: dt.date | None
    controlled_until: dt.date | None
    standing: list[StandingView]


class ClosingForm(Act):
    """Classes that a recipient cannot reach any more; what it held by that was returned or deleted."""

    model_config = field_example(classes=["class-a"], until="2028-12-31")

    classes: Annotated[list[Code], Field(min_length=1, max_length=100)]
    until: Day | None = None


@router.get("", operation_id="recipients", dependencies=[permitted()])
def register_of_recipients(tables: Tables, ledger: TheLedger) -> list[RecipientView]:
    """Everybody on the register, by code."""
    policy, today = ledger.policy(), ledger.clock().date()
    reached = recipients.standing_access(tables)
    return [
        _view(
            row,
            policy,
            [
                _standing(row, one, policy, today)
                for one in reached
                if one.recipient == row.recipient
            ],
        )
        for row in recipients.register_of_recipients(tables)
    ]


@router.post("", status_code=status.HTTP_201_CREATED, operation_id="register_recipient")
async def register(body: RecipientForm, carrier: Writing) -> Done:
    """Register a recipient of the policy, or a new agreement with it; answers `ids.recipient`."""
    command = RegisterRecipient(
        **carrier.common(body),
        code=body.code,
        agreement=body.agreement,
        valid_until=body.valid_until,
        contact=body.contact,
    )
    return Done.by(await carrier.carry(command))


@router.post(
    "/{recipient}/standing-access",
    status_code=status.HTTP_201_CREATED,
    operation_id="open_standing_access",
)
async def open_access(recipient: UUID, body: StandingForm, carrier: Writing) -> Done:
    """May a recipient reach these classes at any time, from a day on? Refused when a rule is broken;
    or, `told`, stored with the rules that it breaks."""
    kind = RecordStandingAccess if body.told else OpenStandingAccess
    command = kind(
        **carrier.common(body),
        recipient=recipient,
        purpose=body.purpose,
        classes=tuple(body.classes),
        country=body.country,
        since=body.since,
    )
    return Done.by(await carrier.carry(command))


@router.post(
    "/{recipient}/standing-access/closure",
    status_code=status.HTTP_201_CREATED,
    operation_id="close_standing_access",
)
async def close_access(recipient: UUID, body: ClosingForm, carrier: Writing) -> Done:
    """A recipient cannot reach these classes any more, since a day."""
    command = CloseStandingAccess(
        **carrier.common(body),
        recipient=recipient,
        classes=tuple(body.classes),
        until=body.until,
    )
    return Done.by(await carrier.carry(command))


def _standing(
    row: recipients.Recipient,
    access: recipients.StandingAccess,
    policy: PolicyDocument,
    today: dt.date,
) -> StandingView:
    reach = Reach(access.purpose, access.classes, access.country)
    against = standing_access(policy, row.code, reach, row, today)
    return StandingView(
        purpose=access.purpose,
        classes=list(access.classes),
        country=access.country,
        since=access.since,
        findings=Broken.all(against),
    )


def _view(
    row: recipients.Recipient, policy: PolicyDocument, standing: list[StandingView]
) -> RecipientView:
    listed = policy.recipients.get(row.code)
    entity = policy.controllers.get(listed.controller) if listed and listed.controller else None
    own = {field.name for field in fields(row)}
    return RecipientView(
        **{name: getattr(row, name) for name in own & set(RecipientView.model_fields)},
        name=listed.name if listed else row.code,
        confidential=listed.confidential if listed else None,
        sub_processors=sub_processors(policy, row.code),
        controlled_since=entity.controlled_since if entity else None,
        controlled_until=entity.controlled_until if entity else None,
        standing=standing,
    )
