"""One person's data on its way out: what every command that passes something on has in common."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import ClassVar, NamedTuple
from uuid import UUID

from ledger.command import Command
from ledger.commands.ordering import late_orders
from ledger.desk import Desk
from ledger.errors import InvalidInput
from ledger.events import (
    DisclosedItem,
    DisclosureAuthorised,
    DisclosureRecorded,
    DisclosureRefused,
    Finding,
)
from ledger.facts import Authorisation, Item
from ledger.ids import new_id
from ledger.moment import in_utc
from ledger.policy import passing
from ledger.policy.decisions import Findings
from ledger.policy.passing import PLAIN, Said
from ledger.policy.ways import OF_ONE, Passing, Way, way_out
from ledger.recipient import Recipient
from ledger.subject import DataSubject

AGREE = dt.timedelta(minutes=1)
"""By how much the clocks of who asks and who tells may differ."""
MAX_ITEMS = 200
"""Attributes one disclosure may name."""


class Passage(Command, frozen=True, kw_only=True):
    """What is said of passing data on. `document`: the purchase or case it is about; `stage`: that of
    a corporate transaction; `hidden_until`: until when the law forbids to mention it."""

    LATER: ClassVar[frozenset[str]] = frozenset({"document", "stage"})

    recipient: str
    purpose: str
    ground: str
    country: str
    attributes: tuple[str, ...]
    channel: str | None = None
    reference: str | None = None
    document: UUID | None = None
    stage: str | None = None
    hidden_until: dt.date | None = None

    def recipients(self) -> Collection[str]:
        return (self.recipient,)


class Told(NamedTuple):
    """What became of a report: the disclosure, its entry, and the rules it broke."""

    disclosure: UUID
    entry: UUID
    findings: Findings


def authorise(
    desk: Desk,
    subject: DataSubject,
    said: Passage,
    attributes: tuple[str, ...],
    act: UUID | None = None,
) -> tuple[UUID | None, Findings]:
    """Draft that these attributes may be passed on, or that they may not: the disclosure, or None
    and the rules that say so. `act`: the one over many people that it is part of."""
    recipient = desk.recipient(said.recipient)
    way = _way(desk, said, attributes)
    subject = _looking_back(desk, subject, recipient, way)
    items = _values(subject, way, said.document)
    findings = _findings(desk, subject, recipient, way, items, said)
    if findings or recipient is None:
        desk.refuse(
            DisclosureRefused,
            subject,
            findings,
            stage=way.stage,
            act=act,
            recipient=recipient.id if recipient else None,
            purpose=way.purpose,
            ground=way.ground,
            hidden_until=said.hidden_until,
        )
        return None, findings
    event, disclosure = new_id(), new_id()
    hours = dt.timedelta(hours=desk.policy.authorisation_hours)
    desk.draft(subject).add(
        DisclosureAuthorised,
        event,
        stage=way.stage,
        act=act,
        disclosure=disclosure,
        recipient=recipient.id,
        agreement=recipient.version,
        purpose=way.purpose,
        ground=way.ground,
        ground_reference=desk.evidence(subject, event, "ground_reference", said.reference),
        country=way.country,
        safeguard=way.safeguard,
        channel=way.channel,
        items=_disclosed(way, items),
        hidden_until=said.hidden_until,
        expires_at=in_utc(desk.now + hours),
    )
    return disclosure, ()


def record(
    desk: Desk,
    subject: DataSubject,
    said: Passage,
    attributes: tuple[str, ...],
    authorisation: UUID | None,
    act: UUID | None = None,
) -> Told:
    """Draft that these attributes were passed on, with the rules that broke."""
    recipient = desk.recipient(said.recipient)
    way = _way(desk, said, attributes)
    subject = _looking_back(desk, subject, recipient, way)
    items = _values(subject, way, said.document)
    given = subject.authorisations.get(authorisation) if authorisation else None
    findings = _findings(desk, subject, recipient, way, items, said, given)
    if authorisation is not None:
        findings = (*findings, *_authorised(desk, recipient, way, items, said, given))
    event, disclosure = new_id(), authorisation if authorisation and given else new_id()
    unlisted = None if recipient else said.recipient
    desk.draft(subject).add(
        DisclosureRecorded,
        event,
        stage=way.stage,
        act=act,
        disclosure=disclosure,
        authorisation=authorisation if given else None,
        recipient=recipient.id if recipient else None,
        agreement=recipient.version if recipient else None,
        unlisted=desk.evidence(subject, event, "unlisted", unlisted),
        purpose=way.purpose,
        ground=way.ground,
        ground_reference=desk.evidence(subject, event, "ground_reference", said.reference),
        country=way.country,
        safeguard=way.safeguard,
        channel=way.channel,
        items=_disclosed(way, items),
        recipient_reference=desk.evidence(subject, event, "recipient_reference", new_id().hex),
        hidden_until=_hidden(way, said, given),
        orders=late_orders(desk, subject, recipient, disclosure, attributes),
        findings=findings,
    )
    desk.irregular(subject, event, findings)
    return Told(disclosure, event, findings)


def _way(desk: Desk, said: Passage, attributes: tuple[str, ...]) -> Way:
    """What the document alone says of it."""
    if not 0 < len(attributes) <= MAX_ITEMS:
        raise InvalidInput(field="attributes", rule=f"1 to {MAX_ITEMS} attributes")
    passing = Passing(
        said.recipient,
        said.purpose,
        said.ground,
        said.country,
        said.channel,
        said.reference is not None,
        attributes,
        said.stage,
    )
    return way_out(desk.policy, passing)


def _values(subject: DataSubject, way: Way, document: UUID | None) -> list[Item | None]:
    """The value of each attribute that is passed on: the newest that stands, and of the purchase or
    case that is named where the attribute has one there."""
    if document is None:
        return [subject.newest(passed.attribute) for passed in way.items]
    return [
        (passed.scope in OF_ONE and subject.newest_of(passed.attribute, document.hex))
        or subject.newest(passed.attribute)
        for passed in way.items
    ]


def _findings(
    desk: Desk,
    subject: DataSubject,
    recipient: Recipient | None,
    way: Way,
    items: Sequence[Item | None],
    said: Passage,
    given: Authorisation | None = None,
) -> Findings:
    slots = [item and item.slot for item in items]
    day = desk.occurred_at.date() if said.TOLD else desk.today
    more = PLAIN
    if way.particular or said.hidden_until is not None or day != desk.today:
        by_one_who_may = given is not None and given.ground == way.ground
        more = Said(
            day=day,
            authorised=by_one_who_may or desk.actor().function in way.authorised_by,
            hidden=said.hidden_until is not None,
            document=said.document.hex if said.document else None,
            prepared=_prepared(subject, recipient, way),
        )
    return passing.disclosure(desk.policy, way, subject, recipient, slots, desk.today, more)


def _looking_back(
    desk: Desk, subject: DataSubject, recipient: Recipient | None, way: Way
) -> DataSubject:
    """The person, in full where a stage before may be an older one than the state keeps (P19)."""
    if way.after is None or not subject.kept.left_authorisations:
        return subject
    return subject if _prepared(subject, recipient, way) else desk.in_full(subject)


def _prepared(subject: DataSubject, recipient: Recipient | None, way: Way) -> bool:
    """Whether the person's data was in the stage that comes before, if one has to (P19)."""
    if way.after is None:
        return True
    if recipient is None or way.ground is None:
        return False
    return subject.was_in(way.after, recipient.id, way.ground)


