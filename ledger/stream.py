"""What every stream has: an id, a version, and the slots whose keys its events minted and killed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self
from uuid import UUID

from ledger.events import Entry, SlotName


class Slot(NamedTuple):
    """The latest key of a (class, scope): alive, or dead since a position of this stream's history."""

    kid: bytes
    generation: int
    alive: bool
    born: Entry
    died: Entry | None


class Stream:
    """The state of one stream, folded from its entries. `version` 0: nothing has happened yet."""

    def __init__(self, stream: UUID) -> None:
        self.id = stream
        self.version = 0
        self.slots: dict[SlotName, Slot] = {}
        self._slot_of: dict[bytes, SlotName] = {}

    @classmethod
    def fold(cls, entries: Iterable[Entry], stream: UUID) -> Self:
        """The state after these entries, in the order of their versions."""
        state = cls(stream)
        for entry in entries:
            state.apply(entry)
        return state

    def apply(self, entry: Entry) -> None:
        """Take one entry in: its keys first, then what it says."""
        self.version = entry.version
        for key in entry.body.minted:
            name = SlotName(key.class_, key.scope)
            self.slots[name] = Slot(key.kid, key.generation, True, entry, None)
            self._slot_of[key.kid] = name
        for dead in entry.body.dead:
            name = self._slot_of[dead.kid]
            if self.slots[name].kid == dead.kid:
                self.slots[name] = self.slots[name]._replace(alive=False, died=entry)
        self.evolve(entry)

    def evolve(self, entry: Entry) -> None:
        """What the entry means to this kind of stream."""
        raise NotImplementedError

    @property
    def living(self) -> dict[SlotName, Slot]:
        """The slots whose key is alive."""
        return {name: slot for name, slot in self.slots.items() if slot.alive}

    def slot_of(self, kid: bytes) -> SlotName | None:
        """The slot a key belongs to, alive or dead."""
        return self._slot_of.get(kid)
