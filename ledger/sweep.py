"""The sweep: erases what is due without being asked, in two phases, a day apart.

What is due (`due.py`) is scheduled first (`ErasureScheduled`); what was scheduled a day ago, and is
due still, dies. Before anything happens the brake is asked (`policy/brake.py`), about all of it; the
clocks again before every batch. Each person's part is one append, so a crash at any point leaves
whole facts, and the next sweep goes on from them: nothing of a sweep is kept anywhere else.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from ledger.command import Command
from ledger.commands.closing import EraseAccountDue, ScheduleAccountErasure
from ledger.commands.sweeping import REGISTER, EraseDue, PauseSweep, ScheduleErasure
from ledger.due import Found, Part, Source, find
from ledger.due_accounts import find_accounts
from ledger.errors import KeyServiceUnavailable, LedgerError, StoreUnavailable
from ledger.events import PauseReason
from ledger.ids import new_id
from ledger.pauses import Pauses
from ledger.policy.brake import DAY, GAP, Clocks, Toll, held_back, strictest
from ledger.policy.keeping import Sweep as Brake
from ledger.reading import Reading
from ledger.receipt import Receipt
from ledger.store import past
from ledger.store.recorder import LedgerRecorder
from ledger.vault.vault import Vault

BATCH = 100
"""People whose part is handed over at once; the clocks are asked again before the next."""

State = Literal["nothing-due", "swept", "would-sweep", "held-back", "doubtful"]


@dataclass
class Swept:
    """What a sweep did, or why it did nothing: in keys, and people whose part it was. `failed` are
    the people whose part could not be done; `why` says what the first failed of."""

    state: State
    why: str | None = None
    pause: UUID | None = None
    toll: Toll = field(default_factory=Toll)
    limit: int = 0
    scheduled: int = 0
    erased: int = 0
    cancelled: int = 0
    failed: int = 0


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
        told = ask()
        if (doubt := told.doubt(self._brake(told))) is not None:
            return Swept("doubtful", doubt)
        stream = self._recorder.registers(REGISTER[0]).get(REGISTER[1])
        pauses = self._reading.state(Pauses, stream or new_id())
        if (paused := pauses.paused) is not None:
            why = f"{paused.reason}: two people have to agree"
            return Swept("held-back", why, paused.pause, limit=paused.limit)
        found, brake = find(self._reading, source, told.agreed), self._brake(told)
        find_accounts(self._reading, source, told.agreed, found)
        toll = self._toll(source, found, told.agreed, brake.keys)
        reason = held_back(brake, toll, told, pauses.agreements)
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

    def _brake(self, told: Clocks) -> Brake:
        return strictest(self._reading.policies_counting(told.agreed))

    def _toll(self, source: Source, found: Found, at: dt.datetime, free: int) -> Toll:
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

    def _carry_out(self, parts: Sequence[Part], toll: Toll, ask: Callable[[], Clocks]) -> Swept:
        """Do it, in batches; the clocks are asked before each."""
        swept, done = Swept("swept", toll=toll), Counter[str]()
        for start in range(0, len(parts), BATCH):
            told = ask()
            if (doubt := told.doubt(self._brake(told))) is not None:
                swept.state, swept.why = "doubtful", doubt
                break
            some = parts[start : start + BATCH]
            receipts = self._batch([self._command(part, told.agreed) for part in some])
            for part, receipt in zip(some, receipts, strict=True):
                if self._done(receipt, swept):
                    done[part.deed] += part.keys
        swept.scheduled, swept.erased = done["scheduled"], done["erased"]
        swept.cancelled = done["cancelled"]
        return swept

    def _done(self, receipt: Receipt, swept: Swept) -> bool:
        """Whether a part was recorded. What fails for one person keeps nobody else waiting."""
        try:
            return receipt.result().outcome == "recorded"
        except (StoreUnavailable, KeyServiceUnavailable):
            raise
        except Exception as error:
            swept.failed += 1
            told = error.sentence if isinstance(error, LedgerError) else type(error).__name__
            swept.why = swept.why or f"some could not be done, the first because: {told}"
            return False

    def _command(self, part: Part, at: dt.datetime) -> Command:
        if part.account and part.erasure is None:
            return ScheduleAccountErasure(**self._common(), account=part.subject, at=at)
        if part.account:
            named: dict[str, Any] = {"account": part.subject, "erasure": part.erasure}
            return EraseAccountDue(**self._common(), **named, at=at)
        if part.erasure is None:
            return ScheduleErasure(**self._common(), subject=part.subject, at=at)
        return EraseDue(**self._common(), subject=part.subject, erasure=part.erasure, at=at)

    def _common(self) -> dict[str, Any]:
        row = self._recorder.genesis()
        assert row is not None  # the ledger is open
        return {"by": row.actor_stream, "key": new_id().hex}


def _instant(micros: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=micros)