def _disclosed(way: Way, items: Sequence[Item | None]) -> tuple[DisclosedItem, ...]:
    """What was passed on, as far as the policy lists it; by name, where no value is known here."""
    return tuple(
        [
            DisclosedItem(passed.attribute, item.event, item.number)
            if item
            else DisclosedItem(passed.attribute, None, 1)
            for passed, item in zip(way.items, items, strict=True)
            if passed.listed
        ]
    )


def _authorised(
    desk: Desk,
    recipient: Recipient | None,
    way: Way,
    items: Sequence[Item | None],
    said: Passage,
    given: Authorisation | None,
) -> list[Finding]:
    """Whether the authorisation that is named covers what was done, when it was done."""
    if given is None:
        return [Finding("authorisation-unknown")]
    same = (given.recipient, given.purpose, given.ground, given.country, given.stage)
    told = (
        recipient.id if recipient else None,
        said.purpose,
        said.ground,
        said.country,
        said.stage,
    )
    beyond = {passed.attribute for passed in way.items} - set(given.attributes)
    if way.one_document:
        beyond |= {item.slot.scope for item in items if item} - {"", *given.documents}
    if told != same or beyond:
        return [Finding("authorisation-exceeded")]
    if desk.occurred_at > given.expires_at:
        return [Finding("authorisation-expired")]
    return [Finding("authorisation-too-late")] if _came_before(desk, given) else []


def _came_before(desk: Desk, given: Authorisation) -> bool:
    """Whether it happened before it was authorised, which was some hours before that ends."""

    def early(hours: int) -> bool:
        return desk.occurred_at < given.expires_at - dt.timedelta(hours=hours) - AGREE

    if not early(desk.policy.authorisation_hours):
        return False
    return early(max(one.authorisation_hours for one in desk.policies_since(desk.occurred_at)))


def _hidden(way: Way, said: Passage, given: Authorisation | None) -> dt.date | None:
    """Until when the person may not be told: what was authorised as hidden stays so, and where the
    ground knows no gag the person is told (P18)."""
    until = said.hidden_until if way.gag else None
    if given is None or given.hidden_until is None:
        return until
    return max(given.hidden_until, until or given.hidden_until)
