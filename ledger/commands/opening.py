"""Openings: the fact that sealed values are about to be opened, and what was answered with them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection
from typing import ClassVar, Literal
from uuid import UUID

from ledger.command import Command
from ledger.desk import Desk
from ledger.errors import InvalidInput
from ledger.events import AccessAnswered, ByKind, CommandRefused, Digest, PersonalDataOpened
from ledger.ids import new_id
from ledger.policy import opening
from ledger.policy.decisions import Findings
from ledger.policy.model import PolicyDocument


class OpenPersonalData(Command, frozen=True, kw_only=True):
    """Record an opening of one subject's values before it happens. Asked. Answers `opening`.

    A look-up that found nobody is recorded in the actor's own stream. `sought` is what was looked
    for; it is stored nowhere, and makes the same key with another value another command. Contents of
    communications are opened for a reason whose purpose uses them, or on a `ground` of disclosure
    with its `reference` (P18); `hidden_until` where that forbids to mention it.
    """

    NAME: ClassVar[str] = "open-personal-data"
    LATER: ClassVar[frozenset[str]] = frozenset({"ground", "reference", "hidden_until"})
    UNSCREENED: ClassVar[frozenset[str]] = frozenset({"key", "sought"})

    subject: UUID | None
    access: Literal["profile", "report", "lookup"]
    reason: str
    attributes: tuple[str, ...] = ()
    sought: str | None = None
    ground: str | None = None
    reference: str | None = None
    hidden_until: dt.date | None = None

    def stream(self) -> UUID | None:
        return self.subject or self.by

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        return () if self.reference is None else super().seals_under(policy)

    def decide(self, desk: Desk) -> None:
        listed = desk.policy.reasons.get(self.reason)
        if listed is None:
            raise InvalidInput(field="reason", rule="a reason the policy lists")
        state = desk.subject(self.subject) if self.subject else desk.actor_stream()
        findings = self._findings(desk, listed.purpose)
        if findings:
            about = {"command": self.NAME, "purpose": listed.purpose}
            desk.refuse(CommandRefused, state, findings, **about)
            return
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
            ground=self.ground,
            ground_reference=desk.evidence(state, event, "ground_reference", self.reference),
            hidden_until=self.hidden_until,
        )
        desk.done(opening=event)

    def _findings(self, desk: Desk, purpose: str | None) -> Findings:
        return opening.opening(
            desk.policy,
            attributes=self.attributes,
            purpose=purpose,
            access=self.access,
            in_person=in_person(desk.actor().kind, self.on_behalf_of, self.subject),
            ground=self.ground,
            reference=self.reference is not None,
            hidden=self.hidden_until is not None,
            function=desk.actor().function,
        )


def in_person(kind: ByKind, on_behalf_of: UUID | None, subject: UUID | None) -> bool:
    """Whether it is the person who looks, or says something: through a system, until people sign in.
    Nobody of the staff does so in another's name."""
    return on_behalf_of is not None and on_behalf_of == subject and kind != "staff"


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
