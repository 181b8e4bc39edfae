"""Duties to inform: what others supplied about a person, and that the person was told (P05)."""

from __future__ import annotations

import datetime as dt
from typing import Literal
from uuid import UUID

from fastapi import APIRouter

from api.as_of import AsOfSubject
from api.collections import NoticeForm
from api.command_route import CommandRoute
from api.dependencies import Cursor, Limit, Tables, TheLedger, cursor_text, permitted
from api.schemas import Act, Code, FactView, Paged, field_example
from api.subjects import known
from api.translation import Common, translation
from ledger.command import Command
from ledger.commands.informing import MeetInformDuty
from projections import duties

router = APIRouter(prefix="/v1", tags=["duties"])


class ToldForm(Act):
    """The person was told where the data came from: under which notice, by which channel."""

    model_config = field_example(
        notice={"version": "notice-a", "language": "en"}, channel="channel-a"
    )

    notice: NoticeForm | None = None
    channel: Code | None = None


class DutyView(FactView):
    """The person must be told, until a day: that of the law (`due`), or of the first contact or the
    first disclosure before it."""

    duty: UUID
    subject: UUID
    entry: UUID
    source: str | None
    due: dt.date
    until: dt.date
    because: Literal["period", "first-contact", "first-disclosure"]
    overdue: bool
    met_at: dt.datetime | None
    notice_version: str | None
    notice_language: str | None
    channel: str | None
    annulled_position: int | None


@translation("subject:write")
def meet_inform_duty(body: ToldForm, common: Common, subject: UUID, duty: UUID) -> Command:
    """The person was told where the data came from. Late is recorded, and irregular."""
    return MeetInformDuty(
        **common,
        subject=subject,
        duty=duty,
        notice=body.notice.shown() if body.notice else None,
        channel=body.channel,
    )


_PATH = "/v1/subjects/{subject}/duties/{duty}/notices"
COMMANDS = [CommandRoute("POST", _PATH, meet_inform_duty, tags=["duties"])]


@router.get(
    "/subjects/{subject}/duties",
    operation_id="duties_of_subject",
    dependencies=[permitted("subject:read", "audit:read")],
)
def of_subject(subject: UUID, past: AsOfSubject) -> list[DutyView]:
    """What this person must be told, and was, oldest first; those of annulled entries are marked."""
    known(past.tables, subject)
    return [_view(row, past.today) for row in duties.of_subject(past.tables, subject)]


@router.get("/duties", operation_id="duties", dependencies=[permitted("audit:read")])
def unmet(
    tables: Tables, ledger: TheLedger, cursor: Cursor, overdue: bool = False, limit: Limit = 100
) -> Paged[DutyView]:
    """The people who were not told yet, newest first; with `overdue` only those it is too late for."""
    today = ledger.clock().date()
    page = duties.unmet(tables, overdue_on=today if overdue else None, cursor=cursor, limit=limit)
    items = [_view(row, today) for row in page.rows]
    return Paged(items=items, next_cursor=cursor_text(page.cursor))


def _view(row: duties.Duty, today: dt.date) -> DutyView:
    until, because = row.until
    made = {"until": until, "because": because, "overdue": row.overdue(today)}
    shown = {name: getattr(row, name) for name in set(DutyView.model_fields) - set(made)}
    return DutyView(**shown, **made)
