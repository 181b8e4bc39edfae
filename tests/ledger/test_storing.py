"""What customers store: in the account's stream, under a key each, for the service alone (P02)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger import states
from ledger.account import Account
from ledger.errors import InvalidInput, NotFound
from ledger.events import (
    CommandRefused,
    ContentRemoved,
    ContentStored,
    PersonalDataOpened,
    RequestPassedOn,
    SlotName,
)
from ledger.sealing import Erased, Opened
from ledger.vault.opening import SealedAt
from tests.ledger.world import NAME, World

CLASS, ATTRIBUTE = "customer-content", "stored-content"


class Customer:
    """An organisation that stores things."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.account = world.do("open_account", kind="organisation").ids["account"]

    def store(self, value: str = "Meeting notes", **fields: Any) -> Any:
        defaults = {"service": "online-products", "country": "ireland", "attribute": ATTRIBUTE}
        fields = defaults | fields
        return self.world.do("store_content", account=self.account, value=value, **fields)

    def opened(self) -> list[Any]:
        sealed = [
            SealedAt(self.account, entry.event, "@value", entry.body.value)
            for entry in self.world.entries(self.account)
            if isinstance(entry.body, ContentStored)
        ]
        return [
            one.value if isinstance(one, Opened) else one
            for one in self.world.ledger.open_values(sealed)
        ]

    def living(self) -> set[SlotName]:
        return set(Account.fold(self.world.entries(self.account), self.account).living)


@pytest.fixture
def customer(world: World) -> Customer:
    return Customer(world)


def test_content_lies_in_the_accounts_stream_with_the_company_as_processor(
    customer: Customer,
) -> None:
    """Sealed under its own key, in a class the customer instructs."""
    content = customer.store().ids["content"]
    stored = customer.world.last(customer.account)
    assert isinstance(stored, ContentStored)
    assert (stored.controller_role, stored.service, stored.country) == (
        "processor",
        "online-products",
        "ireland",
    )
    assert customer.living() == {SlotName(CLASS, content.hex)}
    assert customer.opened() == ["Meeting notes"]


def test_removed_content_is_unreadable_and_the_rest_is_not(customer: Customer) -> None:
    """Its key dies in the append that says so."""
    first, second = (customer.store(text).ids["content"] for text in ("one", "two"))
    customer.world.do("remove_content", account=customer.account, content=first)
    removed = customer.world.last(customer.account)
    assert isinstance(removed, ContentRemoved) and len(removed.dead) == 1
    gone, left = customer.opened()
    assert isinstance(gone, Erased) and left == "two"
    assert customer.living() == {SlotName(CLASS, second.hex)}
    for content in (first, uuid4()):
        with pytest.raises(NotFound):
            customer.world.do("remove_content", account=customer.account, content=content)
    assert states.check(customer.world.ledger.recorder).wrong == 0


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"attribute": NAME}, "attribute-not-for-purpose"),
        ({"attribute": "shoe-size"}, "attribute-unlisted"),
        ({"service": "partner-marketplace"}, "service-has-own-statement"),
        ({"country": "atlantis"}, "country-unlisted"),
    ],
)
def test_only_what_the_policy_calls_content_is_stored(
    customer: Customer, fields: dict[str, str], rule: str
) -> None:
    """A person's own data belongs in that person's record."""
    answer = customer.store(**fields)
    assert (answer.outcome, answer.rules) == ("refused", (rule,))
    assert isinstance(customer.world.last(customer.account), CommandRefused)
    assert customer.living() == set()


def test_a_closed_account_stores_nothing_more(customer: Customer) -> None:
    """What it stored stays until the customer has it removed."""
    customer.store()
    customer.world.do("close_account", account=customer.account)
    assert customer.store().rules == ("account-closed",)
    assert customer.opened() == ["Meeting notes"]


def test_content_is_opened_to_provide_the_service_and_for_nothing_else(
    customer: Customer,
) -> None:
    """On record in the account's stream; another reason is refused, and so is one without a purpose."""
    content = customer.store().ids["content"]
    which = {"account": customer.account, "content": content}
    for reason in ("answer-customer", "audit-review"):
        answer = customer.world.do("open_content", **which, reason=reason)
        assert (answer.outcome, answer.rules) == ("refused", ("content-on-instruction-only",))
    customer.world.do("open_content", **which, reason="provide-service")
    opened = customer.world.last(customer.account)
    assert isinstance(opened, PersonalDataOpened)
    assert (opened.purpose, opened.controller_role) == ("hosted-content", "processor")
    with pytest.raises(InvalidInput):
        customer.world.do("open_content", **which, reason="curiosity")


def test_a_quotes_number_is_no_content(customer: Customer) -> None:
    """It lies under its document, and is not opened or removed as content."""
    told = {"number": "Q-1", "attribute": "invoice-number", "fact": "quote-issued"}
    quote = customer.world.do("record_fact", account=customer.account, **told).ids["about"]
    for command, more in (("remove_content", {}), ("open_content", {"reason": "provide-service"})):
        with pytest.raises(NotFound):
            customer.world.do(command, account=customer.account, content=quote, **more)


def test_a_persons_request_about_content_is_passed_on(customer: Customer) -> None:
    """In the person's own stream, with a sealed note; nothing of the account changes."""
    person = customer.world.person()
    before = len(customer.world.entries(customer.account))
    passed = {"account": customer.account, "request": "erasure"}
    customer.world.do("pass_request_on", subject=person, **passed, note="See the letter.")
    body = customer.world.last(person)
    assert isinstance(body, RequestPassedOn)
    assert (body.account, body.controller_role) == (customer.account, "processor")
    assert body.note is not None
    assert len(customer.world.entries(customer.account)) == before
    with pytest.raises(InvalidInput):
        customer.world.do("pass_request_on", subject=person, **passed, channel="pigeon")
    for field in ("subject", "account"):
        named: dict[str, Any] = {"subject": person, **passed}
        named[field] = UUID(int=7)
        with pytest.raises(NotFound):
            customer.world.do("pass_request_on", **named)
