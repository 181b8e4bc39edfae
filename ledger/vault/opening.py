"""Opening sealed values: fetch what the decision needs, and let `sealing.open_value` decide.

The only caller of it. Data keys are never kept: each call reads their rows from the primary, where
a key that died a moment ago is dead already.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine, Row, bindparam, select

from ledger.sealing import (
    Context,
    DeathNotice,
    Erased,
    KeyRow,
    Opened,
    Sealed,
    check_format,
    open_value,
)
from ledger.vault.database import fetch
from ledger.vault.epochs import EpochKeys
from ledger.vault.keyring import EpochKeyGone
from ledger.vault.keys import chunks, fetch_keys
from ledger.vault.tables import events

_BY_POSITION = select(
    events.c.position, events.c.stream, events.c.recorded_at, events.c.state
).where(events.c.position.in_(bindparam("positions", expanding=True)))

_EPOCH_START = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class SealedAt(NamedTuple):
    """A sealed value and where it was first sealed: all that is needed to open it."""

    stream: UUID
    event: UUID
    field: str
    sealed: Sealed


class _Evidence(NamedTuple):
    """What is known of a key. `wrapping` is None for a dead key, or if its epoch's key is gone."""

    row: KeyRow | None
    death: DeathNotice | None
    wrapping: AESGCM | None

    @property
    def epoch_gone(self) -> bool:
        return self.row is not None and self.row.alive and self.wrapping is None


_NOTHING = _Evidence(None, None, None)


class Opener:
    """Opens values of one ledger, any number at a time."""

    def __init__(self, engine: Engine, epochs: EpochKeys, ledger: UUID) -> None:
        self._engine = engine
        self._epochs = epochs
        self._ledger = ledger

    def open_many(self, wanted: Sequence[SealedAt]) -> list[Opened | Erased]:
        """What each value is, in the same order. One that must alarm stops them all.

        Raises:
            UnknownFormat, KeyLost, KeyServiceUnavailable, Tampered: formats.md §2, `open()`.
        """
        for value in wanted:
            check_format(value.sealed)
        keys = self._evidence({value.sealed.kid for value in wanted})
        passed_by = [kid for kid, known in keys.items() if known.epoch_gone]
        if passed_by:  # a rotation may have passed by between our two reads: look once more
            self._epochs.forget()
            keys |= self._evidence(passed_by)
        return [
            open_value(
                value.sealed,
                Context(self._ledger, value.stream, value.event, value.field),
                *keys.get(value.sealed.kid, _NOTHING),
            )
            for value in wanted
        ]

    def _evidence(self, kids: Collection[bytes]) -> dict[bytes, _Evidence]:
        rows = fetch_keys(self._engine, kids)
        positions = {row.dead_at for row in rows.values() if row.dead_at is not None}
        deaths = self._deaths(positions)
        wrapping = self._wrapping({row.epoch for row in rows.values() if row.alive})
        return {
            kid: _Evidence(row, deaths.get(row.dead_at or 0), wrapping.get(row.epoch))
            for kid, row in rows.items()
        }

    def _wrapping(self, numbers: Collection[int]) -> Mapping[int, AESGCM]:
        found: dict[int, AESGCM] = {}
        for number in numbers:
            try:
                found[number] = self._epochs.of(number).wrapping
            except EpochKeyGone:
                continue
        return found

    def _deaths(self, positions: Collection[int]) -> Mapping[int, DeathNotice]:
        found: dict[int, DeathNotice] = {}
        for some in chunks(positions):
            rows = fetch(self._engine, _BY_POSITION, {"positions": some})
            found.update((row.position, _notice(row)) for row in rows)
        return found


class _Dead(msgspec.Struct):
    kid: str


class _Deaths(msgspec.Struct):
    """The one field of any event that tells deaths; everything else of it is skipped unread."""

    dead: tuple[_Dead, ...] = ()


_deaths = msgspec.json.Decoder(_Deaths)


def _notice(row: Row[*tuple[Any, ...]]) -> DeathNotice:
    """What an event row says about deaths; a state that cannot be read says none."""
    try:
        listed = _deaths.decode(row.state).dead
        kids = frozenset(base64.urlsafe_b64decode(f"{dead.kid}==") for dead in listed)
    except (msgspec.MsgspecError, ValueError):
        kids = frozenset()
    at = _EPOCH_START + dt.timedelta(microseconds=row.recorded_at)
    return DeathNotice(row.position, at, row.stream, kids)
