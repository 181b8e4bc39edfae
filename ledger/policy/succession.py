"""What a document must not take from the one before it, since data lives under that. Pure.

A key is of a class and a scope for ever. A class that goes, or whose end is counted by a period that
its keys do not have, leaves values that nothing ends (GDPR Art. 5(1)(e)); one that gets another role
leaves consents without the evidence of them, or people whom nobody recognises. Other ids may go: a
use that is not listed is refused, and what people said holds when it is listed again.
"""

from __future__ import annotations

from ledger.policy.data import RetentionClass
from ledger.policy.model import PolicyDocument
from ledger.policy.problem import Path, Problem, Problems


def succession(before: PolicyDocument, after: PolicyDocument) -> Problems:
    """What keeps a document from following another one."""
    for id_, one in before.classes.items():
        if id_ in after.classes:
            yield from _roles(one, after.classes[id_], ("classes", id_))
            yield from _ends(one, after.classes[id_], ("classes", id_))
        else:
            yield Problem(
                ("classes", id_),
                "was in the version before, and nothing would end the values in it",
                "keep the class, used by a purpose; without attributes nothing new comes into it",
            )


def _roles(before: RetentionClass, after: RetentionClass, at: Path) -> Problems:
    """By one class people are recognised, and one proves what they said."""
    if before.role != after.role:
        yield Problem(
            (*at, "role"),
            f"was {before.role} in the version before, and values were kept as such",
            f"write role: {before.role}, or add another class",
        )
    if before.identifies != after.identifies:
        yield Problem(
            (*at, "identifies"),
            "was another one in the version before, and people are recognised by it",
            f"write identifies: {str(before.identifies).lower()}",
        )


def _ends(before: RetentionClass, after: RetentionClass, at: Path) -> Problems:
    if before.ends is not None and after.ends is None:
        yield Problem(
            (*at, "ends"),
            "was there in the version before, and values came that would have no end now",
            "keep ends, or add another class for what comes from now on",
        )
    by_scope = after.ends is not None and after.ends.of == "scope-end"
    if by_scope and before.scope != after.scope:
        yield Problem(
            (*at, "scope"),
            f"was {before.scope} in the version before, and values by it have no {after.scope} to "
            "end with",
            f"write scope: {before.scope}, or add another class and move the attributes there",
        )
