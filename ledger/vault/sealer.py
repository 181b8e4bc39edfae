"""Sealing for one command: its keys are minted or fetched here, and leave with it.

A key is never found-or-minted: the stream says whether a slot has a living key. If it says so, that
key is fetched and proved; if not, one is minted, and its row travels in `births` to the append that
stores the event listing it, or neither is stored.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from ledger.errors import InvalidInput, KeyLost, Tampered
from ledger.sealing import (
    NONCE,
    KeyRow,
    Sealed,
    SealingKey,
    Slot,
    content_of,
    new_key,
    place_of,
    unwrap_key,
    wrap_key,
)
from ledger.store.append import Birth, Conflict
from ledger.vault.epochs import EpochKeys

_DRAW = 256
_DEK = 32


class KnownKey(NamedTuple):
    """The living key of a slot, as the stream tells it."""

    kid: bytes
    generation: int


class KeySource(Protocol):
    """Where a sealer reads key rows: the primary."""

    def __call__(self, kids: Collection[bytes]) -> Mapping[bytes, KeyRow]: ...


class _Randomness:
    """Random bytes drawn in one call and handed out once each: a call to the system costs more.

    Belongs to one sealer in one thread, so no two seals ever see the same bytes.
    """

    __slots__ = ("_at", "_drawn")

    def __init__(self) -> None:
        self._drawn, self._at = b"", 0

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._drawn):
            self._drawn, self._at = os.urandom(_DRAW), 0
        start, self._at = self._at, self._at + count
        return self._drawn[start : self._at]


class Sealer:
    """Seals the values of one command into one stream. Not shared between threads or commands."""

    def __init__(self, ledger: UUID, stream: UUID, epochs: EpochKeys, source: KeySource) -> None:
        self.stream = stream
        self.births: list[Birth] = []
        self._ledger = ledger
        self._epochs = epochs
        self._source = source
        self._random = _Randomness()
        self._rows: dict[bytes, KeyRow] = {}
        self._living: dict[Slot, SealingKey] = {}
        self._minted: dict[Slot, SealingKey] = {}
        self._event: UUID | None = None
        self._place = b""

    def prefetch(self, kids: Collection[bytes]) -> None:
        """Fetch the rows of these keys at once; a batch shares one question by `Vault.prefetch`."""
        missing = [kid for kid in kids if kid not in self._rows]
        if missing:
            self.receive(self._source(missing))

    def receive(self, rows: Mapping[bytes, KeyRow]) -> None:
        """Take rows that were just read from the primary; they are still wrapped."""
        self._rows.update(rows)

    def seal(
        self,
        event: UUID,
        field: str,
        class_: str,
        scope: str,
        value: str | bytes | dict[str, Any] | list[Any],
        *,
        known: KnownKey | None,
        generation: int = 1,
    ) -> Sealed:
        """Seal one value for `event` under the key of (stream, class, scope).

        `known` is the slot's living key according to the stream. Without one, a key of this
        `generation` is minted, once for the slot in this command, born with the first event that
        uses it.

        Raises:
            InvalidInput: the value cannot be encoded, or is longer than 1 MiB.
            Conflict: the key died after the stream was read: the caller reads and decides again.
            KeyLost, Tampered, KeyServiceUnavailable: the living key cannot be had.
        """
        try:
            fmt, content = content_of(value)
        except InvalidInput:
            raise InvalidInput(field=field, rule="encodable") from None
        slot = Slot(self.stream, class_, scope, known.generation if known else generation)
        if known:
            key = self._living.get(slot) or self._unwrapped(slot, known.kid)
        else:
            key = self._minted.get(slot) or self._mint(slot, event)
        if event is not self._event:
            self._event, self._place = event, place_of(self._ledger, self.stream, event)
        return key.seal(self._place, field, fmt, content, self._random.take(NONCE))

    def _mint(self, slot: Slot, event: UUID) -> SealingKey:
        epoch = self._epochs.open()
        key = new_key(self._ledger, self._random.take(_DEK))
        nonce = self._random.take(NONCE)
        wrapped = wrap_key(self._ledger, epoch.number, epoch.wrapping, key, slot, nonce)
        self.births.append(Birth(key.kid, key.commitment, *slot, epoch.number, wrapped, event))
        minted = self._minted[slot] = SealingKey(key)
        return minted

    def _unwrapped(self, slot: Slot, kid: bytes) -> SealingKey:
        self.prefetch((kid,))
        row = self._rows.get(kid)
        if row is None:
            raise KeyLost(kid=kid.hex())
        if not row.alive:
            raise Conflict
        if row.slot != slot:
            raise Tampered(where="vault", kid=kid.hex())
        key = unwrap_key(self._ledger, self._epochs.of(row.epoch).wrapping, row)
        living = self._living[slot] = SealingKey(key)
        return living
