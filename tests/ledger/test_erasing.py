"""Erasure: whole or by slot, what claims keep, what holders are ordered, and when it is closed."""

from __future__ import annotations

import contextlib
import datetime as dt
from uuid import UUID, uuid4

import pytest

from ledger import events
from ledger.application import Ledger
from ledger.commands.claiming import Covers
from ledger.commands.erasing import Part
from ledger.commands.values import Value
from ledger.errors import InvalidInput
from ledger.policy.periods import add_period
from ledger.reading import Reading
from ledger.sealing import Erased
from tests.ledger.world import (
    BILLING,
    CONTACT,
    DOCUMENTS,
    EMAIL,
    EVIDENCE,
    HOSTING,
    INVOICE,
    MAILER,
    NAME,
    NEWS,
    PAYMENTS,
    REQUEST,
    YEAR_1,
    YEAR_2,
    World,
)


def erased(value: object) -> bool:
    return isinstance(value, Erased)


def test_everything_but_evidence_dies_at_once(world: World) -> None:
    """An erasure of everything leaves nothing readable but the evidence that it was lawful."""
    subject = world.person()
    world.bill(subject, YEAR_1)
    world.consent(subject, statement="I agree")
    answer = world.do("request_erasure", subject=subject)
    assert all(erased(value) for values in world.values(subject).values() for value in values)
    (retained,) = world.bodies(subject, events.DataRetained)
    assert [slot.class_ for slot in retained.slots] == [EVIDENCE]
    assert retained.slots[0].until > dt.date.today()
    assert answer.outcome == "recorded"


def test_year_one_ends_while_year_two_stays_readable(world: World) -> None:
    """A period is a slot of its own: one invoice year dies, the next stays."""
    subject = world.person()
    world.bill(subject, YEAR_1)
    world.bill(subject, YEAR_2)
    first = world.ledger.policy().scope_of(BILLING, YEAR_1.date())
    slots = (Part(class_=BILLING, scope=first),)
    world.do("request_erasure", subject=subject, slots=slots)
    year_1, year_2 = world.values(subject)[INVOICE]
    assert erased(year_1)
    assert year_2 == "1 Example Street, 2025"
    assert not world.state(subject).erased


def test_one_document_is_erased_alone(world: World) -> None:
    """Two documents of one class: each has a key of its own."""
    subject, one, other = world.person(), uuid4().hex, uuid4().hex
    for number, scope in (("INV-1", one), ("INV-2", other)):
        value = Value(attribute="invoice-number", value=number, scope=scope)
        world.do(
            "record_collection",
            subject=subject,
            values=(value,),
            source="earlier-records",
            country="india",
            purposes=("quotes-and-invoices",),
        )
    world.do("request_erasure", subject=subject, slots=(Part(class_=DOCUMENTS, scope=one),))
    first, second = world.values(subject)["invoice-number"]
    assert erased(first)
    assert second == "INV-2"


def test_a_claim_keeps_its_slots_and_its_release_finishes_the_erasure(world: World) -> None:
    """Billing under a claim is retained with ground, end and decider; release erases it at once."""
    subject = world.person()
    world.bill(subject, YEAR_1)
    world.recipient(HOSTING)
    claim = world.do(
        "place_claim",
        subject=subject,
        ground="outstanding-credit",
        covers=(Covers(class_=BILLING),),
        reference="credit note 17",
    ).ids["claim"]
    world.do("request_erasure", subject=subject, statement="please erase me", carry_out=True)
    values = world.values(subject)
    assert erased(values[EMAIL][0])
    assert values[INVOICE] == ["1 Example Street, 2024"]
    (retained,) = world.bodies(subject, events.DataRetained)
    kept = {slot.class_: slot for slot in retained.slots}
    assert set(kept) == {BILLING, EVIDENCE}
    assert kept[BILLING].ground == "outstanding-credit"
    assert kept[BILLING].claim == claim
    assert kept[BILLING].review is not None
    assert kept[BILLING].decided_by == "finance-lead"
    before = world.state(subject).version
    released = world.do("release_claim", subject=subject, claim=claim, reason="credit-paid-back")
    assert erased(world.values(subject)[INVOICE][0])
    assert (released.first_version, released.last_version) == (before + 1, before + 3)
    assert world.bodies(subject, events.DataErased)[-1].cause == "claim-ended"


