"""Profiles: what is held of a person now, seen for a reason and on record; and corrected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from api.as_of import AsOfView, Past, TheMoment, read_past
from api.dependencies import After, Carrier, TheHouse, commanding, looking
from api.opening import Envelopes, ErasedValue
from api.problems import PreconditionRequired, rule_text
from api.schemas import Act, Broken, Done, Id, Labels, View, field_example
from api.subjects import known
from api.translation import Common, translation
from ledger.command import Command
from ledger.commands.correcting import Correct
from ledger.commands.opening import OpenPersonalData
from ledger.commands.values import Value
from ledger.errors import StaleVersion
from ledger.events import Moment
from ledger.looking import Look
from ledger.store.append import Answer
from projections import history, profiles
from projections.profiles import Item, Subject

router = APIRouter(prefix="/v1/subjects/{subject}/profile", tags=["profiles"])

Writing = Annotated[Carrier, commanding("subject:write")]
Reading = Annotated[Carrier, looking("subject:read")]


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
    withheld: Broken | None = None


class Profile(View):
    """What is held of a person now, or was at the moment `as_of`.

    Erased items keep their line, with the date of the erasure, also where it came after the moment.
    """

    subject: UUID
    registered_at: dt.datetime
    erased: bool
    items: list[ProfileItem]
    as_of: AsOfView | None


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


@router.get("", operation_id="profile")
async def profile(
    subject: UUID,
    carrier: Reading,
    built: TheHouse,
    response: Response,
    moment: TheMoment,
    after: After = None,
    reason: Reason = None,
    on_behalf_of: Annotated[
        UUID | None, Query(description="The subject who looks, where a system asks for them.")
    ] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Profile:
    """The profile: names, classes and sources; with `reason` the values too, and that is recorded.

    `ETag` changes with every change of the profile, never with an opening; send it as `If-Match` to
    correct something. A profile of the past has none. Its values open as those of today do: what may
    be opened for a reason is decided now.
    """
    found, items, as_of = await read_past(
        built, subject, moment, after, response, _profile(subject)
    )
    if as_of is None:
        tag = f'"{found.changed_event.hex}"'
        if reason is None and if_none_match is not None and tag in _tags(if_none_match):
            return Response(status_code=304, headers={"ETag": tag})  # type: ignore[return-value]
        response.headers["ETag"] = tag
    seen = NOTHING_SEEN
    if reason is not None:
        look = Look(subject, carrier.caller.actor, reason, on_behalf_of=on_behalf_of)
        seen, _ = await opened(carrier, look, items)
    labels = Labels(built.ledger.policy())
    return Profile(
        subject=subject,
        registered_at=found.recorded_at,
        erased=found.erased_position is not None,
        items=[item_view(item, labels, seen) for item in items],
        as_of=as_of,
    )


@router.patch("", operation_id="correct_profile")
async def correct(
    subject: UUID,
    body: Correction,
    carrier: Writing,
    if_match: Annotated[str | None, Header(description="The ETag that was read.")] = None,
) -> Done:
    """Correct values. The old ones stay in the history and die with it."""
    return Done.by(await carrier.carry(_correction(body, carrier.common(body), subject, if_match)))


class CorrectionSeen(Correction):
    """The same in a batch, which has no header for the ETag that was read."""

    model_config = field_example(changes={"attribute-a": "…"}, if_match='"…"')

    if_match: str | None = Field(
        default=None, max_length=100, description="The ETag that was read."
    )


@translation("subject:write")
def correct_profile(body: CorrectionSeen, common: Common, subject: UUID) -> Command:
    """Correct values. The old ones stay in the history and die with it."""
    return _correction(body, common, subject, body.if_match)


def _correction(body: Correction, common: Common, subject: UUID, if_match: str | None) -> Correct:
    if if_match is None:
        raise PreconditionRequired()
    changed = tuple(Value(attribute=name, value=value) for name, value in body.changes.items())
    return Correct(**common, subject=subject, values=changed, seen=_seen(if_match), item=body.item)


class Seen(NamedTuple):
    """What was opened, where each item's value is in it, and by which rule others were withheld."""

    envelopes: Envelopes
    places: dict[tuple[UUID, str], int | None]
    rules: Mapping[bytes, str | None]


async def opened(
    carrier: Carrier, look: Look, items: Sequence[Item], **said: Any
) -> tuple[Seen, Answer]:
    """Record the opening, then open what may be opened, as it is decided then. `said`: what else the
    opening says; its `attributes` are refused together, where they are not simply what may be."""
    ledger, kids = carrier.ledger, {item.kid for item in items}
    rules = await run_in_threadpool(ledger.withheld, look, kids)
    names = tuple(dict.fromkeys(item.attribute for item in items if rules[item.kid] is None))
    whose = {"on_behalf_of": look.on_behalf_of, "ground": look.ground, "attributes": names}
    fields = carrier.common() | whose | said
    answer = await carrier.carry(
        OpenPersonalData(**fields, subject=look.subject, access="profile", reason=look.reason)
    )

    def run() -> Seen:
        rules = ledger.withheld(look, kids)
        envelopes = Envelopes()
        places = {
            (item.event, item.field): envelopes.put(
                look.subject, item.event, item.field, item.value
            )
            for item in items
            if rules[item.kid] is None
        }
        envelopes.open(ledger)
        return Seen(envelopes, places, rules)

    return await run_in_threadpool(run), answer


NOTHING_SEEN = Seen(Envelopes(), {}, {})


class _Read(NamedTuple):
    """The subject, the items that stand (or stood), and the moment."""

    subject: Subject
    items: list[Item]
    as_of: AsOfView | None


def _profile(subject: UUID) -> Callable[[Past], _Read]:
    """The query for a subject's profile. Raises NotFound."""

    def query(past: Past) -> _Read:
        found = known(past.tables, subject)
        items = profiles.of_subject(past.tables, subject)
        if past.as_of is not None:
            gone = history.erased_since(past.live, subject)
            items = [_erased_since(item, gone) for item in items]
        return _Read(found, items, past.view)

    return query


def _erased_since(item: Item, gone: Mapping[bytes, tuple[int, Moment]]) -> Item:
    """An item of the past: nothing opens it any more if its key died since."""
    if item.kid not in gone:
        return item
    position, at = gone[item.kid]
    return replace(item, erased_position=position, erased_at=at)


def item_view(item: Item, labels: Labels, seen: Seen) -> ProfileItem:
    """An item as it is shown: with its value if that was opened, or the rule that withheld it."""
    place = seen.places.get((item.event, item.field))
    value, erased = seen.envelopes.text(place)
    if erased is None and item.erased_position is not None and item.erased_at is not None:
        value, erased = None, ErasedValue(position=item.erased_position, at=item.erased_at)
    rule = seen.rules.get(item.kid) if place is None and erased is None else None
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
        withheld=Broken(**rule_text(rule)) if rule else None,
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
