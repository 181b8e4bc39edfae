"""Handovers: a merger or a sale of assets passes many people's data on, in one act of two stages."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import Field

from api.command_route import CommandRoute
from api.dependencies import Cursor, Limit, Tables, TheLedger, cursor_text, permitted
from api.disclosures import AuthorisationForm, Names, RecipientRef, passed
from api.schemas import Broken, FactView, Id, Paged, field_example
from api.translation import Common, translation
from ledger.command import Command
from ledger.commands.handing_over import MOST, RecordTransfer, Transfer
from ledger.errors import InvalidInput, NotFound
from projections import handovers

router = APIRouter(prefix="/v1/disclosures/transfers", tags=["disclosures"])

_SOME_ID = "0b9c1f6e-7d7a-4c35-9f0e-2f3c6c1f3a10"


class TransferForm(AuthorisationForm):
    """Whose data goes to the successor, in which stage; of each person those attributes go that are
    there. `told`: it was done, under the act that is named if it was asked for."""

    model_config = field_example(
        subjects=[_SOME_ID],
        recipient="recipient-a",
        purpose="purpose-a",
        ground="ground-a",
        stage="stage-a",
        country="country-a",
        attributes=["attribute-a"],
        reference="…",
    )

    subjects: Annotated[list[Id], Field(min_length=1, max_length=MOST)]
    told: bool = False
    act: Id | None = Field(
        default=None, description="The act that was asked for; with `told` only."
    )


@translation("disclosure:write", status=status.HTTP_201_CREATED)
def transfer(body: TransferForm, common: Common) -> Command:
    """One act over a list of people: each is authorised or refused by the rules of any disclosure.

    Answers `ids.act`; `findings` are the rules by which some were refused, or that what was told
    breaks. It is refused as a whole where all of them are.
    """
    said = passed(body) | {"subjects": tuple(body.subjects)}
    if body.told:
        return RecordTransfer(**common, **said, act=body.act)
    if body.act is not None:
        raise InvalidInput(field="act", rule="goes with told")
    return Transfer(**common, **said)


COMMANDS = [CommandRoute("POST", "/v1/disclosures/transfers", transfer, tags=["disclosures"])]


class PartView(FactView):
    """What became of one person's part: authorised, refused by these rules, or recorded as done."""

    subject: UUID
    stage: str | None
    said: handovers.Outcome
    disclosure: UUID | None
    recipient: RecipientRef
    ground: str | None
    findings: list[Broken]


class HandoverPage(Paged[PartView]):
    """An act: how many parts were authorised, refused, recorded; and a page of them."""

    act: UUID
    tally: dict[handovers.Outcome, int]


@router.get("/{act}", operation_id="handover", dependencies=[permitted("audit:read")])
def handover(
    act: UUID, tables: Tables, ledger: TheLedger, cursor: Cursor, limit: Limit = 100
) -> HandoverPage:
    """What became of each person's part in an act, newest first."""
    tally = handovers.tally(tables, act)
    if not tally:
        raise NotFound(act=act)
    page = handovers.of_act(tables, act, cursor=cursor, limit=limit)
    names = Names(ledger)
    items = [_part(row, names) for row in page.rows]
    return HandoverPage(items=items, next_cursor=cursor_text(page.cursor), act=act, tally=tally)


def _part(row: handovers.Part, names: Names) -> PartView:
    shown = {name: getattr(row, name) for name in PartView.model_fields}
    return PartView(
        **shown | {"recipient": names.of(row.recipient), "findings": Broken.all(row.findings)}
    )
