"""What the California Consumer Privacy Act and its Regulations (11 CCR) ask for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from ledger.policy.gaps.gap import Gap, missing_regime, silent, slow, special
from ledger.policy.model import PolicyDocument
from ledger.policy.periods import add_period, at_most
from ledger.policy.uses import Topic

US = "https://w3id.org/dpv/legal/us#"
IRIS = (f"{US}law-CA-CCPA", f"{US}law-CA-CPRA", US)
FORTY_FIVE_DAYS, TWO_YEARS, YEAR = "P45D", "P24M", "P12M"

_SAFETY: Mapping[Topic, tuple[str, str]] = {
    "breach": ("§ 1798.82", "that they are told of a breach"),
    "security-measures": ("§ 1798.100(e)", "how their data is kept safe"),
}
_RIGHTS: Mapping[Topic, tuple[str, str]] = {
    "erasure": ("§ 1798.105", "that they can have it deleted"),
    "rectification": ("§ 1798.106", "that they can have it corrected"),
    "access": ("§ 1798.110", "that they can know what is collected, why, and who gets it"),
    "minors": ("§ 1798.120(c)", "what holds below the age of 16"),
}
_SELLING: Mapping[Topic, tuple[str, str]] = {
    "opting-out": ("§ 1798.120", "how they opt out of selling and sharing"),
}
_SENSITIVE: Mapping[Topic, tuple[str, str]] = {
    "limited-use": ("§ 1798.121", "how they limit the use of sensitive information"),
}
_EQUAL: Mapping[Topic, tuple[str, str]] = {
    "equal-service": ("§ 1798.125", "that nobody is served worse for using these rights"),
}


def gaps(document: PolicyDocument, today: dt.date) -> Iterator[Gap]:
    """In the order of the sections."""
    yield from silent(document, _SAFETY)
    yield from silent(document, _RIGHTS)
    if not document.prohibited:
        yield from silent(document, _SELLING)
    if special(document):
        yield from (gap._replace(keys=special(document)) for gap in silent(document, _SENSITIVE))
    yield from silent(document, _EQUAL)
    yield from _ways_in(document)
    yield from slow(document, IRIS, "answer", FORTY_FIVE_DAYS, "§ 1798.130(a)(2)")
    yield from slow(document, IRIS, "extend", FORTY_FIVE_DAYS, "§ 1798.130(a)(2)")
    yield from _yearly(document, today)
    yield from missing_regime(document, IRIS, "§ 1798.140")
    yield from _records(document)


def _ways_in(document: PolicyDocument) -> Iterator[Gap]:
    if len(document.contacts) < 2:
        yield Gap(
            "§ 1798.130(a)(1)",
            "There are not two ways to make a request.",
            "Add a contact; an e-mail address is enough for who is online only.",
            ("contacts",),
        )


def _yearly(document: PolicyDocument, today: dt.date) -> Iterator[Gap]:
    first = document.policy.effective
    if first < today and add_period(first, YEAR) < today:
        yield Gap(
            "§ 1798.130(a)(5)",
            "The policy was not updated in the last twelve months.",
            "Go through it, and publish it with a new day and label.",
            ("policy.effective",),
        )


def _records(document: PolicyDocument) -> Iterator[Gap]:
    """Requests and their answers are kept for two years at least."""
    evidence = document.evidence_class
    keeps = document.classes[evidence].keeps
    if keeps is not None and not at_most(TWO_YEARS, keeps.period):
        yield Gap(
            "11 CCR § 7101",
            "What shows how requests were answered is not kept for two years.",
            f"Write period: {TWO_YEARS} or more.",
            (f"classes.{evidence}.keeps.period",),
        )
