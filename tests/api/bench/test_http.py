"""The HTTP benchmark: what it asks is done, by real servers under real load."""

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing.connection import Connection

import pytest

from api.bench import http, http_load, http_servers
from api.bench.http_load import Answered, Rush
from api.bench.places import Place
from api.bench.population import Population

SIZE = 96


def test_both_goals_are_measured_and_everything_asked_is_stored(place: Place) -> None:
    """One round that is thrown away and one that counts: each with every request recorded."""
    goals = http.run(place, SIZE, 1)
    assert [goal.goal for goal in goals] == ["G8a", "G8b"]
    assert all(0 < goal.ratio.median < 10 for goal in goals)
    with place.ledger() as ledger:
        last, _ = ledger.recorder.last()
        topics = [row.topic for row in ledger.recorder.select_rows(0, last)]
    told = topics.count("disclosure-recorded")
    population = load_of(SIZE)
    assert told >= 2 * (SIZE + http.AT_ONCE * http.BATCH)
    assert last >= population.events + 2 * (SIZE + http.AT_ONCE * http.BATCH)


def load_of(size: int) -> Population:
    """The population that the benchmark loads."""
    return Population(events=3 * size, each=3, pattern="D")


@pytest.fixture
def pipe() -> Iterator[Connection]:
    """The process that makes load."""
    with http_servers.process(http_load.serve) as opened:
        yield opened
        opened.send(None)


def test_the_load_asks_each_request_once_and_counts_what_is_answered(pipe: Connection) -> None:
    """More requests than connections, good and bad ones."""
    hello = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
    nothing = b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
    with http_servers.listening(http_servers.plain) as port:
        pipe.send(Rush(port, 3, [hello] * 40 + [nothing] * 2))
        answered: Answered = pipe.recv()
    assert answered.statuses == {200: 40, 404: 2}
    assert answered.seconds > 0


def test_a_request_that_fails_is_no_result(pipe: Connection) -> None:
    """A rate of problems would be a good one."""
    wrong = b"POST /one HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    with http_servers.listening(http_servers.plain) as port, pytest.raises(AssertionError):
        http._rate(pipe, Rush(port, 1, [wrong]))
