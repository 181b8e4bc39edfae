"""A policy document, from its text: read, checked in form, in its references and against itself.

    text → tree.py (YAML, lines) → model.py (form) → consistency.py (references, contradictions)

Each step needs the one before; within a step all problems are found at once.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from ledger.errors import PolicyInvalid
from ledger.policy import consistency, tree
from ledger.policy.model import PolicyDocument
from ledger.policy.problem import Problem, of_form

DEFAULT: Path = Path(__file__).with_name("default.yaml")
"""The document a new ledger starts with unless `LEDGER_POLICY` names another."""


class Located(NamedTuple):
    """A problem as its author is shown it. The line is none where the whole text is concerned."""

    line: int | None
    key: str
    rule: str
    remedy: str


def load(text: str) -> PolicyDocument:
    """The document that the text says.

    Raises:
        PolicyInvalid: facts line, key, rule and remedy of the first problem, and how many more
            there are.
    """
    document, found = _examine(text)
    if document is not None:
        return document
    first, more = found[0], len(found) - 1
    raise PolicyInvalid(
        line=first.line,
        key=first.key or None,
        rule=first.rule,
        remedy=first.remedy,
        more=more or None,
    )


def problems(text: str) -> list[Located]:
    """Everything that is wrong with the text, in the order of its lines; empty if `load` loads it."""
    return list(_examine(text)[1])


def digest(text: str) -> bytes:
    """SHA-256 of the published text, UTF-8: 32 bytes."""
    return hashlib.sha256(text.encode()).digest()


@lru_cache(maxsize=4)
def _examine(text: str) -> tuple[PolicyDocument | None, tuple[Located, ...]]:
    """Kept for a few texts: who publishes a version decides on it, works under it and shows it, and
    each of them would read it anew."""
    try:
        read = tree.read(text)
    except tree.Unreadable as error:
        return None, (_located(error.line, error.problem),)
    document, found = _form(read)
    if document is not None:
        found = list(consistency.dangling(document)) or list(consistency.contradictions(document))
    located = sorted(
        (_located(read.line(problem.path), problem) for problem in found),
        key=lambda one: one.line or 0,
    )
    return (None if located else document), tuple(located)


def _form(read: tree.Tree) -> tuple[PolicyDocument | None, list[Problem]]:
    try:
        return PolicyDocument.model_validate(read.data), []
    except ValidationError as error:
        return None, [of_form(one) for one in error.errors(include_url=False, include_input=False)]


def _located(line: int | None, problem: Problem) -> Located:
    return Located(line, problem.key, problem.rule, problem.remedy)
