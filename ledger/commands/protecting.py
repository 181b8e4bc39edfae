"""What protects a person: an objection, a restriction and its end, and which laws apply."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, get_args
from uuid import UUID

from ledger.command import Command
from ledger.commands.carrying_out import with_all_holders
from ledger.commands.keeping import end_carried
from ledger.commands.ordering import to_restrict
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import (
    CommandRefused,
    Finding,
    ObjectionRaised,
    ProcessingRestricted,
    RegimesDetermined,
    RestrictionGround,
    RestrictionLifted,
)
from ledger.ids import new_id
from ledger.policy import consenting
from ledger.policy.model import PolicyDocument


class RaiseObjection(Command, frozen=True, kw_only=True):
    """A person objects to a purpose (GDPR Art. 21); never refused, from this event on. Told.

    It holds until the person agrees to the purpose again, or switches it on for all services. Like a
    withdrawal, it names a purpose that the policy has dropped since, if the person spoke of it.
    """

    NAME: ClassVar[str] = "raise-objection"
    TOLD: ClassVar[bool] = True

    subject: UUID
    purpose: str
    statement: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        return () if self.statement is None else super().seals_under(policy)

    def decide(self, desk: Desk) -> None:
        subject, event = desk.subject(self.subject), new_id()
        findings = consenting.objecting(desk.policy, subject, self.purpose)
        listed = self.purpose in desk.policy.purposes or self.purpose in desk.policy.prohibited
        named = listed or subject.knows(self.purpose)
        desk.draft(subject).add(
            ObjectionRaised,
            event,
            purpose=self.purpose if named else None,
            unlisted=None if named else desk.evidence(subject, event, "unlisted", self.purpose),
            statement=desk.evidence(subject, event, "statement", self.statement),
            findings=findings,
        )
        desk.irregular(subject, event, findings)
        desk.done(findings)


class Restrict(Command, frozen=True, kw_only=True):
    """Restrict processing of these classes, or of everything (GDPR Art. 18). Asked; answers
    `restriction`. Refused only for a class that is neither listed nor one of the person's."""

    NAME: ClassVar[str] = "restrict"

    subject: UUID
    ground: RestrictionGround
    classes: tuple[str, ...] = ()
    statement: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        return () if self.statement is None else super().seals_under(policy)

    def withholds(self) -> bool:
        return True

    def decide(self, desk: Desk) -> None:
        if self.ground not in get_args(RestrictionGround):
            rule = f"one of {', '.join(get_args(RestrictionGround))}"
            raise InvalidInput(field="ground", rule=rule)
        subject = with_all_holders(desk, desk.subject(self.subject))
        known = {*desk.policy.classes, *(name.class_ for name in subject.slots)}
        if not known.issuperset(self.classes):
            findings = (Finding("class-unlisted"),)
            desk.refuse(CommandRefused, subject, findings, command=self.NAME, purpose=None)
            return
        event, restriction = new_id(), new_id()
        desk.draft(subject).add(
            ProcessingRestricted,
            event,
            restriction=restriction,
            ground=self.ground,
            classes=tuple(dict.fromkeys(self.classes)),
            orders=to_restrict(desk, subject, self.classes),
            statement=desk.evidence(subject, event, "statement", self.statement),
        )
        desk.done(restriction=restriction)


class LiftRestriction(Command, frozen=True, kw_only=True):
    """A restriction ends; the person was told before (GDPR Art. 18(3)). Told. What a case had kept that
    was closed meanwhile ends with it."""

    NAME: ClassVar[str] = "lift-restriction"
    TOLD: ClassVar[bool] = True

    subject: UUID
    restriction: UUID
    reason: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        return ()

    def decide(self, desk: Desk) -> None:
        subject = with_all_holders(desk, desk.subject(self.subject))
        if self.restriction not in subject.restrictions:
            raise NotFound(restriction=self.restriction)
        _listed_reason(desk, self.reason)
        classes = subject.restrictions[self.restriction].classes
        desk.draft(subject).add(
            RestrictionLifted,
            new_id(),
            restriction=self.restriction,
            reason=self.reason,
            orders=to_restrict(desk, subject, classes),
        )
        end_carried(desk, subject.id)
        desk.done()


class DetermineRegimes(Command, frozen=True, kw_only=True):
    """Which laws protect a person, as the edge found out; it replaces what was found before. Asked:
    a law that the policy does not list is refused. None named: the policy's default ones again."""

    NAME: ClassVar[str] = "determine-regimes"

    subject: UUID
    regimes: tuple[str, ...]
    reason: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        return ()

    def decide(self, desk: Desk) -> None:
        subject, regimes = desk.subject(self.subject), tuple(dict.fromkeys(self.regimes))
        _listed_reason(desk, self.reason)
        if not desk.policy.regimes.keys() >= set(regimes):
            findings = (Finding("regime-unlisted"),)
            desk.refuse(CommandRefused, subject, findings, command=self.NAME, purpose=None)
        elif regimes == subject.regimes:
            desk.unchanged()
        else:
            desk.draft(subject).add(
                RegimesDetermined, new_id(), regimes=regimes, reason=self.reason
            )
            desk.done()


def _listed_reason(desk: Desk, reason: str | None) -> None:
    if reason is not None and reason not in desk.policy.reasons:
        raise InvalidInput(field="reason", rule="a reason the policy lists")
