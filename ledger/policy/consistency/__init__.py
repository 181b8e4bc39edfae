"""What a document must not say although each part of it is well formed.

`dangling` finds ids that name nothing; `contradictions`, which needs all names to be good, finds
rules of the law or of the ledger that the document would break; `unused` finds what is left over.
Each says what to change. They are asked of a candidate only: a published document stays readable
whatever is added here.
"""

from __future__ import annotations

from ledger.policy.consistency import data, keeping, parties, uses
from ledger.policy.consistency.references import dangling
from ledger.policy.consistency.unused import unused
from ledger.policy.model import PolicyDocument
from ledger.policy.problem import Problem, Problems

__all__ = ["contradictions", "dangling", "found", "unused"]

CHECKS = (*data.CHECKS, *uses.CHECKS, *parties.CHECKS, *keeping.CHECKS)


def found(document: PolicyDocument) -> list[Problem]:
    """What is wrong with the document, as far as the first question that finds anything."""
    for question in (dangling, contradictions, unused):
        if problems := list(question(document)):
            return problems
    return []


def contradictions(document: PolicyDocument) -> Problems:
    """Everything that cannot stand together. The document has no dangling ids."""
    for check in CHECKS:
        yield from check(document)
