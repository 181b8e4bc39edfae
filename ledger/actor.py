"""An actor: who or what acts, by a random id, a kind and a function; its name is sealed."""

from __future__ import annotations

from ledger.events import ActorRegistered, ByKind, Entry
from ledger.stream import Stream


class Actor(Stream):
    """The register's entry for one actor. It never changes once registered."""

    kind: ByKind
    function: str | None

    def evolve(self, entry: Entry) -> None:
        match entry.body:
            case ActorRegistered(kind=kind, function=function):
                self.kind = kind
                self.function = function
