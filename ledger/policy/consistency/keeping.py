"""Contradictions in what a document says of keeping: grounds, and the facts that hold data."""

from __future__ import annotations

import datetime as dt

from ledger.policy.keeping import RetentionGround, RetentionRule
from ledger.policy.model import PolicyDocument
from ledger.policy.periods import add_period, at_most
from ledger.policy.problem import Path, Problem, Problems

LONGEST_REVIEW = "P12M"
ENDED_BY = {
    "account-opened": "account-closed",
    "member-joined": "member-left",
    "credit-opened": "credit-settled",
    "case-opened": "case-closed",
    "hold-placed": "hold-released",
}
"""Facts that begin something, and the one that ends it."""
ENDS_ALL = ("member-left", "account-closed")
"""Facts that may end whatever is held of a member, or in an account."""
SOME_DAY = dt.date(2001, 1, 1)
OF_A_KIND = ("case-opened", "hold-placed")
OF_A_DOCUMENT = (
    "quote-issued", "invoice-issued", "licence-generated", "licence-paid",
)  # fmt: skip
OF_ONE = (
    *OF_A_DOCUMENT,
    "credit-opened",
    "credit-settled",
    *OF_A_KIND,
    "case-closed",
    "hold-released",
)
"""Facts about one document, credit, case or hold, and not about the whole account."""
OF_MONEY = (*OF_A_DOCUMENT, "credit-opened")
"""Facts that only some members answer for."""


def _grounds(document: PolicyDocument) -> Problems:
    for id_, one in document.retention_grounds.items():
        at: Path = ("retention_grounds", id_)
        if one.period is None and one.review is None:
            yield Problem(at, "must have an end or a review", "add period, or review up to P12M")
        if one.review is not None and not at_most(one.review, LONGEST_REVIEW):
            yield Problem((*at, "review"), "must come within twelve months", "write P12M or less")
        if one.law is None and one.assessment is None:
            yield Problem(
                at, "must rest on a law or on an assessment", "add law, or add assessment"
            )
        yield from _of_its_purposes(document, one, at)


def _of_its_purposes(document: PolicyDocument, one: RetentionGround, at: Path) -> Problems:
    """What is kept serves the ground's purposes only, so one of them must use it."""
    usable = {class_ for id_ in one.purposes for class_ in document.purposes[id_].classes}
    for number, class_ in enumerate(one.classes):
        if class_ not in usable:
            yield Problem(
                (*at, "classes", number),
                f"none of these purposes uses {class_}",
                "remove it, or add the purpose it is kept for",
            )
        if document.classes[class_].instructed:
            yield Problem(
                (*at, "classes", number),
                f"{class_} is customers' content, which they alone decide to keep",
                "remove it",
            )


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


def _rules(document: PolicyDocument) -> Problems:
    for id_, one in document.retention_rules.items():
        at: Path = ("retention_rules", id_)
        yield from _kind(one, at)
        yield from _ended(one, at)
        yield from _within_its_ground(document, one, at)
        yield from _scope(document, one, at)
        if one.trigger in OF_MONEY and not one.roles:
            yield Problem(
                (*at, "roles"),
                "would hold data of members who do not answer for it (P22)",
                "name the member roles that do",
            )


def _kind(one: RetentionRule, at: Path) -> Problems:
    if (one.trigger in OF_A_KIND) != (one.kind is not None):
        yield Problem(
            (*at, "kind"),
            "goes with case-opened and hold-placed, and only with them",
            "add one of matters, or remove it",
        )


def _ended(one: RetentionRule, at: Path) -> Problems:
    """No hold that nothing ends."""
    ends = ENDED_BY.get(one.trigger)
    if one.released_by not in (None, ends, *ENDS_ALL):
        yield Problem(
            (*at, "released_by"),
            f"is not what ends {one.trigger}",
            f"write {ends}" if ends else "remove it, and add keep",
        )
    if one.released_by is None and one.keep is None:
        yield Problem(
            (*at, "released_by"),
            "nothing ends what this rule holds",
            f"add released_by: {ends}" if ends else "add keep",
        )
    if one.counted_from == "year-end" and one.keep is None:
        yield Problem((*at, "keep"), "what is counted from the year's end is missing", "add keep")


def _within_its_ground(document: PolicyDocument, one: RetentionRule, at: Path) -> Problems:
    ground = document.retention_grounds[one.ground]
    for number, class_ in enumerate(one.classes):
        if class_ not in ground.classes:
            yield Problem(
                (*at, "classes", number),
                f"{one.ground} does not cover {class_}",
                "name the class at the ground, or remove it here",
            )
    if one.keep is None or ground.period is None:
        return
    later = "P12M" if one.counted_from == "year-end" else "P0D"
    if add_period(add_period(SOME_DAY, one.keep), later) > add_period(SOME_DAY, ground.period):
        yield Problem(
            (*at, "keep"),
            f"is longer than {one.ground} allows",
            f"write at most {ground.period}, less a year where it is counted from the year's end",
        )


def _scope(document: PolicyDocument, one: RetentionRule, at: Path) -> Problems:
    """A claim is on just the keys it needs (P22, P24)."""
    scopes = {document.classes[class_].scope for class_ in one.classes}
    if one.scope == "document":
        if one.trigger not in OF_ONE:
            yield Problem(
                (*at, "scope"), f"{one.trigger} is about no document or case", "use another scope"
            )
        if not scopes & {"document", "case"} or scopes & {"year", "month"}:
            yield Problem(
                (*at, "scope"),
                "these classes are not kept by document or case",
                "write another scope, or name classes of documents or cases",
            )
    elif one.scope == "period":
        if not scopes & {"year", "month"} or scopes & {"document", "case"}:
            yield Problem(
                (*at, "scope"),
                "these classes are not kept by year or month",
                "write another scope, or name classes of years or months",
            )
    elif one.trigger in (*OF_A_DOCUMENT, "case-opened") and scopes <= {"document", "case"}:
        yield Problem(
            (*at, "scope"),
            "would hold documents or cases that the fact is not about",
            "write scope: document",
        )


CHECKS = (_grounds, _kept, _rules)
