"""Subjects: register a person, and find one by a value."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from api.command_route import CommandRoute
from api.dependencies import Carrier, commanding
from api.schemas import Act, Code, Form, View, field_example
from api.translation import Common, translation
from ledger.command import Command
from ledger.commands.collecting import RegisterSubject
from ledger.errors import InvalidInput, NotFound
from ledger.policy.model import PolicyDocument
from ledger.policy.values import validate
from projections import profiles
from projections.profiles import Subject
from projections.queries import Tables

router = APIRouter(prefix="/v1/subjects", tags=["subjects"])


# ---- register and find -------------------------------------------------------------------------


class Registration(Act):
    """A new data subject, known by a random id that says nothing."""

    model_config = field_example(service="service-a", source="source-a")

    service: Code | None = None
    source: Code | None = None


class LookUp(Form):
    """A value that may lead to a person. It stands in the body: a URL is written to logs."""

    model_config = field_example(kind="attribute-a", value="…", reason="reason-a")

    kind: Code = Field(description="An attribute that can be looked up, or a kind of look-up.")
    value: Annotated[str, Field(min_length=1, max_length=1000)]
    reason: Code


class LookedUp(View):
    """Whom the value leads to; usually nobody or one person."""

    subjects: list[UUID]


@translation("subject:write", status=status.HTTP_201_CREATED)
def register_subject(body: Registration, common: Common) -> Command:
    """Register a data subject; answers `ids.subject`."""
    return RegisterSubject(**common, service=body.service, source=body.source)


COMMANDS = [
    CommandRoute(
        "POST",
        "/v1/subjects",
        register_subject,
        tags=["subjects"],
        location="/v1/subjects/{subject}/profile",
    )
]


@router.post("/lookups", operation_id="look_up_subject")
async def look_up(
    body: LookUp, carrier: Annotated[Carrier, commanding("subject:read")]
) -> LookedUp:
    """Find persons by an exact value. That it was looked for is on record."""
    kind, value = _lookup_of(carrier.ledger.policy(), body)
    fields = carrier.common()
    subjects, receipts = await run_in_threadpool(
        carrier.ledger.look_up, **fields, kind=kind, value=value, reason=body.reason
    )
    for receipt in receipts:
        carrier.told(await receipt)
    return LookedUp(subjects=subjects)


def _lookup_of(policy: PolicyDocument, body: LookUp) -> tuple[str, str]:
    attribute = policy.attributes.get(body.kind)
    if attribute is None:
        return body.kind, body.value
    if attribute.lookup is None:
        raise InvalidInput(field="kind", rule="an attribute that can be looked up")
    return attribute.lookup, validate(body.kind, attribute, body.value)


def known(tables: Tables, subject: UUID) -> Subject:
    """The subject as the read side knows it. Raises NotFound."""
    found = profiles.subject(tables, subject)
    if found is None:
        raise NotFound(subject=subject)
    return found
