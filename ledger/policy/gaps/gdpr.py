"""What the General Data Protection Regulation asks for and a document may be silent on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from ledger.policy.gaps.gap import Gap, missing_regime, silent, slow
from ledger.policy.model import PolicyDocument
from ledger.policy.uses import Topic

IRIS = ("https://w3id.org/dpv/legal/eu#law-GDPR", "https://w3id.org/dpv/legal/eu/gdpr#")
MONTH, TWO_MONTHS = "P1M", "P2M"

_BEFORE: Mapping[Topic, tuple[str, str]] = {
    "withdrawal": ("Art. 7(3)", "how a consent is taken back"),
    "minors": ("Art. 8", "what holds for children"),
}
_TOLD: Mapping[Topic, tuple[str, str]] = {
    "data-protection-officer": ("Art. 13(1)(b)", "who the data protection officer is, or why none"),
    "regulator": ("Art. 13(2)(d)", "that they can complain to a supervisory authority"),
    "automated-decisions": ("Art. 13(2)(f)", "whether decisions are made by machines alone"),
    "changes": ("Art. 13(3)", "how they learn of changes"),
    "access": ("Art. 15", "that they can see their data"),
    "rectification": ("Art. 16", "that they can have it corrected"),
    "erasure": ("Art. 17", "that they can have it erased"),
    "restriction": ("Art. 18", "that they can have its use restricted"),
    "portability": ("Art. 20", "that they can take it with them"),
    "objection": ("Art. 21(4)", "that they can object"),
}  # fmt: skip
_AFTER: Mapping[Topic, tuple[str, str]] = {
    "security-measures": ("Art. 32", "how their data is kept safe"),
    "breach": ("Art. 34", "that they are told of a breach that endangers them"),
}


def gaps(document: PolicyDocument, today: dt.date) -> Iterator[Gap]:
    """In the order of the articles."""
    yield from missing_regime(document, IRIS, "Art. 3")
    yield from _hashes(document)
    yield from silent(document, _BEFORE)
    yield from _special(document)
    yield from slow(document, IRIS, "answer", MONTH, "Art. 12(3)")
    yield from slow(document, IRIS, "extend", TWO_MONTHS, "Art. 12(3)")
    yield from silent(document, _TOLD)
    yield from slow(document, IRIS, "inform", MONTH, "Art. 14(3)(a)")
    yield from _joint(document)
    yield from _measures(document)
    yield from silent(document, _AFTER)
    yield from _transfers(document)


def _special(document: PolicyDocument) -> Iterator[Gap]:
    """Neither a contract nor a legitimate interest is a condition of Art. 9(2)."""
    for id_, one in document.attributes.items():
        resting = tuple(
            f"purposes.{name}"
            for name, purpose in document.purposes.items()
            if one.class_ in purpose.classes
            and not purpose.ended
            and purpose.basis in ("contract", "legitimate-interest")
        )
        if one.special and resting:
            yield Gap(
                "Art. 9(2)",
                f"{id_} is of a special category, and purposes use its class on a basis that does "
                "not allow it.",
                "Put it in a class of its own that only purposes with consent, or with a law that "
                "asks for it, use.",
                (f"attributes.{id_}", *resting),
            )


def _joint(document: PolicyDocument) -> Iterator[Gap]:
    joint = tuple(
        f"controllers.{id_}"
        for id_, one in document.controllers.items()
        if not one.primary and one.controlled_since is None
    )
    if joint:
        yield from (
            gap._replace(keys=joint)
            for gap in silent(
                document, {"joint-control": ("Art. 26(2)", "who of several controllers does what")}
            )
        )


def _measures(document: PolicyDocument) -> Iterator[Gap]:
    if not document.measures:
        yield Gap(
            "Art. 30(1)(g)",
            "The record of processing activities states no measure of security.",
            "Add measures, each with its label; an IRI of the Data Privacy Vocabulary may say more.",
            ("measures",),
        )


def _hashes(document: PolicyDocument) -> Iterator[Gap]:
    linked = {id_ for notice in document.notices.values() for id_ in notice.documents}
    loose = tuple(
        f"documents.{id_}.sha256" for id_ in document.documents
        if id_ in linked and document.documents[id_].sha256 is None
    )  # fmt: skip
    if loose:
        yield Gap(
            "Art. 5(2)",
            "A notice links to documents of which nobody could show later what they said.",
            "Add sha256, the hash of the published text.",
            loose,
        )


def _transfers(document: PolicyDocument) -> Iterator[Gap]:
    bare = tuple(f"countries.{id_}" for id_, one in document.countries.items() if not one.safeguard)
    if bare:
        yield Gap(
            "Art. 44",
            "Countries without a safeguard; right for those of the European Economic Area only.",
            "Name the safeguard, or make sure that none is needed.",
            bare,
        )
