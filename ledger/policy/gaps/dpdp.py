"""What India's Digital Personal Data Protection Act, 2023 and its Rules, 2025 ask for.

Most of the Rules apply from May 2027 on; a document is better ready before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from ledger.policy.gaps.gap import Gap, bases, missing_regime, regimes, silent, slow
from ledger.policy.model import PolicyDocument
from ledger.policy.periods import at_most
from ledger.policy.uses import Topic

IRIS = ("https://w3id.org/dpv/legal/in#law-DPDP", "https://w3id.org/dpv/legal/in#")
NINETY_DAYS, YEAR = "P90D", "P1Y"
ENGLISH = "en"
SCHEDULED = {
    "as", "bn", "brx", "doi", "gu", "hi", "kn", "kok", "ks", "mai", "ml", "mni", "mr", "ne", "or",
    "pa", "sa", "sat", "sd", "ta", "te", "ur",
}  # fmt: skip
"""The languages of the Eighth Schedule to the Constitution."""

_NOTICE: Mapping[Topic, tuple[str, str]] = {
    "regulator": ("s. 5(1)(iii)", "how to complain to the Data Protection Board"),
    "withdrawal": ("s. 6(4)", "how a consent is taken back as easily as it was given"),
}
_DUTIES: Mapping[Topic, tuple[str, str]] = {
    "security-measures": ("s. 8(5)", "how their data is kept safe"),
    "breach": ("s. 8(6)", "that they are told of every breach, without delay"),
    "minors": ("s. 9", "that a parent consents for a child, and children are not tracked"),
}
_RIGHTS: Mapping[Topic, tuple[str, str]] = {
    "access": ("s. 11", "that they can see their data, and with whom it was shared"),
    "rectification": ("s. 12(2)", "that they can have it corrected and completed"),
    "erasure": ("s. 12(3)", "that they can have it erased"),
    "complaint": ("s. 13", "where a grievance is taken, and within how many days it is answered"),
    "nomination": ("s. 14", "that they can name somebody to act for them after their death"),
}


def gaps(document: PolicyDocument, today: dt.date) -> Iterator[Gap]:
    """In the order of the sections."""
    yield from missing_regime(document, IRIS, "s. 3")
    yield from _bases(document)
    yield from silent(document, _NOTICE)
    yield from _languages(document)
    yield from silent(document, _DUTIES)
    yield from _logs(document)
    yield from silent(document, _RIGHTS)
    yield from slow(document, IRIS, "answer", NINETY_DAYS, "s. 13, rule 14")


def _bases(document: PolicyDocument) -> Iterator[Gap]:
    """There is consent, and there are the legitimate uses of s. 7: no contract, no balance."""
    unknown = tuple(
        f"purposes.{id_}" for id_, _ in bases(document, IRIS, ("contract", "legitimate-interest"))
    )
    if unknown:
        yield Gap(
            "s. 4, s. 7",
            "Neither a contract nor a legitimate interest is a basis of this law.",
            "Add the regime to bases, with consent, or with legal-obligation and the IRI of a "
            "legitimate use.",
            unknown,
        )


def _languages(document: PolicyDocument) -> Iterator[Gap]:
    english = tuple(
        f"notices.{id_}" for id_, one in document.notices.items() if ENGLISH not in one.texts
    )
    if english:
        yield Gap("s. 5(3)", "Notices that cannot be read in English.", "Add texts.en.", english)
    some = tuple(
        f"notices.{id_}.texts" for id_, one in document.notices.items() if SCHEDULED - {*one.texts}
    )
    if some:
        yield Gap(
            "s. 5(3)",
            "Notices that are not there in each of the 22 languages people may ask for.",
            "Add the languages of the people it is for; the others when somebody asks.",
            some,
        )


def _logs(document: PolicyDocument) -> Iterator[Gap]:
    """From May 2027 on, data, traffic data and logs are kept for a year from the processing."""
    for id_, one in regimes(document, IRIS).items():
        if one.keep_logs is None or not at_most(YEAR, one.keep_logs):
            yield Gap(
                "rule 8(3)",
                "Logs are not kept for a year: an erasure destroys their keys at once.",
                f"Write keep_logs: {YEAR} when the rule is in force: restricted now, erased later.",
                (f"regimes.{id_}.keep_logs",),
            )