@pytest.mark.parametrize(("days", "kept"), [(0, True), (-1, False)])
def test_a_claim_holds_up_to_its_last_day(world: World, days: int, kept: bool) -> None:
    """And no day longer, without anybody's release."""
    subject = world.person()
    world.bill(subject, YEAR_1)
    covers = (Covers(class_=BILLING),)
    until = world.ledger.clock().date() + dt.timedelta(days=days)
    claim = {"ground": "outstanding-credit", "covers": covers, "until": until}
    assert world.do("place_claim", subject=subject, **claim).outcome == "recorded"
    world.do("request_erasure", subject=subject)
    assert erased(world.values(subject)[INVOICE][0]) is not kept


def test_a_claim_without_a_day_ends_when_its_ground_does(world: World) -> None:
    """Or is looked at again, where the ground has no end."""
    subject = world.person()
    today = world.ledger.clock().date()
    for ground in ("tax-record-keeping", "outstanding-credit"):
        covers = (Covers(class_=BILLING),)
        world.do("place_claim", subject=subject, ground=ground, covers=covers)
    tax, credit = world.bodies(subject, events.ClaimPlaced)
    assert (tax.until, tax.review) == (add_period(today, "P93M"), None)
    assert (credit.until, credit.review) == (None, add_period(today, "P12M"))


def test_what_came_with_a_request_for_one_year_goes_with_it(world: World) -> None:
    """The statement is not of the year that was named, and is not kept for that."""
    subject = world.person()
    world.bill(subject, YEAR_1)
    scope = world.ledger.policy().scope_of(BILLING, YEAR_1.date())
    year = (Part(class_=BILLING, scope=scope),)
    world.do("request_erasure", subject=subject, slots=year, statement="passport seen")
    assert isinstance(world.last(subject), events.ErasureClosed)
    assert {name.class_ for name in world.state(subject).living} == {CONTACT}


def test_a_late_order_belongs_to_the_latest_erasure(world: World) -> None:
    """The one that erased everything, not the one of a single year before it."""
    subject = world.person()
    world.bill(subject, YEAR_1)
    world.recipient()
    scope = world.ledger.policy().scope_of(BILLING, YEAR_1.date())
    year = (Part(class_=BILLING, scope=scope),)
    first = world.do("request_erasure", subject=subject, slots=year).ids["erasure"]
    whole = world.do("request_erasure", subject=subject).ids["erasure"]
    world.do("record_disclosure", **world.disclosure(subject))
    erasures = world.state(subject).erasures
    assert (len(erasures[first].unanswered), len(erasures[whole].unanswered)) == (0, 1)
    assert (erasures[first].closed, erasures[whole].closed) == (True, False)


def test_a_release_closes_nothing_while_a_holder_has_not_answered(world: World) -> None:
    """What it erases nobody else has, but the order from before stands open."""
    subject = world.person()
    world.bill(subject, YEAR_1)
    world.recipient()
    world.do("record_disclosure", **world.disclosure(subject, purpose="service-messages"))
    covers = (Covers(class_=BILLING),)
    claim = world.do(
        "place_claim", subject=subject, ground="outstanding-credit", covers=covers
    ).ids["claim"]
    world.do("request_erasure", subject=subject)
    world.do("release_claim", subject=subject, claim=claim)
    assert erased(world.values(subject)[INVOICE][0])
    assert world.bodies(subject, events.ErasureClosed) == []


def test_a_release_does_not_carry_out_what_is_not_decided(world: World) -> None:
    """An erasure that was only asked for waits for somebody's decision."""
    subject = world.person()
    world.bill(subject, YEAR_1)
    covers = (Covers(class_=BILLING),)
    claim = world.do(
        "place_claim", subject=subject, ground="outstanding-credit", covers=covers
    ).ids["claim"]
    world.do("request_erasure", subject=subject, carry_out=False)
    world.do("release_claim", subject=subject, claim=claim)
    assert world.bodies(subject, events.DataErased) == []
    assert world.values(subject)[INVOICE] == ["1 Example Street, 2024"]


