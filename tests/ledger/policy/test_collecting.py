"""What may come in: from which source and service, under which notice, for what, and by whose word."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.policy import document
from ledger.policy.collecting import Coming, collection
from ledger.policy.model import PolicyDocument
from tests.ledger.policy.people import POLICY, TODAY, Someone

NEWS, CLICKS, REQUIRED = "promotional-news", "click-analysis", "account-keeping"
NOTICE = ("signup-notice-1", "en")
OWN_STATEMENT = "partner-marketplace"
SIGNED_UP: dict[str, Any] = {
    "source": "signup-form",
    "country": "india",
    "notice": NOTICE,
    "purposes": [REQUIRED],
    "attributes": ["full-name"],
}
CLICKED: dict[str, Any] = {
    "source": "click-tracking",
    "country": "india",
    "purposes": [CLICKS],
    "attributes": ["newsletter-click"],
    "template": "product-newsletter",
}


def changed(*replacements: tuple[str, str]) -> PolicyDocument:
    """The shipped document, with these texts in the place of others."""
    text = document.DEFAULT.read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    return document.read(text)


def broken(
    said: dict[str, Any], person: Someone | None = None, policy: PolicyDocument = POLICY
) -> list[str]:
    """The rules that a collection breaks."""
    found = collection(policy, person or Someone(), Coming(**said), TODAY)
    return [finding.rule for finding in found]


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"source": "elsewhere"}, "source-unlisted"),
        ({"notice": None}, "notice-missing"),
        ({"notice": ("signup-notice-1", "eo")}, "notice-unlisted"),
        ({"notice": ("no-such-notice", "en")}, "notice-unlisted"),
        ({"service": "elsewhere"}, "service-unlisted"),
        ({"service": OWN_STATEMENT}, "service-has-own-statement"),
        ({"country": "atlantis"}, "country-unlisted"),
        ({"purposes": [REQUIRED, "elsewhere"]}, "purpose-unlisted"),
        ({"attributes": ["full-name", "elsewhere"]}, "attribute-unlisted"),
        ({"attributes": ["tax-number"]}, "attribute-not-for-purpose"),
        ({"template": "elsewhere"}, "template-unlisted"),
    ],
)
def test_one_rule_is_broken_when_collecting(said: dict[str, Any], rule: str) -> None:
    """That one is found, and no other."""
    assert broken(SIGNED_UP) == []
    assert broken(SIGNED_UP | said) == [rule]


@pytest.mark.parametrize(
    ("person", "rule"),
    [
        (Someone(erased=True), "subject-erased"),
        (Someone(pending_erasure=True), "erasure-requested"),
    ],
)
def test_nothing_comes_in_after_an_erasure_was_asked_for(person: Someone, rule: str) -> None:
    """Of whatever source, once told: also of one whose purposes are decided at once."""
    assert broken(SIGNED_UP, person) == [rule]
    assert broken(CLICKED, person) == [rule]


def test_a_notice_speaks_of_each_purpose_it_is_shown_for() -> None:
    """A purpose it does not mention is not collected for under it."""
    silent = next(p for p in POLICY.purposes if p not in POLICY.notices["signup-notice-1"].purposes)
    assert "notice-silent-on-purpose" in broken(SIGNED_UP | {"purposes": [REQUIRED, silent]})


# ---- services and markets (P01) ----------------------------------------------------------------


def test_a_service_that_is_not_covered_and_names_no_statement_is_not_listed() -> None:
    """As in documents of before, which had no place for it."""
    silent = changed(("    statement: marketplace-statement\n", ""))
    assert broken(SIGNED_UP | {"service": OWN_STATEMENT}, policy=silent) == ["service-unlisted"]


def test_a_service_is_offered_in_its_markets() -> None:
    """Where the document names markets, and the collection says in which one it was."""
    served = changed(("    label: Licences and subscriptions online\n", (
        "    label: Licences and subscriptions online\n    markets: [IN, US]\n"
    )))  # fmt: skip
    portal = SIGNED_UP | {"service": "licence-portal"}
    for market, found in (("IN", []), ("JP", ["market-not-served"]), (None, [])):
        assert broken(portal | {"market": market}, policy=served) == found
        assert broken(portal | {"market": market}) == []


# ---- content of customers (P02) ----------------------------------------------------------------


def test_what_customers_store_is_not_a_persons_own_data() -> None:
    """Also for the purpose that uses it: its place is the customer's account."""
    content = SIGNED_UP | {"attributes": ["full-name", "stored-content"]}
    both = {"purposes": [REQUIRED, "hosted-content"]}
    assert broken(content) == broken(content | both) == ["content-not-ours"]


# ---- suppliers (P05) ---------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["reseller-order", "buyer-on-behalf"])
def test_what_comes_from_others_names_who_supplied_it(source: str) -> None:
    """What comes from the person needs nobody's name."""
    told = SIGNED_UP | {"source": source, "notice": None}
    assert broken(told) == ["supplier-missing"]
    assert broken(told | {"supplier": True}) == []
    assert broken(SIGNED_UP | {"supplier": True}) == []


# ---- links that are followed (P10, P12) --------------------------------------------------------


def test_a_click_names_the_message_it_came_from() -> None:
    """A registered one, and never one that had to be sent."""
    agreed = Someone(consent=True)
    assert broken(CLICKED, agreed) == []
    for template, rule in (
        (None, "template-missing"),
        ("elsewhere", "template-unlisted"),
        ("security-notice", "click-from-mandatory-message"),
    ):
        assert broken(CLICKED | {"template": template}, agreed) == [rule]


@pytest.mark.parametrize(
    ("person", "rule"),
    [
        (Someone(), "consent-missing"),
        (Someone(consent=False), "consent-withdrawn"),
        (Someone(consent=True, switched=("off", True)), "switched-off-for-all"),
        (Someone(consent=True, switched=("off", False)), "switched-off-for-service"),
    ],
)
def test_clicks_are_seen_where_their_own_purpose_is_on(person: Someone, rule: str) -> None:
    """To follow somebody's clicks is to use their data: it is decided when it happens."""
    assert broken(CLICKED, person) == [rule]
    assert broken(SIGNED_UP | {"purposes": [REQUIRED, NEWS]}, person) == []
