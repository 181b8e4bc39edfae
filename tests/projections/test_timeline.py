"""The order of the world: late reports, the ledger's own acts, what was annulled, what is hidden."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from ledger.events import (
    ClaimPlaced,
    ClaimReleased,
    ConsentGiven,
    CorrectedItem,
    DataCorrected,
    DisclosureAuthorised,
    DisclosureRecorded,
    EntryAnnulled,
    ErasureRequested,
    HolderAnswered,
    Moment,
    Order,
    PersonalDataOpened,
    RunFinished,
    RunStarted,
    SubjectsAdmitted,
    SubjectsProcessed,
)
from projections import (
    audit_trail,
    consents,
    disclosures,
    erasures,
    history,
    keys,
    openings,
    orders,
    processing,
    profiles,
    replaying,
    scratch,
)
from projections.engine import Engine
from projections.moments import AsOf, Clock

from .conftest import NOTICE, WHEN, Log, sealed_under
from .story import DAY, Story

EARLIER = Moment(2025, 6, 1, tzinfo=dt.UTC)
NOW = dt.datetime.now(dt.UTC)


@contextmanager
def then(
    engine: Engine,
    log: Log,
    about: UUID,
    at: dt.datetime | None = None,
    position: int | None = None,
    clock: Clock = "true",
) -> Iterator[Connection]:
    """The person as of a time, or as of now."""
    engine.catch_up()
    as_of = AsOf(clock, position or log.recorder.last()[0], at or dt.datetime.now(dt.UTC))
    with engine.reading() as live, history.at(live, log.recorder, about, as_of) as past:
        yield past


def test_what_is_told_of_years_before_has_somebody_it_is_told_of(log: Log, engine: Engine) -> None:
    """The registration gives an id; a consent that was given before it counts from its own day."""
    person = log.person()
    log.tell(person, ConsentGiven, purpose="news", notice=NOTICE, occurred_at=EARLIER)
    with then(engine, log, person, EARLIER) as past:
        assert profiles.subject(past, person) is not None
        assert consents.in_force(past, person)["news"].given
    with then(engine, log, person, EARLIER - dt.timedelta(days=1)) as past:
        assert consents.in_force(past, person) == {}


def test_keys_die_when_they_died_whatever_date_the_command_bore(log: Log, engine: Engine) -> None:
    """An erasure cannot be dated back: until it was recorded, the values could be read."""
    person, erasure = log.person(), uuid4()
    _, key = log.collect(person, "contact", "email", occurred_at=EARLIER)
    log.tell(person, ErasureRequested, erasure=erasure, whole=True, occurred_at=EARLIER)
    log.say(person, log.erase(person, erasure, key, occurred_at=EARLIER))
    with then(engine, log, person, EARLIER + dt.timedelta(days=1)) as past:
        (item,) = profiles.of_subject(past, person)
        assert item.erased_position is None
        assert [row.erased_position for row in erasures.of_subject(past, person)] == [None]
    with then(engine, log, person) as past:
        (item,) = profiles.of_subject(past, person)
        assert item.erased_position is not None


def test_a_late_report_counts_from_its_day_and_its_order_from_when_it_was_given(
    log: Log, engine: Engine
) -> None:
    """A disclosure told after the erasure reopens it then, and not in the past."""
    story = Story(log)
    story.live()
    story.end()
    late = Order(uuid4(), story.mail, None, ("contact",))
    report = {"disclosure": uuid4(), "recipient": story.mail, "occurred_at": EARLIER}
    event = log.tell(story.person, DisclosureRecorded, orders=(late,), **report)
    with then(engine, log, story.person, EARLIER) as past:
        assert [row.event for row in disclosures.of_subject(past, story.person)] == [event]
        assert orders.of_subject(past, story.person) == []
    with then(engine, log, story.person) as past:
        given = {row.order_id: row for row in orders.of_subject(past, story.person)}
        (erasure,) = erasures.of_subject(past, story.person)
        assert given[late.order].erasure == erasure.erasure
        assert erasure.closed_position is None
    log.tell(
        story.person, HolderAnswered, order=late.order, answer="confirmed", occurred_at=EARLIER
    )
    with then(engine, log, story.person) as past:
        given = {row.order_id: row for row in orders.of_subject(past, story.person)}
        assert given[late.order].answer == "confirmed"


def test_what_was_annulled_is_left_out_but_its_keys_were_born(log: Log, engine: Engine) -> None:
    """No item, no act, no order of it; its key, and that it died, are facts."""
    person, erasure = log.person(), uuid4()
    event, key = log.collect(person, "contact", "email")
    order = Order(uuid4(), None, None, ("contact",))
    note = log.key("evidence")
    told: Any = {"disclosure": uuid4(), "orders": (order,), "minted": (note,)}
    wrong = log.tell(person, DisclosureRecorded, **told, occurred_at=EARLIER)
    log.tell(person, EntryAnnulled, entry=event, reason="mistake")
    log.tell(person, EntryAnnulled, entry=wrong, reason="mistake")
    log.say(person, log.erase(person, erasure, key))
    with then(engine, log, person) as past:
        assert profiles.of_subject(past, person, history=True) == []
        assert disclosures.of_subject(past, person) == []
        assert orders.of_subject(past, person) == []
        topics = [act.topic for act in audit_trail.of_subject(past, person).rows]
        assert topics == ["data-erased", "subject-registered"]
        born = {state.kid: state.erasure for state in keys.of_stream(past, person)}
        assert born == {key.kid: erasure, note.kid: None}
    with then(engine, log, person, position=5, clock="known") as past:
        assert [item.event for item in profiles.of_subject(past, person)] == [event]


def test_nothing_comes_before_what_it_acts_on(log: Log, engine: Engine) -> None:
    """A correction and a release that bear an earlier date than what they are about."""
    person, claim = log.person(), uuid4()
    event, key = log.collect(person, "contact", "email")
    fix = CorrectedItem("email", 1, "contact", "", sealed_under(key.kid), event, 1)
    log.tell(person, DataCorrected, items=(fix,), occurred_at=EARLIER)
    placed: Any = {"claim": claim, "ground": "g", "decided_by": "role-a"}
    log.tell(person, ClaimPlaced, **placed)
    log.tell(person, ClaimReleased, claim=claim, occurred_at=EARLIER)
    with then(engine, log, person, EARLIER) as past:
        assert profiles.of_subject(past, person) == []
        topics = [act.topic for act in audit_trail.of_subject(past, person).rows]
        assert topics == ["subject-registered"]
    with then(engine, log, person, WHEN) as past:
        (item,) = profiles.of_subject(past, person)
        assert item.event != event
        assert len(audit_trail.of_subject(past, person).rows) == 5


def test_what_is_hidden_today_is_hidden_in_the_past(log: Log, engine: Engine) -> None:
    """An authorisation that nobody had to hide then led to a disclosure that must be now."""
    person, disclosure = log.person(), uuid4()
    shared = {"recipient": uuid4(), "agreement": 1, "purpose": "a", "ground": "b", "country": "in"}
    authorised = {"disclosure": disclosure, "expires_at": WHEN}
    log.tell(person, DisclosureAuthorised, **authorised, **shared)
    before = log.recorder.last()[0]
    used = {"disclosure": disclosure, "authorisation": disclosure, "hidden_until": DAY}
    log.tell(person, DisclosureRecorded, **used, **shared)
    with then(engine, log, person, position=before, clock="known") as past:
        assert len(disclosures.authorisations_of(past, person)) == 1
        shown = {"for_subject": True, "today": DAY - dt.timedelta(days=1)}
        assert disclosures.authorisations_of(past, person, **shown) == []
        topics = [act.topic for act in audit_trail.of_subject(past, person, **shown).rows]
        assert topics == ["subject-registered"]


def test_runs_are_shown_as_far_as_they_concern_the_person(log: Log, engine: Engine) -> None:
    """How the run began and ended, her own steps, and nobody else's."""
    story = Story(log)
    story.live()
    with then(engine, log, story.person, clock="known") as past, engine.reading() as live:
        assert processing.of_subject(past, story.person) == processing.of_subject(
            live, story.person
        )
        assert openings.of_subject(past, story.person) == openings.of_subject(live, story.person)
        (part,) = processing.of_subject(past, story.person)
        assert part.run.finished_position is not None
        assert processing.subjects_of_run(past, part.run.run)[0].subject == story.person
        assert len(processing.subjects_of_run(past, part.run.run)) == 1


