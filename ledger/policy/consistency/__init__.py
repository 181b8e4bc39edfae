"""What a document must not say although each part of it is well formed.

`dangling` finds ids that name nothing; `contradictions`, which needs all names to be good, finds
rules of the law or of the ledger that the document would break. Each says what to change. They are
asked of a candidate only: a published document stays readable whatever is added here.
"""

from __future__ import annotations

from ledger.policy.consistency import data, keeping, parties, uses
from ledger.policy.consistency.references import dangling
from ledger.policy.model import PolicyDocument
from ledger.policy.problem import Problems

__all__ = ["contradictions", "dangling"]

CHECKS = (*data.CHECKS, *uses.CHECKS, *parties.CHECKS, *keeping.CHECKS)


def contradictions(document: PolicyDocument) -> Problems:
    """Everything that cannot stand together. The document has no dangling ids."""
    for check in CHECKS:
        yield from check(document)
