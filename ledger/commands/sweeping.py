"""The sweep, person by person: what is due is scheduled, and a day later erased or called off.

Each command asks again whether a slot is due, by the moment on which three clocks agreed (`at`), and
by every version of the policy in force within the days a shortened period has to wait.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import ClassVar, Protocol
from uuid import UUID

from ledger.command import Command
from ledger.commands.carrying_out import circumstances, erase_due, with_all_holders
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import (
    CommandRefused,
    DueSlot,
    ErasureCancelled,
    ErasureScheduled,
    Finding,
    PauseReason,
    SlotName,
    SweepPaused,
    SweepReleased,
)
from ledger.facts import Due
from ledger.ids import new_id
from ledger.pauses import Pauses
from ledger.policy.brake import strictest
from ledger.policy.lapsed import due_slots
from ledger.store.append import Register
from ledger.stream import Slot
from ledger.subject import DataSubject

REGISTER = ("sweep", "sweep")
"""Kind and code under which the sweep's own stream is registered."""
WAIT = dt.timedelta(hours=24)
"""Nothing dies earlier after its scheduling was recorded, whatever a document says."""


class ScheduleErasure(Command, frozen=True, kw_only=True):
    """Schedule the erasure of what is due of a person and not scheduled yet."""

    NAME: ClassVar[str] = "schedule-erasure"

    subject: UUID
    at: dt.datetime

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        due = not_scheduled(subject, _due(desk, subject, moment(desk, self.at)))
        if not due:
            desk.unchanged()
            return
        erasure = new_id()
        desk.draft(subject).add(ErasureScheduled, new_id(), erasure=erasure, slots=tuple(due))
        desk.done(erasure=erasure)


class EraseDue(Command, frozen=True, kw_only=True):
    """Carry out what was scheduled long enough ago, if all of it is due still; else call it off."""

    NAME: ClassVar[str] = "erase-due"

    subject: UUID
    erasure: UUID
    at: dt.datetime

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        subject = with_all_holders(desk, desk.subject(self.subject))
        scheduled = subject.scheduled.get(self.erasure)
        if scheduled is None:  # it was carried out, or called off
            desk.unchanged()
            return
        at = moment(desk, self.at)
        dying = still_due(subject, scheduled, _due(desk, subject, at))
        if not dying:
            desk.draft(subject).add(ErasureCancelled, new_id(), erasure=self.erasure)
        elif ripe(desk, scheduled, at):
            erase_due(desk, subject, self.erasure, dying)
        else:
            desk.unchanged()
            return
        desk.done(erasure=self.erasure)


class PauseSweep(Command, frozen=True, kw_only=True):
    """Nothing dies until two people agree. `sweep` None: it has no stream of its own yet."""

    NAME: ClassVar[str] = "pause-sweep"

    sweep: UUID | None
    reason: PauseReason
    due: int
    limit: int

    def stream(self) -> UUID | None:
        return self.sweep

    def decide(self, desk: Desk) -> None:
        state = Pauses(new_id()) if self.sweep is None else desk.look(Pauses, self.sweep)
        if state.paused is not None:
            desk.unchanged(pause=state.paused.pause)
            return
        if self.sweep is None:
            desk.registers.append(Register(*REGISTER, state.id))
        pause = new_id()
        desk.draft(state).add(
            SweepPaused, new_id(), pause=pause, reason=self.reason, due=self.due, limit=self.limit
        )
        desk.done(pause=pause)


class ReleaseSweep(Command, frozen=True, kw_only=True):
    """One person agrees that the sweep goes on with what it was held back for; two have to, and
    whoever did before is refused. Asked."""

    NAME: ClassVar[str] = "release-sweep"

    sweep: UUID
    pause: UUID

    def stream(self) -> UUID | None:
        return self.sweep

    def decide(self, desk: Desk) -> None:
        state = desk.look(Pauses, self.sweep)
        if state.last is None or state.last.pause != self.pause:
            raise NotFound(pause=self.pause)
        if desk.actor().kind != "staff":
            raise InvalidInput(field="by", rule="a member of staff: people agree, not systems")
        if state.paused is None:
            desk.unchanged(pause=self.pause)
            return
        if self.by in state.paused.agreed:
            findings = (Finding("agreed-already"),)
            desk.refuse(CommandRefused, state, findings, command=self.NAME, purpose=None)
            return
        desk.draft(state).add(SweepReleased, new_id(), pause=self.pause)
        desk.done(pause=self.pause)


def _due(desk: Desk, subject: DataSubject, at: dt.datetime) -> list[DueSlot]:
    """What is due of a person, by every version of the policy that may count."""
    policies = desk.policies_counting(at)
    return due_slots(policies, subject, at.date(), circumstances(desk, subject))


# ---- of a person's stream, and of an account's ------------------------------------------------


class Scheduling(Protocol):
    """A stream of which a sweep schedules what is due."""

    @property
    def scheduled(self) -> Mapping[UUID, Due]: ...
    @property
    def living(self) -> Mapping[SlotName, Slot]: ...
    def slot_of(self, kid: bytes) -> SlotName | None: ...
    def lives(self, kid: bytes) -> bool: ...


def moment(desk: Desk, at: dt.datetime) -> dt.datetime:
    """The moment that counts: never later than this process's own clock."""
    return min(at, desk.now)


def not_scheduled(state: Scheduling, due: Iterable[DueSlot]) -> list[DueSlot]:
    """Of what is due, what no erasure is scheduled for."""
    scheduled = {kid for one in state.scheduled.values() for kid in one.kids}
    living = state.living
    return [s for s in due if living[SlotName(s.class_, s.scope)].kid not in scheduled]


def still_due(state: Scheduling, scheduled: Due, due: Iterable[DueSlot]) -> list[SlotName]:
    """The slots that were scheduled, if each of them lives and is due still; else none."""
    named = {SlotName(slot.class_, slot.scope) for slot in due}
    slots = [state.slot_of(kid) for kid in scheduled.kids if state.lives(kid)]
    dying = [slot for slot in slots if slot in named]
    return dying if len(dying) == len(scheduled.kids) else []


def ripe(desk: Desk, scheduled: Due, at: dt.datetime) -> bool:
    """Whether it was recorded long enough ago, by the database's clock, that it was scheduled."""
    (entry,) = desk.entries([scheduled.entry])
    assert entry.recorded_at is not None  # it is stored
    hours = strictest(desk.policies_counting(at)).wait_hours
    return at >= entry.recorded_at + max(WAIT, dt.timedelta(hours=hours))
