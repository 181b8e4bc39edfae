"""What a document is silent on: each gap is there when something is missing, and gone when it is not."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any, get_args

import pytest

from ledger.policy import document
from ledger.policy.gaps import LAWS, Gap, ccpa, dpdp, gaps, gdpr
from ledger.policy.gaps.dpdp import SCHEDULED
from ledger.policy.gaps.gap import regimes
from ledger.policy.law import Law
from ledger.policy.uses import Topic
from tests.ledger.policy.faults import DATA, place, written

TODAY = dt.date(2026, 11, 23)
GONE = object()
Change = dict[str, Any]
ALL_TOLD: Change = {"notices.signup-notice-1.tells": list(get_args(Topic))}


def found(change: Change, law: Law, of: str = "shipped", today: dt.date = TODAY) -> list[Gap]:
    """The gaps of a document with these changes; it stays valid, whatever it is silent on."""
    data = copy.deepcopy(DATA[of])
    for at, value in change.items():
        path = tuple(at.split("."))
        if value is GONE:
            place(data, path).pop(path[-1], None)
        else:
            place(data, path)[path[-1]] = value
    read = document.load(written(data))
    listed = gaps(read, law, today)
    assert all(known(data, key) for gap in listed for key in gap.keys)
    return listed


def known(data: Any, key: str) -> bool:
    """Whether a place exists, or what should hold it does."""
    *above, _ = key.split(".")
    for part in above:
        data = data[part]
    return isinstance(data, dict)


def told(listed: list[Gap]) -> dict[str, str]:
    return {gap.article: gap.says for gap in listed}


def test_the_shipped_policy_is_silent_where_its_source_is() -> None:
    """Objection, portability, breach, minors, changes of the statement, the regulator (POLICY.md)."""
    said = " ".join(gap.remedy for gap in found({}, Law.GDPR))
    for topic in ("objection", "portability", "breach", "minors", "changes", "regulator"):
        assert f"tells: [{topic}]" in said
    for topic in ("access", "rectification", "erasure", "withdrawal"):
        assert f"tells: [{topic}]" not in said


@pytest.mark.parametrize("law", list(LAWS))
def test_what_people_are_told_of_is_no_gap(law: Law) -> None:
    """In a notice, or in a document that a notice links to."""
    linked = {"documents.software-policies.tells": list(get_args(Topic))}
    for change in (ALL_TOLD, linked):
        assert not [gap for gap in found(change, law) if "tells:" in gap.remedy]
    assert [gap for gap in found({}, law) if "tells:" in gap.remedy]


def test_every_topic_is_asked_for_by_a_law() -> None:
    """Nothing can be written there that nobody looks for."""
    nothing: Change = {"notices.signup-notice-1.tells": GONE, "prohibited": {}}
    nothing |= {"attributes.full-name.special": True, "controllers.other": {"name": "Other"}}
    said = " ".join(gap.remedy for law in LAWS for gap in found(nothing, law))
    assert [topic for topic in get_args(Topic) if f"tells: [{topic}]" not in said] == []


MISSING: list[tuple[Law, Change, str, str]] = [
    (Law.GDPR, {"regimes.eu-gdpr.iri": "https://x"}, "Art. 3", "No regime is this law"),
    (Law.DPDP, {"regimes.india-dpdp.iri": "https://x"}, "s. 3", "No regime is this law"),
    (Law.CCPA, {"regimes.california-ccpa.iri": "https://x"}, "§ 1798.140", "No regime is this law"),
    (Law.GDPR, {"regimes.eu-gdpr.answer": "P40D"}, "Art. 12(3)", "P40D is longer than the P1M"),
    (Law.GDPR, {"regimes.eu-gdpr.extend": "P3M"}, "Art. 12(3)", "P3M is longer than the P2M"),
    (Law.GDPR, {"regimes.eu-gdpr.inform": "P2M"}, "Art. 14(3)(a)", "P2M is longer than the P1M"),
    (Law.DPDP, {"regimes.india-dpdp.answer": "P91D"}, "s. 13, rule 14", "P91D is longer"),
    (Law.CCPA, {"regimes.california-ccpa.answer": "P46D"}, "§ 1798.130(a)(2)", "P46D is longer"),
    (Law.CCPA, {"regimes.california-ccpa.extend": "P46D"}, "§ 1798.130(a)(2)", "P46D is longer"),
    (Law.GDPR, {"attributes.full-name.special": True}, "Art. 9(2)", "full-name is of a special"),
    (
        Law.CCPA,
        {"attributes.full-name.special": True, "notices.signup-notice-1.tells": GONE},
        "§ 1798.121",
        "No notice tells people how they limit",
    ),
    (Law.CCPA, {"prohibited": {}, "notices.signup-notice-1.tells": GONE}, "§ 1798.120", "No notice"),
    (Law.GDPR, {"controllers.other": {"name": "Other"}, "notices.signup-notice-1.tells": GONE},
     "Art. 26(2)", "No notice tells people who of several"),
    (Law.GDPR, {"documents.software-policies.sha256": GONE}, "Art. 5(2)", "A notice links to"),
    (Law.GDPR, {"countries.ireland.safeguard": GONE}, "Art. 44", "Countries without a safeguard"),
    (Law.DPDP, {"purposes.product-research.bases": {}}, "s. 4, s. 7", "Neither a contract nor"),
    (Law.DPDP, {"regimes.india-dpdp.keep_logs": GONE}, "rule 8(3)", "Logs are not kept"),
    (Law.DPDP, {"regimes.india-dpdp.keep_logs": "P11M"}, "rule 8(3)", "Logs are not kept"),
    (Law.CCPA, {"contacts.customer-helpdesk": GONE}, "§ 1798.130(a)(1)", "There are not two ways"),
    (Law.CCPA, {"policy.effective": "2025-11-22"}, "§ 1798.130(a)(5)", "The policy was not updated"),
    (Law.CCPA, {"classes.accountability-records.keeps.period": "P23M"}, "11 CCR § 7101", "What shows"),
]  # fmt: skip


def whole() -> Change:
    """The shipped document, without any of these gaps."""
    bases = {
        "india-dpdp": {"basis": "legal-obligation", "iri": "https://w3id.org/dpv#LegalObligation"}
    }
    shipped = DATA["shipped"]
    texts = dict.fromkeys({"en", *SCHEDULED}, "Text.")
    return {
        **ALL_TOLD,
        **{f"purposes.{id_}.bases": bases for id_, one in shipped["purposes"].items()
           if one["basis"] != "consent"},
        **{f"notices.{id_}.texts": texts for id_ in shipped["notices"]},
        **{f"countries.{id_}.safeguard": "adequacy-decision" for id_ in shipped["countries"]
           if id_ != "united-states"},
        "regimes.india-dpdp.keep_logs": "P1Y",
        "documents.software-policies.sha256": "0" * 64,
    }  # fmt: skip


@pytest.mark.parametrize("law", list(LAWS))
def test_a_document_can_be_without_gaps(law: Law) -> None:
    """Every warning can be answered in the document."""
    assert found(whole(), law) == []


@pytest.mark.parametrize(("law", "change", "article", "says"), MISSING)
def test_what_is_missing_is_named_by_article(
    law: Law, change: Change, article: str, says: str
) -> None:
    """It is the only gap of its article, and no gap of the document without the change."""
    listed = told(found(whole() | change, law))
    assert listed[article].startswith(says)
    assert article not in told(found(whole(), law))


def test_notices_are_asked_for_in_english_and_the_languages_of_india() -> None:
    """DPDP Act, s. 5(3)."""
    said = [gap.says for gap in found({}, Law.DPDP, of="school") if gap.article == "s. 5(3)"]
    assert [says.partition(" that ")[2] for says in said] == [
        "cannot be read in English.",
        "are not there in each of the 22 languages people may ask for.",
    ]


def test_many_places_are_told_short() -> None:
    """A line that nobody could read says how many more there are."""
    assert Gap("a", "b", "c", tuple("abcdefghij")).places == "a, b, c, d, e, f, g, h and 2 more"
    assert Gap("a", "b", "c", ("x",)).places == "x"


def test_a_law_is_known_by_its_own_iri_and_no_other_of_its_country() -> None:
    """California's is not Colorado's; what documents wrote before is known, too."""
    shipped = document.load(document.DEFAULT.read_text("utf-8"))
    for law, name in ((gdpr, "eu-gdpr"), (ccpa, "california-ccpa"), (dpdp, "india-dpdp")):
        assert shipped.regimes[name].iri == law.IRIS[0]
        for iri in law.IRIS:
            other = shipped.regimes[name].model_copy(update={"iri": iri})
            assert list(regimes(shipped.model_copy(update={"regimes": {name: other}}), law.IRIS))
    colorado = shipped.regimes["california-ccpa"].model_copy(
        update={"iri": "https://w3id.org/dpv/legal/us#law-CO-CPA"}
    )
    assert not regimes(shipped.model_copy(update={"regimes": {"colorado": colorado}}), ccpa.IRIS)
