"""Contradictions in what a document says of data: its classes, attributes and sources."""

from __future__ import annotations

from ledger.policy.data import RetentionClass
from ledger.policy.model import PolicyDocument
from ledger.policy.problem import Path, Problem, Problems

PERIODS = ("year", "month")
"""Scopes that have an end of their own."""


def _only_ones(document: PolicyDocument) -> Problems:
    identifying = [id_ for id_, one in document.classes.items() if one.identifies]
    if len(identifying) != 1:
        yield Problem(
            ("classes",), "exactly one must identify", "write identifies: true at that one"
        )
    for role in ("evidence", "request"):
        if sum(one.role == role for one in document.classes.values()) != 1:
            yield Problem(
                ("classes",), f"exactly one must have the role {role}", f"write role: {role} there"
            )


def _classes(document: PolicyDocument) -> Problems:
    for id_, one in document.classes.items():
        at: Path = ("classes", id_)
        if one.identifies and one.role != "ordinary":
            yield Problem(
                (*at, "identifies"),
                "the class that identifies must be ordinary",
                "identify by another class",
            )
        if one.role == "evidence" and one.keeps is None:
            yield Problem(
                (*at, "keeps"),
                "evidence must say on which ground and how long it is kept",
                "add keeps with ground and period",
            )
        if one.instructed and (one.identifies or one.role != "ordinary" or one.keeps):
            yield Problem(
                (*at, "instructed"),
                "a customer's content is kept as that customer instructs, and for nothing else",
                "remove it, or use a class of its own without keeps",
            )


def _scopes(document: PolicyDocument) -> Problems:
    """Values that come without a date, a document or a case of their own need no scope."""
    for id_, one in document.classes.items():
        whole = one.identifies or one.role == "evidence" or id_ == document.unlisted_class
        if whole and one.scope != "none":
            yield Problem(
                ("classes", id_, "scope"),
                "evidence, what identifies and what is not listed must have no scope",
                "write scope: none",
            )
    if document.classes[document.unlisted_class].role != "ordinary":
        yield Problem(
            ("unlisted_class",), "must be an ordinary class", "name one without a role of its own"
        )


def _ends(document: PolicyDocument) -> Problems:
    """No class without a rule that ends it (GDPR Art. 5(1)(e))."""
    for id_, one in document.classes.items():
        at: Path = ("classes", id_)
        if one.ends is None:
            if not (one.keeps or one.instructed):
                yield Problem(
                    (*at, "ends"),
                    "nothing says when values of this class end",
                    "add ends, or instructed: true where a customer instructs",
                )
        elif one.role == "evidence":
            yield Problem(
                (*at, "ends"),
                "evidence ends by what it keeps, counted from the deletion",
                "remove ends",
            )
        else:
            yield from _counted(one, at)


def _counted(class_: RetentionClass, at: Path) -> Problems:
    """From when a class's own end is counted must fit what the class is."""
    assert class_.ends is not None
    since = class_.ends.of
    if since == "scope-end" and class_.scope not in PERIODS:
        yield Problem(
            (*at, "scope"),
            "only a month or a year has an end of its own",
            "write scope: month or year, or count from birth",
        )
    if since == "birth" and class_.scope in PERIODS:
        yield Problem(
            (*at, "ends", "of"),
            f"values of a {class_.scope} end after it is over",
            "add of: scope-end",
        )
    if since == "birth" and class_.identifies:
        yield Problem(
            (*at, "ends", "of"),
            "who a person is would end while they are still here",
            "add of: account-closed",
        )


def _attributes(document: PolicyDocument) -> Problems:
    seen: dict[tuple[str, str], str] = {}
    for id_, one in document.attributes.items():
        at: Path = ("attributes", id_)
        if (one.type == "choice") != bool(one.choices):
            yield Problem(
                (*at, "choices"), "goes with the type choice, and only with it", "change one"
            )
        if one.exclusive and not (one.lookup and document.classes[one.class_].identifies):
            yield Problem(
                (*at, "exclusive"),
                "only what is looked up in the class that identifies can be exclusive",
                "remove it, or add lookup and use that class",
            )
        if one.lookup is None:
            continue
        if one.type not in _LOOKED_UP[one.lookup.partition("/")[0]]:
            yield Problem((*at, "lookup"), "does not fit the type", "use the one of this type")
        first = seen.setdefault((one.class_, one.lookup), id_)
        if first != id_:
            yield Problem(
                (*at, "lookup"),
                f"{first} of the same class is looked up in the same way",
                "remove one, or add a name: ref/1/name",
            )


_LOOKED_UP = {"email": ("email",), "tel": ("telephone",), "ref": ("reference", "text")}


def _sources(document: PolicyDocument) -> Problems:
    for id_, one in document.sources.items():
        at: Path = ("sources", id_)
        if one.volunteered and (one.third_party or one.notice_required):
            yield Problem(
                (*at, "volunteered"),
                "only what the person said unasked is volunteered",
                "remove it, or write third_party: false and notice_required: false",
            )
        if one.followed and (one.third_party or one.volunteered):
            yield Problem(
                (*at, "followed"),
                "which links were followed is observed, neither told by others nor volunteered",
                "make it a source of its own",
            )
        if one.followed and all(each.kind != "promotional" for each in document.templates.values()):
            yield Problem(
                (*at, "followed"),
                "no message is promotional, and of others no link is followed",
                "add the template whose links these are, or remove followed",
            )


def _exempt(document: PolicyDocument) -> Problems:
    """An exemption from the guard is for what only looks like a number of a card or account."""
    for number, id_ in enumerate(document.identifiers.exempt):
        if document.attributes[id_].type not in ("text", "reference"):
            yield Problem(
                ("identifiers", "exempt", number),
                f"{id_} cannot look like the number of a card or account",
                "remove it",
            )


CHECKS = (
    _only_ones, _classes, _scopes, _ends, _attributes, _sources, _exempt,
)  # fmt: skip
