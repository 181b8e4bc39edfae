"""A sweep that is killed leaves whole facts, and the next one goes on from them."""

from __future__ import annotations

import signal

import pytest

from ledger import events
from ledger.genesis import create
from ledger.states import check
from tests.ledger.store.processes import start
from tests.ledger.sweeps import Sweeping
from tests.ledger.test_sweeping import dead, of_old

PEOPLE = 8


@pytest.mark.parametrize("phase", ["scheduling", "erasing"])
@pytest.mark.parametrize(
    ("point", "append"), [("before", 1), ("inside", 1), ("after", 1), ("inside", 2), ("after", 2)]
)
def test_killed_at_any_point_it_is_carried_on(store_settings, phase, point, append) -> None:
    """Everybody is scheduled once, erased once, and never without the death of the key."""
    create(store_settings)
    world = Sweeping(store_settings)
    people = [of_old(world) for _ in range(PEOPLE)]
    hours = 0
    if phase == "erasing":
        assert world.sweep().scheduled == PEOPLE
        hours = 25
    killed = start(store_settings, "tests.ledger.sweeping_child", hours, point, append)
    assert killed.wait(120) == -signal.SIGKILL
    for subject in people:
        assert len(world.deaths(subject)) == dead(world, subject)
    struck = sum(dead(world, subject) for subject in people)
    assert struck < PEOPLE if phase == "erasing" else struck == 0
    world.time.passes(hours=hours)
    world.sweep()
    for _ in range(2):
        world.a_day_later()
    for subject in people:
        assert dead(world, subject)
        assert len(world.deaths(subject)) == 1
        assert len(world.bodies(subject, events.ErasureScheduled)) == 1
        assert world.bodies(subject, events.ErasureCancelled) == []
    assert check(world.ledger.recorder).wrong == 0
    world.ledger.close()
