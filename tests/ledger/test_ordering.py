"""What holders outside are told when data is corrected, restricted, or used no more (GDPR Art. 19)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from ledger import events
from ledger.commands.values import Value
from ledger.errors import NotFound
from ledger.events import Order
from tests.ledger.world import (
    BILLING,
    CONTACT,
    EMAIL,
    HOSTING,
    NAME,
    NEWS,
    PAYMENTS,
    YEAR_1,
    World,
)


@pytest.fixture
def known(world: World) -> tuple[World, UUID, UUID]:
    """A person whose e-mail address the mailer was given for news, by consent."""
    subject, mailer = world.person(), world.recipient()
    world.consent(subject)
    world.do("record_disclosure", **world.disclosure(subject))
    return world, subject, mailer


def orders(world: World, subject: UUID) -> list[Order]:
    """The orders of the last entry."""
    given: tuple[Order, ...] = world.last(subject).orders
    return list(given)


def correct(world: World, subject: UUID, attribute: str, value: str, **fields: Any) -> None:
    values = (Value(attribute=attribute, value=value),)
    answer = world.do("correct", subject=subject, values=values, **fields)
    assert answer.outcome == "recorded"


def test_who_was_given_a_value_is_told_to_correct_it(known) -> None:
    """One order, for the class; of what nobody was given nobody is told."""
    world, subject, mailer = known
    correct(world, subject, EMAIL, "new@example.org")
    (order,) = orders(world, subject)
    assert (order.recipient, order.disclosure, order.classes) == (mailer, None, (CONTACT,))
    correct(world, subject, NAME, "Zoë Other")
    assert orders(world, subject) == []
    correct(world, subject, EMAIL, "newer@example.org")
    assert [one.recipient for one in orders(world, subject)] == [mailer]


def test_who_reaches_a_value_reaches_the_new_one(world: World) -> None:
    """A standing access brings an order to restrict, none to correct."""
    subject, host = world.person(), world.recipient(HOSTING)
    reach = {"purpose": "account-keeping", "classes": (CONTACT,), "country": "ireland"}
    world.do("open_standing_access", recipient=host, **reach)
    correct(world, subject, EMAIL, "new@example.org")
    assert orders(world, subject) == []
    world.do("restrict", subject=subject, ground="accuracy")
    assert [(one.recipient, one.classes) for one in orders(world, subject)] == [(host, (CONTACT,))]


def test_one_who_is_named_in_words_is_told_by_the_disclosure(world: World) -> None:
    """There is no recipient on the register; each disclosure is its own holder."""
    subject = world.person()
    told = world.do("record_disclosure", **world.disclosure(subject, recipient="Asha, next door"))
    correct(world, subject, EMAIL, "new@example.org")
    (order,) = orders(world, subject)
    assert (order.recipient, order.disclosure) == (None, told.ids["disclosure"])


def test_an_older_holder_of_very_many_is_told_too(world: World, monkeypatch) -> None:
    """A state keeps the newest of those that were named in words."""
    monkeypatch.setattr("ledger.life.UNNAMED", 1)
    subject = world.person()
    for name in ("Asha", "Bela"):
        world.do("record_disclosure", **world.disclosure(subject, recipient=name))
    correct(world, subject, EMAIL, "new@example.org")
    assert len(orders(world, subject)) == 2
    world.do("restrict", subject=subject, ground="accuracy")
    assert len(orders(world, subject)) == 2
    values = (Value(attribute=EMAIL, value="newest@example.org"),)
    told = {"source": "self-service", "country": "india", "purposes": ("account-keeping",)}
    world.do("record_collection", subject=subject, values=(), corrections=values, **told)
    assert len(world.bodies(subject, events.DataCorrected)[-1].orders) == 2


def test_a_restriction_and_its_end_are_ordered(known) -> None:
    """Of the classes it is about, to who has some of them; the end to the same."""
    world, subject, mailer = known
    world.bill(subject, YEAR_1)
    of_billing = world.do("restrict", subject=subject, ground="accuracy", classes=(BILLING,))
    assert orders(world, subject) == []
    done = world.do("restrict", subject=subject, ground="accuracy", classes=(CONTACT,))
    assert [(one.recipient, one.classes) for one in orders(world, subject)] == [
        (mailer, (CONTACT,))
    ]
    for restriction, told in ((done, [mailer]), (of_billing, [])):
        named = restriction.ids["restriction"]
        world.do("lift_restriction", subject=subject, restriction=named)
        assert [one.recipient for one in orders(world, subject)] == told


def test_who_has_data_for_a_purpose_is_told_that_its_consent_ended(known) -> None:
    """Once; not who has it for another purpose, and not by a withdrawal of what was not given."""
    world, subject, mailer = known
    world.recipient(PAYMENTS)
    paid = {"recipient": PAYMENTS, "purpose": "quotes-and-invoices", "ground": "own-instruction"}
    world.do("record_disclosure", **world.disclosure(subject, **paid, reference="7"))
    world.do("withdraw_consent", subject=subject, purpose=NEWS)
    assert [(one.recipient, one.classes) for one in orders(world, subject)] == [
        (mailer, (CONTACT,))
    ]
    world.do("withdraw_consent", subject=subject, purpose=NEWS)
    assert orders(world, subject) == []


def test_an_order_is_noted_answered_and_answered_again(known) -> None:
    """By its id alone; it waits for nobody any more, and closes no erasure."""
    world, subject, _ = known
    correct(world, subject, EMAIL, "new@example.org")
    (order,) = orders(world, subject)
    assert world.state(subject).kept.orders == [order.order]
    world.do("note_notified", subject=subject, order=order.order, channel="sealed-letter")
    said = {"subject": subject, "order": order.order}
    assert world.do("record_answer", **said, answer="confirmed").ids == {}
    assert world.state(subject).kept.orders == []
    assert world.do("record_answer", **said, answer="refused").outcome == "recorded"
    with pytest.raises(NotFound):
        world.do("record_answer", subject=subject, order=subject, answer="confirmed")
    assert not world.bodies(subject, events.ErasureClosed)


def test_an_erasure_does_not_wait_for_other_orders(known) -> None:
    """Nor is it closed by their answers."""
    world, subject, _ = known
    world.do("restrict", subject=subject, ground="accuracy")
    (restrict,) = orders(world, subject)
    world.do("request_erasure", subject=subject)
    (erase,) = world.bodies(subject, events.DataErased)[0].orders
    world.do("record_answer", subject=subject, order=restrict.order, answer="confirmed")
    assert not world.bodies(subject, events.ErasureClosed)
    world.do("record_answer", subject=subject, order=erase.order, answer="confirmed")
    assert world.bodies(subject, events.ErasureClosed)


def test_an_annulled_correction_waits_for_no_answer(known) -> None:
    """What it ordered was never so; an answer that comes all the same is taken."""
    world, subject, _ = known
    correct(world, subject, EMAIL, "new@example.org")
    (order,) = orders(world, subject)
    entry = world.entries(subject)[-1].event
    world.do("annul_entry", subject=subject, entry=entry, reason="entered-by-mistake")
    assert world.state(subject).kept.orders == []
    said = {"subject": subject, "order": order.order, "answer": "confirmed"}
    assert world.do("record_answer", **said).outcome == "recorded"


def test_of_an_erased_person_nobody_is_told_anew(known) -> None:
    """They were told to erase; nothing that is left here is theirs to correct or to restrict."""
    world, subject, _ = known
    world.do("request_erasure", subject=subject)
    world.do("restrict", subject=subject, ground="legal-claims")
    assert orders(world, subject) == []
    world.do("withdraw_consent", subject=subject, purpose=NEWS)
    assert orders(world, subject) == []


def test_what_was_disclosed_before_it_was_authorised_is_found(world: World) -> None:
    """P18: an authorisation does not reach back, however late the disclosure is told."""
    subject = world.person()
    world.recipient()
    world.consent(subject)
    said = world.disclosure(subject)
    granted = world.do("authorise_disclosure", **said).ids["authorisation"]
    now = dt.datetime.now(dt.UTC)
    for minutes, rules in ((0, ()), (-30, ("authorisation-too-late",))):
        moment = now + dt.timedelta(minutes=minutes)
        told = said | {"authorisation": granted, "occurred_at": moment}
        assert world.do("record_disclosure", **told).rules == rules
    world.publish("authorisation_hours: 72", "authorisation_hours: 1")
    told = said | {"authorisation": granted, "occurred_at": now}
    assert world.do("record_disclosure", **told).rules == ()
