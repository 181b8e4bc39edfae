"""Consents and switches: what a person said about a purpose, and what holds now."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from api.as_of import AsOfSubject, AsOfView
from api.collections import NoticeForm
from api.command_route import CommandRoute
from api.dependencies import permitted
from api.problems import FieldError, InvalidRequest
from api.schemas import Act, Broken, Code, FactView, Note, View, field_example
from api.subjects import known
from api.translation import Common, translation
from ledger.command import Command
from ledger.commands.consenting import (
    GiveConsent,
    RecordConsent,
    SwitchProcessing,
    WithdrawConsent,
)
from projections import consents

router = APIRouter(prefix="/v1/subjects/{subject}", tags=["consents"])

Purpose = Annotated[str, Field(max_length=64)]


class ConsentForm(Act):
    """A consent given (with the notice that was shown) or withdrawn. `told`: it happened elsewhere."""

    model_config = field_example(
        state="given", notice={"version": "notice-a", "language": "en"}, service="service-a"
    )

    state: Literal["given", "withdrawn"]
    notice: NoticeForm | None = None
    service: Code | None = None
    statement: Note | None = None
    told: bool = False


class SwitchForm(Act):
    """A purpose on or off, for some services or for all at once."""

    model_config = field_example(services="all", state="off")

    services: Annotated[list[Code], Field(min_length=1, max_length=100)] | Literal["all"]
    state: Literal["on", "off"]


@translation("consent:write")
def set_consent(body: ConsentForm, common: Common, subject: UUID, purpose: Purpose) -> Command:
    """Give or withdraw consent to one purpose. A withdrawal is never refused."""
    fields = common | {"subject": subject, "purpose": purpose}
    if body.state == "withdrawn":
        _only_with_given(body)
        return WithdrawConsent(**fields)
    if body.notice is None:
        wrong = FieldError("notice", "is required", "Name the notice that was shown.")
        raise InvalidRequest([wrong])
    kind = RecordConsent if body.told else GiveConsent
    return kind(
        **fields, notice=body.notice.shown(), service=body.service, statement=body.statement
    )


@translation("consent:write")
def switch_purpose(body: SwitchForm, common: Common, subject: UUID, purpose: Purpose) -> Command:
    """Switch a purpose off (never refused, if the policy lists it) or on."""
    services = () if body.services == "all" else tuple(body.services)
    return SwitchProcessing(
        **common, subject=subject, purpose=purpose, state=body.state, services=services
    )


def _only_with_given(body: ConsentForm) -> None:
    named = [name for name in ("notice", "service", "statement") if getattr(body, name) is not None]
    if named or body.told:
        remedy = "Leave it out: a withdrawal needs nothing."
        listed = named or ["told"]
        raise InvalidRequest([FieldError(name, "only with `given`", remedy) for name in listed])


COMMANDS = [
    CommandRoute("PUT", f"{router.prefix}/consents/{{purpose}}", set_consent, tags=["consents"]),
    CommandRoute("PUT", f"{router.prefix}/switches/{{purpose}}", switch_purpose, tags=["consents"]),
]


class ConsentView(FactView):
    """One word of a person on a purpose. `counts`: neither annulled nor stored with findings."""

    purpose: str | None
    given: bool
    counts: bool
    service: str | None
    notice_version: str | None
    notice_language: str | None
    findings: list[Broken]
    annulled_position: int | None


class Holds(View):
    """What holds for a purpose now, and since which entry."""

    purpose: str
    given: bool
    since: UUID


class SwitchHolds(View):
    """What holds for a purpose, for all services (`service` null) or for one."""

    purpose: str
    service: str | None
    state: Literal["on", "off"]
    since: UUID


class Consents(View):
    """Every word of a person on purposes, and what holds now (or held at the moment `as_of`)."""

    in_force: list[Holds]
    switches: list[SwitchHolds]
    history: list[ConsentView]
    as_of: AsOfView | None


@router.get(
    "/consents", operation_id="consents", dependencies=[permitted("subject:read", "audit:read")]
)
def of_subject(subject: UUID, past: AsOfSubject) -> Consents:
    """Consents and switches in force, and every consent and withdrawal, oldest first."""
    tables = past.tables
    known(tables, subject)
    words = consents.in_force(tables, subject)
    return Consents(
        in_force=[
            Holds(purpose=purpose, given=word.given, since=word.event)
            for purpose, word in sorted(words.items())
        ],
        switches=[
            SwitchHolds(
                purpose=row.purpose, service=row.service, state=row.state, since=row.since.event
            )
            for row in consents.switches_in_force(tables, subject)
        ],
        history=[_view(row) for row in consents.of_subject(tables, subject)],
        as_of=past.view,
    )


def _view(row: consents.Consent) -> ConsentView:
    shown = {name: getattr(row, name) for name in ConsentView.model_fields}
    return ConsentView(**shown | {"findings": Broken.all(row.findings)})
