"""A rebuild beside the live tables: the same rows, never seen half built, whatever ends it."""

from __future__ import annotations

import signal
import threading

import pytest
from sqlalchemy import func, inspect, select

from ledger.errors import StoreUnavailable
from ledger.events import ConsentGiven
from projections import replaying, scratch, workers
from projections.audit_trail import trail
from projections.beside import names
from projections.columns import metadata
from projections.engine import Engine
from projections.lead import lead_of

from .conftest import NOTICE
from .processes import dump, worker
from .story import Story
from .test_schema import assert_as_declared


def _told(log, stories=1):
    for _ in range(stories):
        story = Story(log)
        story.live()
        story.end()


def _leftovers(engine):
    return {
        name
        for name in inspect(engine._engine).get_table_names()
        if name.endswith(("_new", "_old"))
    }


def test_a_rebuild_gives_the_same_rows(log, engine):
    """Row for row, before an erasure and after it, whatever the batches were."""
    story = Story(log)
    story.live()
    while engine.run_once(limit=1):
        pass
    live = dump(engine)
    engine.rebuild()
    assert dump(engine) == live
    story.end()
    while engine.run_once(limit=2):
        pass
    erased = dump(engine)
    assert erased != live
    engine.rebuild()
    assert dump(engine) == erased


def test_after_each_switch_the_schema_is_as_declared(log, engine):
    """Columns, keys and indexes; nothing of the replaced tables is left."""
    _told(log)
    for _ in range(3):
        engine.rebuild()
        assert_as_declared(engine._engine)
        assert _leftovers(engine) == set()


def test_a_rebuild_tells_how_far_it_is(log, engine):
    """From nothing to the end of the log."""
    Story(log).live()
    seen = []
    last = engine.rebuild(lambda position, end: seen.append((position, end)))
    assert (seen[0], seen[-1]) == ((0, last), (last, last))


def test_several_processes_give_the_same_rows(log, engine, store_settings, monkeypatch):
    """Each takes parts of the log as it is done with the last."""
    monkeypatch.setattr(workers, "WORTH", 0)
    monkeypatch.setattr(workers, "PART", 7)
    _told(log, 2)
    engine.catch_up()
    live = dump(engine)
    engine.rebuild(settings=store_settings)
    assert dump(engine) == live


def test_the_live_tables_never_go_back(log, engine):
    """A rebuild that is ahead of them brings them to where it is."""
    _told(log)
    last = engine.rebuild()
    assert engine.position() == last == log.recorder.last()[0]
    assert engine.run_once() == 0


def test_readers_see_a_complete_set_at_one_position(log, engine, store_settings, scale):
    """While entries are appended and projected, and the tables are rebuilt again and again."""
    person, done, seen = log.person(), threading.Event(), []
    consent = log.make(ConsentGiven, purpose="news", notice=NOTICE)

    def read():
        own = select(func.count(), func.max(trail.c.position)).where(
            trail.c.concerns == trail.c.stream
        )
        while not done.is_set():
            with engine.reading() as connection:
                position = engine.progress.read(connection)
                rows, last = connection.execute(own).one()
                seen.append((position, rows, last or 0))

    def append():
        while not done.is_set():
            log.say(person, *[consent] * 5)

    threads = [threading.Thread(target=work) for work in (read, read, append)]
    engine.start()
    for thread in threads:
        thread.start()
    try:
        for _ in range(int(3 * scale) or 1):
            engine.rebuild()
    finally:
        done.set()
        for thread in threads:
            thread.join(60)
        engine.stop()
    assert engine.failure is None
    assert len(seen) > 10
    assert [one for one in seen if len(set(one)) > 1] == []
    engine.catch_up()
    live = dump(engine)
    engine.rebuild()
    assert dump(engine) == live


@pytest.mark.parametrize("step", ["begin", "load", "index", "switch", "clear"])
def test_a_rebuild_killed_at_a_step_leaves_the_live_tables(log, engine, store_settings, step):
    """They are as they were, projection goes on, and the next rebuild begins anew."""
    _told(log)
    engine.catch_up()
    live = dump(engine)
    with worker(store_settings, f"rebuild-{step}") as killed:
        assert killed.wait(60) == -signal.SIGKILL
    assert dump(engine) == {**live, "projection_progress": dump(engine)["projection_progress"]}
    _told(log)
    engine.catch_up()
    live = dump(engine)
    engine.rebuild()
    assert {name: dump(engine)[name] for name in names()} == {name: live[name] for name in names()}
    assert _leftovers(engine) == set()
    assert_as_declared(engine._engine)


def test_one_rebuild_at_a_time(log, engine):
    """A second one is refused, and the first not disturbed."""
    other = lead_of(engine._engine, "rebuild")
    assert other.take()
    with pytest.raises(StoreUnavailable):
        engine.rebuild()
    other.leave()
    engine.rebuild()


def test_an_empty_database_is_filled(log, engine, tmp_path):
    """A replay of the whole log gives the live rows; it may be another database than the log's."""
    _told(log)
    engine.catch_up()
    live = dump(engine)
    with scratch.kept(tmp_path) as made:
        replaying.extend(made, log.recorder, 0, log.recorder.last()[0])
        filled = dump(Engine(made, log.recorder))
    assert {name: filled[name] for name in names()} == {name: live[name] for name in names()}


def test_every_table_but_the_positions_is_rebuilt():
    """The second set is all of the read side."""
    assert {*names(), "projection_progress"} == set(metadata.tables)
