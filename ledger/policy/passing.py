"""The pure decision on disclosures: what would passing this on, to them, break?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from ledger.events import Finding, SlotName
from ledger.policy.decisions import Findings, Person, use
from ledger.policy.model import PolicyDocument


class Outsider(Protocol):
    """What a decision looks at in a recipient's state."""

    @property
    def agreement(self) -> str | None: ...
    @property
    def valid_until(self) -> dt.date | None: ...


class Wanted(NamedTuple):
    """One attribute somebody wants to use or pass on, and the slot its value lies in (if any)."""

    attribute: str
    slot: SlotName | None


class Passing(NamedTuple):
    """A disclosure as far as the rules look at it. `recipient` is the code as given."""

    recipient: str
    purpose: str
    ground: str
    country: str
    channel: str | None
    reference: bool
    items: Sequence[Wanted]


def disclosure(
    policy: PolicyDocument,
    person: Person,
    outsider: Outsider | None,
    passing: Passing,
    today: dt.date,
) -> Findings:
    """May these items be passed to this recipient for this purpose on this ground, to there?"""
    found = [*_recipient(policy, outsider, passing, today), *_ground(policy, person, passing)]
    if passing.country not in policy.countries:
        found.append(Finding("country-unlisted"))
    if passing.channel is not None and passing.channel not in policy.channels:
        found.append(Finding("channel-unlisted"))
    slots = [item.slot for item in passing.items if item.slot is not None]
    found += use(policy, person, passing.purpose, None, today, slots)
    found += _items(policy, passing)
    return tuple(dict.fromkeys(found))


def _recipient(
    policy: PolicyDocument, outsider: Outsider | None, passing: Passing, today: dt.date
) -> Iterator[Finding]:
    listed = policy.recipients.get(passing.recipient)
    if listed is None:
        yield Finding("recipient-unlisted")
        return
    if outsider is None:
        yield Finding("recipient-unregistered", passing.recipient)
    elif listed.agreement_required and outsider.agreement is None:
        yield Finding("agreement-missing", passing.recipient)
    elif outsider.valid_until is not None and outsider.valid_until < today:
        yield Finding("agreement-expired", passing.recipient)
    if passing.purpose in policy.purposes and passing.purpose not in listed.purposes:
        yield Finding("purpose-not-for-recipient", passing.purpose)
    if passing.country in policy.countries and passing.country not in listed.countries:
        yield Finding("country-not-for-recipient", passing.country)


def _ground(policy: PolicyDocument, person: Person, passing: Passing) -> Iterator[Finding]:
    ground = policy.disclosure_grounds.get(passing.ground)
    if ground is None:
        yield Finding("ground-unlisted")
        return
    listed = policy.recipients.get(passing.recipient)
    if listed is not None and listed.kind not in ground.kinds:
        yield Finding("ground-not-for-recipient", passing.ground)
    if ground.reference and not passing.reference:
        yield Finding("ground-reference-missing", passing.ground)
    if ground.consent and person.consents(passing.purpose) is not True:
        yield Finding("consent-missing", passing.purpose)


def _items(policy: PolicyDocument, passing: Passing) -> Iterator[Finding]:
    recipient = policy.recipients.get(passing.recipient)
    purpose = policy.purposes.get(passing.purpose)
    for item in passing.items:
        listed = policy.attributes.get(item.attribute)
        if listed is None:
            yield Finding("attribute-unlisted")
            continue
        if recipient is not None and item.attribute not in recipient.attributes:
            yield Finding("attribute-not-for-recipient", item.attribute)
        if purpose is not None and listed.class_ not in purpose.classes:
            yield Finding("attribute-not-for-purpose", item.attribute)
        if item.slot is None:
            yield Finding("item-missing", item.attribute)