def test_a_run_is_seen_as_of_a_moment(log: Log, engine: Engine) -> None:
    """Its own stream is folded; a big one in parts."""
    run, people = uuid4(), tuple(uuid4() for _ in range(1000))
    start: Any = {"purpose": "a", "asked": 12_000, "admitted": 12_000, "chunks": 12}
    opening = {"access": "chunk", "run": run, "chunk": 1, "subjects": people}
    log.say(
        run,
        log.make(RunStarted, **start),
        *(log.make(SubjectsAdmitted, chunk=n, subjects=people) for n in range(12)),
        log.make(PersonalDataOpened, **opening),
    )
    middle = log.recorder.last()[0]
    log.tell(run, SubjectsProcessed, chunk=1, subjects=people)
    log.tell(run, RunFinished, processed=1000, excluded=0)
    with then(engine, log, run, position=middle, clock="known") as past:
        report = processing.report(past, run)
        assert report is not None
        assert report.run.finished_position is None
        assert [(row.step, row.subjects) for row in report.tally] == [("opened", 1000)]
    with then(engine, log, run) as past:
        report = processing.report(past, run)
        assert report is not None
        assert [(row.step, row.subjects) for row in report.tally] == [("processed", 1000)]


def test_a_long_stream_is_read_in_pages(log: Log, engine: Engine, monkeypatch: Any) -> None:
    """Nothing is lost or doubled where one page ends and another begins."""
    monkeypatch.setattr(history, "PAGE", 7)
    monkeypatch.setattr(history.timeline, "PAGE", 5)
    story = Story(log)
    story.live()
    for day in range(40):
        when = EARLIER + dt.timedelta(days=day % 13)
        log.tell(story.person, ConsentGiven, purpose="news", notice=NOTICE, occurred_at=when)
    story.end()
    with then(engine, log, story.person, clock="known") as past, engine.reading() as live:
        for query in (profiles.of_subject, consents.of_subject, orders.of_subject, keys.of_stream):
            assert query(past, story.person) == query(live, story.person)
        trails = [
            audit_trail.of_subject(place, story.person, limit=1000).rows for place in (past, live)
        ]
        assert trails[0] == trails[1]
    with then(engine, log, story.person) as past:
        said = [row.occurred_at for row in consents.of_subject(past, story.person)]
        assert said == sorted(said)
        assert len(said) == 41


def test_the_whole_log_is_replayed_in_the_order_of_the_world(
    log: Log, engine: Engine, tmp_path: Any
) -> None:
    """One person's part of it is what the person's own past says."""
    story = Story(log)
    story.live()
    log.tell(story.person, ConsentGiven, purpose="news", notice=NOTICE, occurred_at=EARLIER)
    story.end()
    engine.catch_up()
    as_of = AsOf("true", log.recorder.last()[0], dt.datetime.now(dt.UTC))
    with scratch.kept(tmp_path) as made, engine.reading() as live:
        replaying.build(made, log.recorder, as_of)
        with made.connect() as whole, history.at(live, log.recorder, story.person, as_of) as own:
            for query in (profiles.of_subject, disclosures.of_subject, orders.of_subject):
                assert query(whole, story.person) == query(own, story.person)
            assert erasures.of_subject(whole, story.person)[0].closed_position is not None
