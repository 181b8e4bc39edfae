"""What a document must not take from the one before it, since data lives under that. Pure.

A key is of a class and a scope for ever. A class that goes, or whose end is counted by a period that
its keys do not have, leaves values that nothing ends (GDPR Art. 5(1)(e)); one that gets another role
leaves consents without the evidence of them, or people whom nobody recognises. A purpose's id is for
ever as well, since people's words name it: it ends (`ended`), and never goes, so that no other use
can take its name. Other ids may go: a use of what is not listed is refused.
"""

from __future__ import annotations

from ledger.policy.data import RetentionClass
from ledger.policy.model import PolicyDocument
from ledger.policy.problem import Path, Problem, Problems


def succession(before: PolicyDocument, after: PolicyDocument) -> Problems:
    """What keeps a document from following another one."""
    if before.policy.label == after.policy.label:
        yield Problem(
            ("policy", "label"),
            "is that of the version before, and names one version for ever",
            "write a new label",
        )
    yield from _purposes(before, after)
    yield from _notices(before, after)
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


def _purposes(before: PolicyDocument, after: PolicyDocument) -> Problems:
    for id_ in before.purposes:
        if id_ not in after.purposes:
            yield Problem(
                ("purposes", id_),
                "was in the version before, and what people said of it names it for ever",
                "keep the purpose; if it is over, write `ended: true`",
            )


def _notices(before: PolicyDocument, after: PolicyDocument) -> Problems:
    """A kind of data that is added is told of (P03): by a notice that was not there before, of a
    purpose that uses it. What customers store and what requests and evidence hold is told otherwise."""
    told = {
        class_
        for id_, notice in after.notices.items()
        if id_ not in before.notices
        for purpose in notice.purposes
        for class_ in after.purposes[purpose].classes
    }
    for id_, one in after.attributes.items():
        listed = after.classes[one.class_]
        ordinary = listed.role == "ordinary" and not listed.instructed
        if id_ not in before.attributes and ordinary and one.class_ not in told:
            yield Problem(
                ("attributes", id_),
                "is a kind of data that no new notice tells people of (P03)",
                f"add a notice with an id of its own, of a purpose that uses {one.class_}",
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
