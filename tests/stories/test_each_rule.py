"""Every rule there is, broken once by asking for it and once by reporting it.

What is asked is refused, and that is a fact in the log; what is told is stored, and somebody has to
look at it. The same acts are played under two documents that share no word, on both databases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from ledger.application import Ledger
from ledger.events import Event
from ledger.policy.rules import RULES
from tests.ledger.world import World
from tests.stories.acts import ASKED, BOTH, TOLD
from tests.stories.conftest import DOCUMENTS, Stage
from tests.stories.play import Play, irregular, refused

Act = Callable[[], Any]


@pytest.fixture
def play(stage: Stage) -> Iterator[Play]:
    """A ledger under a document, and somebody of a function it lists who acts."""
    ledger = Ledger.open(stage.settings)
    row = ledger.recorder.genesis()
    assert row is not None
    own = World(ledger, row.actor_stream)
    function = next(iter(ledger.policy().functions))
    staff = own.do("register_actor", kind="staff", function=function).ids["actor"]
    yield Play(World(ledger, staff), DOCUMENTS[stage.document][0], stage.settings)
    ledger.close()


def broken(play: Play, acts: dict[str, Act], seen: Callable[[list[Event]], set[str]]) -> list[str]:
    """Which of the rules the log does not say were broken, after the act that breaks each."""
    missed = []
    for rule, act in acts.items():
        before = play.position()
        act()
        if rule not in seen(play.since(before)):
            missed.append(rule)
    return missed


def test_each_rule_is_broken_by_asking_and_by_telling(play: Play) -> None:
    """One after another, in one ledger: refusals and irregularities are facts that name the rule."""
    asked = {rule: partial(act, play, False) for rule, act in BOTH.items()}
    asked |= {rule: partial(act, play) for rule, act in ASKED.items()}
    told = {rule: partial(act, play, True) for rule, act in BOTH.items()}
    told |= {rule: partial(act, play) for rule, act in TOLD.items()}
    assert broken(play, asked, refused) == []
    assert broken(play, told, irregular) == []


def test_there_is_an_act_for_every_rule() -> None:
    """None is left out, and none is played that is no rule."""
    assert set(BOTH) | set(ASKED) | set(TOLD) == set(RULES)
    assert len(BOTH) + len(ASKED) + len(TOLD) == len(RULES)


def test_an_act_that_breaks_nothing_is_found_out(play: Play) -> None:
    """A collection and a disclosure that nothing forbids leave no trace of a rule."""
    before = play.position()
    assert play.collect(False).outcome == play.disclose(False).outcome == "recorded"
    play.collect(True)
    play.disclose(True)
    assert refused(play.since(before)) == irregular(play.since(before)) == set()
    assert broken(play, {"notice-missing": lambda: play.collect(False)}, refused) != []
