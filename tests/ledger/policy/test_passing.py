"""What passing data on would break: each rule is found, and found alone."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import pytest

from ledger.events import SlotName
from ledger.policy.passing import disclosure
from ledger.policy.ways import WAYS, Passing, way_out
from tests.ledger.policy.people import BILLING, CONTACT, POLICY, TODAY, Someone


class Wanted(NamedTuple):
    """An attribute that is passed on, and where its value lies (if there is one)."""

    attribute: str
    slot: SlotName | None


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
    fields |= said
    attributes, slots = zip(*fields.pop("items"), strict=True)
    passing = Passing(**fields, attributes=attributes)
    outsider = outsider or Outsider(passing.recipient)
    someone = person or Someone(consent=True)
    told = disclosure(POLICY, way_out(POLICY, passing), someone, outsider, slots, TODAY)
    return [finding.rule for finding in told]


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


def test_what_the_document_says_of_a_way_is_worked_out_once() -> None:
    """The same words are the same way out; and no more are kept than there is room for."""
    taken = Passing(**PAYPAL, country="united-states", channel=None, attributes=("email-address",))
    assert way_out(POLICY, taken) is way_out(POLICY, taken)
    for number in range(WAYS):
        many = ("email-address",) * (1 + number % 40) + ("full-name",) * (1 + number // 40)
        way_out(POLICY, taken._replace(attributes=many))
    assert 0 < len(POLICY.ways) <= WAYS


@pytest.mark.parametrize(
    "own",
    [
        {"recipient": "Asha Rao"},
        {"purpose": "Asha Rao"},
        {"ground": "Asha Rao"},
        {"country": "Asha Rao"},
        {"channel": "Asha Rao"},
        {"attributes": ("email-address", "Asha Rao")},
    ],
)
def test_a_callers_own_words_are_not_kept_with_the_document(own: dict[str, Any]) -> None:
    """Nor do they come back in what is told of them."""
    named: dict[str, Any] = PAYPAL | {"country": "united-states", "channel": None}
    passing = Passing(**(named | {"attributes": ("email-address",)} | own))
    agreed = passing._replace(ground=own.get("ground", "person-agreed"))
    slots = [CONTACT] * len(passing.attributes)
    for said in (passing, agreed):
        found = disclosure(POLICY, way_out(POLICY, said), Someone(), Outsider("x"), slots, TODAY)
        assert found
        assert "Asha Rao" not in str(found)
        assert "Asha Rao" not in str(list(POLICY.ways))
