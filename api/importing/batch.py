"""What becomes of the lines of one batch. Nothing is decided or written here; see batcher.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from api.importing.lines import Line
from api.importing.report import Refusal
from api.importing.rows import Row
from ledger.errors import InvalidInput, LedgerError
from ledger.store.append import Answer

ATTEMPTS = 5
"""How often a line that lost a race is recognised and told again."""


class Of(NamedTuple):
    """A row, and the person it is about."""

    row: Row
    subject: UUID


class Batch:
    """The state of a batch while it is taken: every line ends in exactly one place."""

    def __init__(self, items: Sequence[Line | Refusal]) -> None:
        self.lines = {item.number: item for item in items if isinstance(item, Line)}
        self.refusals = [item for item in items if isinstance(item, Refusal)]
        numbers = sorted([*self.lines, *(refusal.line for refusal in self.refusals)])
        self.part = f"{numbers[0]}-{numbers[-1]}"
        """The batch's name: the same in every run, as the file is the same."""
        self.settled = False
        """An earlier run is through with it: a line without an answer told nothing new then."""
        self.answered: dict[int, Answer] = {}
        self.withheld: list[Refusal] = []
        """Values that were left out of lines that were taken."""
        self.rows: list[Row] = []
        self.names: set[object] = set()
        """Identifiers and subjects of its rows: by which a batch meets another."""
        self.recorded: list[Of] = []
        self.introduced: set[int] = set()
        """Lines whose person was registered with them, consents included."""
        self.unchanged: list[Of] = []
        self.to_repeat = False
        """A line was refused for the state of things, not for its form: it may be taken later."""
        self._attempts: Counter[int] = Counter()

    @property
    def waiting(self) -> list[Row]:
        """The rows that have no answer yet."""
        return [row for row in self.rows if row.number not in self.answered]

    @property
    def people(self) -> list[Of]:
        """Whom the lines are about, as far as that is known, in the order of the lines."""
        rows = {row.number: row for row in self.rows}
        before = [
            Of(rows[number], answer.ids["subject"])
            for number, answer in self.answered.items()
            if number in rows and "subject" in answer.ids
        ]
        return sorted(before + self.recorded + self.unchanged, key=lambda one: one.row.number)

    def over(self, row: Row, subject: UUID | None) -> bool:
        """Whether the row's time is over: an earlier run found nothing new in it, or a later line
        of the same person has an answer already."""
        later = (n for n, a in self.answered.items() if a.ids.get("subject") == subject)
        return self.settled or (subject is not None and max(later, default=0) > row.number)

    def record(self, row: Row, subject: UUID, *, new: bool) -> None:
        """The row was told; `new`: its person is known only since."""
        self.recorded.append(Of(row, subject))
        if new:
            self.introduced.add(row.number)

    def refuse(self, number: int, error: LedgerError) -> None:
        """The line is not taken."""
        self.to_repeat = self.to_repeat or not isinstance(error, InvalidInput)
        self.refusals.append(Refusal.of(number, error))

    def may_repeat(self, row: Row) -> bool:
        """Count one more attempt; whether the row may have it."""
        self._attempts[row.number] += 1
        return self._attempts[row.number] < ATTEMPTS
