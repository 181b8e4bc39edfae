"""Runs, who looked, and the audit trail of each person concerned."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ledger.events import (
    EntryAnnulled,
    PersonalDataOpened,
    RunFinished,
    RunRefused,
    RunStarted,
    SubjectsAdmitted,
    SubjectsExcluded,
    SubjectsProcessed,
)
from projections import audit_trail, openings, processing

from .conftest import BROKEN


@pytest.fixture
def run(log):
    """A run over three people: one never admitted, one excluded at the opening, one processed."""
    stream, people = uuid4(), [log.person() for _ in range(3)]
    a, b, c = people
    log.say(
        stream,
        log.make(RunStarted, purpose="a", attributes=("email",), asked=3, admitted=2, chunks=1),
        log.make(SubjectsAdmitted, chunk=1, subjects=(a, b)),
        log.make(SubjectsExcluded, stage="start", rule="switched-off", subjects=(c,)),
    )
    opening = log.make(
        PersonalDataOpened,
        access="chunk",
        purpose="a",
        function="sales",
        attributes=("email",),
        run=stream,
        chunk=1,
        subjects=(a,),
    )
    log.say(
        stream,
        opening,
        log.make(SubjectsExcluded, stage="opening", chunk=1, rule="erased", subjects=(b,)),
    )
    done = log.tell(stream, SubjectsProcessed, chunk=1, subjects=(a,))
    log.tell(stream, RunFinished, processed=1, excluded=2)
    return stream, people, done


def _tally(engine, stream):
    engine.catch_up()
    with engine.reading() as connection:
        report = processing.report(connection, stream)
    return {(row.step, row.stage, row.rule): row.subjects for row in report.tally}


def test_a_run_reports_who_was_processed_and_who_not_and_why(engine, run):
    """Each person counts once, where it stands last."""
    stream, (a, b, c), _ = run
    assert _tally(engine, stream) == {
        ("processed", None, None): 1,
        ("excluded", "start", "switched-off"): 1,
        ("excluded", "opening", "erased"): 1,
    }
    with engine.reading() as connection:
        rows = processing.subjects_of_run(connection, stream)
        out = processing.subjects_of_run(connection, stream, step="excluded")
        rest = processing.subjects_of_run(connection, stream, after=rows[0].subject)
        found = processing.report(connection, stream).run
    assert {row.subject: row.step for row in rows} == {a: "processed", b: "excluded", c: "excluded"}
    assert {row.subject: row.rule for row in out} == {b: "erased", c: "switched-off"}
    assert [row.subject for row in rest] == sorted((a, b, c), key=lambda one: one.bytes)[1:]
    assert (found.asked, found.processed, found.excluded) == (3, 1, 2)


def test_an_annulled_outcome_leaves_the_step_before_it(log, engine, run):
    """Not processed after all: the person stands as opened."""
    stream, (a, _, _), done = run
    log.tell(stream, EntryAnnulled, entry=done, reason="mistake")
    assert ("opened", None, None) in _tally(engine, stream)
    with engine.reading() as connection:
        (mine,) = processing.of_subject(connection, a)
    assert [step.step for step in mine.steps] == ["admitted", "opened"]


def test_a_person_sees_the_runs_it_was_in(engine, run):
    """With every step, also when the run passed it by."""
    stream, (a, _, c), _ = run
    engine.catch_up()
    with engine.reading() as connection:
        (mine,) = processing.of_subject(connection, a)
        (theirs,) = processing.of_subject(connection, c)
    assert (mine.run.run, mine.run.purpose) == (stream, "a")
    assert [step.step for step in mine.steps] == ["admitted", "opened", "processed"]
    assert [(step.stage, step.rule) for step in theirs.steps] == [("start", "switched-off")]


def test_an_act_that_lists_people_stands_in_the_trail_of_each(engine, run):
    """The run's own stream has every act; a person only those that name it."""
    stream, (a, b, _), _ = run
    engine.catch_up()
    with engine.reading() as connection:
        topics = {
            who: [act.topic for act in audit_trail.of_subject(connection, who).rows][::-1]
            for who in (a, b, stream)
        }
        once = audit_trail.all_acts(connection, topic="personal-data-opened").rows
    assert topics[a] == [
        "subject-registered",
        "subjects-admitted",
        "personal-data-opened",
        "subjects-processed",
    ]
    assert topics[b] == ["subject-registered", "subjects-admitted", "subjects-excluded"]
    assert len(topics[stream]) == 7
    assert [act.concerns for act in once] == [stream]


def test_who_looked_is_told_to_each_person_concerned(log, engine, run):
    """In a run, and at a profile: actor, kind, function, reason."""
    stream, (a, b, _), _ = run
    log.tell(a, PersonalDataOpened, access="profile", reason="complaint", function="support")
    engine.catch_up()
    with engine.reading() as connection:
        looked = openings.of_subject(connection, a).rows
        assert openings.of_subject(connection, b).rows == []
    assert [(row.access, row.function, row.reason, row.run) for row in looked] == [
        ("profile", "support", "complaint", None),
        ("chunk", "sales", None, stream),
    ]
    assert {(row.by, row.by_kind) for row in looked} == {(log.actor, "staff")}


def test_a_refused_run_says_the_rules(log, engine):
    """Nobody took part; the report is there all the same."""
    stream = uuid4()
    log.tell(stream, RunRefused, purpose="a", findings=BROKEN)
    engine.catch_up()
    with engine.reading() as connection:
        report = processing.report(connection, stream)
        assert processing.all_runs(connection).rows == [report.run]
    assert (report.run.refused, report.tally) == (BROKEN, [])


def test_a_refusal_to_a_run_that_began_leaves_its_report_alone(log, engine, run):
    """A chunk asked for too late is in the trail; the run was not refused."""
    stream, _, _ = run
    log.tell(stream, RunRefused, purpose="a", findings=BROKEN)
    engine.catch_up()
    with engine.reading() as connection:
        report = processing.report(connection, stream)
        last = audit_trail.of_subject(connection, stream, limit=1).rows[0]
    assert (report.run.refused, report.run.processed) == ((), 1)
    assert (last.topic, last.findings) == ("run-refused", BROKEN)


def test_a_chunk_from_which_all_were_excluded_was_an_opening_of_nobody(log, engine):
    """No row says that somebody looked at a run."""
    stream = uuid4()
    log.tell(stream, PersonalDataOpened, access="chunk", run=stream, chunk=1)
    engine.catch_up()
    with engine.reading() as connection:
        assert openings.of_subject(connection, stream).rows == []
