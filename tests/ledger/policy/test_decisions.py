"""The pure decisions: which rule comes first, and that no rule can be left out unnoticed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from ledger.policy import consenting as consenting_rules
from ledger.policy import decisions, document
from tests.ledger.policy.people import (
    BILLING,
    CONTACT,
    EVIDENCE,
    POLICY,
    TODAY,
    Someone,
    moment,
    placed,
)

NEWS, RESEARCH, REQUIRED = "promotional-news", "product-research", "account-keeping"
UNCOVERED = "partner-marketplace"
EUROPE = ("eu-gdpr",)
"""Where research rests on an interest; in India, whose law is the default, it needs consent."""
OFF_FOR_ALL, OFF_FOR_ONE, ON = ("off", True), ("off", False), ("on", False)


def rules(findings: decisions.Findings) -> list[str]:
    return [finding.rule for finding in findings]


def use(person: Someone, purpose: str = NEWS, *slots: Any, policy: Any = POLICY) -> list[str]:
    return rules(decisions.use(policy, person, purpose, None, TODAY, slots))


# ---- using -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "rule"),
    [
        (Someone(erased=True, switched=OFF_FOR_ALL), "subject-erased"),
        (Someone(pending_erasure=True, switched=OFF_FOR_ALL), "erasure-requested"),
        (Someone(switched=OFF_FOR_ALL, consent=False), "switched-off-for-all"),
        (Someone(switched=OFF_FOR_ONE, consent=False), "switched-off-for-service"),
        (Someone(switched=ON, consent=False), "consent-withdrawn"),
        (Someone(switched=ON), "consent-missing"),
    ],
)
def test_the_first_rule_in_the_order_of_precedence_is_told(person: Someone, rule: str) -> None:
    """Erased, switched off for all, for a service, withdrawn, never given: one rule, the first."""
    assert use(person) == [rule]


def test_consent_that_is_given_and_not_switched_off_permits() -> None:
    """Nothing else is asked."""
    assert use(Someone(consent=True)) == []


def test_a_purpose_that_is_off_by_default_needs_to_be_switched_on() -> None:
    """Where no consent is its basis; on by default, it needs nothing."""
    text = document.DEFAULT.read_text()
    head, found, tail = text.partition(f"\n  {RESEARCH}:\n")
    off = document.load(head + found + tail.replace("default: on", "default: off", 1))
    assert off.purposes[RESEARCH].default == "off"
    assert use(Someone(regimes=EUROPE), RESEARCH) == []
    assert use(Someone(regimes=EUROPE), RESEARCH, policy=off) == ["not-switched-on"]
    assert use(Someone(regimes=EUROPE, switched=ON), RESEARCH, policy=off) == []


def test_a_required_purpose_is_stopped_by_an_erasure_and_nothing_less() -> None:
    """No switch and no withdrawal touches it."""
    assert use(Someone(switched=OFF_FOR_ALL, consent=False), REQUIRED) == []
    assert use(Someone(erased=True), REQUIRED) == ["subject-erased"]
    assert use(Someone(pending_erasure=True), REQUIRED, CONTACT) == ["erasure-requested"]


def test_what_an_erasure_leaves_serves_its_ground_and_every_slot_must() -> None:
    """One slot under the claim does not open the one beside it."""
    kept = Someone(erased=True, claims=[placed("tax-record-keeping", BILLING)])
    assert use(kept, "tax-compliance", BILLING) == []
    assert use(kept, "quotes-and-invoices", BILLING) == ["retained-for-its-ground-only"]
    assert use(kept, "tax-compliance", BILLING, CONTACT) == ["retained-for-its-ground-only"]


def test_a_class_that_keeps_itself_serves_the_purposes_of_its_ground() -> None:
    """Evidence needs no claim to be evidence."""
    erased = Someone(erased=True)
    assert use(erased, "rights-handling", EVIDENCE) == []
    assert use(erased, "tax-compliance", EVIDENCE) == ["retained-for-its-ground-only"]


# ---- consenting and switching ------------------------------------------------------------------


def switching(person: Someone, purpose: str, **said: Any) -> list[str]:
    fields: dict[str, Any] = {
        "services": [],
        "state": "off",
        "occurred_at": moment(1),
        "in_person": True,
    }
    return rules(consenting_rules.switching(POLICY, person, purpose=purpose, **(fields | said)))


@pytest.mark.parametrize("purpose", [NEWS, RESEARCH])
@pytest.mark.parametrize(
    ("person", "rule"),
    [
        (Someone(erased=True), "subject-erased"),
        (Someone(pending_erasure=True), "erasure-requested"),
        (Someone(protected=moment(21)), "grant-before-protection"),
        (Someone(protected=moment(20)), None),
    ],
)
def test_who_may_agree_or_switch_on(person: Someone, rule: str | None, purpose: str) -> None:
    """Nobody erased, and not from before the last protection; at its very moment it may be undone."""
    occurred_at = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    person = replace(person, regimes=EUROPE)
    switched = switching(person, purpose, state="on", occurred_at=occurred_at)
    agreed = consenting_rules.consent(
        POLICY,
        person,
        purpose=purpose,
        service=None,
        notice=("signup-notice-1", "en"),
        occurred_at=occurred_at,
    )
    no_basis = [] if purpose == NEWS else ["consent-not-a-basis"]
    expected = [rule] if rule else []
    assert switched == expected
    assert sorted(rules(agreed)) == sorted(expected + no_basis)


def test_switching_off_is_for_any_person_and_service_of_the_policy() -> None:
    """An erased person may; a service that is not covered and a required purpose are findings."""
    gone = Someone(erased=True, protected=moment(9))
    assert switching(gone, NEWS) == []
    for purpose, services, rule in (
        ("elsewhere", [], "purpose-unlisted"),
        (NEWS, ["elsewhere"], "service-unlisted"),
        (NEWS, [UNCOVERED], "service-has-own-statement"),
        (REQUIRED, [], "required-purpose"),
    ):
        assert switching(gone, purpose, services=services) == [rule]


def test_off_for_all_is_undone_in_person() -> None:
    """Whoever else switches on for all is refused; one service is nobody's undoing of it. The same
    goes for an objection."""
    person = Someone(switched=OFF_FOR_ALL)
    assert switching(person, NEWS, state="on") == []
    assert switching(person, NEWS, state="on", in_person=False) == ["switched-off-for-all"]
    assert switching(Someone(switched=OFF_FOR_ONE), NEWS, state="on", in_person=False) == []
    opposed = Someone(objection=True)
    assert switching(opposed, NEWS, state="on") == []
    assert switching(opposed, NEWS, state="on", in_person=False) == ["objected"]


@pytest.mark.parametrize(
    ("purpose", "regimes", "found"),
    [
        (RESEARCH, EUROPE, []),
        (RESEARCH, (), ["objection-not-possible"]),
        (NEWS, (), []),
        ("personal-layout", (), ["objection-not-possible"]),
        ("misuse-prevention", (), ["required-purpose"]),
        (REQUIRED, (), ["objection-not-possible"]),
        ("elsewhere", (), ["purpose-unlisted"]),
        ("sale-of-data", (), []),
    ],
)
def test_what_may_be_objected_to(purpose: str, regimes: tuple[str, ...], found: list[str]) -> None:
    """An interest and advertising; what is required, or rests on something else, is looked at."""
    person = Someone(regimes=regimes)
    assert rules(consenting_rules.objecting(POLICY, person, purpose)) == found


def test_a_basis_depends_on_the_law_that_protects_the_person() -> None:
    """Consent can be given where one of the person's laws asks for it, and nowhere else."""
    fields: dict[str, Any] = {"service": None, "notice": ("signup-notice-1", "en")}
    for regimes, found in (
        (EUROPE, ["consent-not-a-basis"]),
        ((*EUROPE, "india-dpdp"), []),
        (("a-law-of-before",), []),
    ):
        agreed = consenting_rules.consent(
            POLICY,
            Someone(regimes=regimes),
            purpose=RESEARCH,
            occurred_at=moment(1),
            **fields,
        )
        assert rules(agreed) == found


