"""Openings on record: before values are opened, who opens whose for what is told to the ledger.

A session is one role's run. One person's values: one opening a session. Those of many people: a
processing run for the purpose, opened chunk by chunk (≤ 1,000 people), and a person opened in a run
is not opened again in the session. Whose key died meanwhile is not readable, opening or not: that is
asked of the keys at every reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from api.bench.gdpr.policy import ATTRIBUTES, COUNTRY
from ledger.application import Ledger
from ledger.commands.opening import OpenPersonalData
from ledger.commands.running import OpenChunk, StartRun
from ledger.run import CHUNK
from ledger.sealing import Opened
from ledger.vault.opening import SealedAt
from projections.held_values import HeldValue

NextKey = Callable[[], str]
"""Gives each command an id of its own."""


class Openings:
    """What one session of one actor has put on record, and the opening it allows."""

    def __init__(self, ledger: Ledger, by: UUID, reason: str, key: NextKey) -> None:
        self._ledger = ledger
        self._by = by
        self._reason = reason
        self._key = key
        self._on_record: set[UUID] = set()
        self.position = 0

    def open(self, values: Sequence[HeldValue]) -> list[str | None]:
        """The texts of these values; None for one whose key has died. Puts it on record first."""
        self._record(values)
        wanted = [SealedAt(one.subject, one.event, one.field, one.value) for one in values]
        return [
            str(opened.value) if isinstance(opened, Opened) else None
            for opened in self._ledger.open_values(wanted)
        ]

    def _record(self, values: Sequence[HeldValue]) -> None:
        new: dict[UUID, HeldValue] = {}
        for one in values:
            if one.subject not in self._on_record:
                new.setdefault(one.subject, one)
        if len(new) == 1:
            self._record_one(next(iter(new.values())))
        elif new:
            self._record_run(next(iter(new.values())).purposes[0], list(new))
        self._on_record |= new.keys()

    def _record_one(self, value: HeldValue) -> None:
        opening = OpenPersonalData(
            by=self._by,
            key=self._key(),
            subject=value.subject,
            access="profile",
            reason=self._reason,
            attributes=(value.attribute,),
        )
        self._carry([opening])

    def _record_run(self, purpose: str, subjects: Sequence[UUID]) -> None:
        started = StartRun(
            by=self._by,
            key=self._key(),
            purpose=purpose,
            country=COUNTRY,
            attributes=ATTRIBUTES,
            subjects=tuple(subjects),
        )
        run = self._ledger.submit(started).result().ids["run"]
        chunks = range(1, -(-len(subjects) // CHUNK) + 1)
        self._carry(
            OpenChunk(by=self._by, key=self._key(), run=run, chunk=chunk) for chunk in chunks
        )

    def _carry(self, commands: Iterable[OpenPersonalData | OpenChunk]) -> None:
        for receipt in self._ledger.batch(list(commands)):
            self.position = max(self.position, receipt.result().position)
