"""Claims: what must be kept, on which ground; and their release, which completes what waited."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import ClassVar, NamedTuple
from uuid import UUID

import msgspec

from ledger.command import Command
from ledger.commands.carrying_out import complete, with_all_holders
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import ClaimPlaced, ClaimReleased, CommandRefused, Coverage
from ledger.ids import new_id
from ledger.policy import decisions
from ledger.policy.periods import add_period
from ledger.subject import DataSubject

ALL = "*"


class Covers(msgspec.Struct, frozen=True, kw_only=True):
    """A class a claim holds, and one scope of it or `*` for all, later ones included."""

    class_: str = msgspec.field(name="class")
    scope: str = ALL


class OfFact(NamedTuple):
    """The fact of an account that a claim comes from: the account, what the fact is about, and the
    policy's retention rule."""

    account: UUID
    matter: UUID
    rule: str


class PlaceClaim(Command, frozen=True, kw_only=True):
    """Hold these slots on a ground of the policy. Asked; answers `claim`."""

    NAME: ClassVar[str] = "place-claim"

    subject: UUID
    ground: str
    covers: tuple[Covers, ...]
    until: dt.date | None = None
    reference: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        if not self.covers:
            raise InvalidInput(field="covers", rule="at least one class")
        listed = desk.policy.retention_grounds.get(self.ground)
        latest = add_period(desk.today, listed.period) if listed and listed.period else None
        findings = decisions.claim(
            desk.policy,
            ground=self.ground,
            classes=[cover.class_ for cover in self.covers],
            until=self.until,
            latest=latest,
        )
        if findings or listed is None:
            desk.refuse(CommandRefused, subject, findings, command=self.NAME, purpose=None)
            return
        claim = place(
            desk,
            subject,
            self.ground,
            tuple(Coverage(cover.class_, cover.scope) for cover in self.covers),
            self.until or latest,
            reference=self.reference,
        )
        desk.done(claim=claim)


class ReleaseClaim(Command, frozen=True, kw_only=True):
    """The reason to keep has ended. What only waited for it is erased in the same append. Told."""

    NAME: ClassVar[str] = "release-claim"
    TOLD: ClassVar[bool] = True

    subject: UUID
    claim: UUID
    reason: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        subject = with_all_holders(desk, desk.subject(self.subject))
        if self.claim not in subject.claims and subject.kept.left_claims:
            subject = desk.in_full(subject)
        if self.claim not in subject.claims:
            raise NotFound(claim=self.claim)
        if self.reason is not None and self.reason not in desk.policy.reasons:
            raise InvalidInput(field="reason", rule="a reason the policy lists")
        release(desk, subject, [self.claim], self.reason)
        desk.done()


def place(
    desk: Desk,
    subject: DataSubject,
    ground: str,
    covers: tuple[Coverage, ...],
    until: dt.date | None,
    *,
    reference: str | None = None,
    fact: OfFact | None = None,
) -> UUID:
    """Draft a claim on a ground that the policy lists, decided before. Returns its id."""
    listed, event, claim = desk.policy.retention_grounds[ground], new_id(), new_id()
    account, matter, rule = fact or (None, None, None)
    desk.draft(subject).add(
        ClaimPlaced,
        event,
        account=account,
        matter=matter,
        rule=rule,
        claim=claim,
        ground=ground,
        law=listed.law,
        covers=covers,
        until=until,
        review=add_period(desk.today, listed.review) if listed.review else None,
        decided_by=listed.decided_by,
        reference=desk.evidence(subject, event, "reference", reference),
        findings=(),
    )
    return claim


def release(
    desk: Desk, subject: DataSubject, claims: Iterable[UUID], reason: str | None = None
) -> None:
    """Draft the end of these claims, and of what only waited for them. `subject` must have all
    holders (`with_all_holders`), for the orders."""
    for claim in claims:
        desk.draft(subject).add(ClaimReleased, new_id(), claim=claim, reason=reason)
    complete(desk, subject, "claim-ended")
