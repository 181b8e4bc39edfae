"""Consent given and withdrawn, purposes switched on and off."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Literal, Protocol
from uuid import UUID

from ledger.command import Command
from ledger.commands.carrying_out import with_all_holders
from ledger.commands.collecting import Notice, notice_shown
from ledger.commands.opening import in_person
from ledger.commands.ordering import to_use_no_more
from ledger.desk import Desk
from ledger.errors import InvalidInput
from ledger.events import (
    CommandRefused,
    ConsentGiven,
    ConsentWithdrawn,
    Finding,
    ProcessingSwitched,
)
from ledger.ids import new_id
from ledger.policy import consenting
from ledger.policy.decisions import Findings
from ledger.policy.model import PolicyDocument
from ledger.subject import DataSubject

REFUSED_EVEN_IF_TOLD = {
    "purpose-prohibited", "purpose-unlisted", "notice-unlisted", "subject-erased"
}  # fmt: skip
"""Without a listed purpose and notice there is nothing a grant could be a grant of."""


class Grant(Protocol):
    """What a person agrees to: one purpose, as this notice describes it."""

    @property
    def purpose(self) -> str: ...
    @property
    def notice(self) -> Notice: ...
    @property
    def service(self) -> str | None: ...
    @property
    def statement(self) -> str | None: ...


class GiveConsent(Command, frozen=True, kw_only=True):
    """A person agrees to one purpose, having been shown this notice (GDPR Art. 7). Asked."""

    NAME: ClassVar[str] = "give-consent"

    subject: UUID
    purpose: str
    notice: Notice
    service: str | None = None
    statement: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        return () if self.statement is None else super().seals_under(policy)

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        findings, event = grant(desk, subject, self, told=self.TOLD, command=self.NAME)
        if event is not None:
            desk.done(findings, consent=event)


def grant(
    desk: Desk, subject: DataSubject, said: Grant, *, told: bool, command: str
) -> tuple[Findings, UUID | None]:
    """Draft a consent, or its refusal. Returns: the rules it breaks, and its event if it stands."""
    findings = consenting.consent(
        desk.policy,
        subject,
        purpose=said.purpose,
        service=said.service,
        notice=(said.notice.version, said.notice.language),
        occurred_at=desk.occurred_at,
    )
    barring = {finding.rule for finding in findings} & REFUSED_EVEN_IF_TOLD
    if findings and (barring or not told):
        purpose = said.purpose if said.purpose in desk.policy.purposes else None
        desk.refuse(CommandRefused, subject, findings, command=command, purpose=purpose)
        return findings, None
    event = new_id()
    desk.draft(subject).add(
        ConsentGiven,
        event,
        purpose=said.purpose,
        notice=notice_shown(desk, said.notice),
        service=said.service if said.service in desk.policy.services else None,
        statement=desk.evidence(subject, event, "statement", said.statement),
        findings=findings,
    )
    desk.irregular(subject, event, findings)
    return findings, event


class RecordConsent(GiveConsent, frozen=True, kw_only=True):
    """A consent that was given elsewhere, as told. With findings it is stored and permits nothing."""

    NAME: ClassVar[str] = "record-consent"
    TOLD: ClassVar[bool] = True


class WithdrawConsent(Command, frozen=True, kw_only=True):
    """A person takes a consent back; never refused (GDPR Art. 7(3)). Told.

    A purpose that the policy has dropped since is named all the same if the person said anything on
    it: sealed aside, the withdrawal would be lost should a later version list the purpose again.
    """

    NAME: ClassVar[str] = "withdraw-consent"
    TOLD: ClassVar[bool] = True

    subject: UUID
    purpose: str

    def stream(self) -> UUID | None:
        return self.subject

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        return ()

    def decide(self, desk: Desk) -> None:
        subject, event = with_all_holders(desk, desk.subject(self.subject)), new_id()
        listed = self.purpose in desk.policy.purposes
        findings = () if listed else (Finding("purpose-unlisted"),)
        named = listed or subject.knows(self.purpose)
        unlisted = None if named else desk.evidence(subject, event, "unlisted", self.purpose)
        desk.draft(subject).add(
            ConsentWithdrawn,
            event,
            orders=to_use_no_more(desk, subject, self.purpose),
            purpose=self.purpose if named else None,
            unlisted=unlisted,
            findings=findings,
        )
        desk.irregular(subject, event, findings)
        desk.done(findings)


class SwitchProcessing(Command, frozen=True, kw_only=True):
    """A purpose on or off, for some services or for all at once. Off is told; on is asked.

    `services` empty means all services. What is off for all is undone by the person alone: through
    a system that acts on the person's behalf, and by nobody of the staff in the person's name.
    """

    NAME: ClassVar[str] = "switch-processing"

    subject: UUID
    purpose: str
    state: Literal["on", "off"]
    services: tuple[str, ...] = ()

    def stream(self) -> UUID | None:
        return self.subject

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        return ()

    def withholds(self) -> bool:
        return self.state == "off"

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        if self.on_behalf_of not in (None, self.subject):
            raise InvalidInput(field="on_behalf_of", rule="the subject whose purpose is switched")
        findings = consenting.switching(
            desk.policy,
            subject,
            purpose=self.purpose,
            services=self.services,
            state=self.state,
            occurred_at=desk.occurred_at,
            in_person=in_person(desk.actor().kind, self.on_behalf_of, self.subject),
        )
        listed = self.purpose in desk.policy.purposes
        if findings and (self.state == "on" or not (listed or subject.knows(self.purpose))):
            purpose = self.purpose if listed else None
            desk.refuse(CommandRefused, subject, findings, command=self.NAME, purpose=purpose)
            return
        event = new_id()
        desk.draft(subject).add(
            ProcessingSwitched,
            event,
            purpose=self.purpose,
            all_services=not self.services,
            services=tuple(s for s in self.services if s in desk.policy.services),
            state=self.state,
            findings=findings,
        )
        desk.irregular(subject, event, findings)
        desk.done(findings)
