"""Consents in force, and which of them a new notice has left invalid."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import Cursor, Limit, Tables, TheLedger, cursor_text, permitted
from api.policy_diffs import COUNTED, LeftView, left_view
from api.schemas import FactView, Paged
from ledger.policy.agreed import SAYS, Lapse
from ledger.policy.names import Names
from projections import invalid_consents
from projections.invalid_consents import Given, Left

router = APIRouter(prefix="/v1/consents", tags=["consents"])


class GivenView(FactView):
    """A consent in force. `why`: it has no valid notice in the policy in force; null: it has."""

    subject: UUID
    purpose: str
    service: str | None
    notice_version: str
    notice_language: str
    why: Lapse | None
    says: str | None


class GivenPage(Paged[GivenView]):
    """A page of consents in force, and how many of all of them have no valid notice. A page may be
    shorter than its limit though it has a cursor: it looks at so many consents and no more."""

    invalid: list[LeftView]


@router.get("", operation_id="consents_in_force", dependencies=[permitted("audit:read")])
def in_force(
    tables: Tables,
    ledger: TheLedger,
    cursor: Cursor,
    invalid: Annotated[bool, Query(description="Only those without a valid notice.")] = False,
    limit: Limit = 100,
) -> GivenPage:
    """The consents in force, newest first: whose, to what, under which text, and whether that text
    is still what the policy in force asks."""
    policy = ledger.policy()
    left = invalid_consents.left_by(tables, policy, within=COUNTED)
    page = invalid_consents.page(tables, left if invalid else None, cursor=cursor, limit=limit)
    why = {_text(one.agreed): one for one in left}
    names = Names(policy)
    return GivenPage(
        items=[_view(row, why.get(_text(row))) for row in page.rows],
        next_cursor=cursor_text(page.cursor),
        invalid=[left_view(one, names) for one in left],
    )


def _text(one: Given | invalid_consents.Agreed) -> tuple[str, str, str, bytes, int]:
    digest = bytes(one.notice_digest)
    return one.purpose, one.notice_version, one.notice_language, digest, one.policy


def _view(row: Given, left: Left | None) -> GivenView:
    shown = {name: getattr(row, name) for name in set(GivenView.model_fields) - {"why", "says"}}
    why = left.why if left else None
    return GivenView(**shown, why=why, says=SAYS[why].capitalize() if why else None)
