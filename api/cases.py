"""Cases of an account: values that are carried into them, and end with them (P23)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import Field

from api.accounts import READING, known
from api.command_route import CommandRoute
from api.dependencies import Tables, permitted
from api.schemas import Act, Code, FactView, Id, field_example
from api.translation import Common, translation
from ledger.command import Command
from ledger.commands.carrying import CarryIntoCase
from projections import cases

router = APIRouter(prefix="/v1/accounts/{account}/cases/{case}", tags=["cases"])


class CarryForm(Act):
    """Whose values, and of which attributes: the newest of each."""

    model_config = field_example(
        subject="0b9c1f6e-7d7a-4c35-9f0e-2f3c6c1f3a10", attributes=["attribute-a"]
    )

    subject: Id
    attributes: Annotated[list[Code], Field(min_length=1, max_length=100)]


class CaseValueView(FactView):
    """A value that lies in a case, by name; what it says stays sealed."""

    subject: UUID
    attribute: str
    retention_class: str
    from_event: UUID
    erased_at: dt.datetime | None


@translation("account:write", status=status.HTTP_201_CREATED)
def carry_into_case(body: CarryForm, common: Common, account: UUID, case: UUID) -> Command:
    """Carry values of a member into an open case; they are kept for it until it is closed."""
    return CarryIntoCase(
        **common,
        account=account,
        case=case,
        subject=body.subject,
        attributes=tuple(body.attributes),
    )


_PATH = "/v1/accounts/{account}/cases/{case}/values"
COMMANDS = [CommandRoute("POST", _PATH, carry_into_case, tags=["cases"])]


@router.get("/values", operation_id="case_values", dependencies=[permitted(*READING)])
def carried(account: UUID, case: UUID, tables: Tables) -> list[CaseValueView]:
    """What was carried into a case, oldest first."""
    known(tables, account)
    rows = cases.of_case(tables, case)
    return [CaseValueView.of(row) for row in rows if row.account == account]
