"""The sweep, person by person: what is due is scheduled, and a day later erased or called off.

Each command asks again whether a slot is due, by the moment on which three clocks agreed (`at`), and
by every version of the policy in force within the days a shortened period has to wait.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar
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
from ledger.ids import new_id
from ledger.pauses import Pauses
from ledger.policy.brake import strictest
from ledger.policy.lapsed import due_slots
from ledger.store.append import Register
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
        scheduled = {kid for due in subject.scheduled.values() for kid in due.kids}
        living = subject.living
        due = [
            slot
            for slot in _due(desk, subject, _moment(desk, self.at))
            if living[SlotName(slot.class_, slot.scope)].kid not in scheduled
        ]
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
        at = _moment(desk, self.at)
        due = {SlotName(slot.class_, slot.scope) for slot in _due(desk, subject, at)}
        names = [subject.slot_of(kid) for kid in scheduled.kids if subject.lives(kid)]
        dying = [name for name in names if name in due]
        if len(dying) < len(scheduled.kids):
            desk.draft(subject).add(ErasureCancelled, new_id(), erasure=self.erasure)
        elif at >= self._recorded(desk, scheduled.entry) + _wait(desk, at):
            erase_due(desk, subject, self.erasure, [name for name in dying if name is not None])
        else:
            desk.unchanged()
            return
        desk.done(erasure=self.erasure)

    def _recorded(self, desk: Desk, event: UUID) -> dt.datetime:
        (entry,) = desk.entries([event])
        assert entry.recorded_at is not None  # it is stored
        return entry.recorded_at


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


def _moment(desk: Desk, at: dt.datetime) -> dt.datetime:
    """The moment that counts: never later than this process's own clock."""
    return min(at, desk.now)


def _due(desk: Desk, subject: DataSubject, at: dt.datetime) -> list[DueSlot]:
    """What is due of a person, by every version of the policy that may count."""
    policies = desk.policies_counting(at)
    return due_slots(policies, subject, at.date(), circumstances(desk, subject))


def _wait(desk: Desk, at: dt.datetime) -> dt.timedelta:
    return max(WAIT, dt.timedelta(hours=strictest(desk.policies_counting(at)).wait_hours))