def test_what_is_retained_serves_its_ground_only(world: World) -> None:
    """Retained billing data is refused to every purpose but the claim's own."""
    subject = world.person()
    world.bill(subject, YEAR_1)
    world.recipient("paypal-payments")
    covers = (Covers(class_=BILLING),)
    world.do("place_claim", subject=subject, ground="outstanding-credit", covers=covers)
    world.do("request_erasure", subject=subject)
    wanted = {"country": "india", "attributes": (INVOICE,), "subjects": (subject,)}
    other = world.do("start_run", purpose="service-messages", template="billing-reminder", **wanted)
    own = world.do("start_run", purpose="debt-collection", **wanted)
    (excluded,) = world.bodies(other.ids["run"], events.SubjectsExcluded)
    assert excluded.rule == "retained-for-its-ground-only"
    assert world.bodies(own.ids["run"], events.SubjectsAdmitted)[0].subjects == (subject,)


def test_request_material_stays_while_the_request_is_open(world: World) -> None:
    """Identity-check material of an open request is retained; the last answer erases it."""
    subject = world.person()
    world.recipient()
    world.consent(subject)
    world.do("record_disclosure", **world.disclosure(subject))
    asked = world.do("request_erasure", subject=subject, statement="passport seen")
    (retained,) = world.bodies(subject, events.DataRetained)
    kept = {slot.class_: slot for slot in retained.slots}
    assert set(kept) == {EVIDENCE, REQUEST}
    assert kept[REQUEST].until is None  # it ends with the closing
    assert kept[REQUEST].review is not None
    (done,) = world.bodies(subject, events.DataErased)
    (order,) = done.orders
    assert order.classes == (CONTACT,)
    world.do("note_notified", subject=subject, order=order.order, note="told by letter")
    world.do("record_answer", subject=subject, order=order.order, answer="confirmed")
    assert isinstance(world.last(subject), events.ErasureClosed)
    assert [n.class_ for n in world.state(subject).living] == [EVIDENCE]
    assert world.state(subject).erasures[asked.ids["erasure"]].closed


def test_an_erasure_waits_for_every_holder(world: World) -> None:
    """One answer of two closes nothing; the last one does, once."""
    subject = world.person()
    world.bill(subject, YEAR_1)
    for code, others in (
        (MAILER, {"purpose": "service-messages"}),
        (PAYMENTS, {"purpose": "quotes-and-invoices", "attributes": (INVOICE,)}),
    ):
        world.recipient(code)
        world.do("record_disclosure", **world.disclosure(subject, recipient=code, **others))
    world.do("request_erasure", subject=subject)
    one, other = world.bodies(subject, events.DataErased)[0].orders
    world.do("record_answer", subject=subject, order=one.order, answer="refused")
    assert world.bodies(subject, events.ErasureClosed) == []
    world.do("record_answer", subject=subject, order=other.order, answer="confirmed")
    assert len(world.bodies(subject, events.ErasureClosed)) == 1
    world.do("record_answer", subject=subject, order=one.order, answer="confirmed")
    assert len(world.bodies(subject, events.ErasureClosed)) == 1


def test_who_got_a_value_that_is_not_here_has_its_class(world: World) -> None:
    """Told with a name and no entry: whatever of that class it has is ordered back."""
    subject = world.person()
    mailer = world.recipient()
    told = world.disclosure(subject, attributes=("preferred-language",))
    assert "item-missing" in world.do("record_disclosure", **told).rules
    world.do("request_erasure", subject=subject)
    (order,) = world.bodies(subject, events.DataErased)[0].orders
    assert (order.recipient, order.classes) == (mailer, (CONTACT,))


def test_what_lives_on_is_not_ordered_back(world: World) -> None:
    """One year was erased; a later report speaks of what is still held here."""
    subject = world.person()
    world.bill(subject, YEAR_1)
    world.recipient()
    scope = world.ledger.policy().scope_of(BILLING, YEAR_1.date())
    world.do("request_erasure", subject=subject, slots=(Part(class_=BILLING, scope=scope),))
    world.do("record_disclosure", **world.disclosure(subject))
    assert world.bodies(subject, events.DisclosureRecorded)[-1].orders == ()


