"""What every stream has: an id, a version, its slots of keys, and a state that fits in one row.

A state is folded from all entries of its stream, or loaded from its row and carried on; both give
the same bytes (`dump`). It holds ids, key ids, codes and dates, never a value, and does not grow
with the stream: what a decision needs is aggregated, and of what is many only the newest is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, ClassVar, Self
from uuid import UUID

import msgspec

from ledger.events import Entry, EntryAnnulled, MintedKey, SlotName


class Slot(msgspec.Struct, frozen=True, array_like=True):
    """The latest key of a (class, scope), alive or dead; `past` are the dead keys before it.

    `since` is the day from which its period counts: on which the newest of what it seals happened
    in the world.
    """

    class_: str
    scope: str
    kid: bytes
    generation: int
    since: dt.date
    alive: bool = True
    past: tuple[bytes, ...] = ()


class Stream:
    """The state of one stream. `version` 0: nothing has happened yet.

    `history` is there when the state was folded as a whole: then nothing was left out for being
    old, and entries can be annulled, which changes what everything behind them meant.
    """

    FORM: ClassVar[int]
    """What `dump` writes: tens for the kind, ones for its form. Raise it when the bytes change
    their meaning; rows of another form are not read, their streams are folded again."""
    KEPT: ClassVar[type[msgspec.Struct]]
    """What this kind of stream keeps besides its slots."""
    _decoder: ClassVar[msgspec.msgpack.Decoder[Any]]

    def __init_subclass__(cls) -> None:
        cls._decoder = msgspec.msgpack.Decoder(tuple[list[Slot], cls.KEPT])  # type: ignore[name-defined]

    def __init__(self, stream: UUID, *, whole: bool = False, kept: Any = None) -> None:
        """`kept`: what a row holds besides the slots; by default nothing has happened yet."""
        self.id = stream
        self.version = 0
        self.slots: dict[SlotName, Slot] = {}
        self._names: dict[bytes, SlotName] = {}  # each key's slot, alive or dead
        self.kept = self.KEPT() if kept is None else kept
        self.history: list[Entry] | None = [] if whole else None
        self.annulled: frozenset[UUID] = frozenset()

    # ---- from entries, from a row, to a row -------------------------------------------------

    @classmethod
    def fold(cls, entries: Iterable[Entry], stream: UUID, *, whole: bool = False) -> Self:
        """The state after these entries: all of the stream's, in the order of their versions.

        What an annulled entry said does not count, wherever in the stream the annulment stands.
        """
        history = list(entries)
        bodies = (entry.body for entry in history)
        state = cls(stream, whole=whole)
        state.annulled = frozenset(b.entry for b in bodies if isinstance(b, EntryAnnulled))
        for entry in history:
            state._take(entry)
        if whole:
            state.history = history
        return state

    @classmethod
    def fold_read(cls, entries: Iterable[Entry], stream: UUID, annulled: frozenset[UUID]) -> Self:
        """The same from entries as they are read, none of which is kept: of a stream of any length.

        `annulled`: what they annul, wherever in the stream the annulment stands.
        """
        state = cls(stream)
        state.annulled = annulled
        for entry in entries:
            state._take(entry)
        return state

    @classmethod
    def load(cls, stream: UUID, version: int, form: int, state: bytes) -> Self:
        """The state that a row of `decision_states` holds; a new object every time.

        Raises:
            msgspec.MsgspecError: the row is not what `dump` of this form writes.
        """
        if form != cls.FORM:
            raise msgspec.ValidationError(f"a state of form {form}, not {cls.FORM}")
        slots, kept = cls._decoder.decode(state)
        loaded = cls(stream, kept=kept)
        loaded.version = version
        for slot in slots:
            name = SlotName(slot.class_, slot.scope)
            loaded.slots[name] = slot
            loaded._names[slot.kid] = name
            for kid in slot.past:
                loaded._names[kid] = name
        return loaded

    def dump(self) -> bytes:
        """The bytes of its row. A state folded as a whole is dumped as if it had not been."""
        if self.history is not None:
            return type(self).fold(self.history, self.id).dump()
        return _encoder.encode((list(self.slots.values()), self.kept))

    # ---- evolution --------------------------------------------------------------------------

    def apply(self, entry: Entry) -> None:
        """Take the stream's next entry in. An annulment needs a state folded as a whole."""
        if self.history is not None:
            self.history.append(entry)
        if not isinstance(entry.body, EntryAnnulled):
            self._take(entry)
            return
        assert self.history is not None, "what is annulled is not known in a bounded state"
        vars(self).update(vars(type(self).fold(self.history, self.id, whole=True)))

    def _take(self, entry: Entry) -> None:
        """Its keys first, then what it says."""
        self.version = entry.version
        for key in entry.body.minted:
            self._born(key, entry.body.occurred_at.date())
        for dead in entry.body.dead:
            self._dies(bytes(dead.kid))
        if self.annulled and entry.event in self.annulled:
            self.evolve_annulled(entry)
        else:
            self.evolve(entry)

    def _born(self, key: MintedKey, day: dt.date) -> None:
        name, kid = SlotName(key.class_, key.scope), bytes(key.kid)
        before = self.slots.get(name)
        past = (*before.past, before.kid) if before else ()
        self.slots[name] = Slot(key.class_, key.scope, kid, key.generation, day, past=past)
        self._names[kid] = name

    def _renew(self, kid: bytes, day: dt.date) -> None:
        """Something newer lies under a key: nothing ends by the age of what came first."""
        name = self._names.get(kid)
        if name is not None and self.slots[name].kid == kid and self.slots[name].since < day:
            self.slots[name] = msgspec.structs.replace(self.slots[name], since=day)

    def _dies(self, kid: bytes) -> None:
        name = self._names[kid]
        if self.slots[name].kid == kid:
            self.slots[name] = msgspec.structs.replace(self.slots[name], alive=False)
        self.forget_key(kid)

    def evolve(self, entry: Entry) -> None:
        """What the entry means to this kind of stream."""
        raise NotImplementedError

    def evolve_annulled(self, entry: Entry) -> None:
        """What an entry that was annulled later leaves behind besides its keys."""

    def forget_key(self, kid: bytes) -> None:
        """What the death of a key means to what is kept."""

    @property
    def whole(self) -> bool:
        """Whether nothing is left out for being old."""
        return self.history is not None

    # ---- questions --------------------------------------------------------------------------

    def entry(self, event: UUID) -> Entry | None:
        """An entry of this stream; only a state folded as a whole has them."""
        assert self.history is not None
        return next((entry for entry in self.history if entry.event == event), None)

    @property
    def living(self) -> dict[SlotName, Slot]:
        """The slots whose key is alive."""
        return {name: slot for name, slot in self.slots.items() if slot.alive}

    def slot_of(self, kid: bytes) -> SlotName | None:
        """The slot a key belongs to, alive or dead."""
        return self._names.get(kid)

    def lives(self, kid: bytes) -> bool:
        """Whether this is the living key of a slot."""
        name = self._names.get(kid)
        if name is None:
            return False
        slot = self.slots[name]
        return slot.alive and slot.kid == kid


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
