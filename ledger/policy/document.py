"""A policy document, from its text: read, checked in form, in its references and against itself.

    text → tree.py (YAML, lines) → model.py (form) → consistency/ (references, contradictions)

Each step needs the one before; within a step all problems are found at once. A *candidate* takes
all steps (`load`, `problems`), every section of today's model is asked of it, and where it follows
another one, that it leaves nothing behind (`succession.py`). A *published*
text was a candidate once and stays what it was: `read` asks it for its form only, so no rule and no
section that is added later makes an old version, or a ledger that was opened with it, unreadable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from ledger.errors import PolicyInvalid
from ledger.policy import consistency, tree
from ledger.policy.model import PolicyDocument
from ledger.policy.problem import Problem, of_form
from ledger.policy.succession import succession

DEFAULT: Path = Path(__file__).with_name("default.yaml")
"""The document a new ledger starts with unless `LEDGER_POLICY` names another."""


MOST_PROBLEMS = 100
"""Problems of one step that are told: who mends them asks again."""


class Located(NamedTuple):
    """A problem as its author is shown it. The line is none where the whole text is concerned."""

    line: int | None
    key: str
    rule: str
    remedy: str


def load(text: str, before: PolicyDocument | None = None) -> PolicyDocument:
    """The document that a candidate says; `before`: the one that it is to follow.

    Raises:
        PolicyInvalid: facts line, key, rule and remedy of the first problem, and how many more
            there are.
    """
    found = _examine(text)
    if found:
        raise _invalid(found)
    formed = _formed(text)
    assert formed.document is not None and formed.tree is not None  # or there were problems
    if before is not None:
        broken = _sorted(formed.tree, succession(before, formed.document))
        if broken:
            raise _invalid(broken)
    return formed.document


def read(text: str) -> PolicyDocument:
    """The document that a published text says.

    Raises:
        PolicyInvalid: it is no text of such a document; none that was published is refused.
    """
    formed = _formed(text)
    if formed.document is None:
        raise _invalid(formed.problems)
    return formed.document


def _invalid(found: Sequence[Located]) -> PolicyInvalid:
    first, more = found[0], str(len(found) - 1)
    if len(found) == MOST_PROBLEMS:
        more = f"{more} or more"
    return PolicyInvalid(
        line=first.line,
        key=first.key or None,
        rule=first.rule,
        remedy=first.remedy,
        more=None if len(found) == 1 else more,
    )


def problems(text: str) -> list[Located]:
    """Everything that is wrong with the text, in the order of its lines; empty if `load` loads it."""
    return list(_examine(text))


def digest(text: str) -> bytes:
    """SHA-256 of the published text, UTF-8: 32 bytes."""
    return hashlib.sha256(text.encode()).digest()


class _Formed(NamedTuple):
    """A text as far as its form goes: the document, or what is wrong with it."""

    document: PolicyDocument | None
    problems: tuple[Located, ...]
    tree: tree.Tree | None


@lru_cache(maxsize=4)
def _examine(text: str) -> tuple[Located, ...]:
    """Everything that is wrong with a candidate.

    Kept for a few texts, as is their form: who publishes a version decides on it, works under it
    and shows it, and each of them would read it anew.
    """
    formed = _formed(text)
    if formed.tree is None:
        return formed.problems
    missing = _sorted(formed.tree, _missing(formed.tree.data))
    if formed.document is None or missing:
        names = {one.key for one in missing}
        others = (one for one in formed.problems if one.key not in names)
        return tuple(sorted((*missing, *others), key=_line))
    return _sorted(formed.tree, consistency.found(formed.document, formed.tree.data))


@lru_cache(maxsize=4)
def _formed(text: str) -> _Formed:
    try:
        read = tree.read(text)
    except tree.Unreadable as error:
        return _Formed(None, (_located(error.line, error.problem),), None)
    try:
        return _Formed(PolicyDocument.model_validate(read.data), (), read)
    except ValidationError as error:
        return _Formed(None, _sorted(read, map(of_form, error.errors(include_url=False))), read)


def _missing(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Every section must be there, so that nothing is left to a default by oversight."""
    for name, field in PolicyDocument.model_fields.items():
        if name not in data:
            yield Problem((name,), "is missing", f"add it{_least(name, field)}")


def _least(name: str, field: FieldInfo) -> str:
    """The least that a section can be, in words; nothing where it must say something."""
    try:
        if name == "regimes":  # of those of before it may say nothing
            return ""
        kind: Any = Annotated[field.annotation, name, *field.metadata]
        empty: Any = TypeAdapter(kind).validate_python({})
    except ValidationError:
        return ""
    meaning = "there is none" if isinstance(empty, Mapping) else "its defaults are meant"
    return f", as {name}: {{}} where {meaning}"


def _sorted(read: tree.Tree, found: Iterable[Problem]) -> tuple[Located, ...]:
    told = (_located(read.line(one.path), one) for one in islice(found, MOST_PROBLEMS))
    return tuple(sorted(told, key=_line))


def _line(located: Located) -> int:
    return located.line or 0


def _located(line: int | None, problem: Problem) -> Located:
    return Located(line, problem.key, problem.rule, problem.remedy)
