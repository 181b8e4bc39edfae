"""From YAML to plain data, with the line of every key, so that a mistake can be pointed at.

Less than YAML is read, on purpose: `no`, `on` and dates stay text, a key is text as written, and
anchors, tags, merge keys and repeated keys are refused: what an officer reads is what counts.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

from ledger.policy.problem import Path, Problem

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # a build without libyaml: the same grammar, ten times slower
    from yaml import SafeLoader as _Base  # type: ignore[assignment]

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


class _Loader(_Base):
    """Knows true, false, null and whole numbers; everything else is text."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012 - the library's own protocol


for _tag, _form, _first in (
    ("bool", r"(?:true|false)", "tf"),
    ("null", r"(?:null|~|)", ["n", "~", ""]),
    ("int", r"-?(?:0|[1-9][0-9]{0,8})", "-0123456789"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"{_form}\Z"), list(_first)
    )


def read(text: str) -> Tree:
    """The document as plain data.

    Raises:
        Unreadable: it is too large or too deep, not YAML, or uses what is refused here.
    """
    try:
        if len(text.encode()) > MOST_BYTES:
            raise _unreadable(None, "is larger than 512 KiB", "shorten the texts")
        _refuse_the_clever(text)
        node = yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or "a character that may not be in it"
        raise _unreadable(mark, f"is not YAML: {why}", "check indentation and quotes") from None
    if not isinstance(node, yaml.MappingNode):
        raise _unreadable(None, "must hold keys", "start with the document that is shipped")
    lines: dict[Path, int] = {(): 1}
    return Tree(_plain(node, (), lines), lines)


def _unreadable(mark: Any, rule: str, remedy: str) -> Unreadable:
    return Unreadable(None if mark is None else mark.line + 1, Problem((), rule, remedy))


def _refuse_the_clever(text: str) -> None:
    """Before anything is built: no alias can multiply, and no depth can exhaust the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MOST_LEVELS:
            raise _unreadable(event.start_mark, "is nested too deeply", "use fewer levels")
        if getattr(event, "anchor", None) is not None:
            raise _unreadable(event.start_mark, "uses an anchor or alias", "write it out")
        if getattr(event, "tag", None) is not None:
            raise _unreadable(event.start_mark, "uses a tag", "remove it")


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            lines[*path, number] = item.start_mark.line + 1
        return [_plain(item, (*path, number), lines) for number, item in enumerate(node.value)]
    kind = node.tag.rpartition(":")[2]
    if kind == "bool":
        return node.value == "true"
    if kind == "int":
        return int(node.value)
    return None if kind == "null" else node.value


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key, value in node.value:
        mark = key.start_mark
        if not isinstance(key, yaml.ScalarNode):
            raise _unreadable(mark, "has a key that is not a text", "write the key as a text")
        at = (*path, key.value)
        if at in lines:
            twice = Problem(at, f"is given twice, first on line {lines[at]}", "keep one of them")
            raise Unreadable(mark.line + 1, twice)
        lines[at] = mark.line + 1
        plain[key.value] = _plain(value, at, lines)
    return plain
