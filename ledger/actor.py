"""An actor: who or what acts, by a random id, a kind and a function; its name is sealed."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ledger.events import ActorRegistered, ByKind, Entry
from ledger.stream import Stream


class Registration(msgspec.Struct, array_like=True):
    """What is kept of an actor. `kind` None: nobody was registered in this stream."""

    kind: ByKind | None = None
    function: str | None = None


class Actor(Stream):
    """The register's entry for one actor. It never changes once registered."""

    FORM: ClassVar[int] = 41
    KEPT = Registration
    kept: Registration

    @property
    def registered(self) -> bool:
        return self.kept.kind is not None

    @property
    def kind(self) -> ByKind:
        assert self.kept.kind is not None
        return self.kept.kind

    @property
    def function(self) -> str | None:
        return self.kept.function

    def evolve(self, entry: Entry) -> None:
        match entry.body:
            case ActorRegistered(kind=kind, function=function):
                self.kept = Registration(kind, function)
