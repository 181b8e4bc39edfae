"""Recipients: the register of everybody outside who may receive personal data."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import Field

from api.dependencies import Carrier, Tables, TheLedger, commanding, permitted
from api.schemas import Act, Code, Day, Done, FactView, Labels, View, field_example
from ledger.commands.registering import OpenStandingAccess, RegisterRecipient
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
    """Classes that a recipient can reach without a disclosure each (hosting, mail, backup)."""

    model_config = field_example(purpose="purpose-a", classes=["class-a"], country="country-a")

    purpose: Code
    classes: Annotated[list[Code], Field(min_length=1, max_length=100)]
    country: Code
    since: Day | None = None


class StandingView(View):
    """What a recipient reaches at any time."""

    purpose: str
    classes: list[str]
    country: str
    since: dt.date


class RecipientView(FactView):
    """A recipient, the agreement with it, and what it reaches. Its contact stays sealed."""

    recipient: UUID
    version: int
    code: str
    name: str
    kind: str
    agreement: str | None
    valid_until: dt.date | None
    standing: list[StandingView]


@router.get("", operation_id="recipients", dependencies=[permitted()])
def register_of_recipients(tables: Tables, ledger: TheLedger) -> list[RecipientView]:
    """Everybody on the register, by code."""
    labels = Labels(ledger.policy())
    standing = recipients.standing_access(tables)
    return [
        _view(
            row,
            labels,
            [StandingView.of(access) for access in standing if access.recipient == row.recipient],
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
    """A recipient can reach these classes at any time, from a day on."""
    command = OpenStandingAccess(
        **carrier.common(body),
        recipient=recipient,
        purpose=body.purpose,
        classes=tuple(body.classes),
        country=body.country,
        since=body.since,
    )
    return Done.by(await carrier.carry(command))


def _view(row: recipients.Recipient, labels: Labels, standing: list[StandingView]) -> RecipientView:
    shown = {
        name: getattr(row, name) for name in set(RecipientView.model_fields) - {"name", "standing"}
    }
    name = labels.label("recipients", row.code) or row.code
    return RecipientView(**shown, name=name, standing=standing)
