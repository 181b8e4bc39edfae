"""The engine: rows and position together, exactly once, and the same again from the beginning."""

from __future__ import annotations

import random
import signal
import threading
import time

import pytest
from eventsourcing.persistence import IntegrityError, Tracking

from ledger.errors import ProjectionLagging, Tampered, UnknownEvent
from ledger.events import SubjectsProcessed
from ledger.mapper import EVENTS
from projections import audit_trail
from projections import log as log_module
from projections.columns import metadata
from projections.engine import Engine
from projections.progress import NAME
from projections.registry import PROJECTIONS

from .processes import dump, worker
from .story import Story


def test_the_story_has_every_event_and_fills_every_table(log, engine):
    """So the comparisons below compare everything there is."""
    story = Story(log)
    story.live()
    story.end()
    engine.catch_up()
    with engine.reading() as connection:
        topics = {row.topic for row in audit_trail.all_acts(connection, limit=1000).rows}
    assert topics == set(EVENTS)
    assert [name for name, rows in dump(engine).items() if not rows] == []


@pytest.mark.parametrize("mode", ["inside", "after"])
def test_a_batch_counts_wholly_or_not_at_all(log, engine, store_settings, mode):
    """Killed before its commit, a projector leaves nothing of the batch; behind it, all of it."""
    Story(log).live()
    with worker(store_settings, mode) as killed:
        assert killed.wait(60) == -signal.SIGKILL
    assert engine.position() == {"inside": 6, "after": 9}[mode]
    engine.catch_up()
    live = dump(engine)
    engine.rebuild()
    assert dump(engine) == live


def test_rivals_and_kills_apply_every_entry_once(log, engine, store_settings, scale):
    """Two projectors at a time, killed at random and replaced: the rows are those of a rebuild."""
    dice = random.Random(7)
    for _ in range(3):
        stories = [Story(log) for _ in range(int(2 * scale) or 1)]
        for story in stories:
            story.live()
        with worker(store_settings, "run") as one, worker(store_settings, "run") as other:
            assert [worker.stdout.readline() for worker in (one, other)] == [b"ready\n"] * 2
            stories[0].end()
            time.sleep(dice.uniform(0, 0.1))
            one.kill()
            assert other.wait(60) == 0
    engine.catch_up()
    live = dump(engine)
    engine.rebuild()
    assert dump(engine) == live


def test_a_rival_that_was_faster_leaves_nothing_to_write(log, engine, store_settings):
    """The entries that another projector took meanwhile are not taken again."""
    log.person()
    select_rows = log.recorder.select_rows

    class Slow:
        """A recorder on which a rival finishes between reading and writing."""

        turn = staticmethod(log.recorder.turn)

        def select_rows(self, after, limit):
            rows = select_rows(after, limit)
            engine.run_once()
            return rows

    rival = Engine(engine._engine, Slow())
    assert rival.run_once() == 0
    assert engine.position() == 4


def test_it_asks_where_to_go_on_when_another_went_on(log, engine):
    """Where it looked last is kept; entries that another took from there are not taken again."""
    log.person()
    assert engine.catch_up() == 4
    assert engine.run_once() == 0
    log.person()
    assert Engine(engine._engine, log.recorder).catch_up() == 5
    log.person()
    assert engine.run_once(1) == 0
    assert engine.run_once() == 1
    assert engine.position() == 6


def test_an_unknown_event_stops_it_behind_the_last_known_one(log, engine, monkeypatch):
    """What came before is there; nothing is skipped, and who waits is told why."""
    person = log.person()
    log.collect(person, "contact", "email")
    monkeypatch.delitem(EVENTS, "data-collected")
    monkeypatch.delitem(log_module._decoders, "data-collected")
    engine.start()
    with pytest.raises(UnknownEvent):
        engine.wait(5, timeout=30)
    engine.stop()
    assert engine.position() == 4
    assert isinstance(engine.failure, UnknownEvent)


def test_a_missing_position_stops_it(log, engine):
    """A hole in the log is an alarm, also between two rows of one batch."""
    log.person()
    log.person()
    select_rows = log.recorder.select_rows

    class Holed:
        def select_rows(self, after, limit):
            return [row for row in select_rows(after, limit) if row.position != 4]

    with pytest.raises(Tampered):
        Engine(engine._engine, Holed()).run_once()
    assert engine.position() == 0


def test_waiting_ends_when_the_position_is_read(log, engine):
    """A thread of the same process follows; a position that does not come in time is an error."""
    engine.start()
    try:
        log.person()
        engine.wait(4, timeout=30)
        assert engine.position() == 4
        with pytest.raises(ProjectionLagging):
            engine.wait(5, timeout=0.05)
    finally:
        engine.stop()
    assert engine.failure is None


def test_a_large_batch_is_cut(log, engine, monkeypatch):
    """Entries that name many people are taken few at a time."""
    monkeypatch.setattr(log_module, "HEAVY", 3)
    run, people = log.person(), tuple(log.person() for _ in range(2))
    for _ in range(4):
        log.tell(run, SubjectsProcessed, chunk=1, subjects=people)
    assert [engine.run_once() for _ in range(3)] == [8, 2, 0]


def test_readers_see_one_position(log, engine):
    """What is asked on one connection is answered at one position, also while rows are written."""
    log.person()
    engine.catch_up()
    with engine.reading() as connection:
        assert engine.progress.read(connection) == 4
        log.person()
        engine.catch_up()
        assert engine.progress.read(connection) == 4
    assert engine.position() == 5


def test_the_library_can_track_it(log, engine):
    """Its tracking interface reads and moves the same position."""
    progress = engine.progress
    assert progress.max_tracking_id(NAME) is None
    engine.catch_up()
    assert (progress.max_tracking_id(NAME), progress.max_tracking_id("other")) == (3, None)
    progress.insert_tracking(Tracking(NAME, 4))
    progress.wait(NAME, 4, timeout=1)
    with pytest.raises(IntegrityError):
        progress.insert_tracking(Tracking(NAME, 4))


def test_two_projectors_in_one_process_do_not_disturb_each_other(log, engine):
    """Threads on one engine: every entry once, no failure."""
    Story(log).live()
    last, _ = log.recorder.last()

    def follow():
        while engine.position() < last:
            engine.run_once(2)

    threads = [threading.Thread(target=follow) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    live = dump(engine)
    engine.rebuild()
    assert dump(engine) == live


def test_every_table_belongs_to_one_projection():
    """A rebuild empties all of them; the position alone has none."""
    owned = [table.name for projection in PROJECTIONS for table in projection.tables]
    assert sorted([*owned, "projection_progress"]) == sorted(metadata.tables)
