"""Refusals and irregularities, by the rules they name and the policy version they fell under."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

from ledger.events import (
    CollectionRefused,
    CommandRefused,
    ConsentGiven,
    DisclosureRecorded,
    DisclosureRefused,
    EntryAnnulled,
    Finding,
    IrregularityClosed,
    IrregularityFound,
    RunRefused,
)
from projections import audit_trail, irregularities, refusals
from projections.refusals import RuleCount

from .conftest import NOTICE

DAY = dt.date(2026, 6, 1)
A, B = Finding("rule-a", "about"), Finding("rule-b")


def find(log, stream, *findings, entry=None, due=DAY, **given) -> UUID:
    """Something irregular of a stream; its id."""
    name = uuid4()
    values = {"irregularity": name, "owner": "role-a", "due": due, "findings": findings}
    log.tell(stream, IrregularityFound, entry=entry or uuid4(), **values, **given)
    return name


def test_what_is_refused_is_found_by_rule_and_version(log, engine):
    """Of whichever kind, newest first, page by page; each with all the rules it names."""
    person = log.person()
    first = log.tell(person, CommandRefused, command="correct", findings=(A, B))
    second = log.tell(person, CollectionRefused, findings=(B,))
    third = log.tell(person, DisclosureRefused, purpose="news", findings=(A, A), policy=2)
    fourth = log.tell(uuid4(), RunRefused, purpose="news", findings=(B,), policy=2)
    find(log, person, A)
    log.tell(person, ConsentGiven, notice=NOTICE, purpose="news", findings=(A,))
    engine.catch_up()
    with engine.reading() as tables:

        def events(**narrowed):
            return [row.event for row in refusals.all_refusals(tables, **narrowed).rows]

        assert events() == [fourth, third, second, first]
        assert events(rule="rule-a") == [third, first]
        assert events(rule="rule-b", version=1) == [second, first]
        assert events(version=2) == [fourth, third]
        assert events(rule="rule-c") == []
        page = refusals.all_refusals(tables, limit=3)
        assert refusals.all_refusals(tables, cursor=page.cursor).rows[0].event == first
        row = page.rows[1]
    assert (row.topic, row.command, row.purpose, row.findings) == (
        *("disclosure-refused", None, "news"),
        (A, A),
    )


def test_rules_are_counted_by_version(log, engine):
    """Asked and refused, told and irregular, and how many of these nobody has closed."""
    person = log.person()
    log.tell(person, CommandRefused, command="correct", findings=(A, B))
    log.tell(person, CommandRefused, command="correct", findings=(A, A))
    name = find(log, person, A)
    find(log, person, A, B)
    find(log, person, A, policy=2)
    wrong = log.tell(person, ConsentGiven, notice=NOTICE, purpose="news", findings=(B,), policy=2)
    find(log, person, B, entry=wrong, policy=2)
    log.tell(person, EntryAnnulled, entry=wrong, reason="mistake", policy=2)
    log.tell(person, IrregularityClosed, irregularity=name, reason="put-right")
    engine.catch_up()
    with engine.reading() as tables:
        counted = refusals.by_rule(tables)
        assert refusals.by_rule(tables, version=2) == counted[:2]
    assert counted == [
        RuleCount("rule-a", 2, 0, 1, 1),
        RuleCount("rule-b", 2, 0, 1, 0),
        RuleCount("rule-a", 1, 2, 2, 1),
        RuleCount("rule-b", 1, 1, 1, 1),
    ]


def test_irregularities_are_open_until_they_are_closed_or_their_entry_is_annulled(log, engine):
    """And overdue once their day has passed."""
    person, run = log.person(), uuid4()
    closed, late = find(log, person, A), find(log, run, B, policy=2)
    wrong = log.tell(person, ConsentGiven, notice=NOTICE, purpose="news", findings=(A,))
    annulled = find(log, person, A, entry=wrong)
    waits = find(log, person, A, due=DAY + dt.timedelta(days=1))
    log.tell(person, EntryAnnulled, entry=wrong, reason="mistake")
    log.tell(person, IrregularityClosed, irregularity=closed, reason="put-right")
    engine.catch_up()
    with engine.reading() as tables:

        def names(**narrowed):
            found = irregularities.all_irregularities(tables, **narrowed)
            return [row.irregularity for row in found.rows]

        assert names() == [waits, annulled, late, closed]
        assert names(is_open=True) == [waits, late]
        assert names(is_open=False) == [annulled, closed]
        assert names(rule="rule-a", is_open=True) == [waits]
        assert names(version=2) == [late]
        assert names(overdue_on=DAY) == []
        assert names(overdue_on=DAY + dt.timedelta(days=1)) == [late]
        row = irregularities.named(tables, closed)
        assert irregularities.named(tables, uuid4()) is None
    assert (row.open, row.closed_position, row.closed_reason) == (False, 11, "put-right")
    assert row.closed_at is not None


def test_what_came_of_something_hidden_is_hidden_as_long(log, engine):
    """A closed irregularity would tell the person that there was something to close."""
    person = log.person()
    secret = log.tell(person, DisclosureRecorded, disclosure=uuid4(), hidden_until=DAY)
    name = find(log, person, A, entry=secret)
    log.tell(person, IrregularityClosed, irregularity=name, reason="put-right")
    other = find(log, person, A)
    log.tell(person, IrregularityClosed, irregularity=other, reason="put-right")
    engine.catch_up()
    with engine.reading() as tables:

        def topics(today):
            page = audit_trail.of_subject(tables, person, for_subject=True, today=today)
            return [row.topic for row in page.rows]

        shown = ["irregularity-closed", "irregularity-found"]
        assert topics(DAY - dt.timedelta(days=1)) == [*shown, "subject-registered"]
        assert topics(DAY) == [*shown, *shown, "disclosure-recorded", "subject-registered"]
