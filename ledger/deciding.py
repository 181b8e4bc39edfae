"""From commands to submissions: the first answer if there is one, else a decision at a desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from uuid import UUID

from ledger.command import Command
from ledger.desk import Desk
from ledger.errors import Busy, CommandReused, LedgerError
from ledger.reading import Reading
from ledger.runner import ATTEMPTS, Decided
from ledger.store.append import Conflict
from ledger.store.recorder import Known, LedgerRecorder
from ledger.vault.vault import Vault


class Decider:
    """Decides commands of one process; thread-safe, as what it reads with is."""

    def __init__(
        self,
        recorder: LedgerRecorder,
        vault: Vault,
        reading: Reading,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._recorder = recorder
        self._vault = vault
        self._reading = reading
        self._clock = clock

    def __call__(self, commands: Sequence[Command]) -> list[Decided | LedgerError]:
        """Each command's first answer if it is known, else its submission, or what is wrong."""
        identities = [
            (self._vault.command_id(command.by, command.key), command.body())
            for command in commands
        ]
        known: dict[tuple[UUID, bytes], Known] = {}
        for actor in {command.by for command in commands}:
            ids = [i for c, (i, _) in zip(commands, identities, strict=True) if c.by == actor]
            known |= {(actor, i): k for i, k in self._recorder.find_answers(actor, ids).items()}
        decided: list[Decided | LedgerError] = []
        for command, (identity, body) in zip(commands, identities, strict=True):
            first = known.get((command.by, identity))
            try:
                if first is None:
                    decided.append(self._decide_one(command, identity, body))
                elif self._vault.same_body(first.epoch, first.fingerprint, body):
                    decided.append(first.answer)
                else:
                    decided.append(CommandReused())
            except LedgerError as error:
                decided.append(error)
        return decided

    def _decide_one(self, command: Command, identity: bytes, body: bytes) -> Decided:
        for _ in range(ATTEMPTS):
            try:
                desk = Desk(command, self._reading, self._vault, self._clock())
                command.decide(desk)
                epoch, fingerprint = self._vault.fingerprint(body)
                return desk.submission(identity, epoch, fingerprint)
            except Conflict:  # a key died between reading the stream and reading the key
                self._reading.refresh()
        raise Busy()