# ---- runs and claims ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, []),
        ({"purpose": "elsewhere"}, ["purpose-unlisted", "attribute-not-for-purpose"]),
        ({"purpose": "sale-of-data"}, ["purpose-prohibited", "attribute-not-for-purpose"]),
        ({"service": "elsewhere"}, ["service-unlisted"]),
        ({"service": UNCOVERED}, ["service-has-own-statement"]),
        ({"country": "atlantis"}, ["country-unlisted"]),
        ({"attributes": ["elsewhere"]}, ["attribute-unlisted"]),
        ({"attributes": ["tax-number"]}, ["attribute-not-for-purpose"]),
    ],
)
def test_what_a_run_may_read_at_all(said: dict[str, Any], found: list[str]) -> None:
    """Decided before anybody's data is looked at."""
    fields = {"purpose": NEWS, "service": None, "country": "india", "attributes": ["full-name"]}
    assert rules(decisions.run(POLICY, **(fields | said))) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, []),
        ({"ground": "elsewhere"}, ["ground-unlisted"]),
        ({"classes": ["elsewhere"]}, ["class-unlisted"]),
        ({"classes": ["usage-data"]}, ["class-not-in-ground"]),
        ({"until": TODAY}, []),
        ({"until": TODAY + dt.timedelta(1)}, ["claim-too-long"]),
    ],
)
def test_what_a_ground_may_hold_and_until_when(said: dict[str, Any], found: list[str]) -> None:
    """Its own classes, and no longer than its period allows."""
    fields: dict[str, Any] = {
        "ground": "tax-record-keeping",
        "classes": ["billing-data"],
        "until": None,
        "latest": TODAY,
    }
    assert rules(decisions.claim(POLICY, **(fields | said))) == found
