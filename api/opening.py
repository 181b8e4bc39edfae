"""Opening at the edge: gather sealed values, open them in one go, and place what came out.

Call `open` only after an opening was recorded. Nothing opened is kept beyond the answer.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from api.schemas import View
from ledger.application import Ledger
from ledger.sealing import BYTES, Erased, Opened, Sealed
from ledger.vault.opening import SealedAt


class ErasedValue(View):
    """The value's key was destroyed by the event at this position, at this time."""

    position: int
    at: dt.datetime


class Envelopes:
    """Sealed values of one answer. `put` gives each a number, by which it is read once opened."""

    def __init__(self) -> None:
        self._sealed: list[SealedAt] = []
        self._opened: list[Opened | Erased] = []

    def put(self, stream: UUID, event: UUID, field: str, sealed: Sealed | None) -> int | None:
        """Add a value; None stays None."""
        if sealed is None:
            return None
        self._sealed.append(SealedAt(stream, event, field, sealed))
        return len(self._sealed) - 1

    def open(self, ledger: Ledger) -> None:
        """Open all of them. One that must alarm stops them all (Tampered, KeyLost)."""
        self._opened = ledger.open_values(self._sealed)

    def content(self, number: int | None) -> tuple[Any, ErasedValue | None]:
        """(value, None), or (None, when it was erased), or (None, None) if it was not opened."""
        if number is None or not self._opened:
            return None, None
        return shown(self._opened[number])

    def text(self, number: int | None) -> tuple[str | None, ErasedValue | None]:
        """The same for a value that is a text."""
        value, erased = self.content(number)
        return None if value is None else str(value), erased


def shown(opened: Opened | Erased) -> tuple[Any, ErasedValue | None]:
    """A value as JSON can hold it (bytes as hex), or when it was erased."""
    if isinstance(opened, Erased):
        return None, ErasedValue(position=opened.position, at=opened.at)
    return opened.content.hex() if opened.fmt == BYTES else opened.value, None
