"""The ways out as the document has them: what it lists of a disclosure, and what that breaks.

That is the document's alone, so it is worked out once for each way out that is taken under a
published policy, and kept with it (`passing.py` decides on single disclosures).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from ledger.events import Finding
from ledger.policy.data import ScopeKind
from ledger.policy.decisions import Findings
from ledger.policy.model import PolicyDocument
from ledger.policy.parties import DisclosureGround, Recipient

WAYS = 1_024
"""Ways out that are kept of a document; an organisation takes far fewer."""
INSIDE = ("own-system", "processor")
"""Kinds of recipients that do what the company tells them to, and nothing for themselves."""
OF_ONE: tuple[ScopeKind, ...] = ("document", "case")
"""Scopes whose values belong to one purchase or one case."""


class Passing(NamedTuple):
    """A disclosure as far as the document speaks of it, in the words that were given."""

    recipient: str
    purpose: str
    ground: str
    country: str
    channel: str | None
    reference: bool
    attributes: tuple[str, ...]
    stage: str | None = None


class Passed(NamedTuple):
    """An attribute that is passed on, whether it is listed, what its class's scope is, and what the
    document has against it."""

    attribute: str
    listed: bool
    scope: ScopeKind
    findings: Findings


class Way(NamedTuple):
    """A way out as the document has it: what it lists of the words given (None: it does not), and
    what they break by themselves, in the order in which it is told.

    `barred` is what stands above everything (P16). `controlled` are the days from and until which
    the company controls the affiliate, where the ground rests on that (P15). `after` is the stage that
    comes before the one named (P19). `particular`: whether
    the ground or the recipient asks for what only `Said` tells.
    """

    barred: Findings
    recipient: str | None
    agreement_required: bool
    controlled: tuple[dt.date | None, dt.date | None] | None
    purpose: str | None
    ground: str | None
    authorised_by: tuple[str, ...]
    gag: bool
    one_document: bool
    stage: str | None
    after: str | None
    particular: bool
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


def _way(policy: PolicyDocument, passing: Passing) -> Way:
    recipient = policy.recipients.get(passing.recipient)
    ground = policy.disclosure_grounds.get(passing.ground)
    country = policy.countries.get(passing.country)
    stages = ground.stages if ground else {}
    controlled = control(policy, recipient, ground)
    authorised_by = ground.authorised_by if ground else ()
    one_document = ground is not None and ground.one_document
    stage = stages.get(passing.stage) if passing.stage is not None else None
    return Way(
        barred=tuple(barred(policy, passing.recipient, passing.purpose)),
        recipient=passing.recipient if recipient else None,
        agreement_required=recipient is not None and recipient.agreement_required,
        controlled=controlled,
        purpose=passing.purpose if _known_purpose(policy, passing.purpose) else None,
        ground=passing.ground if ground else None,
        authorised_by=authorised_by,
        gag=ground is not None and ground.gag,
        one_document=one_document,
        stage=passing.stage if stage else None,
        after=stage.after if stage else None,
        particular=bool(controlled or authorised_by or one_document or (stage and stage.after)),
        country=passing.country if country else None,
        safeguard=country.safeguard if country else None,
        channel=passing.channel if passing.channel in policy.channels else None,
        consent=ground is not None and ground.consent,
        terms=(*serving(policy, passing), *_ground(ground, recipient, passing)),
        place=tuple(_place(policy, passing)),
        items=tuple(_items(policy, recipient, ground, passing)),
    )


def _known_purpose(policy: PolicyDocument, purpose: str) -> bool:
    """Whether the document has a word for it: also for what it prohibits."""
    return purpose in policy.purposes or purpose in policy.prohibited


def _all_listed(way: Way, passing: Passing) -> bool:
    words = (passing.recipient, passing.purpose, passing.ground, passing.country, passing.channel)
    listed = (way.recipient, way.purpose, way.ground, way.country, way.channel)
    if (*words, passing.stage) != (*listed, way.stage):
        return False
    return all(item.listed for item in way.items)


def barred(policy: PolicyDocument, recipient: str, purpose: str) -> Iterator[Finding]:
    """Never sold, and never for the marketing of anybody but the company (P16)."""
    if purpose in policy.prohibited:
        yield Finding("purpose-prohibited", purpose)
    listed, to = policy.purposes.get(purpose), policy.recipients.get(recipient)
    inside = to is not None and to.kind in INSIDE
    if listed is not None and listed.marketing and not inside:
        yield Finding("third-party-marketing", purpose)


def control(
    policy: PolicyDocument, recipient: Recipient | None, ground: DisclosureGround | None
) -> tuple[dt.date | None, dt.date | None] | None:
    """From and until when the company controls this affiliate; None where nothing rests on it: what
    the person agreed to may also go to a company that is controlled no more."""
    if recipient is None or recipient.kind != "affiliate" or recipient.controller is None:
        return None
    if ground is not None and ground.consent:
        return None
    entity = policy.controllers[recipient.controller]
    days = (entity.controlled_since, entity.controlled_until)
    return None if days == (None, None) else days


def controlled_on(days: tuple[dt.date | None, dt.date | None] | None, day: dt.date) -> bool:
    """Whether a day is one of control (P15): from the first to the last; None: nothing rests on it."""
    since, until = days or (None, None)
    return not ((since is not None and day < since) or (until is not None and day > until))


def serving(policy: PolicyDocument, passing: Passing) -> Iterator[Finding]:
    """What the recipient's own entry has against it, whatever the ground (P17)."""
    recipient = policy.recipients.get(passing.recipient)
    if recipient is None:
        return
    if recipient.confidential is False:
        yield Finding("not-confidential", passing.recipient)
    if passing.purpose in policy.purposes and passing.purpose not in recipient.purposes:
        yield Finding("purpose-not-for-recipient", passing.purpose)
    if passing.country in policy.countries and passing.country not in recipient.countries:
        yield Finding("country-not-for-recipient", passing.country)


