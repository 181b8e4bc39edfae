"""Subjects: register a person, find one by a value, and see or correct what is held of them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response, status
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from api.dependencies import After, Carrier, House, TheHouse, commanding, looking, read_at
from api.opening import Envelopes, ErasedValue
from api.problems import PreconditionRequired
from api.schemas import Act, Code, Done, Form, Id, Labels, View, field_example
from ledger.commands.collecting import RegisterSubject
from ledger.commands.correcting import Correct
from ledger.commands.opening import OpenPersonalData
from ledger.commands.values import Value
from ledger.errors import InvalidInput, NotFound, StaleVersion
from ledger.policy.model import PolicyDocument
from ledger.policy.values import validate
from projections import profiles
from projections.profiles import Item, Subject
from projections.queries import Tables

router = APIRouter(prefix="/v1/subjects", tags=["subjects"])

Writing = Annotated[Carrier, commanding("subject:write")]
Reading = Annotated[Carrier, looking("subject:read")]


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


@router.post("", status_code=status.HTTP_201_CREATED, operation_id="register_subject")
async def register(body: Registration, carrier: Writing, response: Response) -> Done:
    """Register a data subject; answers `ids.subject`."""
    command = RegisterSubject(**carrier.common(body), service=body.service, source=body.source)
    answer = await carrier.carry(command)
    response.headers["Location"] = f"/v1/subjects/{answer.ids['subject']}/profile"
    return Done.by(answer)


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


# ---- the profile -------------------------------------------------------------------------------


class ProfileItem(View):
    """One value: what it is, where it came from, what for. The value itself only with a reason."""

    attribute: str
    label: str
    entry: UUID
    number: int
    retention_class: str
    scope: str
    source: str | None
    service: str | None
    purposes: list[str]
    told: bool | None
    collected_at: dt.datetime
    recorded_at: dt.datetime
    value: str | None = None
    erased: ErasedValue | None = None


class Profile(View):
    """What is held of a person now. Erased items keep their line, with the date of the erasure."""

    subject: UUID
    registered_at: dt.datetime
    erased: bool
    items: list[ProfileItem]


class Correction(Act):
    """New values for attributes that have one (GDPR Art. 16)."""

    model_config = field_example(changes={"attribute-a": "…"})

    changes: Annotated[dict[str, str], Field(min_length=1, max_length=200)]
    item: Id | None = Field(
        default=None,
        description="Where several values stand: the entry that brought the wrong one.",
    )


Reason = Annotated[
    str | None,
    Query(max_length=64, description="A reason of the policy: values are opened, on record."),
]


@router.get("/{subject}/profile", operation_id="profile")
async def profile(
    subject: UUID,
    carrier: Reading,
    built: TheHouse,
    response: Response,
    after: After = None,
    reason: Reason = None,
    on_behalf_of: Annotated[
        UUID | None, Query(description="The subject who looks, where a system asks for them.")
    ] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Profile:
    """The profile: names, classes and sources; with `reason` the values too, and that is recorded.

    `ETag` changes with every change of the profile, never with an opening; send it as `If-Match` to
    correct something.
    """
    found, items = await read_profile(built, subject, after)
    tag = f'"{found.changed_event.hex}"'
    if reason is None and if_none_match is not None and tag in _tags(if_none_match):
        return Response(status_code=304, headers={"ETag": tag})  # type: ignore[return-value]
    response.headers["ETag"] = tag
    envelopes = Envelopes()
    slots = [envelopes.put(subject, item.event, item.field, item.value) for item in items]
    if reason is not None:
        names = tuple(dict.fromkeys(item.attribute for item in items))
        await carrier.carry(
            OpenPersonalData(
                **carrier.common() | {"on_behalf_of": on_behalf_of},
                subject=subject,
                access="profile",
                reason=reason,
                attributes=names,
            )
        )
        await run_in_threadpool(envelopes.open, built.ledger)
    labels = Labels(built.ledger.policy())
    return Profile(
        subject=subject,
        registered_at=found.recorded_at,
        erased=found.erased_position is not None,
        items=[
            _item(item, labels, envelopes, slot) for item, slot in zip(items, slots, strict=True)
        ],
    )


@router.patch("/{subject}/profile", operation_id="correct_profile")
async def correct(
    subject: UUID,
    body: Correction,
    carrier: Writing,
    if_match: Annotated[str | None, Header(description="The ETag that was read.")] = None,
) -> Done:
    """Correct values. The old ones stay in the history and die with it."""
    if if_match is None:
        raise PreconditionRequired()
    changed = tuple(Value(attribute=name, value=value) for name, value in body.changes.items())
    command = Correct(
        **carrier.common(body),
        subject=subject,
        values=changed,
        seen=_seen(if_match),
        item=body.item,
    )
    return Done.by(await carrier.carry(command))


async def read_profile(
    built: House, subject: UUID, after: int | None
) -> tuple[Subject, list[Item]]:
    """The subject and the items that stand. Raises NotFound."""

    def query(tables: Tables) -> tuple[Subject, list[Item]]:
        found = profiles.subject(tables, subject)
        if found is None:
            raise NotFound(subject=subject)
        return found, profiles.of_subject(tables, subject)

    found: tuple[Subject, list[Item]] = await read_at(built, after, query)
    return found


def known(tables: Tables, subject: UUID) -> Subject:
    """The subject as the read side knows it. Raises NotFound."""
    found = profiles.subject(tables, subject)
    if found is None:
        raise NotFound(subject=subject)
    return found


def _item(item: Item, labels: Labels, envelopes: Envelopes, slot: int | None) -> ProfileItem:
    value, erased = envelopes.text(slot)
    if erased is None and item.erased_position is not None and item.erased_at is not None:
        value, erased = None, ErasedValue(position=item.erased_position, at=item.erased_at)
    return ProfileItem(
        attribute=item.attribute,
        label=labels.label("attributes", item.attribute) or item.attribute,
        entry=item.event,
        number=item.number,
        retention_class=item.retention_class,
        scope=item.scope,
        source=item.source,
        service=item.service,
        purposes=list(item.purposes),
        told=item.told,
        collected_at=item.occurred_at,
        recorded_at=item.recorded_at,
        value=value,
        erased=erased,
    )


def _tags(header: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]


def _seen(if_match: str) -> UUID | None:
    """The profile tag of an If-Match; None for `*`, which any state of the profile matches.

    Raises:
        StaleVersion: it is not one that this API gave, so it is not the present one.
    """
    if if_match.strip() == "*":
        return None
    tag = if_match.strip()
    if len(tag) != 34 or tag[0] != '"' or tag[-1] != '"':
        raise StaleVersion()
    try:
        return UUID(hex=tag[1:-1])
    except ValueError:
        raise StaleVersion() from None
