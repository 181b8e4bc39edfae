"""One actor's session with a ledger: commands with ids of their own, and reads after own writes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID

from ledger.application import Ledger
from ledger.command import Command
from ledger.store.append import Answer
from projections.engine import Engine

LAG = 600.0
"""Seconds the projections may need after a load; a wait that long is no deadlock."""


class Refused(Exception):
    """The ledger refused a command of the benchmark: its policy is wrong, and so is every figure."""


class Session:
    """Gives commands as one actor, and waits for their effect before it reads."""

    def __init__(self, ledger: Ledger, engine: Engine, by: UUID) -> None:
        self.ledger = ledger
        self.engine = engine
        self.by = by
        self.position = ledger.recorder.last()[0]
        self._numbers = count()
        self._seen = 0

    def common(self) -> dict[str, Any]:
        """The fields that every command has: who gives it, and its own id."""
        return {"by": self.by, "key": f"{self.by.hex}/{next(self._numbers)}"}

    def carry(self, command: Command) -> Answer:
        """Give one command and wait until it is durable.

        Raises:
            Refused: it breaks a rule. LedgerError: what struck it.
        """
        return self._took(self.ledger.submit(command).result())

    def carry_all(self, commands: Sequence[Command]) -> list[Answer]:
        """Give many commands at once and wait until all are durable."""
        return [self._took(receipt.result()) for receipt in self.ledger.batch(commands)]

    def catch_up(self) -> None:
        """Wait until the projections show everything that this session wrote."""
        if self._seen < self.position:
            self.engine.wait(self.position, LAG)
            self._seen = self.position

    def _took(self, answer: Answer) -> Answer:
        if answer.outcome == "refused" or answer.rules:
            raise Refused(answer.rules)
        self.position = max(self.position, answer.position)
        return answer
