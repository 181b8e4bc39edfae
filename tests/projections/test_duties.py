"""Duties to inform: what is open, by when, and what moved the day forward."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

import pytest

from ledger.events import (
    DisclosureRecorded,
    EntryAnnulled,
    InformDutyMet,
    InformDutyOpened,
    Moment,
    PersonalDataOpened,
    RunStarted,
)
from projections import duties

from .conftest import NOTICE, WHEN, Log

DUE = dt.date(2026, 4, 1)
NEXT_DAY = Moment(2026, 3, 2, tzinfo=dt.UTC)


def opened(log: Log, person: UUID, due: dt.date = DUE) -> tuple[UUID, UUID]:
    """A collection from others, and its duty: (entry, duty)."""
    entry, _ = log.collect(person, "contact", "email", source="partner", scope=uuid4().hex)
    duty = uuid4()
    log.tell(person, InformDutyOpened, duty=duty, entry=entry, due=due)
    return entry, duty


def of(engine, person: UUID) -> list[duties.Duty]:
    engine.catch_up()
    with engine.reading() as connection:
        return duties.of_subject(connection, person)


def open_on(engine, day: dt.date | None = None) -> set[UUID]:
    engine.catch_up()
    with engine.reading() as connection:
        return {row.duty for row in duties.unmet(connection, overdue_on=day).rows}


def test_a_duty_says_what_it_is_about_and_until_when(log, engine):
    """On its last day it is in time, on the next one late."""
    person = log.person()
    entry, duty = opened(log, person)
    (row,) = of(engine, person)
    assert (row.duty, row.entry, row.source) == (duty, entry, "partner")
    assert row.until == (DUE, "period")
    assert not row.overdue(DUE)
    assert row.overdue(DUE + dt.timedelta(days=1))
    assert open_on(engine) == {duty}
    assert open_on(engine, DUE) == set()
    assert open_on(engine, DUE + dt.timedelta(days=1)) == {duty}


def test_one_that_was_met_is_open_no_more_and_may_have_been_late(log, engine):
    """By the day the person was told."""
    person = log.person()
    _, duty = opened(log, person)
    _, late = opened(log, person, dt.date(2026, 2, 1))
    for one in (duty, late):
        log.tell(person, InformDutyMet, duty=one, notice=NOTICE, channel="letter")
    first, second = of(engine, person)
    assert (first.met_at, first.notice_version, first.channel) == (WHEN, "notice-a", "letter")
    assert [row.overdue(dt.date(2030, 1, 1)) for row in (first, second)] == [False, True]
    assert open_on(engine) == set()


@pytest.mark.parametrize("hidden", [False, True])
def test_the_first_disclosure_moves_the_day_forward(log, engine, hidden):
    """Not one from before the data came, nor one that may not be mentioned."""
    person = log.person()
    log.tell(person, DisclosureRecorded, disclosure=uuid4(), recipient=uuid4())
    _, duty = opened(log, person)
    until = dt.date(2027, 1, 1) if hidden else None
    shared = {"recipient": uuid4(), "hidden_until": until, "occurred_at": NEXT_DAY}
    log.tell(person, DisclosureRecorded, disclosure=uuid4(), **shared)
    (row,) = of(engine, person)
    moved = (NEXT_DAY.date(), "first-disclosure")
    assert row.until == ((DUE, "period") if hidden else moved)
    assert open_on(engine, dt.date(2026, 3, 3)) == (set() if hidden else {duty})
    assert open_on(engine, NEXT_DAY.date()) == set()


def test_the_first_message_to_the_person_moves_it_too(log, engine):
    """A run that sends no message is no contact."""
    person = log.person()
    _, duty = opened(log, person)
    started = {"purpose": "a", "attributes": ("email",), "asked": 1, "admitted": 1, "chunks": 1}
    for template in (None, "newsletter"):
        run = uuid4()
        assert of(engine, person)[0].until == (DUE, "period")
        log.tell(run, RunStarted, template=template, **started)
        reading = {"access": "chunk", "run": run, "chunk": 1, "subjects": (person,)}
        log.tell(run, PersonalDataOpened, occurred_at=NEXT_DAY, **reading)
    assert of(engine, person)[0].until == (NEXT_DAY.date(), "first-contact")
    assert open_on(engine, dt.date(2026, 3, 3)) == {duty}


def test_a_duty_ends_with_an_entry_that_was_recorded_in_error(log, engine):
    """It is marked, and nobody waits for it."""
    person = log.person()
    entry, _ = opened(log, person)
    log.tell(person, EntryAnnulled, entry=entry, reason="mistake")
    (row,) = of(engine, person)
    assert row.annulled_position is not None
    assert not row.overdue(dt.date(2030, 1, 1))
    assert open_on(engine) == open_on(engine, dt.date(2030, 1, 1)) == set()
