"""From YAML to plain data, with the line of every key, so that a mistake can be pointed at.

Less than YAML is read, on purpose: `no`, `on` and dates stay text, a key is text as written, and
anchors, tags, merge keys and repeated keys are refused: what an officer reads is what counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from ledger.policy.problem import Path, Problem

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # a build without libyaml: the same grammar, ten times slower
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

MOST_BYTES = 512 * 1024
MOST_LEVELS = 12


class Tree(NamedTuple):
    """Plain data, and the line (from 1) of every path in it."""

    data: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int | None:
        """The line of a path, or of the nearest one above it that exists."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


class Unreadable(Exception):
    """The text is not such a document at all. Carries the problem and its line."""

    def __init__(self, line: int | None, problem: Problem) -> None:
        super().__init__(problem.rule)
        self.line, self.problem = line, problem


_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,8})\Z")


def read(text: str) -> Tree:
    """The document as plain data.

    Raises:
        Unreadable: it is too large or too deep, not YAML, or uses what is refused here.
    """
    try:
        if len(text.encode()) > MOST_BYTES:
            raise _unreadable(None, "is larger than 512 KiB", "shorten the texts")
        return _Reader(text).document()
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or "a character that may not be in it"
        raise _unreadable(mark, f"is not YAML: {why}", _remedy(text, mark)) from None


def _remedy(text: str, mark: Any) -> str:
    """What to look for at the line where reading stopped, or at the one before it."""
    lines = text.splitlines()[max(mark.line - 1, 0) : mark.line + 1] if mark else []
    if any("\t" in line[: len(line) - len(line.lstrip())] for line in lines):
        return "indent with spaces, not with tabs"
    return "check indentation and quotes"


def _unreadable(mark: Any, rule: str, remedy: str) -> Unreadable:
    return Unreadable(None if mark is None else mark.line + 1, Problem((), rule, remedy))


class _Reader:
    """Builds the data from the parser's events as they come, so nothing that is refused is built: no
    alias can multiply, and no depth can exhaust the stack."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_Loader)
        self._depth = 0
        self._lines: dict[Path, int] = {(): 1}

    def document(self) -> Tree:
        """The one document of the text, which must be a mapping."""
        next(self._events)  # the stream begins
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise _no_keys()
        root = self._next()
        if not isinstance(root, yaml.MappingStartEvent):
            self._plain(root, ())
            raise _no_keys()
        data = self._mapping(())
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            rule = "is not YAML: found another document"
            raise _unreadable(after.start_mark, rule, "keep one of them")
        return Tree(data, self._lines)

    def _next(self) -> Any:
        """The next event of a value, if it is none of what is refused."""
        event = next(self._events)
        if isinstance(event, yaml.CollectionStartEvent):
            self._depth += 1
            if self._depth > MOST_LEVELS:
                raise _unreadable(event.start_mark, "is nested too deeply", "use fewer levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._depth -= 1
            return event
        if event.anchor is not None:
            raise _unreadable(event.start_mark, "uses an anchor or alias", "write it out")
        if event.tag is not None:
            raise _unreadable(event.start_mark, "uses a tag", "remove it")
        return event

    def _plain(self, event: Any, path: Path) -> Any:
        """The data of the value that begins with this event."""
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        return (
            self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._list(path)
        )

    def _list(self, path: Path) -> list[Any]:
        plain: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            at = (*path, len(plain))
            self._lines[at] = event.start_mark.line + 1
            plain.append(self._plain(event, at))
        return plain

    def _mapping(self, path: Path) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            mark = key.start_mark
            if not isinstance(key, yaml.ScalarEvent):
                raise _unreadable(mark, "has a key that is not a text", "write the key as a text")
            at = (*path, key.value)
            if at in self._lines:
                first = f"is given twice, first on line {self._lines[at]}"
                raise Unreadable(mark.line + 1, Problem(at, first, "keep one of them"))
            self._lines[at] = mark.line + 1
            plain[key.value] = self._plain(self._next(), at)
        return plain


def _no_keys() -> Unreadable:
    return _unreadable(None, "must hold keys", "start with the document that is shipped")


def _scalar(event: yaml.ScalarEvent) -> Any:
    """Knows true, false, null and whole numbers, unquoted; everything else is text."""
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _NUMBER.match(text) else text
