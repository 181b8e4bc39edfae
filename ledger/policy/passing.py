"""The pure decision on disclosures: what would passing this on, to them, break?

Most of the answer is the document's alone and is kept with it (`ways.py`); what is left for each
disclosure are the person, the agreement, the day, and the values that are there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from ledger.events import Finding, SlotName
from ledger.policy.decisions import Findings, Person, use
from ledger.policy.model import PolicyDocument
from ledger.policy.ways import Way, controlled_on


class Outsider(Protocol):
    """What a decision looks at in a recipient's state."""

    @property
    def agreement(self) -> str | None: ...
    @property
    def valid_until(self) -> dt.date | None: ...


class Said(NamedTuple):
    """What else is said of one disclosure, which only some ways out ask for.

    `day`: on which it happens; None: today. `authorised`: whether somebody of a function that the
    ground asks for did. `hidden`: whether the person is to be kept from knowing. `document`: the
    purchase or case that it is about (hex32). `prepared`: whether the person's data was in
    the stage before.
    """

    day: dt.date | None = None
    authorised: bool = True
    hidden: bool = False
    document: str | None = None
    prepared: bool = True


PLAIN = Said()


def disclosure(
    policy: PolicyDocument,
    way: Way,
    person: Person,
    outsider: Outsider | None,
    slots: Sequence[SlotName | None],
    today: dt.date,
    said: Said = PLAIN,
) -> Findings:
    """May this be passed on? `slots`: where the value of each attribute lies; None: there is none.

    What may never be passed on comes first, on whatever ground (P16).
    """
    day = said.day or today
    held = agreed(way.recipient, way.agreement_required, outsider, day)
    found = [*way.barred, *held, *way.terms]
    if way.particular or said.hidden:
        found += _particulars(way, slots, said, day)
    if way.consent and (way.purpose is None or person.consents(way.purpose) is not True):
        found.append(Finding("consent-missing", way.purpose))
    found += way.place
    if way.purpose is None:
        found.append(Finding("purpose-unlisted"))
    elif way.purpose in policy.purposes:
        there = [slot for slot in slots if slot is not None]
        found += use(policy, person, way.purpose, None, today, there)
    for item, slot in zip(way.items, slots, strict=True):
        found += item.findings
        if item.listed and slot is None:
            found.append(Finding("item-missing", item.attribute))
    return tuple(dict.fromkeys(found)) if found else ()


def agreed(
    recipient: str | None, required: bool, outsider: Outsider | None, day: dt.date
) -> Findings:
    """What is wrong with the agreement on a day (P17). `recipient` None: the document lists none;
    `required`: whether it has the recipient work under one."""
    if recipient is None:
        return (Finding("recipient-unlisted"),)
    if outsider is None:
        return (Finding("recipient-unregistered", recipient),)
    if required and outsider.agreement is None:
        return (Finding("agreement-missing", recipient),)
    if outsider.valid_until is not None and outsider.valid_until < day:
        return (Finding("agreement-expired", recipient),)
    return ()


def _particulars(
    way: Way, slots: Sequence[SlotName | None], said: Said, day: dt.date
) -> Iterator[Finding]:
    """What the person, the day and the values have to do with ground and recipient."""
    if not controlled_on(way.controlled, day):
        yield Finding("affiliate-not-controlled", way.recipient)
    if way.authorised_by and not said.authorised:
        yield Finding("ground-not-authorised", way.ground)
    if said.hidden and not way.gag:
        yield Finding("gag-not-for-ground", way.ground)
    if way.after and not said.prepared:
        yield Finding("stage-too-early", way.after)
    if way.one_document:
        yield from _of_one(way, slots, said.document)


def _of_one(way: Way, slots: Sequence[SlotName | None], document: str | None) -> Iterator[Finding]:
    """That purchase only (P05). Values without a scope say who the person is, in any purchase."""
    if document is None:
        yield Finding("document-missing", way.ground)
        return
    for item, slot in zip(way.items, slots, strict=True):
        if slot is not None and slot.scope not in ("", document):
            yield Finding("item-of-another-document", item.attribute)
