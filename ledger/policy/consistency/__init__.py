"""What a document must not say although each part of it is well formed.

`unreadable` finds texts that nobody can read; `dangling` ids that name nothing; `contradictions`,
which needs all names to be good, rules of the law or of the ledger that the document would break;
`unused` what is left over.
Each says what to change. They are asked of a candidate only: a published document stays readable
whatever is added here.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from ledger.policy.consistency import data, keeping, parties, uses
from ledger.policy.consistency.references import dangling
from ledger.policy.consistency.texts import unreadable
from ledger.policy.consistency.unused import unused
from ledger.policy.model import PolicyDocument
from ledger.policy.problem import Problems

__all__ = ["contradictions", "dangling", "found", "unreadable", "unused"]

CHECKS = (*data.CHECKS, *uses.CHECKS, *parties.CHECKS, *keeping.CHECKS)


def found(document: PolicyDocument, written: Mapping[str, Any]) -> Problems:
    """What is wrong with the document, as far as the first question that finds anything. `written`:
    its plain data, as it was written."""
    questions = (
        chain(unreadable(document, written), dangling(document)),
        contradictions(document),
        unused(document),
    )
    for problems in questions:
        for first in problems:
            yield first
            yield from problems
            return


def contradictions(document: PolicyDocument) -> Problems:
    """Everything that cannot stand together. The document has no dangling ids."""
    for check in CHECKS:
        yield from check(document)
