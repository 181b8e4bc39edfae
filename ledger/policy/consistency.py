"""What a document must not say although each part of it is well formed.

`dangling` finds ids that name nothing; `contradictions`, which needs all names to be good, finds
rules of the law or of the ledger that the document would break. Each says what to change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ledger.policy.model import PolicyDocument
from ledger.policy.part import Refers
from ledger.policy.periods import at_most
from ledger.policy.problem import Path, Problem, nearest

Problems = Iterator[Problem]
LONGEST_REVIEW = "P12M"


def dangling(document: PolicyDocument) -> Problems:
    """Every id that is not a key of the section it refers to."""
    yield from _dangling(document, document, ())


def _dangling(document: PolicyDocument, part: BaseModel, path: Path) -> Problems:
    for name, field in type(part).model_fields.items():
        at = (*path, field.alias or name)
        value = getattr(part, name)
        for refers in field.metadata:
            if isinstance(refers, Refers):
                yield from _missing(document, refers.section, value, at)
        if isinstance(value, BaseModel):
            yield from _dangling(document, value, at)
        elif isinstance(value, Mapping):
            for id_, one in value.items():
                if isinstance(one, BaseModel):
                    yield from _dangling(document, one, (*at, id_))


def _missing(document: PolicyDocument, section: str, value: Any, at: Path) -> Problems:
    known: Mapping[str, Any] = getattr(document, section)
    listed = isinstance(value, tuple)
    for number, id_ in enumerate(value if listed else [value]):
        if id_ is not None and id_ not in known:
            where = (*at, number) if listed else at
            yield Problem(where, f"{id_} is not in {section}", nearest(id_, known))


def contradictions(document: PolicyDocument) -> Problems:
    """Everything that cannot stand together. The document has no dangling ids."""
    for check in (
        _only_ones, _classes, _scopes, _used_classes, _attributes, _purposes, _notices,
        _recipients, _receivable, _grounds, _kept,
    ):  # fmt: skip
        yield from check(document)


def _only_ones(document: PolicyDocument) -> Problems:
    primary = [id_ for id_, one in document.controllers.items() if one.primary]
    if len(primary) != 1:
        yield Problem(
            ("controllers",), "exactly one must be primary", "write primary: true at that one"
        )
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
        if one.identifies and one.role != "ordinary":
            yield Problem(
                ("classes", id_, "identifies"),
                "the class that identifies must be ordinary",
                "identify by another class",
            )
        if one.role == "evidence" and one.keeps is None:
            yield Problem(
                ("classes", id_, "keeps"),
                "evidence must say on which ground and how long it is kept",
                "add keeps with ground and period",
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


def _used_classes(document: PolicyDocument) -> Problems:
    """Purpose limitation, GDPR Art. 5(1)(b)."""
    used = {id_ for one in document.purposes.values() for id_ in one.classes}
    for id_, one in document.classes.items():
        if one.role == "ordinary" and id_ not in used and id_ != document.unlisted_class:
            yield Problem(
                ("classes", id_), "no purpose uses this class", "name it in a purpose, or remove it"
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


def _purposes(document: PolicyDocument) -> Problems:
    for id_, one in document.purposes.items():
        at: Path = ("purposes", id_)
        if one.required and one.basis == "consent":
            yield Problem(
                (*at, "required"),
                "what rests on consent cannot be required (GDPR Art. 7(4))",
                "write required: false, or another basis",
            )
        if one.required and one.default == "off":
            yield Problem((*at, "default"), "what is required cannot be off", "write default: on")
        if one.basis == "consent" and one.default == "on":
            yield Problem(
                (*at, "default"),
                "what rests on consent is off until it is given (GDPR Art. 4(11))",
                "write default: off",
            )
        if one.basis == "legitimate-interest" and one.assessment is None:
            yield Problem(
                (*at, "assessment"),
                "a legitimate interest must name its assessment (GDPR Art. 6(1)(f))",
                "add assessment",
            )


def _notices(document: PolicyDocument) -> Problems:
    language = document.policy.language
    for id_, one in document.notices.items():
        if language not in one.texts:
            yield Problem(
                ("notices", id_, "texts"),
                f"the text in {language}, the language of the policy, is missing",
                "add it",
            )
    told = {id_ for one in document.notices.values() for id_ in one.purposes}
    for id_, purpose in document.purposes.items():
        if id_ not in told and not purpose.ended:
            yield Problem(
                ("purposes", id_),
                "no notice tells people of this purpose (GDPR Art. 13(1)(c))",
                "name it in a notice",
            )


def _recipients(document: PolicyDocument) -> Problems:
    grounds = document.disclosure_grounds.values()
    for id_, one in document.recipients.items():
        at: Path = ("recipients", id_)
        if one.kind == "processor" and not one.agreement_required:
            yield Problem(
                (*at, "agreement_required"),
                "a processor needs an agreement (GDPR Art. 28(3))",
                "write agreement_required: true",
            )
        if one.kind != "own-system" and not any(one.kind in ground.kinds for ground in grounds):
            yield Problem(
                (*at, "kind"),
                "no disclosure ground lets data go to this kind",
                "name the kind in a disclosure ground",
            )


def _receivable(document: PolicyDocument) -> Problems:
    """Nobody may be allowed an attribute that none of their purposes uses (GDPR Art. 5(1)(c))."""
    for id_, one in document.recipients.items():
        usable = {
            class_ for purpose in one.purposes for class_ in document.purposes[purpose].classes
        }
        for number, attribute in enumerate(one.attributes):
            if document.attributes[attribute].class_ not in usable:
                yield Problem(
                    ("recipients", id_, "attributes", number),
                    f"none of these purposes uses the class of {attribute}",
                    "remove it, or add the purpose it is for",
                )


def _grounds(document: PolicyDocument) -> Problems:
    for id_, one in document.retention_grounds.items():
        at: Path = ("retention_grounds", id_)
        if one.period is None and one.review is None:
            yield Problem(at, "must have an end or a review", "add period, or review up to P12M")
        if one.review is not None and not at_most(one.review, LONGEST_REVIEW):
            yield Problem((*at, "review"), "must come within twelve months", "write P12M or less")


def _kept(document: PolicyDocument) -> Problems:
    for id_, one in document.classes.items():
        if one.keeps is None:
            continue
        ground = document.retention_grounds[one.keeps.ground]
        if id_ not in ground.classes:
            yield Problem(
                ("classes", id_, "keeps", "ground"),
                f"{one.keeps.ground} does not cover this class",
                "name the class at the ground, or use another ground",
            )
        if ground.period is not None and not at_most(one.keeps.period, ground.period):
            yield Problem(
                ("classes", id_, "keeps", "period"),
                f"is longer than {one.keeps.ground} allows",
                f"write {ground.period} or less",
            )
