"""Authorisations: what may be passed on, what became of it, and what may not be mentioned yet."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.as_of import AsOfList, AsOfView
from api.dependencies import Cursor, Limit, Tables, TheLedger, cursor_text, permitted
from api.disclosures import ItemRef, Names, RecipientRef
from api.schemas import FactView, Labels, Paged, View
from ledger.policy.model import PolicyDocument
from ledger.policy.periods import add_period
from projections import disclosures, gags

router = APIRouter(prefix="/v1/disclosures", tags=["disclosures"])

AUDITOR = permitted("audit:read")


class AuthorisationView(FactView):
    """What may be passed on to whom until `expires_at`; `used_position`: where it was reported done."""

    disclosure: UUID
    subject: UUID
    recipient: RecipientRef
    agreement: int
    purpose: str
    ground: str
    country: str
    safeguard: str | None
    channel: str | None
    items: list[ItemRef]
    expires_at: dt.datetime
    expired: bool
    hidden_until: dt.date | None
    stage: str | None
    act: UUID | None
    used_position: int | None
    annulled_position: int | None


class AuthorisationPage(Paged[AuthorisationView]):
    """A page of authorisations, and the moment it speaks of."""

    as_of: AsOfView | None


class GagView(View):
    """Something a person may not be told of yet. `review`: when somebody has to ask whether the law
    still forbids it, where the ground says how often."""

    what: str
    event: UUID
    position: int
    recorded_at: dt.datetime
    subject: UUID
    ground: str | None
    ground_label: str | None
    hidden_until: dt.date
    review: dt.date | None


@router.get("/authorisations", operation_id="authorisations", dependencies=[AUDITOR])
def authorisations(
    past: AsOfList,
    ledger: TheLedger,
    cursor: Cursor,
    unreported: Annotated[
        bool, Query(description="Only what was authorised and never reported as done.")
    ] = False,
    expired: Annotated[
        bool, Query(description="Only what has ended; the rest may still be reported.")
    ] = False,
    limit: Limit = 100,
) -> AuthorisationPage:
    """What may be, or might have been, passed on: newest first."""
    now, names = ledger.clock(), Names(ledger)
    page = disclosures.all_authorisations(
        past.tables,
        unreported=unreported,
        before=now if expired else None,
        as_of=past.as_of,
        cursor=cursor,
        limit=limit,
    )
    items = [_view(row, names, now) for row in page.rows]
    return AuthorisationPage(items=items, next_cursor=cursor_text(page.cursor), as_of=past.view)


@router.get("/gags", operation_id="gags", dependencies=[AUDITOR])
def all_gags(
    tables: Tables,
    ledger: TheLedger,
    since: Annotated[dt.date | None, Query(alias="from", description="Ends then or later.")] = None,
    until: Annotated[dt.date | None, Query(alias="to", description="Ends then or before.")] = None,
) -> list[GagView]:
    """What may not be mentioned to people yet, in the order in which that ends; from today on, if
    no day is named."""
    policy = ledger.policy()
    labels, first = Labels(policy), since or (None if until else ledger.clock().date())
    return [_gag(row, policy, labels) for row in gags.ending(tables, since=first, until=until)]


def _view(row: disclosures.Authorisation, names: Names, now: dt.datetime) -> AuthorisationView:
    more = {"recipient", "items", "expired"}
    shown = {name: getattr(row, name) for name in set(AuthorisationView.model_fields) - more}
    return AuthorisationView(
        **shown,
        recipient=names.of(row.recipient),
        items=[ItemRef(attribute=item.attribute, entry=item.event) for item in row.items],
        expired=row.expires_at < now,
    )


def _gag(row: gags.Gag, policy: PolicyDocument, labels: Labels) -> GagView:
    listed = policy.disclosure_grounds.get(row.ground) if row.ground else None
    review = None
    if listed is not None and listed.gag_review is not None:
        review = add_period(row.recorded_at.date(), listed.gag_review)
    return GagView(
        what=row.what,
        event=row.event,
        position=row.position,
        recorded_at=row.recorded_at,
        subject=row.subject,
        ground=row.ground,
        ground_label=labels.label("disclosure_grounds", row.ground),
        hidden_until=row.hidden_until,
        review=review if review is not None and review < row.hidden_until else None,
    )
