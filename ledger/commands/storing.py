"""What customers store in the services: kept as they instruct, the company being processor (P02).

It lies in the account's stream, each content under a key of its own, and is nobody's own record: a
person's request about it is passed on to the customer.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal
from uuid import UUID

from ledger.account import Account
from ledger.command import Command
from ledger.commands.accounting import the_account
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import (
    CommandRefused,
    ContentRemoved,
    ContentStored,
    PersonalDataOpened,
    RequestPassedOn,
    SlotName,
)
from ledger.ids import new_id
from ledger.policy.accounting import opening_content, storing
from ledger.policy.values import validate

Asked = Literal["access", "correction", "erasure", "objection", "restriction", "portability"]


class StoreContent(Command, frozen=True, kw_only=True):
    """A customer stores content in a service. Asked; answers `content`. `attribute`: as which kind
    of content of the policy."""

    NAME: ClassVar[str] = "store-content"

    account: UUID
    service: str
    country: str
    attribute: str
    value: str

    def stream(self) -> UUID | None:
        return self.account

    def decide(self, desk: Desk) -> None:
        account = the_account(desk, self.account)
        findings = storing(
            desk.policy,
            service=self.service,
            country=self.country,
            attribute=self.attribute,
            closed=account.closed is not None,
        )
        if findings:
            desk.refuse(CommandRefused, account, findings, command=self.NAME, purpose=None)
            return
        listed, event, content = desk.policy.attributes[self.attribute], new_id(), new_id()
        text = validate(self.attribute, listed, self.value)
        scope = desk.policy.scope_of(listed.class_, desk.occurred_at.date(), content.hex)
        sealed = desk.draft(account).seal(event, "@value", SlotName(listed.class_, scope), text)
        desk.draft(account).add(
            ContentStored,
            event,
            controller_role="processor",
            content=content,
            service=self.service,
            country=self.country,
            value=sealed,
        )
        desk.done(content=content)


class RemoveContent(Command, frozen=True, kw_only=True):
    """The customer removed content, or had it removed; its key dies in the same append. Told."""

    NAME: ClassVar[str] = "remove-content"
    TOLD: ClassVar[bool] = True

    account: UUID
    content: UUID

    def stream(self) -> UUID | None:
        return self.account

    def decide(self, desk: Desk) -> None:
        account = the_account(desk, self.account)
        slot = _content(desk, account, self.content)
        desk.draft(account).add(
            ContentRemoved,
            new_id(),
            dead=[account.slots[slot].kid],
            controller_role="processor",
            content=self.content,
        )
        desk.done()


class OpenContent(Command, frozen=True, kw_only=True):
    """Record that stored content is opened, before it is. Asked; answers `opening`.

    Only for a reason whose purpose uses such content: providing the service, as instructed.
    """

    NAME: ClassVar[str] = "open-content"

    account: UUID
    content: UUID
    reason: str

    def stream(self) -> UUID | None:
        return self.account

    def decide(self, desk: Desk) -> None:
        account = the_account(desk, self.account)
        slot = _content(desk, account, self.content)
        listed = desk.policy.reasons.get(self.reason)
        if listed is None:
            raise InvalidInput(field="reason", rule="a reason the policy lists")
        findings = opening_content(desk.policy, slot.class_, listed.purpose)
        if findings:
            about = {"command": self.NAME, "purpose": listed.purpose}
            desk.refuse(CommandRefused, account, findings, **about)
            return
        event = new_id()
        fields: dict[str, Any] = {"run": None, "chunk": None, "subjects": (), "attributes": ()}
        desk.draft(account).add(
            PersonalDataOpened,
            event,
            controller_role="processor",
            access="profile",
            purpose=listed.purpose,
            reason=self.reason,
            function=desk.actor().function,
            **fields,
        )
        desk.done(opening=event)


class PassRequestOn(Command, frozen=True, kw_only=True):
    """A person's request about what a customer stores was passed on to that customer (GDPR Art.
    28(3)(e)). Told; it stands in the person's stream, for it is the person's request."""

    NAME: ClassVar[str] = "pass-request-on"
    TOLD: ClassVar[bool] = True

    subject: UUID
    account: UUID
    request: Asked
    channel: str | None = None
    note: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        account, subject = the_account(desk, self.account), desk.subject(self.subject)
        if self.channel is not None and self.channel not in desk.policy.channels:
            raise InvalidInput(field="channel", rule="a channel the policy lists")
        event = new_id()
        note = desk.evidence(subject, event, "note", self.note)
        desk.draft(subject).add(
            RequestPassedOn,
            event,
            controller_role="processor",
            account=account.id,
            request=self.request,
            channel=self.channel,
            note=note,
        )
        desk.done()


def _content(desk: Desk, account: Account, content: UUID) -> SlotName:
    """Where a content lies that is there.

    Raises:
        NotFound: it was never stored, or was removed.
    """
    slot = account.content(content)
    listed = desk.policy.classes.get(slot.class_) if slot else None
    if slot is None or listed is None or not listed.instructed:
        raise NotFound(content=content)
    return slot
