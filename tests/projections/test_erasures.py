"""Erasures: the three parts of the report, and orders to holders."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

import pytest

from ledger.events import (
    ClaimReleased,
    DataRetained,
    DisclosureRecorded,
    EntryAnnulled,
    ErasureClosed,
    ErasureRequested,
    HolderAnswered,
    HolderNotified,
    Order,
    RecipientRegistered,
    RetainedSlot,
    SlotName,
    StandingAccessOpened,
)
from projections import erasure_reports, erasures, holders, orders

from .conftest import WHEN

DAY = dt.date(2026, 6, 1)


def _retained(class_, claim=None, scope="2026-01-01"):
    return RetainedSlot(class_, scope, "ground-a", "law-a", DAY, None, "role-a", claim)


def _report(engine, erasure, **viewer):
    engine.catch_up()
    with engine.reading() as connection:
        return erasure_reports.report(connection, erasure, **viewer)


@pytest.fixture
def erased(log):
    """Everything of a person was to be erased; billing is retained, one holder has its order."""
    person, erasure, order, claim = log.person(), uuid4(), uuid4(), uuid4()
    _, contact = log.collect(person, "contact", "email")
    _, billing = log.collect(person, "billing", "invoice", scope="2026-01-01")
    log.tell(person, ErasureRequested, erasure=erasure, whole=True)
    given = (Order(order, uuid4(), None, ("contact",)),)
    slots = (SlotName("contact", ""),)
    log.say(
        person,
        log.erase(person, erasure, contact, orders=given, slots=slots),
        log.make(DataRetained, erasure=erasure, slots=(_retained("billing", claim),)),
    )
    return person, erasure, order, claim, contact, billing


def test_the_report_has_three_parts(engine, erased):
    """Keys that died, with their place in the log; the order, not delivered; what is retained."""
    person, erasure, order, claim, contact, _ = erased
    report = _report(engine, erasure)
    assert [(key.kid, key.retention_class, key.dead_position) for key in report.erased] == [
        (contact.kid, "contact", 8)
    ]
    assert [(row.order_id, row.classes, row.state) for row in report.ordered] == [
        (order, ("contact",), "ordered")
    ]
    (kept,) = report.retained
    assert (kept.retention_class, kept.ground, kept.law, kept.until, kept.decided_by) == (
        "billing",
        "ground-a",
        "law-a",
        DAY,
        "role-a",
    )
    assert (kept.claim, kept.erased_position) == (claim, None)
    assert (report.erasure.subject, report.erasure.erased_position) == (person, 8)


def test_a_release_finishes_the_erasure(log, engine, erased):
    """What was retained is shown as erased later, and its key among those that died."""
    person, erasure, _, claim, contact, billing = erased
    log.say(
        person,
        log.make(ClaimReleased, claim=claim),
        log.erase(person, erasure, billing, cause="claim-ended"),
    )
    report = _report(engine, erasure)
    assert [(key.kid, key.cause) for key in report.erased] == [
        (contact.kid, "request"),
        (billing.kid, "claim-ended"),
    ]
    assert [row.erased_position for row in report.retained] == [11]
    assert report.erasure.erased_position == 8


def test_new_orders_open_a_closed_erasure_again(log, engine, erased):
    """What a claim held has a holder too, and it has something to answer."""
    person, erasure, _, _, _, billing = erased
    log.tell(person, ErasureClosed, erasure=erasure)
    given = (Order(uuid4(), uuid4(), None, ("billing",)),)
    log.say(person, log.erase(person, erasure, billing, cause="claim-ended", orders=given))
    assert _report(engine, erasure).erasure.closed_position is None
    log.tell(person, ErasureClosed, erasure=erasure)
    assert _report(engine, erasure).erasure.closed_position == 12


def test_what_is_said_later_about_a_retained_slot_replaces_what_was_said(log, engine, erased):
    """One line for a slot: the last word."""
    person, erasure, *_ = erased
    other = uuid4()
    log.tell(person, DataRetained, erasure=erasure, slots=(_retained("billing", other),))
    assert [row.claim for row in _report(engine, erasure).retained] == [other]


@pytest.mark.parametrize("answer", ["confirmed", "refused", "not-held", "no-answer"])
def test_an_order_is_told_then_answered(log, engine, erased, answer):
    """Ordered, notified, answered: only what somebody noted, never more."""
    person, erasure, order, *_ = erased
    log.tell(person, HolderNotified, order=order, channel="mail")
    assert [row.state for row in _report(engine, erasure).ordered] == ["notified"]
    log.tell(person, HolderAnswered, order=order, answer=answer)
    log.tell(person, ErasureClosed, erasure=erasure)
    report = _report(engine, erasure)
    assert [row.state for row in report.ordered] == [answer]
    assert (report.ordered[0].notified_channel, report.erasure.closed_position) == ("mail", 12)


def test_an_answer_recorded_in_error_is_no_answer(log, engine, erased):
    """The order stands as it stood before."""
    person, erasure, order, *_ = erased
    log.tell(person, HolderNotified, order=order)
    wrong = log.tell(person, HolderAnswered, order=order, answer="confirmed")
    log.tell(person, EntryAnnulled, entry=wrong, reason="mistake")
    assert [row.state for row in _report(engine, erasure).ordered] == ["notified"]


def test_a_holder_that_comes_to_light_later_reopens_the_erasure(log, engine, erased):
    """Its order belongs to the erasure that was carried out; annulled, nobody is told."""
    person, erasure, *_ = erased
    log.tell(person, ErasureClosed, erasure=erasure)
    late = uuid4()
    given = (Order(late, uuid4(), None, ("contact",)),)
    event = log.tell(person, DisclosureRecorded, disclosure=uuid4(), orders=given)
    report = _report(engine, erasure)
    assert [row.order_id for row in report.ordered][-1:] == [late]
    assert report.erasure.closed_position is None
    log.tell(person, EntryAnnulled, entry=event, reason="mistake")
    assert late not in {row.order_id for row in _report(engine, erasure).ordered}


def test_an_order_never_betrays_a_hidden_disclosure(log, engine):
    """Hidden with the disclosure, also when it names only the recipient; a standing one is not."""
    person, erasure, agency, mail = log.person(), uuid4(), uuid4(), uuid4()
    _, key = log.collect(person, "contact", "email")
    log.tell(mail, StandingAccessOpened, purpose="a", classes=("contact",), country="in", since=DAY)
    named = uuid4()
    for recipient, disclosure in ((agency, named), (agency, uuid4()), (mail, uuid4())):
        log.tell(
            person,
            DisclosureRecorded,
            disclosure=disclosure,
            recipient=recipient,
            hidden_until=DAY,
        )
    log.tell(person, ErasureRequested, erasure=erasure, whole=True)
    told = [Order(uuid4(), agency, named, ()), Order(uuid4(), agency, None, ())]
    told.append(Order(uuid4(), mail, None, ()))
    log.say(person, log.erase(person, erasure, key, orders=tuple(told)))
    assert len(_report(engine, erasure).ordered) == 3
    seen = _report(engine, erasure, for_subject=True, today=WHEN.date())
    assert [row.recipient for row in seen.ordered] == [mail]
    with engine.reading() as connection:
        assert len(orders.of_subject(connection, person)) == 3
        outside = holders.of_subject(connection, person, for_subject=True, today=WHEN.date())
    assert [holder.recipient for holder in outside] == [mail]


def test_an_order_to_a_holder_that_is_openly_known_is_shown(log, engine):
    """It got something else that may be mentioned, so the order betrays nothing."""
    person, erasure, agency = log.person(), uuid4(), uuid4()
    _, key = log.collect(person, "contact", "email")
    for until in (DAY, None):
        given = {"disclosure": uuid4(), "recipient": agency, "hidden_until": until}
        log.tell(person, DisclosureRecorded, **given)
    log.tell(person, ErasureRequested, erasure=erasure, whole=True)
    told = (Order(uuid4(), agency, None, ()),)
    log.say(person, log.erase(person, erasure, key, orders=told))
    seen = _report(engine, erasure, for_subject=True, today=WHEN.date())
    assert [row.recipient for row in seen.ordered] == [agency]


def test_standing_access_makes_a_holder_of_whoever_has_such_data(log, engine):
    """Hosting holds what it can reach: of the one who gave it, not of the other."""
    person, other, host = log.person(), log.person(), uuid4()
    log.tell(host, RecipientRegistered, code="host", kind="processor")
    log.tell(host, StandingAccessOpened, purpose="a", classes=("contact",), country="in", since=DAY)
    log.collect(person, "contact", "email")
    log.collect(other, "usage", "page")
    engine.catch_up()
    with engine.reading() as connection:
        (holder,) = holders.of_subject(connection, person)
        assert holders.of_subject(connection, other) == []
    assert (holder.recipient, [row.classes for row in holder.standing]) == (host, [("contact",)])


def test_an_erasure_that_nobody_asked_for_is_reported_too(log, engine):
    """A period ended: the erasure begins with the death itself."""
    person, erasure = log.person(), uuid4()
    _, key = log.collect(person, "billing", "invoice", scope="2020-01-01")
    log.say(person, log.erase(person, erasure, key, cause="retention"))
    report = _report(engine, erasure)
    assert (report.erasure.whole, report.erasure.position) == (False, 6)
    assert [row.cause for row in report.erased] == ["retention"]
    with engine.reading() as connection:
        assert [row.erasure for row in erasures.of_subject(connection, person)] == [erasure]
