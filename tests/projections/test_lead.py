"""Of several projectors one leads, and another takes over; how far they are behind is known."""

from __future__ import annotations

import select
import time

from projections.lead import lead_of

from .processes import dump, worker


def _says(process, seconds):
    """The next line of a process, or nothing within some seconds."""
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    return process.stdout.readline() if ready else b""


def test_one_leads_and_another_takes_over_when_it_is_killed(log, engine, store_settings):
    """What is appended after the kill is projected all the same, and once."""
    with worker(store_settings, "follow") as one:
        assert _says(one, 60) == b"leads\n"
        with worker(store_settings, "follow") as other:
            log.person()
            engine.wait(log.recorder.last()[0], timeout=30)
            assert _says(other, 1) == b""
            one.kill()
            log.person()
            engine.wait(log.recorder.last()[0], timeout=30)
            assert _says(other, 30) == b"leads\n"
    live = dump(engine)
    engine.rebuild()
    assert dump(engine) == live


def test_the_lead_is_of_one_and_of_whoever_comes_next(engine):
    """It is kept until it is left; another kind of work has a lead of its own."""
    one, other = lead_of(engine._engine), lead_of(engine._engine)
    elsewhere = lead_of(engine._engine, "rebuild")
    assert one.take() and one.take()
    assert not other.take()
    assert elsewhere.take()
    one.leave()
    assert other.take()
    other.leave()
    elsewhere.leave()


def test_the_lag_is_positions_and_seconds(log, engine):
    """Nothing when all was read; else from the first entry that was not."""
    engine.catch_up()
    assert (engine.lag().positions, engine.lag().seconds) == (0, 0.0)
    log.person()
    time.sleep(0.05)
    log.person()
    lag = engine.lag()
    assert lag.positions == 2
    assert 0.05 <= lag.seconds < 30