def test_where_evidence_has_ended_a_note_is_not_kept(
    world: World, store_settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is still accepted of a forgotten person mints no new key."""
    busy = lambda self, now: now.date()  # noqa: E731 - the log was not silent for four years
    monkeypatch.setattr(Reading, "certain_day", busy)
    subject = world.person()
    world.recipient()
    world.consent(subject, statement="I agree")
    world.do("record_disclosure", **world.disclosure(subject))
    erasure = world.do("request_erasure", subject=subject).ids["erasure"]
    (order,) = world.bodies(subject, events.DataErased)[0].orders
    world.do("record_answer", subject=subject, order=order.order, answer="no-answer")
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=4 * 366)
    with contextlib.closing(Ledger.open(store_settings, lambda: later)) as world.ledger:
        world.do("erase", subject=subject, erasure=erasure)
        assert world.state(subject).living == {}
        answer = {"order": order.order, "answer": "confirmed", "note": "by letter"}
        world.do("record_answer", subject=subject, **answer)
        assert world.bodies(subject, events.HolderAnswered)[-1].note is None
        assert world.state(subject).living == {}


def test_an_erasure_without_holders_closes_in_the_same_append(world: World) -> None:
    """Nobody outside holds anything: closed at once, and its own material goes with it."""
    subject = world.person()
    world.consent(subject, statement="I agree")
    world.do("request_erasure", subject=subject, statement="passport seen")
    assert isinstance(world.last(subject), events.ErasureClosed)
    assert [n.class_ for n in world.state(subject).living] == [EVIDENCE]


def test_holders_with_standing_access_are_ordered_too(world: World) -> None:
    """A hosting provider that can reach the class is told, without any disclosure."""
    subject = world.person()
    hosting = world.recipient(HOSTING)
    world.do(
        "open_standing_access",
        recipient=hosting,
        purpose="account-keeping",
        classes=(CONTACT,),
        country="ireland",
    )
    world.do("request_erasure", subject=subject)
    (done,) = world.bodies(subject, events.DataErased)
    assert [(order.recipient, order.classes) for order in done.orders] == [(hosting, (CONTACT,))]


def test_an_annulled_disclosure_leaves_no_holder(world: World) -> None:
    """What never happened is not ordered back."""
    subject = world.person()
    world.recipient(MAILER)
    world.consent(subject)
    entry = world.do("record_disclosure", **world.disclosure(subject)).ids["entry"]
    world.do("annul_entry", subject=subject, entry=entry, reason="entered-by-mistake")
    world.do("request_erasure", subject=subject)
    assert world.bodies(subject, events.DataErased)[0].orders == ()


def test_a_slot_that_holds_nothing_is_an_error_and_no_event(world: World) -> None:
    """An erasure names living slots, or nothing is stored."""
    subject = world.person()
    before = world.ledger.recorder.last()
    with pytest.raises(InvalidInput):
        world.do("request_erasure", subject=subject, slots=(Part(class_=BILLING),))
    assert world.ledger.recorder.last() == before


def test_an_erased_subject_still_takes_withdrawals_and_answers(world: World) -> None:
    """Protective acts are accepted for ever; grants and collections are not."""
    subject = world.person()
    world.consent(subject)
    world.do("request_erasure", subject=subject)
    assert world.do("withdraw_consent", subject=subject, purpose=NEWS).outcome == "recorded"
    assert world.consent(subject).rules == ("subject-erased",)
    again = world.do("request_erasure", subject=subject)
    assert again.outcome == "unchanged"


def test_a_withdrawn_request_for_correction_of_erased_data_is_refused(world: World) -> None:
    """There is nothing left to correct, and that it was asked is a fact."""
    subject = world.person()
    world.do("request_erasure", subject=subject)
    value = Value(attribute=NAME, value="Another Name")
    assert world.do("correct", subject=subject, values=(value,)).rules == ("subject-erased",)
    assert isinstance(world.last(subject), events.CommandRefused)


def test_evidence_ends_when_its_period_after_the_erasure_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planning again does not move its end; an order nobody has answered yet keeps it."""
    busy = lambda self, now: now.date()  # noqa: E731 - the log was not silent for three years
    monkeypatch.setattr(Reading, "certain_day", busy)
    subject, waiting = world.person(), world.person()
    world.recipient()
    for person in (subject, waiting):
        world.consent(person, statement="I agree")
    world.do("record_disclosure", **world.disclosure(waiting))
    for person in (subject, waiting):
        world.do("request_erasure", subject=person)
    (said,) = world.bodies(subject, events.DataRetained)

    def planned(person: UUID, day: dt.date) -> dict[str, dt.date | None]:
        clock = dt.datetime.combine(day, dt.time(12), dt.UTC)
        world.ledger.clock = lambda: clock  # type: ignore[method-assign]
        left = [slot.retained for slot in world.ledger.erasure_plan(person) if slot.retained]
        return {slot.class_: slot.until for slot in left}

    end = said.slots[0].until
    assert planned(subject, end - dt.timedelta(days=1)) == {EVIDENCE: end}
    assert planned(subject, end) == {}
    assert planned(waiting, end) == {EVIDENCE: None}


def test_who_got_what_the_policy_does_not_list_is_told_too(world: World) -> None:
    """Nobody knows its class: an erasure of everything orders everything, also when told late."""
    subject, late = world.person(), world.person()
    mailer = world.recipient()
    for person in (subject, late):
        world.consent(person)
    world.do("record_disclosure", **world.disclosure(subject, attributes=("shoe-size",)))
    world.do("request_erasure", subject=subject)
    (order,) = world.bodies(subject, events.DataErased)[0].orders
    assert (order.recipient, order.classes) == (mailer, (CONTACT,))
    world.do("request_erasure", subject=late)
    world.do("record_disclosure", **world.disclosure(late, attributes=("shoe-size",)))
    (order,) = world.bodies(late, events.DisclosureRecorded)[0].orders
    assert (order.recipient, order.classes) == (mailer, ("unsorted-data",))


def test_nobody_is_ordered_to_erase_what_nobody_asked_to_erase(world: World) -> None:
    """One class was erased; a late report names another that never was here."""
    subject = world.person()
    world.bill(subject, YEAR_1)
    world.recipient(PAYMENTS)
    scope = world.ledger.policy().scope_of(BILLING, YEAR_1.date())
    world.do("request_erasure", subject=subject, slots=(Part(class_=BILLING, scope=scope),))
    told = world.disclosure(subject, recipient=PAYMENTS, purpose="quotes-and-invoices")
    for attribute, classes in (("invoice-number", []), ("billing-address", [(BILLING,)])):
        world.do("record_disclosure", **(told | {"attributes": (attribute,)}))
        body = world.bodies(subject, events.DisclosureRecorded)[-1]
        assert [order.classes for order in body.orders] == classes


def test_who_joined_a_service_with_a_reviewer_is_not_erased_by_leaving_the_service_out(
    world: World,
) -> None:
    """P21: no service named, those that the person joined say who decides; the plan says so too."""
    subject = world.person()
    asked = world.do("request_erasure", subject=subject, slots=(Part(class_=CONTACT),))
    assert world.bodies(subject, events.DataErased)
    other = world.person()
    world.collect(other, {NAME: "Zoë"}, service="web-site")
    world.collect(other, {NAME: "Zoë"}, service="online-products")
    assert {slot.action for slot in world.ledger.erasure_plan(other)} == {"wait"}
    asked = world.do("request_erasure", subject=other)
    assert not world.bodies(other, events.DataErased)
    (request,) = world.bodies(other, events.ErasureRequested)
    assert request.reviewer == "data-protection-lead"
    assert request.decide_by == dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
    world.do("erase", subject=other, erasure=asked.ids["erasure"])
    assert world.bodies(other, events.DataErased)
    third = world.person()
    world.collect(third, {NAME: "Zoë"}, service="online-products")
    world.do("request_erasure", subject=third, service="web-site")
    assert world.bodies(third, events.DataErased)
