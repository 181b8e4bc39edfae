"""What became of an import: its counts, and the lines and values that were refused. Never a value."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self

from ledger.errors import InvalidInput, LedgerError
from ledger.policy.rules import RULES
from ledger.policy.screening import RULE, Hit

SOME_REFUSED = 3
"""The exit code of an import that refused lines or values; 0 when all were taken."""


class Refusal(NamedTuple):
    """A line that was not taken: where (a column, an attribute, or the line), why, and what to do."""

    line: int
    field: str
    rule: str
    remedy: str

    @classmethod
    def of(cls, line: int, error: LedgerError) -> Refusal:
        """What an error says, by its facts: they never hold a value."""
        if isinstance(error, InvalidInput):
            field, rule = error.facts.get("field", "line"), error.facts.get("rule", error.says)
            return cls(line, field, rule, "Correct the line and import the file again.")
        return cls(line, "line", error.says, error.remedy)

    @classmethod
    def withheld(cls, line: int, column: str, hit: Hit) -> Refusal:
        """A value that was left out: what it holds, by brand and length."""
        what = f"{hit.brand}, {hit.length}" if hit.brand else str(hit.length)
        rule = f"holds a number that is never stored: {hit.kind} ({what} characters)"
        return cls(line, column, rule, RULES[RULE].remedy)


@dataclass(kw_only=True)
class ImportResult:
    """The counts of one run. `repeated`: answered by an earlier run of the same import."""

    import_id: str
    lines: int = 0
    registered: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: int = 0
    refused: int = 0
    withheld: int = 0
    """Values that hold the number of a card or an account: their lines were taken without them."""
    irregular: int = 0
    """Lines that were recorded with findings: they broke a rule of the policy."""
    consents: int = 0
    report: Path | None = None

    @property
    def exit_code(self) -> int:
        return SOME_REFUSED if self.refused or self.withheld else 0


class Report:
    """A CSV file of refused lines, made when the first one comes; only its owner may read it.

    A crash leaves the lines written so far; the next run of the same import writes it anew.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def written(self) -> Path | None:
        """Where the report is, if there was something to report."""
        return self.path if self._file is not None else None

    def add(self, refusals: Iterable[Refusal]) -> None:
        """Append these lines, in the order of their numbers."""
        for refusal in sorted(refusals):
            if self.path is None:
                return
            if self._file is None:
                self._file = self._open(self.path)
            csv.writer(self._file).writerow(refusal)

    @staticmethod
    def _open(path: Path) -> IO[str]:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
        csv.writer(file).writerow(Refusal._fields)
        return file
