"""Openings: the fact that sealed values are about to be opened, and what was answered with them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import ClassVar, Literal
from uuid import UUID

from ledger.command import Command
from ledger.desk import Desk
from ledger.errors import InvalidInput
from ledger.events import AccessAnswered, Digest, PersonalDataOpened
from ledger.ids import new_id
from ledger.policy.model import PolicyDocument


class OpenPersonalData(Command, frozen=True, kw_only=True):
    """Record an opening of one subject's values before it happens. Answers `opening`.

    A look-up that found nobody is recorded in the actor's own stream. `sought` is what was looked
    for; it is stored nowhere, and makes the same key with another value another command.
    """

    NAME: ClassVar[str] = "open-personal-data"
    TOLD: ClassVar[bool] = True

    subject: UUID | None
    access: Literal["profile", "report", "lookup"]
    reason: str
    attributes: tuple[str, ...] = ()
    sought: str | None = None

    def stream(self) -> UUID | None:
        return self.subject or self.by

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        return ()

    def decide(self, desk: Desk) -> None:
        listed = desk.policy.reasons.get(self.reason)
        if listed is None:
            raise InvalidInput(field="reason", rule="a reason the policy lists")
        state = desk.subject(self.subject) if self.subject else desk.actor_stream()
        event = new_id()
        desk.draft(state).add(
            PersonalDataOpened,
            event,
            access=self.access,
            purpose=listed.purpose,
            reason=self.reason,
            function=desk.actor().function,
            attributes=tuple(a for a in self.attributes if a in desk.policy.attributes),
            run=None,
            chunk=None,
            subjects=(),
        )
        desk.done(opening=event)


class AnswerAccess(Command, frozen=True, kw_only=True):
    """What an access request was answered with: how many items, and the salted digest of the text.

    The digest commits to the very report; its salt is in the report, and here only sealed.
    """

    NAME: ClassVar[str] = "answer-access"
    TOLD: ClassVar[bool] = True

    subject: UUID
    opening: UUID
    items: int
    report: bytes
    salt: bytes

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        subject, event, access = desk.subject(self.subject), new_id(), new_id()
        salt = desk.evidence(subject, event, "salt", self.salt)
        desk.draft(subject).add(
            AccessAnswered,
            event,
            access=access,
            opening=self.opening,
            items=self.items,
            digest=Digest(hashlib.sha256(self.salt + self.report).digest()),
            salt=salt,
        )
        desk.done(access=access)
