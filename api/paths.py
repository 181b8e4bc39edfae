"""Finding a route by its path in a tree with a level for each part: as fast however many there are."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

T = TypeVar("T")

_SOME = "/"
"""Leads on from where a path names an id; no part of a path contains it."""


class Paths(Generic[T]):
    """Things at templates like `/v1/subjects/{subject}/claims`, one for a method."""

    def __init__(self) -> None:
        self._tree: dict[str, Any] = {}  # by parts; behind the last one, by slash and method

    def put(self, method: str, template: str, thing: T) -> None:
        """Put a thing where `find` finds it."""
        node, names = self._tree, []
        for part in template.split("/"):
            if part.startswith("{"):
                names.append(part[1:-1])
            node = node.setdefault(_SOME if part.startswith("{") else part, {})
        node[f"/{method}"] = (thing, names)

    def find(self, method: str, path: str) -> tuple[T, dict[str, str]] | None:
        """The thing at a path, and the ids it names; None if nothing is there for the method."""
        node, ids = self._tree, []
        for part in path.split("/"):
            inner = node.get(part)
            if inner is None and part:
                inner = node.get(_SOME)
                ids.append(part)
            if inner is None:
                return None
            node = inner
        found = node.get(f"/{method}")
        return found and (found[0], dict(zip(found[1], ids, strict=True)))
