"""Erasure: asked for, planned per key, carried out with the key deaths in the same append.

DataErased lists the keys that die; the append proves that exactly these died, or nothing happened.
Orders to holders outside are fixed in the same event; DataRetained says what stays and why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import ClassVar
from uuid import UUID

import msgspec

from ledger.command import Command
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import (
    DataErased,
    DataRetained,
    EraseCause,
    ErasureClosed,
    ErasureRequested,
    HolderAnswered,
    HolderAnswerKind,
    HolderNotified,
    Order,
    SlotName,
)
from ledger.facts import Holder
from ledger.ids import new_id
from ledger.policy.plan import Holding, PlannedSlot, orders, plan
from ledger.subject import DataSubject


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One slot by name: a class, and the period, document or case in it."""

    class_: str = msgspec.field(name="class")
    scope: str = ""


class RequestErasure(Command, frozen=True, kw_only=True):
    """Erasure of everything, or of single slots (one period, one document). Answers `erasure`.

    `carry_out` does it in the same append; otherwise `Erase` does, once it is decided. What came
    with the request (`statement`) is kept under the request class until the erasure is closed.
    """

    NAME: ClassVar[str] = "request-erasure"

    subject: UUID
    slots: tuple[Part, ...] = ()
    statement: str | None = None
    carry_out: bool = True

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        subject = with_all_holders(desk, desk.subject(self.subject))
        names = {SlotName(part.class_, part.scope) for part in self.slots}
        if names - set(subject.living):
            raise InvalidInput(field="slots", rule="slots that hold living data: see the plan")
        if not self.slots and subject.erased:
            desk.unchanged(erasure=_whole(subject))
            return
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
        )
        if self.carry_out:
            carry_out(desk, subject, erasure, "request")
        desk.done(erasure=erasure)


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
        state = subject.erasures[erasure]
        if not state.unanswered and not state.closed:
            _close(desk, subject, erasure)
        desk.done(erasure=erasure)


def with_all_holders(desk: Desk, subject: DataSubject) -> DataSubject:
    """The person with every holder outside: each that was named only in words gets its own order,
    and of very many of these a state keeps the newest."""
    return desk.in_full(subject) if subject.kept.left_unnamed else subject


def carry_out(desk: Desk, subject: DataSubject, erasure: UUID, cause: EraseCause) -> bool:
    """Draft what can be erased now; False when this was done before and nothing more can be."""
    state = subject.erasures[erasure]
    waiting = {name.hex for name, other in subject.erasures.items() if not other.closed}
    planned = _plan(desk, subject, erasure, waiting)
    told = _orders(desk, subject, planned, whole=state.whole)
    closes = not told and not state.unanswered
    if closes:  # then its own request material has served, too
        planned = _plan(desk, subject, erasure, waiting - {erasure.hex})
    dying = [slot for slot in planned if slot.action == "erase"]
    if state.carried_out and not dying:
        return False
    draft = desk.draft(subject)
    draft.add(
        DataErased,
        new_id(),
        dead=[slot.kid for slot in dying],
        erasure=erasure,
        cause=cause,
        slots=_sorted(slot.name for slot in dying),
        orders=told,
    )
    retained = tuple(slot.retained for slot in planned if slot.retained)
    if retained:
        draft.add(DataRetained, new_id(), erasure=erasure, slots=retained)
    if closes and not state.closed:
        draft.add(ErasureClosed, new_id(), erasure=erasure)
    return True


def complete(desk: Desk, subject: DataSubject, cause: EraseCause) -> None:
    """Carry on with every erasure that was carried out before: what it waited for may be gone."""
    for erasure, state in list(subject.erasures.items()):
        if state.carried_out:
            carry_out(desk, subject, erasure, cause)


def close_answered(desk: Desk, subject: DataSubject) -> None:
    """Close the erasures that wait for nobody any more: their last orders were annulled."""
    for erasure, state in list(subject.erasures.items()):
        if state.carried_out and not state.closed and not state.unanswered:
            _close(desk, subject, erasure)


def _plan(
    desk: Desk, subject: DataSubject, erasure: UUID, waiting: Collection[str]
) -> list[PlannedSlot]:
    return plan(
        desk.policy,
        subject,
        desk.today,
        erased_on=desk.erased_on(subject),
        wanted=subject.wanted(erasure),
        open_requests=waiting,
    )


def _orders(
    desk: Desk, subject: DataSubject, planned: Iterable[PlannedSlot], *, whole: bool
) -> tuple[Order, ...]:
    dying = [slot.name for slot in planned if slot.action == "erase"]
    if not dying:
        return ()
    holdings = [
        Holding(recipient, disclosure, *_held(desk, subject, what, dying if whole else ()))
        for recipient, disclosure, what in subject.holders
    ]
    for recipient in desk.recipients():
        holdings.append(Holding(recipient.id, None, frozenset(recipient.standing), frozenset()))
    return orders(dying, holdings, iter(new_id, None))


def _held(
    desk: Desk, subject: DataSubject, what: Holder, everything: Collection[SlotName]
) -> tuple[frozenset[str], frozenset[SlotName]]:
    """What a holder may have: whole classes where the value was not known, and these slots.

    Who got more than has a name here is told of `everything` that dies.
    """
    listed = desk.policy.attributes
    classes = {listed[name].class_ for name in what.attributes if name in listed}
    if what.unlisted:
        classes |= {name.class_ for name in everything}
    slots = (subject.slot_of(kid) for kid in what.kids)
    return frozenset(classes), frozenset(name for name in slots if name is not None)


def _close(desk: Desk, subject: DataSubject, erasure: UUID) -> None:
    """Every order is answered: what was kept for the request goes, and the erasure is closed."""
    name = SlotName(desk.policy.request_class, erasure.hex)
    slot = subject.living.get(name)
    draft = desk.draft(subject)
    if slot is not None and not subject.claims_on(name, desk.today):
        draft.add(
            DataErased,
            new_id(),
            dead=[slot.kid],
            erasure=erasure,
            cause="request",
            slots=(name,),
            orders=(),
        )
    draft.add(ErasureClosed, new_id(), erasure=erasure)


def _ordered(desk: Desk, subject: DataSubject, order: UUID) -> tuple[DataSubject, UUID]:
    """The person and the erasure an order belongs to; an answered one is looked up in full."""
    erasure = subject.erasure_of(order)
    if erasure is None and subject.kept.left_orders:
        subject = desk.in_full(subject)
        erasure = subject.erasure_of(order)
    if erasure is None:
        raise NotFound(order=order)
    return subject, erasure


def _whole(subject: DataSubject) -> UUID:
    return next(name for name, erasure in subject.erasures.items() if erasure.whole)


def _sorted(names: Iterable[SlotName]) -> tuple[SlotName, ...]:
    return tuple(sorted(names, key=_pair))


def _pair(name: SlotName) -> tuple[str, str]:
    return name.class_, name.scope
