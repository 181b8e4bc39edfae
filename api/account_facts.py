"""Facts of an account that retention looks at, as they are told; and what of it was an error."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import Field

from api.accounts import READING, known
from api.command_route import CommandRoute
from api.dependencies import Tables, permitted
from api.schemas import Act, Code, Day, FactView, Id, Note, field_example
from api.translation import Common, translation
from ledger.command import Command
from ledger.commands.annulling_facts import AnnulFact
from ledger.commands.telling import RecordFact, Told
from projections import accounts

router = APIRouter(prefix="/v1/accounts", tags=["accounts"])

Number = Annotated[str, Field(min_length=1, max_length=1000)]


class FactForm(Act):
    """What happened: `about` names the document paid, or the credit, case or hold that ended."""

    model_config = field_example(
        fact="invoice-issued",
        refers=["5c1c9a52-1d0b-4a7c-8f53-0a1f5f8f9d11"],
        number="…",
        attribute="attribute-a",
        day="2026-06-01",
    )

    fact: Told
    about: Id | None = Field(
        default=None,
        description="Of something new: the random id it has as a document's scope already.",
    )
    refers: Annotated[list[Id], Field(max_length=100, default_factory=list)]
    number: Number | None = Field(
        default=None, description="Of the document, the amount, or the reference; kept sealed."
    )
    attribute: Code | None = Field(
        default=None, description="As which attribute of the policy; its class ends the number."
    )
    matter: Code | None = Field(default=None, description="The kind of a case or hold.")
    members: Annotated[list[Id], Field(max_length=1000)] = Field(
        default_factory=list,
        description="Whom a credit, case or hold concerns; by role, if left out.",
    )
    day: Day | None = None


class AnnulmentOfFact(Act):
    """What was said of the account was an error, for a reason of the policy."""

    model_config = field_example(reason="reason-a")

    reason: Code
    note: Note | None = None


class AccountFactView(FactView):
    """What happened in an account. Numbers stay sealed."""

    fact: str
    about: UUID
    matter: str | None
    refers: list[UUID]
    members: list[UUID]
    day: dt.date
    annulled_position: int | None


@translation("account:write", status=status.HTTP_201_CREATED)
def record_fact(body: FactForm, common: Common, account: UUID) -> Command:
    """Tell a fact that retention looks at; answers `ids.about`. What it keeps or sets free of the
    members' data is part of the same act."""
    return RecordFact(
        **common,
        account=account,
        fact=body.fact,
        about=body.about,
        refers=tuple(body.refers),
        number=body.number,
        attribute=body.attribute,
        matter=body.matter,
        members=tuple(body.members),
        day=body.day,
    )


@translation("account:write", status=status.HTTP_201_CREATED)
def annul_fact(body: AnnulmentOfFact, common: Common, account: UUID, entry: UUID) -> Command:
    """A fact, or who joined, left or closed it, was told in error: it counts no more, what it kept is
    set free, what it set free is kept again. What was erased stays erased."""
    return AnnulFact(**common, account=account, entry=entry, reason=body.reason, note=body.note)


_ONE = "/v1/accounts/{account}"
COMMANDS = [
    CommandRoute("POST", f"{_ONE}/facts", record_fact, tags=["accounts"]),
    CommandRoute("POST", f"{_ONE}/entries/{{entry}}/annulments", annul_fact, tags=["accounts"]),
]


@router.get("/{account}/facts", operation_id="account_facts", dependencies=[permitted(*READING)])
def facts(account: UUID, tables: Tables) -> list[AccountFactView]:
    """What happened in an account, oldest first; what was annulled says so."""
    known(tables, account)
    return [AccountFactView.of(row) for row in accounts.facts_of(tables, account)]
