"""Erasure: asked for, planned per key, carried out with the key deaths in the same append.

DataErased lists the keys that die; the append proves that exactly these died, or nothing happened.
Orders to holders outside are fixed in the same event; DataRetained says what stays and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

import msgspec

from ledger.command import Command
from ledger.commands.carrying_out import (
    carry_out,
    close,
    close_answered,
    complete,
    with_all_holders,
)
from ledger.commands.ordering import order_of
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import (
    ErasureRequested,
    HolderAnswered,
    HolderAnswerKind,
    HolderNotified,
    SlotName,
)
from ledger.ids import new_id
from ledger.policy.plan import Review, review_for
from ledger.subject import DataSubject

__all__ = [
    "Erase",
    "NoteNotified",
    "Part",
    "RecordAnswer",
    "RequestErasure",
    "close_answered",
    "complete",
    "with_all_holders",
]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One slot by name: a class, and the period, document or case in it."""

    class_: str = msgspec.field(name="class")
    scope: str = ""


class RequestErasure(Command, frozen=True, kw_only=True):
    """Erasure of everything, or of single slots (one period, one document). Answers `erasure`.

    `carry_out` does it in the same append; otherwise `Erase` does, once it is decided: always where
    it is asked for through a `service` whose deletions are reviewed (P21), or without naming one for
    somebody who joined such a service. What came with the request (`statement`) is kept under the
    request class until the erasure is closed.
    """

    NAME: ClassVar[str] = "request-erasure"
    LATER: ClassVar[frozenset[str]] = frozenset({"service"})

    subject: UUID
    slots: tuple[Part, ...] = ()
    statement: str | None = None
    carry_out: bool = True
    service: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def withholds(self) -> bool:
        return True

    def decide(self, desk: Desk) -> None:
        subject = with_all_holders(desk, desk.subject(self.subject))
        names = {SlotName(part.class_, part.scope) for part in self.slots}
        if names - set(subject.living):
            raise InvalidInput(field="slots", rule="slots that hold living data: see the plan")
        if not self.slots and subject.erased:
            desk.unchanged(erasure=_whole(subject))
            return
        review = self._review(desk, subject)
        event, erasure = new_id(), new_id()
        statement = None
        if self.statement is not None:
            name = SlotName(desk.policy.request_class, erasure.hex)
            statement = desk.draft(subject).seal(event, "@statement", name, self.statement)
        desk.draft(subject).add(
            ErasureRequested,
            event,
            erasure=erasure,
            whole=not self.slots,
            slots=_sorted(names),
            statement=statement,
            service=self.service,
            reviewer=review.decided_by if review else None,
            decide_by=review.until if review else None,
        )
        if self.carry_out and review is None:
            carry_out(desk, subject, erasure, "request")
        desk.done(erasure=erasure)

    def _review(self, desk: Desk, subject: DataSubject) -> Review | None:
        """Who has to decide first, where deletions are reviewed."""
        if self.service is not None and self.service not in desk.policy.services:
            raise InvalidInput(field="service", rule="a service the policy lists")
        return review_for(desk.policy, self.service, subject.services, desk.today)


class Erase(Command, frozen=True, kw_only=True):
    """Carry out an erasure that was requested; again, for what could not be erased before. Asked."""

    NAME: ClassVar[str] = "erase"

    subject: UUID
    erasure: UUID

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        subject = with_all_holders(desk, desk.subject(self.subject))
        if self.erasure not in subject.erasures and subject.kept.left_erasures:
            subject = desk.in_full(subject)
        if self.erasure not in subject.erasures:
            raise NotFound(erasure=self.erasure)
        if carry_out(desk, subject, self.erasure, "request"):
            desk.done(erasure=self.erasure)
        else:
            desk.unchanged(erasure=self.erasure)


class NoteNotified(Command, frozen=True, kw_only=True):
    """A holder was told of its order, as somebody notes (GDPR Art. 19). Told."""

    NAME: ClassVar[str] = "note-notified"
    TOLD: ClassVar[bool] = True

    subject: UUID
    order: UUID
    channel: str | None = None
    note: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        event = new_id()
        subject, _ = _ordered(desk, desk.subject(self.subject), self.order)
        if self.channel is not None and self.channel not in desk.policy.channels:
            raise InvalidInput(field="channel", rule="a channel the policy lists")
        note = desk.evidence(subject, event, "note", self.note)
        desk.draft(subject).add(
            HolderNotified, event, order=self.order, channel=self.channel, note=note
        )
        desk.done()


class RecordAnswer(Command, frozen=True, kw_only=True):
    """A holder's answer to its order; the last one closes the erasure. Told."""

    NAME: ClassVar[str] = "record-answer"
    TOLD: ClassVar[bool] = True

    subject: UUID
    order: UUID
    answer: HolderAnswerKind
    note: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        event = new_id()
        subject, erasure = _ordered(desk, desk.subject(self.subject), self.order)
        note = desk.evidence(subject, event, "note", self.note)
        desk.draft(subject).add(
            HolderAnswered, event, order=self.order, answer=self.answer, note=note
        )
        if erasure is None:
            desk.done()
            return
        state = subject.erasures[erasure]
        if not state.unanswered and not state.closed:
            close(desk, subject, erasure)
        desk.done(erasure=erasure)


def _ordered(desk: Desk, subject: DataSubject, order: UUID) -> tuple[DataSubject, UUID | None]:
    """The person and the erasure an order belongs to, None where something else gave it."""
    subject, erasure, known = order_of(desk, subject, order)
    if not known:
        raise NotFound(order=order)
    return subject, erasure


def _whole(subject: DataSubject) -> UUID:
    return next(name for name, erasure in subject.erasures.items() if erasure.whole)


def _sorted(names: Iterable[SlotName]) -> tuple[SlotName, ...]:
    return tuple(sorted(names, key=lambda name: (name.class_, name.scope)))
