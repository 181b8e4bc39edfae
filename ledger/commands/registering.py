"""The registers: actors, recipients, and the policy itself."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Literal

import msgspec

from ledger.actor import Actor
from ledger.command import Command
from ledger.desk import Desk
from ledger.errors import InvalidInput
from ledger.events import (
    ActorRegistered,
    Digest,
    PolicyPublished,
    RecipientRegistered,
)
from ledger.ids import new_id
from ledger.policy import document
from ledger.policy.problem import nearest
from ledger.recipient import Recipient
from ledger.store.append import Register
from ledger.stream import Stream


class RegisterActor(Command, frozen=True, kw_only=True):
    """Somebody who may act, by a random id; the name is sealed. Answers `actor`."""

    NAME: ClassVar[str] = "register-actor"

    kind: Literal["subject", "staff", "system", "agent", "authority"]
    function: str | None = None
    name: str | None = None

    def decide(self, desk: Desk) -> None:
        if self.function is not None and self.function not in desk.policy.functions:
            likely = nearest(self.function, desk.policy.functions)
            raise InvalidInput(field="function", rule=f"a function the policy lists: {likely}")
        actor, event = Actor(new_id()), new_id()
        name = desk.evidence(actor, event, "name", self.name)
        desk.draft(actor).add(
            ActorRegistered, event, kind=self.kind, function=self.function, name=name
        )
        desk.done(actor=actor.id)


class RegisterRecipient(Command, frozen=True, kw_only=True):
    """A recipient the policy lists, with its agreement and contact. Answers `recipient`.

    Repeated for a registered code it records a new agreement: the version disclosures name.
    """

    NAME: ClassVar[str] = "register-recipient"

    code: str
    agreement: str | None = None
    valid_until: dt.date | None = None
    contact: str | None = None

    def decide(self, desk: Desk) -> None:
        listed = desk.policy.recipients.get(self.code)
        if listed is None:
            raise InvalidInput(field="code", rule="a recipient the policy lists")
        known = desk.recipient(self.code)
        state = desk.look(Recipient, known.id) if known else Recipient(new_id())
        if known is None:
            desk.registers.append(Register("recipient", self.code, state.id))
        event = new_id()
        contact = desk.evidence(state, event, "contact", self.contact)
        desk.draft(state).add(
            RecipientRegistered,
            event,
            code=self.code,
            kind=listed.kind,
            agreement=self.agreement,
            valid_until=self.valid_until,
            contact=contact,
        )
        desk.done(recipient=state.id)


class PublishPolicy(Command, frozen=True, kw_only=True):
    """A new version of the policy document, in force from here on. Answers nothing but its place:
    the version is the version of the policy's stream."""

    NAME: ClassVar[str] = "publish-policy"
    RENEWS: ClassVar[bool] = True
    HEAVY: ClassVar[bool] = True
    UNSCREENED: ClassVar[frozenset[str]] = frozenset({"key", "text"})  # published: no person's

    text: str

    def weight(self) -> int:
        return len(self.text)

    def decide(self, desk: Desk) -> None:
        if document.digest(self.text) == desk.policy_digest:
            desk.unchanged()
            return
        published = document.load(self.text, desk.policy)
        state = desk.look(PolicyStream, desk.policy_stream)
        desk.draft(state).add(
            PolicyPublished,
            new_id(),
            version=state.version + 1,
            label=published.policy.label,
            effective=published.policy.effective,
            document=self.text,
            digest=Digest(document.digest(self.text)),
        )
        desk.done()


class Nothing(msgspec.Struct, array_like=True):
    """What is kept of the policy's stream besides its version."""


class PolicyStream(Stream):
    """The policy's own stream: nothing but its version matters here."""

    FORM: ClassVar[int] = 51
    KEPT = Nothing

    def evolve(self, entry: object) -> None:
        """Nothing to keep."""
