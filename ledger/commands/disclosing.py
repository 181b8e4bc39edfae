"""Disclosures: authorised before they happen (asked), recorded after they did (told)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import ClassVar
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
from ledger.facts import Item
from ledger.ids import new_id
from ledger.moment import in_utc
from ledger.policy import passing
from ledger.policy.decisions import Findings
from ledger.policy.model import PolicyDocument
from ledger.policy.passing import Passing, Way, way_out
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

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        return () if self.reference is None else super().seals_under(policy)

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        recipient = desk.recipient(self.recipient)
        way, items = _way(desk, self), _newest(subject, self.attributes)
        findings = _findings(desk, subject, recipient, way, items)
        if findings or recipient is None:
            desk.refuse(
                DisclosureRefused,
                subject,
                findings,
                recipient=recipient.id if recipient else None,
                purpose=way.purpose,
                ground=way.ground,
                hidden_until=self.hidden_until,
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
            purpose=way.purpose,
            ground=way.ground,
            ground_reference=desk.evidence(subject, event, "ground_reference", self.reference),
            country=way.country,
            safeguard=way.safeguard,
            channel=way.channel,
            items=_disclosed(way, items),
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

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        return (policy.evidence_class,)

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        if self._left_out(subject):
            subject = desk.in_full(subject)
        recipient = desk.recipient(self.recipient)
        way, items = _way(desk, self), _newest(subject, self.attributes)
        findings = _findings(desk, subject, recipient, way, items)
        if self.authorisation is not None:
            findings = (*findings, *_authorised(desk, subject, recipient, self))
        event, authorisation = new_id(), self._known(subject)
        disclosure = authorisation or new_id()
        unlisted = None if recipient else self.recipient
        desk.draft(subject).add(
            DisclosureRecorded,
            event,
            disclosure=disclosure,
            authorisation=authorisation,
            recipient=recipient.id if recipient else None,
            agreement=recipient.version if recipient else None,
            unlisted=desk.evidence(subject, event, "unlisted", unlisted),
            purpose=way.purpose,
            ground=way.ground,
            ground_reference=desk.evidence(subject, event, "ground_reference", self.reference),
            country=way.country,
            safeguard=way.safeguard,
            channel=way.channel,
            items=_disclosed(way, items),
            recipient_reference=desk.evidence(subject, event, "recipient_reference", new_id().hex),
            hidden_until=_hidden(subject, self),
            orders=_late_orders(desk, subject, recipient, disclosure, self.attributes),
            findings=findings,
        )
        desk.irregular(subject, event, findings)
        desk.done(findings, disclosure=disclosure, entry=event)

    def _known(self, subject: DataSubject) -> UUID | None:
        """The authorisation that is named, if there was one."""
        return self.authorisation if self.authorisation in subject.authorisations else None

    def _left_out(self, subject: DataSubject) -> bool:
        """Whether the authorisation may be an older one than the state keeps."""
        return (
            self.authorisation is not None
            and subject.kept.left_authorisations
            and self.authorisation not in subject.authorisations
        )


def _way(desk: Desk, said: AuthoriseDisclosure) -> Way:
    """What the document alone says of it."""
    if not 0 < len(said.attributes) <= MAX_ITEMS:
        raise InvalidInput(field="attributes", rule=f"1 to {MAX_ITEMS} attributes")
    passing = Passing(
        said.recipient,
        said.purpose,
        said.ground,
        said.country,
        said.channel,
        said.reference is not None,
        said.attributes,
    )
    return way_out(desk.policy, passing)


def _newest(subject: DataSubject, attributes: Sequence[str]) -> list[Item | None]:
    """The value of each attribute that is passed on: the newest that stands."""
    return [subject.newest(attribute) for attribute in attributes]


def _findings(
    desk: Desk,
    subject: DataSubject,
    recipient: Recipient | None,
    way: Way,
    items: Sequence[Item | None],
) -> Findings:
    slots = [item and item.slot for item in items]
    return passing.disclosure(desk.policy, way, subject, recipient, slots, desk.today)


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
    desk: Desk, subject: DataSubject, recipient: Recipient | None, said: RecordDisclosure
) -> list[Finding]:
    """Whether the authorisation that is named covers what was done, when it was done."""
    given = subject.authorisations.get(said.authorisation) if said.authorisation else None
    if given is None:
        return [Finding("authorisation-unknown")]
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
    if given is None or given.hidden_until is None:
        return said.hidden_until
    return max(given.hidden_until, said.hidden_until or given.hidden_until)


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
    if not subject.anything_erased:
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
