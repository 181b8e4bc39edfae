"""Sealing for one command: its keys are minted or fetched here, and leave with it.

A key is never found-or-minted: the stream says whether a slot has a living key. If it says so, that
key is fetched and proved; if not, one is minted, and its row travels in `births` to the append that
stores the event listing it, or neither is stored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from ledger.errors import InvalidInput, KeyLost, Tampered
from ledger.sealing import (
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
from ledger.vault.nonces import new_nonce


class KnownKey(NamedTuple):
    """The living key of a slot, as the stream tells it."""

    kid: bytes
    generation: int


class Living(Protocol):
    """Whatever tells the living key of a slot."""

    @property
    def kid(self) -> bytes: ...
    @property
    def generation(self) -> int: ...


class KeySource(Protocol):
    """Where a sealer reads key rows: the primary."""

    def __call__(self, kids: Collection[bytes]) -> Mapping[bytes, KeyRow]: ...


class Sealer:
    """Seals the values of one command into one stream. Not shared between threads or commands."""

    def __init__(self, ledger: UUID, stream: UUID, epochs: EpochKeys, source: KeySource) -> None:
        self.stream = stream
        self.births: list[Birth] = []
        self._ledger = ledger
        self._epochs = epochs
        self._source = source
        self._rows: dict[bytes, KeyRow] = {}
        self._living: dict[tuple[str, str, bytes], SealingKey] = {}
        self._minted: dict[tuple[str, str, int], SealingKey] = {}
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
        known: Living | None,
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
            content = content_of(value)
        except InvalidInput:
            raise InvalidInput(field=field, rule="encodable") from None
        if known is not None:
            key = self._living.get((class_, scope, known.kid))
            if key is None:
                key = self._unwrapped(class_, scope, known)
        else:
            key = self._minted.get((class_, scope, generation))
            if key is None:
                key = self._mint(Slot(self.stream, class_, scope, generation), event)
        if event is not self._event:
            self._event, self._place = event, place_of(self._ledger, self.stream, event)
        return key.seal(self._place, field, content, new_nonce())

    def _mint(self, slot: Slot, event: UUID) -> SealingKey:
        epoch = self._epochs.open()
        key = new_key(self._ledger)
        wrapped = wrap_key(self._ledger, epoch.number, epoch.wrapping, key, slot, new_nonce())
        self.births.append(Birth(key.kid, key.commitment, *slot, epoch.number, wrapped, event))
        minted = self._minted[slot[1:]] = SealingKey(key)
        return minted

    def _unwrapped(self, class_: str, scope: str, known: Living) -> SealingKey:
        kid = known.kid
        if kid not in self._rows:
            self.prefetch((kid,))
        row = self._rows.get(kid)
        if row is None:
            raise KeyLost(kid=kid.hex())
        if not row.alive:
            raise Conflict
        if row.slot != (self.stream, class_, scope, known.generation):
            raise Tampered(where="vault", kid=kid.hex())
        key = unwrap_key(self._ledger, self._epochs.of(row.epoch).wrapping, row)
        living = self._living[class_, scope, kid] = SealingKey(key)
        return living
