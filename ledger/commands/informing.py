"""The duty to tell people where data about them came from is met (P05)."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from ledger.command import Command
from ledger.commands.collecting import Notice, notice_shown
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import InformDutyMet
from ledger.ids import new_id
from ledger.policy import duties
from ledger.policy.decisions import Findings
from ledger.policy.model import PolicyDocument


class MeetInformDuty(Command, frozen=True, kw_only=True):
    """The person was told where data about them came from (GDPR Art. 14). Told: also when it is
    late, which is irregular. Without `duty` every one that is open is met.

    Raises:
        NotFound: there is no such duty, or it was met already.
        InvalidInput: a notice or a channel that the policy does not list.
    """

    NAME: ClassVar[str] = "meet-inform-duty"
    TOLD: ClassVar[bool] = True

    subject: UUID
    duty: UUID | None = None
    notice: Notice | None = None
    channel: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def seals_under(self, policy: PolicyDocument) -> tuple[str, ...]:
        return ()

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        notice = notice_shown(desk, self.notice)
        if self.notice is not None and notice is None:
            raise InvalidInput(field="notice", rule="a notice the policy has in this language")
        if self.channel is not None and self.channel not in desk.policy.channels:
            raise InvalidInput(field="channel", rule="a channel the policy lists")
        if self.duty is not None and self.duty not in subject.duties:
            raise NotFound(duty=self.duty)
        met = dict(subject.duties) if self.duty is None else {self.duty: subject.duties[self.duty]}
        if not met:
            desk.unchanged()
            return
        broken: Findings = ()
        for name, duty in met.items():
            event = new_id()
            desk.draft(subject).add(
                InformDutyMet, event, duty=name, notice=notice, channel=self.channel
            )
            findings = duties.telling(duty.due, desk.occurred_at.date())
            desk.irregular(subject, event, findings)
            broken += findings
        desk.done(broken)
