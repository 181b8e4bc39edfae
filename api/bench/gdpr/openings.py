"""Openings on record: before values are opened, who opens whose for what is told to the ledger.

A session is one role's run. One person's values: one opening a session. Those of many people: a
processing run for the purpose, opened chunk by chunk (≤ 1,000 people), and whoever was opened once
is not opened again in the session. Whose key has died meanwhile is not readable, opening or not: the
keys are asked at every reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from api.bench.gdpr.policy import ATTRIBUTES, COUNTRY
from api.bench.gdpr.session import Session
from ledger.commands.opening import OpenPersonalData
from ledger.commands.running import OpenChunk, StartRun
from ledger.run import CHUNK
from ledger.sealing import Opened
from ledger.vault.opening import SealedAt
from projections.held_values import HeldValue


class Openings:
    """What one session has put on record, and the openings it allows. `reason`: of the policy."""

    def __init__(self, session: Session, reason: str) -> None:
        self._session = session
        self._reason = reason
        self._on_record: set[UUID] = set()

    def forget(self) -> None:
        """The session is over; the next one puts its openings on record anew."""
        self._on_record.clear()

    def open(self, values: Sequence[HeldValue]) -> list[str | None]:
        """The texts of these values; None for one whose key has died. Puts it on record first."""
        new: dict[UUID, HeldValue] = {}
        for one in values:
            if one.subject not in self._on_record:
                new.setdefault(one.subject, one)
        if len(new) == 1:
            self._record_one(*new.values())
        elif new:
            self._record_run(next(iter(new.values())).purposes[0], list(new))
        self._on_record.update(new)
        if not values:
            return []
        wanted = [SealedAt(one.subject, one.event, one.field, one.value) for one in values]
        return [
            str(opened.value) if isinstance(opened, Opened) else None
            for opened in self._session.ledger.open_values(wanted)
        ]

    def _record_one(self, value: HeldValue) -> None:
        self._session.carry(
            OpenPersonalData(
                **self._session.common(),
                subject=value.subject,
                access="profile",
                reason=self._reason,
                attributes=(value.attribute,),
            )
        )

    def _record_run(self, purpose: str, subjects: Sequence[UUID]) -> None:
        started = StartRun(
            **self._session.common(),
            purpose=purpose,
            country=COUNTRY,
            attributes=ATTRIBUTES,
            subjects=tuple(subjects),
        )
        run = self._session.carry(started).ids["run"]
        for chunk in range(1, -(-len(subjects) // CHUNK) + 1):
            self._session.carry(OpenChunk(**self._session.common(), run=run, chunk=chunk))
