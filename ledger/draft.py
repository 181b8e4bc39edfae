"""A draft: the new entries of one stream, while a command is decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ledger.events import DeadKey, Digest, Entry, Event, KeyId, MintedKey, SlotName
from ledger.sealing import Sealed
from ledger.store.append import Birth, Death, StateRow
from ledger.stream import Stream

if TYPE_CHECKING:
    from ledger.desk import Desk
    from ledger.vault.sealer import Sealer


class Draft:
    """New entries of one stream: minting, sealing and numbering them."""

    def __init__(self, desk: Desk, state: Stream) -> None:
        self._desk = desk
        self._state = state
        self._version = state.version
        self._slots = dict(state.slots)  # as stored: a key minted here is the sealer's to know
        self._sealer: Sealer | None = None
        self.entries: list[Entry] = []

    @property
    def sealer(self) -> Sealer:
        """What seals into this stream."""
        if self._sealer is None:
            self._sealer = self._desk.vault.sealer(self._state.id)
        return self._sealer

    @property
    def state_row(self) -> StateRow:
        """The state of the stream after these entries, as the store takes it."""
        state = self._state
        return StateRow(state.id, state.version, state.FORM, state.dump())

    @property
    def births(self) -> Sequence[Birth]:
        return self._sealer.births if self._sealer is not None else ()

    def seal(
        self, event: UUID, field: str, name: SlotName, value: str | bytes | dict[str, Any]
    ) -> Sealed:
        """Seal a value under its slot: under the living key the stream names, or a new one."""
        slot = self._slots.get(name)
        known, generation = None, 1
        if slot is not None and slot.alive:
            known = slot
        elif slot is not None:
            generation = slot.generation + 1
        return self.sealer.seal(
            event, field, name.class_, name.scope, value, known=known, generation=generation
        )

    def add(
        self, kind: type[Event], event: UUID, /, *, dead: Sequence[bytes] = (), **fields: Any
    ) -> None:
        """Draft an event, with the keys it minted and kills, and let the state see it."""
        fields |= self._desk.envelope
        if births := self.births:
            fields["minted"] = _minted(births, event)
        if dead:
            epoch = self._desk.vault.newest_epoch()
            fields["dead"] = tuple([DeadKey(KeyId(kid), epoch) for kid in dead])
            self._desk.deaths += [Death(kid, event) for kid in dead]
        body = kind(schema=kind.SCHEMA, **fields)
        entry = Entry(self._state.id, self._version + len(self.entries) + 1, event, body)
        self.entries.append(entry)
        self._state.apply(entry)


def _minted(births: Sequence[Birth], event: UUID) -> tuple[MintedKey, ...]:
    return tuple(
        MintedKey(KeyId(b.kid), Digest(b.commitment), b.class_, b.scope, b.generation)
        for b in births
        if b.event == event
    )
