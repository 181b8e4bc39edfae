"""Rights: objections, restrictions, and the laws that protect a person."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import Field

from api.as_of import AsOfSubject, AsOfView
from api.command_route import CommandRoute
from api.dependencies import Carrier, TheLedger, commanding, permitted
from api.schemas import Act, Broken, Code, Done, FactView, Labels, Note, View, field_example
from api.subjects import known
from api.translation import Common, translation
from ledger.command import Command
from ledger.commands.protecting import DetermineRegimes, LiftRestriction, RaiseObjection, Restrict
from ledger.events import RestrictionGround
from ledger.policy import regimes
from ledger.policy.model import PolicyDocument
from projections import rights

router = APIRouter(prefix="/v1/subjects/{subject}", tags=["rights"])

Protecting = Annotated[Carrier, commanding("subject:write")]


class ObjectionForm(Act):
    """What a person objects to, in the words of the policy, and why if they say so."""

    model_config = field_example(purpose="purpose-a", statement="I do not want this.")

    purpose: Code
    statement: Note | None = None


class RestrictionForm(Act):
    """Restrict processing of these classes, or of everything (none named), on a ground of the law."""

    model_config = field_example(ground="accuracy", classes=["class-a"])

    ground: RestrictionGround
    classes: Annotated[list[Code], Field(default_factory=list, max_length=100)]
    statement: Note | None = None


class RegimesForm(Act):
    """The laws that protect a person, as the policy names them; none: its default ones again."""

    model_config = field_example(regimes=["regime-a"], reason="reason-a")

    regimes: Annotated[list[Code], Field(max_length=50)]
    reason: Code | None = None


class LiftForm(Act):
    """Why a restriction ends, if the policy has a word for it; in a batch."""

    model_config = field_example(reason="reason-a")

    reason: Code | None = None


@translation("consent:write", status=status.HTTP_201_CREATED)
def raise_objection(body: ObjectionForm, common: Common, subject: UUID) -> Command:
    """Object to a purpose. Never refused; it holds until the person agrees again."""
    return RaiseObjection(**common, subject=subject, purpose=body.purpose, statement=body.statement)


@translation("subject:write", status=status.HTTP_201_CREATED)
def restrict_processing(body: RestrictionForm, common: Common, subject: UUID) -> Command:
    """Restrict processing; what is restricted is stored, and no more. Answers `ids.restriction`."""
    return Restrict(
        **common,
        subject=subject,
        ground=body.ground,
        classes=tuple(body.classes),
        statement=body.statement,
    )


@translation("subject:write", status=status.HTTP_201_CREATED)
def determine_regimes(body: RegimesForm, common: Common, subject: UUID) -> Command:
    """Say which laws protect a person; it replaces what was said before."""
    return DetermineRegimes(
        **common, subject=subject, regimes=tuple(body.regimes), reason=body.reason
    )


@translation("subject:write")
def lift_restriction(body: LiftForm, common: Common, subject: UUID, restriction: UUID) -> Command:
    """A restriction ends, after the person was told."""
    return LiftRestriction(**common, subject=subject, restriction=restriction, reason=body.reason)


COMMANDS = [
    CommandRoute("POST", f"{router.prefix}/{noun}", made, tags=["rights"])
    for noun, made in (
        ("objections", raise_objection),
        ("restrictions", restrict_processing),
        ("regimes", determine_regimes),
    )
]


@router.delete("/restrictions/{restriction}", operation_id="lift_restriction")
async def lift(
    subject: UUID,
    restriction: UUID,
    carrier: Protecting,
    reason: Annotated[str | None, Query(max_length=64)] = None,
) -> Done:
    """A restriction ends, after the person was told (GDPR Art. 18(3))."""
    command = LiftRestriction(
        **carrier.common(), subject=subject, restriction=restriction, reason=reason
    )
    return Done.by(await carrier.carry(command))


class RegimeView(View):
    """A law that protects the person."""

    regime: str
    label: str
    iri: str


class RegimesView(View):
    """The laws that protect a person: those determined (by the entry `since`), or default ones.

    `answer_until`: by when a request that comes in today is answered, by the shortest of their
    clocks, that of `answer_by`.
    """

    determined: bool
    since: UUID | None
    protecting: list[RegimeView]
    answer_until: dt.date | None
    answer_by: str | None


class ObjectionView(FactView):
    """An objection. `stands`: nobody agreed to the purpose again."""

    purpose: str | None
    label: str | None
    stands: bool
    findings: list[Broken]


class RestrictionView(FactView):
    """A restriction of these classes; none named: of everything."""

    restriction: UUID
    ground: str
    classes: list[str]
    in_force: bool
    lifted_at: dt.datetime | None
    lifted_reason: str | None


class RightsView(View):
    """What protects a person beyond their consents, now or at the moment `as_of`."""

    regimes: RegimesView
    objections: list[ObjectionView]
    restrictions: list[RestrictionView]
    as_of: AsOfView | None


@router.get(
    "/rights", operation_id="rights", dependencies=[permitted("subject:read", "audit:read")]
)
def of_subject(subject: UUID, past: AsOfSubject, ledger: TheLedger) -> RightsView:
    """The laws that protect a person, every objection and every restriction, oldest first."""
    tables = past.tables
    known(tables, subject)
    policy = ledger.policy()
    labels = Labels(policy)
    held = {row.event for row in rights.standing(tables, subject).values()}
    return RightsView(
        regimes=protection(policy, rights.regimes_of(tables, subject), past.today),
        objections=[
            objection_view(row, labels, row.event in held)
            for row in rights.objections_of(tables, subject)
        ],
        restrictions=[restriction_view(row) for row in rights.restrictions_of(tables, subject)],
        as_of=past.view,
    )


def protection(policy: PolicyDocument, found: rights.Regimes | None, today: dt.date) -> RegimesView:
    """The laws that protect a person, of whom these were found, with the shortest clock."""
    determined = found.regimes if found else ()
    clock = regimes.earliest(policy, determined, "answer", today)
    listed = policy.regimes
    return RegimesView(
        determined=any(name in listed for name in determined),
        since=found.event if found else None,
        protecting=[
            RegimeView(regime=name, label=listed[name].label, iri=listed[name].iri)
            for name in regimes.applying(policy, determined)
        ],
        answer_until=clock.until if clock else None,
        answer_by=clock.regime if clock else None,
    )


def objection_view(row: rights.Objection, labels: Labels, stands: bool) -> ObjectionView:
    """An objection as it is shown."""
    made = {"label": _label(labels, row.purpose), "stands": stands}
    shown = {name: getattr(row, name) for name in set(ObjectionView.model_fields) - made.keys()}
    return ObjectionView(**shown | made | {"findings": Broken.all(row.findings)})


def _label(labels: Labels, purpose: str | None) -> str | None:
    """What the policy calls a purpose, one that is prohibited included."""
    found = labels.label("purposes", purpose)
    return labels.label("prohibited", purpose) if found == purpose else found


def restriction_view(row: rights.Restriction) -> RestrictionView:
    """A restriction as it is shown."""
    names = set(RestrictionView.model_fields) - {"in_force", "classes"}
    shown = {name: getattr(row, name) for name in names}
    return RestrictionView(**shown, in_force=row.lifted_event is None, classes=list(row.classes))