def _ground(
    ground: DisclosureGround | None, recipient: Recipient | None, passing: Passing
) -> Iterator[Finding]:
    if ground is None:
        yield Finding("ground-unlisted")
        return
    if recipient is not None and recipient.kind not in ground.kinds:
        yield Finding("ground-not-for-recipient", passing.ground)
    if ground.reference and not passing.reference:
        yield Finding("ground-reference-missing", passing.ground)
    if ground.stages and passing.stage is None:
        yield Finding("stage-missing", passing.ground)
    elif passing.stage is not None and passing.stage not in ground.stages:
        yield Finding("stage-unlisted", passing.ground)


def _place(policy: PolicyDocument, passing: Passing) -> Iterator[Finding]:
    if passing.country not in policy.countries:
        yield Finding("country-unlisted")
    if passing.channel is not None and passing.channel not in policy.channels:
        yield Finding("channel-unlisted")


def _items(
    policy: PolicyDocument,
    recipient: Recipient | None,
    ground: DisclosureGround | None,
    passing: Passing,
) -> Iterator[Passed]:
    purpose = policy.purposes.get(passing.purpose)
    stage = ground.stages.get(passing.stage) if ground and passing.stage else None
    for attribute in passing.attributes:
        listed = policy.attributes.get(attribute)
        if listed is None:
            yield Passed(attribute, False, "none", (Finding("attribute-unlisted"),))
            continue
        found = []
        if recipient is not None and attribute not in recipient.attributes:
            found.append(Finding("attribute-not-for-recipient", attribute))
        if purpose is not None and listed.class_ not in purpose.classes:
            found.append(Finding("attribute-not-for-purpose", attribute))
        if stage is not None and attribute not in stage.attributes:
            found.append(Finding("attribute-not-for-stage", attribute))
        yield Passed(attribute, True, policy.classes[listed.class_].scope, tuple(found))
