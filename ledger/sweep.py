"""The sweep: erases what is due without being asked, in two phases, a day apart.

What is due is scheduled first (`ErasureScheduled`); what was scheduled a day ago, and is due still,
dies. Before anything happens the brake is asked (`policy/brake.py`), about all of it; the clocks again
before every batch. Each person's part is one append, so a crash at any point leaves whole facts, and
the next sweep goes on from them: nothing of a sweep is kept anywhere else.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol
from uuid import UUID

from ledger.command import Command
from ledger.commands.sweeping import REGISTER, EraseDue, PauseSweep, ScheduleErasure
from ledger.events import PauseReason, SlotName
from ledger.ids import new_id
from ledger.pauses import Pauses
from ledger.policy.brake import DAY, GAP, Clocks, Toll, held_back
from ledger.policy.lapsed import Circumstances, by_a_slip, due_slots
from ledger.policy.model import PolicyDocument
from ledger.reading import Reading
from ledger.receipt import Receipt
from ledger.store import past
from ledger.store.recorder import LedgerRecorder
from ledger.subject import DataSubject
from ledger.vault.vault import Vault

BATCH = 100
"""People whose part is handed over at once; the clocks are asked again before the next."""
MOST = 100_000
"""People whose part one sweep does at most; the next goes on."""
YEAR = dt.timedelta(days=366)
"""How long an end that was cut to less than a tenth is taken for a possible slip."""

State = Literal["nothing-due", "swept", "would-sweep", "held-back", "doubtful"]


class Lately(NamedTuple):
    """Keys that a sweep scheduled, and that died by one, since a moment."""

    scheduled: int
    died: int


class Source(Protocol):
    """Where a sweep looks for people: the tables of the read side, which must not lag."""

    def candidates(
        self, policies: Sequence[PolicyDocument], today: dt.date
    ) -> Iterator[Sequence[UUID]]:
        """People of whom something may be due, or was scheduled, in pages; each is asked again."""

    def living(self) -> int:
        """All keys that are alive."""

    def lately(self, since: dt.datetime) -> Lately:
        """What sweeps did since a moment."""


@dataclass
class Swept:
    """What a sweep did, or why it did nothing: in keys, and people whose part it was."""

    state: State
    why: str | None = None
    pause: UUID | None = None
    toll: Toll = field(default_factory=Toll)
    limit: int = 0
    scheduled: int = 0
    erased: int = 0
    cancelled: int = 0


class _Part(NamedTuple):
    """What is to be done for one person: call off, erase or schedule so many keys."""

    deed: Literal["cancelled", "erased", "scheduled"]
    subject: UUID
    erasure: UUID | None
    keys: int


@dataclass
class _Found:
    """What is due, in keys, and what is to be done about it: the first `MOST` of each deed."""

    fresh: int = 0
    ripe: int = 0
    slipped: int = 0
    parts: dict[str, list[_Part]] = field(
        default_factory=lambda: {"cancelled": [], "erased": [], "scheduled": []}
    )

    def add(self, part: _Part) -> None:
        """One more."""
        self.fresh += part.keys * (part.deed == "scheduled")
        self.ripe += part.keys * (part.deed == "erased")
        listed = self.parts[part.deed]
        if len(listed) < MOST:
            listed.append(part)

    def in_order(self) -> list[_Part]:
        """What is called off first, and what is new last."""
        return [part for listed in self.parts.values() for part in listed]


class Sweep:
    """Sweeps one ledger, in the name of the ledger itself. One at a time: see `projections/lead.py`."""

    def __init__(
        self,
        reading: Reading,
        recorder: LedgerRecorder,
        vault: Vault,
        batch: Callable[[Sequence[Command]], list[Receipt]],
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._reading = reading
        self._recorder = recorder
        self._vault = vault
        self._batch = batch
        self._clock = clock

    def run(
        self,
        source: Source,
        *,
        dry: bool = False,
        clocks: Callable[[], Clocks] | None = None,
    ) -> Swept:
        """Schedule and erase what is due; `dry`: only say what would be done.

        Raises:
            KeyServiceUnavailable, StoreUnavailable: nothing more is done; the next sweep goes on.
        """
        ask = clocks or self.clocks
        policy, _ = self._reading.latest_policy()
        brake, told = policy.sweep, ask()
        if (doubt := told.doubt(brake)) is not None:
            return Swept("doubtful", doubt)
        stream = self._recorder.registers(REGISTER[0]).get(REGISTER[1])
        pauses = self._reading.state(Pauses, stream) if stream else None
        if pauses is not None and pauses.paused is not None:
            paused = pauses.paused
            why = f"{paused.reason}: two people have to agree"
            return Swept("held-back", why, paused.pause, limit=paused.limit)
        found = self._find(source, told.agreed)
        toll = self._toll(source, found, told.agreed, brake.keys)
        reason = held_back(brake, toll, told, pauses.agreements if pauses else {})
        if reason is not None:
            return self._hold_back(stream, reason[0], reason[1], toll, dry)
        parts = found.in_order()
        if dry or not parts:
            return Swept("would-sweep" if parts else "nothing-due", toll=toll)
        return self._carry_out(parts, toll, ask)

    def clocks(self) -> Clocks:
        """What process, database and key service say the time is, and what the log knows of it."""
        database = self._recorder.now()
        gap = past.gap(self._recorder, database, int(GAP.total_seconds() * 1_000_000))
        return Clocks(
            process=self._clock(),
            database=_instant(database),
            keys=dt.datetime.fromtimestamp(self._vault.key_service_now(), dt.UTC),
            last=_instant(self._recorder.last()[1]),
            gap=dt.timedelta(microseconds=gap),
        )

    # ---- what is due ------------------------------------------------------------------------

    def _find(self, source: Source, at: dt.datetime) -> _Found:
        """Everything that is due now. All of it is counted, for the brake."""
        delay = dt.timedelta(days=self._reading.policy()[0].sweep.shortening_days)
        policies = self._reading.policies_since(at - delay)
        year = self._reading.policies_since(at - YEAR)
        found = _Found()
        for page in source.candidates(policies, at.date()):
            for person in self._reading.subjects(page):
                self._sort(person, policies, year, at, found)
        return found

    def _sort(
        self,
        person: DataSubject,
        policies: Sequence[PolicyDocument],
        year: Sequence[PolicyDocument],
        at: dt.datetime,
        found: _Found,
    ) -> None:
        """Put what is due of a person where it belongs."""
        told = Circumstances(
            erased_on=self._reading.recorded_on(person.erased_by),
            open_requests={name.hex for name, one in person.erasures.items() if not one.closed},
            closed_on=person.closed_on,
        )
        due = due_slots(policies, person, at.date(), told)
        living = person.living
        kids = {living[SlotName(slot.class_, slot.scope)].kid for slot in due}
        scheduled = {kid for one in person.scheduled.values() for kid in one.kids}
        if fresh := len(kids - scheduled):
            found.add(_Part("scheduled", person.id, None, fresh))
        for erasure, one in person.scheduled.items():
            if not kids.issuperset(one.kids):
                found.add(_Part("cancelled", person.id, erasure, len(one.kids)))
            elif self._recorded(one.entry) + _wait(policies) <= at:
                found.add(_Part("erased", person.id, erasure, len(one.kids)))
        found.slipped += sum(by_a_slip(year, slot) for slot in due)

    def _recorded(self, event: UUID) -> dt.datetime:
        recorded = self._reading.find([event])[event].recorded_at
        assert recorded is not None  # it is stored
        return recorded

    def _toll(self, source: Source, found: _Found, at: dt.datetime, free: int) -> Toll:
        lately = source.lately(at - DAY)
        toll = Toll(
            fresh=found.fresh,
            ripe=found.ripe,
            scheduled=lately.scheduled,
            died=lately.died,
            slipped=found.slipped,
        )
        return toll._replace(living=source.living()) if toll.due > free else toll

    # ---- what is done -----------------------------------------------------------------------

    def _hold_back(
        self, stream: UUID | None, reason: PauseReason, limit: int, toll: Toll, dry: bool
    ) -> Swept:
        why = f"{reason}: two people have to agree"
        if dry:
            return Swept("held-back", why, toll=toll, limit=limit)
        command = PauseSweep(
            **self._common(), sweep=stream, reason=reason, due=toll.due, limit=limit
        )
        (receipt,) = self._batch([command])
        return Swept("held-back", why, receipt.result().ids["pause"], toll, limit)

    def _carry_out(self, parts: Sequence[_Part], toll: Toll, ask: Callable[[], Clocks]) -> Swept:
        """Do it, in batches; the clocks are asked before each."""
        swept, done = Swept("swept", toll=toll), Counter[str]()
        brake = self._reading.policy()[0].sweep
        for start in range(0, len(parts), BATCH):
            told = ask()
            if (doubt := told.doubt(brake)) is not None:
                swept.state, swept.why = "doubtful", doubt
                break
            some = parts[start : start + BATCH]
            receipts = self._batch([self._command(part, told.agreed) for part in some])
            for part, receipt in zip(some, receipts, strict=True):
                if receipt.result().outcome == "recorded":
                    done[part.deed] += part.keys
        swept.scheduled, swept.erased = done["scheduled"], done["erased"]
        swept.cancelled = done["cancelled"]
        return swept

    def _command(self, part: _Part, at: dt.datetime) -> Command:
        if part.erasure is None:
            return ScheduleErasure(**self._common(), subject=part.subject, at=at)
        return EraseDue(**self._common(), subject=part.subject, erasure=part.erasure, at=at)

    def _common(self) -> dict[str, Any]:
        row = self._recorder.genesis()
        assert row is not None  # the ledger is open
        return {"by": row.actor_stream, "key": new_id().hex}


def _wait(policies: Sequence[PolicyDocument]) -> dt.timedelta:
    return dt.timedelta(hours=max(policy.sweep.wait_hours for policy in policies))


def _instant(micros: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=micros)
