"""The pure decision on disclosures: what would passing this on, to them, break?

Most of the answer is the document's alone: whether it lists what is named, and whether that goes
together. So it is worked out once for each `Way` out that is taken under a published policy; what
is left for each disclosure are the person, the agreement, and the values that are there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from ledger.events import Finding, SlotName
from ledger.policy.decisions import Findings, Person, use
from ledger.policy.model import PolicyDocument
from ledger.policy.parties import Recipient

WAYS = 1_024
"""Ways out that are kept of a document; an organisation takes far fewer."""


class Outsider(Protocol):
    """What a decision looks at in a recipient's state."""

    @property
    def agreement(self) -> str | None: ...
    @property
    def valid_until(self) -> dt.date | None: ...


class Passing(NamedTuple):
    """A disclosure as far as the document speaks of it, in the words that were given."""

    recipient: str
    purpose: str
    ground: str
    country: str
    channel: str | None
    reference: bool
    attributes: tuple[str, ...]


class Passed(NamedTuple):
    """An attribute that is passed on, whether it is listed, and what the document has against it."""

    attribute: str
    listed: bool
    findings: Findings


class Way(NamedTuple):
    """A way out as the document has it: what it lists of the words given (None: it does not), and
    what they break by themselves, in the order in which it is told."""

    recipient: str | None
    agreement_required: bool
    purpose: str | None
    ground: str | None
    country: str | None
    safeguard: str | None
    channel: str | None
    consent: bool
    terms: Findings
    place: Findings
    items: tuple[Passed, ...]


def way_out(policy: PolicyDocument, passing: Passing) -> Way:
    """What the document alone says of this passing on.

    Kept with the document where it lists every word: a caller's own words are not kept.
    """
    known = policy.ways
    found: Way | None = known.get(passing)
    if found is None:
        found = _way(policy, passing)
        if _all_listed(found, passing):
            if len(known) >= WAYS:
                known.clear()
            known[passing] = found
    return found


def disclosure(
    policy: PolicyDocument,
    way: Way,
    person: Person,
    outsider: Outsider | None,
    slots: Sequence[SlotName | None],
    today: dt.date,
) -> Findings:
    """May this be passed on? `slots`: where the value of each attribute lies; None: there is none."""
    found = [*_agreement(way, outsider, today), *way.terms]
    if way.consent and (way.purpose is None or person.consents(way.purpose) is not True):
        found.append(Finding("consent-missing", way.purpose))
    found += way.place
    if way.purpose is None:
        found.append(Finding("purpose-unlisted"))
    else:
        there = [slot for slot in slots if slot is not None]
        found += use(policy, person, way.purpose, None, today, there)
    for item, slot in zip(way.items, slots, strict=True):
        found += item.findings
        if item.listed and slot is None:
            found.append(Finding("item-missing", item.attribute))
    return tuple(dict.fromkeys(found)) if found else ()


def _agreement(way: Way, outsider: Outsider | None, today: dt.date) -> Findings:
    if way.recipient is None:
        return (Finding("recipient-unlisted"),)
    if outsider is None:
        return (Finding("recipient-unregistered", way.recipient),)
    if way.agreement_required and outsider.agreement is None:
        return (Finding("agreement-missing", way.recipient),)
    if outsider.valid_until is not None and outsider.valid_until < today:
        return (Finding("agreement-expired", way.recipient),)
    return ()


# ---- worked out once -----------------------------------------------------------------------------


def _way(policy: PolicyDocument, passing: Passing) -> Way:
    recipient = policy.recipients.get(passing.recipient)
    ground = policy.disclosure_grounds.get(passing.ground)
    country = policy.countries.get(passing.country)
    return Way(
        recipient=passing.recipient if recipient else None,
        agreement_required=recipient is not None and recipient.agreement_required,
        purpose=passing.purpose if passing.purpose in policy.purposes else None,
        ground=passing.ground if ground else None,
        country=passing.country if country else None,
        safeguard=country.safeguard if country else None,
        channel=passing.channel if passing.channel in policy.channels else None,
        consent=ground is not None and ground.consent,
        terms=(*_recipient(policy, recipient, passing), *_ground(policy, recipient, passing)),
        place=tuple(_place(policy, passing)),
        items=tuple(_items(policy, recipient, passing)),
    )


def _all_listed(way: Way, passing: Passing) -> bool:
    words = (passing.recipient, passing.purpose, passing.ground, passing.country, passing.channel)
    listed = (way.recipient, way.purpose, way.ground, way.country, way.channel)
    return words == listed and all(item.listed for item in way.items)


def _recipient(
    policy: PolicyDocument, recipient: Recipient | None, passing: Passing
) -> Iterator[Finding]:
    if recipient is None:
        return
    if passing.purpose in policy.purposes and passing.purpose not in recipient.purposes:
        yield Finding("purpose-not-for-recipient", passing.purpose)
    if passing.country in policy.countries and passing.country not in recipient.countries:
        yield Finding("country-not-for-recipient", passing.country)


def _ground(
    policy: PolicyDocument, recipient: Recipient | None, passing: Passing
) -> Iterator[Finding]:
    ground = policy.disclosure_grounds.get(passing.ground)
    if ground is None:
        yield Finding("ground-unlisted")
        return
    if recipient is not None and recipient.kind not in ground.kinds:
        yield Finding("ground-not-for-recipient", passing.ground)
    if ground.reference and not passing.reference:
        yield Finding("ground-reference-missing", passing.ground)


def _place(policy: PolicyDocument, passing: Passing) -> Iterator[Finding]:
    if passing.country not in policy.countries:
        yield Finding("country-unlisted")
    if passing.channel is not None and passing.channel not in policy.channels:
        yield Finding("channel-unlisted")


def _items(
    policy: PolicyDocument, recipient: Recipient | None, passing: Passing
) -> Iterator[Passed]:
    purpose = policy.purposes.get(passing.purpose)
    for attribute in passing.attributes:
        listed = policy.attributes.get(attribute)
        if listed is None:
            yield Passed(attribute, False, (Finding("attribute-unlisted"),))
            continue
        found = []
        if recipient is not None and attribute not in recipient.attributes:
            found.append(Finding("attribute-not-for-recipient", attribute))
        if purpose is not None and listed.class_ not in purpose.classes:
            found.append(Finding("attribute-not-for-purpose", attribute))
        yield Passed(attribute, True, tuple(found))
