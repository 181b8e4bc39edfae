"""Finding a route by its path in a tree with a level for each part: as fast however many there are."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class _Node(Generic[T]):
    """A place in the tree: where each word leads, where an id does, and what ends here, by method."""

    __slots__ = ("ends", "some", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node[T]] = {}
        self.some: _Node[T] | None = None
        self.ends: dict[str, tuple[T, list[str]]] = {}


class Paths(Generic[T]):
    """Things at templates like `/v1/subjects/{subject}/claims`, one for a method."""

    def __init__(self) -> None:
        self._root = _Node[T]()

    def put(self, method: str, template: str, thing: T) -> None:
        """Put a thing where `find` finds it."""
        node, names = self._root, []
        for part in template.split("/"):
            if part.startswith("{"):
                names.append(part[1:-1])
                node.some = node.some or _Node()
                node = node.some
            else:
                node = node.words.setdefault(part, _Node())
        node.ends[method] = thing, names

    def find(self, method: str, path: str) -> tuple[T, dict[str, str]] | None:
        """The thing at a path, and the ids it names; None if nothing is there for the method."""
        node, ids = self._root, []
        for part in path.split("/"):
            inner = node.words.get(part)
            if inner is None and part:
                inner = node.some
                ids.append(part)
            if inner is None:
                return None
            node = inner
        end = node.ends.get(method)
        return end and (end[0], dict(zip(end[1], ids, strict=True)))
