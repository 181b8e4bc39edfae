"""Disclosures: the history and its filters, what is hidden, what is annulled."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

from ledger.events import (
    DisclosedItem,
    DisclosureAuthorised,
    DisclosureRecorded,
    DisclosureRefused,
    EntryAnnulled,
    ErasureRequested,
    HolderAnswered,
    HolderNotified,
    IrregularityFound,
    Moment,
    Order,
)
from projections import audit_trail, disclosures, holders
from projections.disclosures import Filter

from .conftest import BROKEN, WHEN, sealed_under

DAY = dt.date(2026, 6, 1)


def _disclose(log, person, **given):
    item = DisclosedItem("email", None, 1)
    values = {"disclosure": uuid4(), "recipient": uuid4(), "items": (item,), "purpose": "a"}
    return log.tell(person, DisclosureRecorded, **(values | given))


def _found(engine, sought, **options):
    with engine.reading() as connection:
        return [row.event for row in disclosures.search(connection, sought, **options).rows]


def test_every_filter_narrows(log, engine):
    """By recipient, purpose, ground, person and time: only what matches, newest first."""
    person, other, mail = log.person(), log.person(), uuid4()
    later = Moment(2026, 5, 1, tzinfo=dt.UTC)
    first = _disclose(log, person, recipient=mail, ground="contract")
    second = _disclose(log, person, purpose="b", occurred_at=later)
    third = _disclose(log, other, recipient=mail, ground="law")
    engine.catch_up()
    assert _found(engine, Filter()) == [third, second, first]
    assert _found(engine, Filter(subject=person)) == [second, first]
    assert _found(engine, Filter(recipient=mail)) == [third, first]
    assert _found(engine, Filter(purpose="b")) == [second]
    assert _found(engine, Filter(ground="law")) == [third]
    assert _found(engine, Filter(since=later)) == [second]
    assert _found(engine, Filter(before=later)) == [third, first]


def test_the_cursor_goes_on_where_the_page_ended(log, engine):
    """What comes on top while someone reads moves no row to another page."""
    person = log.person()
    events = [_disclose(log, person) for _ in range(5)]
    engine.catch_up()
    with engine.reading() as connection:
        page = disclosures.search(connection, Filter(), limit=2)
    _disclose(log, person)
    engine.catch_up()
    assert [row.event for row in page.rows] == [events[4], events[3]]
    rest = _found(engine, Filter(), cursor=page.cursor, limit=10)
    assert rest == [events[2], events[1], events[0]]


def test_what_is_hidden_is_absent_from_everything_the_person_gets(log, engine):
    """Disclosure, authorisation, holder and the acts about them; from the day on all are there."""
    person, disclosure = log.person(), uuid4()
    allowed = log.tell(
        person,
        DisclosureAuthorised,
        disclosure=disclosure,
        recipient=uuid4(),
        agreement=1,
        purpose="a",
        ground="law",
        country="in",
        expires_at=WHEN,
    )
    passed = _disclose(
        log, person, disclosure=disclosure, authorisation=disclosure, hidden_until=DAY
    )
    annulled = log.tell(person, EntryAnnulled, entry=passed, reason="mistake")
    seen = _disclose(log, person)
    engine.catch_up()

    def shown(**viewer):
        with engine.reading() as connection:
            acts = audit_trail.of_subject(connection, person, **viewer).rows
            history = disclosures.of_subject(connection, person, **viewer)
            allowances = disclosures.authorisations_of(connection, person, **viewer)
            outside = holders.of_subject(connection, person, **viewer)
        events = {row.event for row in [*acts, *history, *allowances]}
        return len(events), events & {allowed, passed, annulled, seen}, len(outside)

    everything = (5, {allowed, passed, annulled, seen}, 1)
    assert shown() == everything
    assert shown(for_subject=True, today=DAY - dt.timedelta(days=1)) == (2, {seen}, 1)
    assert shown(for_subject=True) == (2, {seen}, 1)
    assert shown(for_subject=True, today=DAY) == everything


def test_what_follows_from_something_hidden_is_hidden_with_it(log, engine):
    """That a holder was told, that it answered, that a rule was broken: each would betray it."""
    person, order = log.person(), uuid4()
    _, key = log.collect(person, "contact", "email")
    erased = uuid4()
    log.tell(person, ErasureRequested, erasure=erased, whole=True)
    log.say(person, log.erase(person, erased, key))
    given = (Order(order, uuid4(), None, ("contact",)),)
    passed = _disclose(log, person, hidden_until=DAY, orders=given, findings=BROKEN)
    hidden = {
        passed,
        log.tell(person, IrregularityFound, irregularity=uuid4(), entry=passed, owner="a", due=DAY),
        log.tell(person, HolderNotified, order=order),
        log.tell(person, HolderAnswered, order=order, answer="confirmed"),
        log.tell(person, DisclosureRefused, hidden_until=DAY, findings=BROKEN),
    }
    engine.catch_up()
    with engine.reading() as connection:
        everything = audit_trail.of_subject(connection, person).rows
        told = audit_trail.of_subject(connection, person, for_subject=True).rows
    assert {act.event for act in everything} - {act.event for act in told} == hidden


def test_an_annulled_disclosure_is_marked_and_makes_no_holder(log, engine):
    """The history keeps it; nobody is counted as having received anything."""
    person = log.person()
    wrong = _disclose(log, person)
    log.tell(person, EntryAnnulled, entry=wrong, reason="mistake")
    engine.catch_up()
    with engine.reading() as connection:
        (row,) = disclosures.of_subject(connection, person)
        assert row.annulled_position == 6
        assert holders.of_subject(connection, person) == []


def test_an_authorisation_says_what_used_it(log, engine):
    """Authorised, then passed on: the position of the disclosure stands at the authorisation."""
    person, disclosure = log.person(), uuid4()
    values = {"recipient": uuid4(), "agreement": 1, "purpose": "a", "ground": "b", "country": "de"}
    log.tell(person, DisclosureAuthorised, disclosure=disclosure, expires_at=WHEN, **values)
    engine.catch_up()
    with engine.reading() as connection:
        assert disclosures.authorisations_of(connection, person)[0].used_position is None
    _disclose(log, person, disclosure=disclosure, authorisation=disclosure)
    engine.catch_up()
    with engine.reading() as connection:
        assert disclosures.authorisations_of(connection, person)[0].used_position == 6


def test_a_recipient_that_is_not_on_the_register_is_a_holder_too(log, engine):
    """Its name is sealed; each report stands alone."""
    person = log.person()
    _, key = log.collect(person, "class-a", "email")
    name = sealed_under(key.kid)
    _disclose(log, person, recipient=None, unlisted=name)
    engine.catch_up()
    with engine.reading() as connection:
        (holder,) = holders.of_subject(connection, person)
    assert (holder.recipient, holder.attributes) == (None, ["email"])
    assert holder.disclosures[0].unlisted == name
