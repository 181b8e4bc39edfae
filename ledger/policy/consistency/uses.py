"""Contradictions in what a document says of use: regimes, purposes, notices and messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ledger.policy.model import PolicyDocument
from ledger.policy.problem import Path, Problem, Problems
from ledger.policy.uses import Purpose

BY_ONESELF = ("consent", "legitimate-interest", "public-task")
"""Bases of whoever decides on a purpose, which a processor never does."""


def _regimes(document: PolicyDocument) -> Problems:
    """Without them no request has a clock, and no purpose a basis that could be the strictest."""
    if not document.regimes:
        yield Problem(
            ("regimes",), "must name at least one law that protects people", "add it, with clocks"
        )
    elif not document.default_regimes:
        yield Problem(
            ("default_regimes",),
            "must name the law of people of whom none was determined yet",
            "name at least one of the regimes",
        )


def _purposes(document: PolicyDocument) -> Problems:
    for id_, one in document.purposes.items():
        at: Path = ("purposes", id_)
        yield from _required(one, at)
        if one.basis == "consent" and one.default == "on":
            yield Problem(
                (*at, "default"),
                "what rests on consent is off until it is given (GDPR Art. 4(11))",
                "write default: off",
            )
        bases = {one.basis, *(each.basis for each in one.bases.values())}
        if "legitimate-interest" in bases and one.assessment is None:
            yield Problem(
                (*at, "assessment"),
                "a legitimate interest must name its assessment (GDPR Art. 6(1)(f))",
                "add assessment",
            )
        if one.despite_restriction and not one.required:
            yield Problem(
                (*at, "despite_restriction"),
                "what people may switch off stops with a restriction (GDPR Art. 18(2))",
                "remove it, or write required: true",
            )
        if one.ended and (one.required or one.default == "on"):
            yield Problem(
                (*at, "ended"),
                "what is carried out no more is neither required nor on",
                "write required: false and default: off",
            )


def _required(one: Purpose, at: Path) -> Problems:
    """Nobody can refuse what is required, so it is on and rests on something else than consent."""
    if not one.required:
        return
    if one.basis == "consent":
        yield Problem(
            (*at, "required"),
            "what rests on consent cannot be required (GDPR Art. 7(4))",
            "write required: false, or another basis",
        )
    for regime, each in one.bases.items():
        if each.basis == "consent":
            yield Problem(
                (*at, "bases", regime, "basis"),
                "what rests on consent cannot be required (GDPR Art. 7(4))",
                "write required: false, or another basis",
            )
    if one.default == "off":
        yield Problem((*at, "default"), "what is required cannot be off", "write default: on")
    if one.marketing:
        yield Problem(
            (*at, "required"), "advertising is never required (P13)", "write required: false"
        )


def _instructed(document: PolicyDocument) -> Problems:
    """Customers' content serves the customer who stored it (P02, GDPR Art. 28(3)(a))."""
    instructed = {id_ for id_, one in document.classes.items() if one.instructed}
    for id_, one in document.purposes.items():
        own = one.internal or one.marketing or one.basis in BY_ONESELF
        for number, class_ in enumerate(one.classes):
            if own and class_ in instructed:
                yield Problem(
                    ("purposes", id_, "classes", number),
                    f"{class_} is customers' content, and not for purposes of one's own",
                    "remove it there",
                )


def _prohibited(document: PolicyDocument) -> Problems:
    for id_ in document.prohibited:
        if id_ in document.purposes:
            yield Problem(
                ("prohibited", id_), "is a purpose of this document", "remove it in one of both"
            )


def _ended(document: PolicyDocument) -> Problems:
    """A purpose that is carried out no more is nothing that anything else can be for."""
    for path, id_ in _serving(document):
        if document.purposes[id_].ended:
            yield Problem(path, f"{id_} is carried out no more", "name another purpose, or none")


def _serving(document: PolicyDocument) -> Iterator[tuple[Path, str]]:
    """Every place that names a purpose to act for; notices may name what they told of before."""
    single: Mapping[str, Mapping[str, str | None]] = {
        "reasons": {id_: one.purpose for id_, one in document.reasons.items()},
        "templates": {id_: one.purpose for id_, one in document.templates.items()},
    }
    for section, purposes in single.items():
        for id_, purpose in purposes.items():
            if purpose is not None:
                yield (section, id_, "purpose"), purpose
    several: Mapping[str, Mapping[str, tuple[str, ...]]] = {
        "recipients": {id_: one.purposes for id_, one in document.recipients.items()},
        "retention_grounds": {id_: one.purposes for id_, one in document.retention_grounds.items()},
    }
    for section, lists in several.items():
        for id_, listed in lists.items():
            for number, purpose in enumerate(listed):
                yield (section, id_, "purposes", number), purpose


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
                "name it in a notice, or write ended: true",
            )


def _templates(document: PolicyDocument) -> Problems:
    """Mandatory messages carry what is required, and promotional ones never do (P12, P13)."""
    for id_, one in document.templates.items():
        required = document.purposes[one.purpose].required
        if (one.kind == "mandatory") != required:
            is_ = "required" if required else "not required"
            yield Problem(
                ("templates", id_, "kind"),
                f"{one.purpose} is {is_}, so its messages are not {one.kind}",
                "use the other kind, or another purpose",
            )


CHECKS = (
    _regimes, _purposes, _instructed, _prohibited, _ended, _notices, _templates,
)  # fmt: skip
