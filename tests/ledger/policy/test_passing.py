"""What passing data on would break: each rule is found, and found alone."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import pytest

from ledger.policy.passing import Passing, Wanted, disclosure
from tests.ledger.policy.people import BILLING, CONTACT, POLICY, TODAY, Someone


class Outsider(NamedTuple):
    """A recipient on the register."""

    code: str
    agreement: str | None = "dpa-2026"
    valid_until: dt.date | None = None


def found(
    person: Someone | None = None, outsider: Outsider | None = None, **said: Any
) -> list[str]:
    """The rules that mail by the provider, for news that were agreed to, would break."""
    fields: dict[str, Any] = {
        "recipient": "mail-delivery-provider",
        "purpose": "promotional-news",
        "ground": "service-agreement",
        "country": "united-states",
        "channel": None,
        "reference": False,
        "items": [Wanted("email-address", CONTACT)],
    }
    passing = Passing(**(fields | said))
    outsider = outsider or Outsider(passing.recipient)
    someone = person or Someone(consent=True)
    return [finding.rule for finding in disclosure(POLICY, someone, outsider, passing, TODAY)]


YESTERDAY = TODAY - dt.timedelta(1)
PAYPAL = {
    "recipient": "paypal-payments",
    "purpose": "quotes-and-invoices",
    "ground": "own-instruction",
    "reference": True,
}


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"person": Someone(erased=True, consent=True)}, "retained-for-its-ground-only"),
        ({"person": Someone(consent=False)}, "consent-withdrawn"),
        ({"outsider": Outsider("mail", None)}, "agreement-missing"),
        ({"outsider": Outsider("mail", valid_until=YESTERDAY)}, "agreement-expired"),
        ({"purpose": "account-keeping"}, "purpose-not-for-recipient"),
        ({"country": "india"}, "country-not-for-recipient"),
        ({"country": "atlantis"}, "country-unlisted"),
        ({"channel": "pigeon"}, "channel-unlisted"),
        ({"ground": "controlled-company"}, "ground-not-for-recipient"),
        ({"items": [Wanted("phone-number", CONTACT)]}, "attribute-not-for-recipient"),
        ({"items": [Wanted("email-address", None)]}, "item-missing"),
        (PAYPAL | {"reference": False}, "ground-reference-missing"),
        (PAYPAL | {"ground": "controlled-company"}, "ground-not-for-recipient"),
    ],
)
def test_one_rule_is_broken_when_passing_on(said: dict[str, Any], rule: str) -> None:
    """That one is found, and no other."""
    assert found() == found(**PAYPAL) == []
    assert found(**said) == [rule]


def test_an_agreement_holds_on_its_last_day() -> None:
    """It has ended on the day after."""
    assert found(outsider=Outsider("mail", valid_until=TODAY)) == []


def test_a_recipient_without_need_of_an_agreement_has_none() -> None:
    """The policy says who works under one."""
    authority: dict[str, Any] = {
        "recipient": "tax-office",
        "purpose": "tax-compliance",
        "ground": "lawful-request",
        "country": "india",
        "reference": True,
        "items": [Wanted("billing-address", BILLING)],
    }
    assert found(outsider=Outsider("tax-office", None), **authority) == []


def test_what_rests_on_the_persons_word_needs_it_for_any_purpose() -> None:
    """A ground of consent asks for one, also where the purpose itself rests on a contract."""
    agreed = PAYPAL | {"ground": "person-agreed"}
    assert found(Someone(), **agreed) == ["consent-missing"]
    assert found(Someone(consent=True), **agreed) == []


def test_what_a_recipient_may_have_is_not_for_every_purpose() -> None:
    """Its list says what it may get; the purpose says which classes it needs."""
    items = [Wanted("billing-address", BILLING)]
    hosting = {"recipient": "hosting-provider", "purpose": "account-keeping", "items": items}
    used = POLICY.purposes["account-keeping"].classes
    assert "billing-data" not in used
    assert found(**hosting) == ["attribute-not-for-purpose"]
