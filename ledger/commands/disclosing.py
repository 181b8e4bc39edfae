"""Disclosures: authorised before they happen (asked), recorded after they did (told)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, ClassVar
from uuid import UUID

from ledger.command import Command
from ledger.desk import Desk
from ledger.errors import InvalidInput
from ledger.events import (
    DisclosedItem,
    DisclosureAuthorised,
    DisclosureRecorded,
    DisclosureRefused,
    Finding,
    Order,
    SlotName,
)
from ledger.ids import new_id
from ledger.moment import in_utc
from ledger.policy import passing
from ledger.policy.decisions import Findings
from ledger.policy.passing import Passing, Wanted
from ledger.policy.plan import Holding, orders
from ledger.recipient import Recipient
from ledger.subject import DataSubject

MAX_ITEMS = 200
"""Attributes one disclosure may name."""


class AuthoriseDisclosure(Command, frozen=True, kw_only=True):
    """May these attributes go to this recipient? Answers `disclosure`, good for some hours. Asked."""

    NAME: ClassVar[str] = "authorise-disclosure"

    subject: UUID
    recipient: str
    purpose: str
    ground: str
    country: str
    attributes: tuple[str, ...]
    channel: str | None = None
    reference: str | None = None
    hidden_until: dt.date | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def recipients(self) -> Collection[str]:
        return (self.recipient,)

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        recipient = desk.recipient(self.recipient)
        findings = _findings(desk, subject, recipient, self)
        if findings or recipient is None:
            desk.refuse(
                DisclosureRefused,
                subject,
                findings,
                hidden_until=self.hidden_until,
                **_listed(desk, self, recipient),
            )
            return
        event, disclosure = new_id(), new_id()
        hours = dt.timedelta(hours=desk.policy.authorisation_hours)
        desk.draft(subject).add(
            DisclosureAuthorised,
            event,
            disclosure=disclosure,
            recipient=recipient.id,
            agreement=recipient.version,
            purpose=self.purpose,
            ground=self.ground,
            ground_reference=desk.evidence(subject, event, "ground_reference", self.reference),
            country=self.country,
            safeguard=desk.policy.countries[self.country].safeguard,
            channel=self.channel,
            items=_items(desk, subject, self.attributes),
            hidden_until=self.hidden_until,
            expires_at=in_utc(desk.now + hours),
        )
        desk.done(disclosure=disclosure)


class RecordDisclosure(AuthoriseDisclosure, frozen=True, kw_only=True):
    """Data was passed on. Never refused for policy: stored with what it broke. Told.

    What was erased here before it was passed on elsewhere is ordered to be erased there at once.
    """

    NAME: ClassVar[str] = "record-disclosure"
    TOLD: ClassVar[bool] = True

    authorisation: UUID | None = None

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        if self.authorisation not in subject.authorisations and self._left_out(subject):
            subject = desk.in_full(subject)
        recipient = desk.recipient(self.recipient)
        findings = (*_findings(desk, subject, recipient, self), *_authorised(desk, subject, self))
        event, disclosure = new_id(), self.authorisation or new_id()
        if self.authorisation not in (None, *subject.authorisations):
            disclosure = new_id()
        unlisted = None if recipient else self.recipient
        listed = _listed(desk, self, recipient)
        country = self.country if self.country in desk.policy.countries else None
        desk.draft(subject).add(
            DisclosureRecorded,
            event,
            disclosure=disclosure,
            authorisation=self.authorisation if disclosure == self.authorisation else None,
            agreement=recipient.version if recipient else None,
            unlisted=desk.evidence(subject, event, "unlisted", unlisted),
            ground_reference=desk.evidence(subject, event, "ground_reference", self.reference),
            country=country,
            safeguard=desk.policy.countries[country].safeguard if country else None,
            channel=self.channel if self.channel in desk.policy.channels else None,
            items=_items(desk, subject, self.attributes),
            recipient_reference=desk.evidence(subject, event, "recipient_reference", new_id().hex),
            hidden_until=_hidden(subject, self),
            orders=_late_orders(desk, subject, recipient, disclosure, self.attributes),
            findings=findings,
            **listed,
        )
        desk.irregular(subject, event, findings)
        desk.done(findings, disclosure=disclosure, entry=event)

    def _left_out(self, subject: DataSubject) -> bool:
        """Whether the authorisation may be an older one than the state keeps."""
        return self.authorisation is not None and subject.kept.left_authorisations


def _findings(
    desk: Desk, subject: DataSubject, recipient: Recipient | None, said: AuthoriseDisclosure
) -> Findings:
    if not 0 < len(said.attributes) <= MAX_ITEMS:
        raise InvalidInput(field="attributes", rule=f"1 to {MAX_ITEMS} attributes")
    wanted = Passing(
        recipient=said.recipient,
        purpose=said.purpose,
        ground=said.ground,
        country=said.country,
        channel=said.channel,
        reference=said.reference is not None,
        items=[Wanted(name, _slot(subject, name)) for name in said.attributes],
    )
    return passing.disclosure(desk.policy, subject, recipient, wanted, desk.today)


def _slot(subject: DataSubject, attribute: str) -> SlotName | None:
    newest = subject.newest(attribute)
    return newest.slot if newest else None


def _listed(desk: Desk, said: AuthoriseDisclosure, recipient: Recipient | None) -> dict[str, Any]:
    """Only what the policy lists goes into an event in the clear."""
    policy = desk.policy
    return {
        "recipient": recipient.id if recipient else None,
        "purpose": said.purpose if said.purpose in policy.purposes else None,
        "ground": said.ground if said.ground in policy.disclosure_grounds else None,
    }


def _items(
    desk: Desk, subject: DataSubject, attributes: Sequence[str]
) -> tuple[DisclosedItem, ...]:
    items = []
    for attribute in attributes:
        if attribute in desk.policy.attributes:
            newest = subject.newest(attribute)
            event, number = (newest.event, newest.number) if newest else (None, 1)
            items.append(DisclosedItem(attribute, event, number))
    return tuple(items)


def _authorised(desk: Desk, subject: DataSubject, said: RecordDisclosure) -> list[Finding]:
    """Whether the authorisation that is named covers what was done, when it was done."""
    if said.authorisation is None:
        return []
    given = subject.authorisations.get(said.authorisation)
    if given is None:
        return [Finding("authorisation-unknown")]
    recipient = desk.recipient(said.recipient)
    same = (given.recipient, given.purpose, given.ground, given.country)
    if (recipient.id if recipient else None, said.purpose, said.ground, said.country) != same or (
        set(said.attributes) - set(given.attributes)
    ):
        return [Finding("authorisation-exceeded")]
    if desk.occurred_at > given.expires_at:
        return [Finding("authorisation-expired")]
    return []


def _hidden(subject: DataSubject, said: RecordDisclosure) -> dt.date | None:
    """Until when the person may not be told: what was authorised as hidden stays so."""
    given = subject.authorisations.get(said.authorisation) if said.authorisation else None
    until = [day for day in (said.hidden_until, given and given.hidden_until) if day]
    return max(until, default=None)


def _late_orders(
    desk: Desk,
    subject: DataSubject,
    recipient: Recipient | None,
    disclosure: UUID,
    attributes: Sequence[str],
) -> tuple[Order, ...]:
    """Orders for what the recipient got of classes that were erased here already.

    What is not listed counts to its class here. Of an erased person nothing at all may stay there,
    also of classes that never were here; otherwise only what was here was ever asked to go.
    """
    if not any(erasure.carried_out for erasure in subject.erasures.values()):
        return ()
    policy = desk.policy
    listed = {policy.attributes[a].class_ for a in attributes if a in policy.attributes}
    aside = set() if all(a in policy.attributes for a in attributes) else {policy.unlisted_class}
    gone = (listed | aside) - {name.class_ for name in subject.living}
    dead = gone if subject.erased else gone & {name.class_ for name in subject.slots}
    names = [SlotName(name, "") for name in dead]
    holder = recipient.id if recipient else None
    return orders(
        names, [Holding(holder, disclosure, frozenset(dead), frozenset())], iter(new_id, None)
    )
