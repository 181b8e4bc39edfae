"""Irregularities end when somebody has looked at them: with a reason of the policy, and a note."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from ledger.command import Command
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import IrregularityClosed, IrregularityFound
from ledger.ids import new_id
from ledger.states import KINDS
from ledger.stream import Stream
from ledger.subject import DataSubject


class CloseIrregularity(Command, frozen=True, kw_only=True):
    """Somebody looked at an irregularity of this stream: what came of it. Asked; once.

    The entry it is about stays as it is: what was wrong with it is annulled, or mended, by itself.

    Raises:
        NotFound: there is no such irregularity in the stream.
        InvalidInput: the policy does not list the reason.
    """

    NAME: ClassVar[str] = "close-irregularity"

    concerns: UUID
    irregularity: UUID
    reason: str
    note: str | None = None

    def stream(self) -> UUID | None:
        return self.concerns

    def decide(self, desk: Desk) -> None:
        if self.reason not in desk.policy.reasons:
            raise InvalidInput(field="reason", rule="a reason the policy lists")
        state = self._state(desk)
        if not self._is_open(desk, state):
            desk.unchanged()
            return
        event = new_id()
        note = desk.evidence(state, event, "note", self.note)
        desk.draft(state).add(
            IrregularityClosed,
            event,
            irregularity=self.irregularity,
            reason=self.reason,
            note=note,
        )
        desk.done()

    def _state(self, desk: Desk) -> Stream:
        """The state of the stream, whatever it is of: its first entry says so."""
        probe = DataSubject(self.concerns)
        probe.version = 1
        kinds = [KINDS.get(entry.body.TOPIC) for entry in desk.history(probe)]
        if not kinds or kinds[0] is None:
            raise NotFound(irregularity=self.irregularity)
        return desk.look(kinds[0], self.concerns)

    def _is_open(self, desk: Desk, state: Stream) -> bool:
        if isinstance(state, DataSubject) and self.irregularity in state.kept.irregularities:
            return True
        bodies = [entry.body for entry in desk.history(state)]
        found = {b.irregularity for b in bodies if isinstance(b, IrregularityFound)}
        closed = {b.irregularity for b in bodies if isinstance(b, IrregularityClosed)}
        if self.irregularity not in found:
            raise NotFound(irregularity=self.irregularity)
        return self.irregularity not in closed
