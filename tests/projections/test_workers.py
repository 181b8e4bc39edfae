"""Processes that share work on the log: every part once, in order, and no failure unheard."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from ledger.config import Settings
from ledger.errors import StoreUnavailable, Tampered
from projections import workers


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of no ledger: what is done here does not look."""
    return Settings(home=tmp_path)


@contextmanager
def adding(offset: int, settings: Settings) -> Iterator[Callable[[int, int], tuple[int, int]]]:
    """Tells which process did a part, and what it was told."""
    yield lambda after, until: (os.getpid(), offset + until - after)


@contextmanager
def failing(settings: Settings) -> Iterator[Callable[[int, int], int]]:
    """Finds a position missing in the second part."""

    def work(after: int, until: int) -> int:
        if after:
            raise Tampered(where="events", position=after + 1)
        return until

    yield work


@contextmanager
def dying(settings: Settings) -> Iterator[Callable[[int, int], int]]:
    """Is killed at once."""
    yield lambda after, until: os._exit(9)


def test_every_part_is_done_once_and_told_in_order(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By processes other than this one."""
    monkeypatch.setattr(workers, "PART", 10)
    with workers.shared(partial(adding, 1000), settings) as share:
        found = list(share(0, 95))
    assert [reached for reached, _ in found] == [*range(10, 91, 10), 95]
    assert [length for _, (_, length) in found] == [1010] * 9 + [1005]
    assert os.getpid() not in {process for _, (process, _) in found}


def test_few_parts_are_under_way_at_a_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the log is: the next part is asked for when one is done."""
    asked: list[int] = []
    every = workers.parts

    def counted(after: int, until: int, step: int | None) -> Iterator[tuple[int, int]]:
        for part in every(after, until, step):
            asked.append(part[1])
            yield part

    monkeypatch.setattr(workers, "parts", counted)
    with workers.shared(partial(adding, 0), settings, step=1) as share:
        for reached, _ in share(0, 50):
            assert asked[-1] <= reached + (os.cpu_count() or 1)


def test_an_error_of_the_ledger_arrives_as_it_was_raised(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its facts."""
    monkeypatch.setattr(workers, "PART", 10)
    with workers.shared(failing, settings) as share, pytest.raises(Tampered) as raised:
        list(share(0, 20))
    assert raised.value.facts == Tampered(where="events", position=11).facts


def test_a_process_that_ends_ends_the_work(settings: Settings) -> None:
    """Nobody waits for it."""
    with workers.shared(dying, settings) as share, pytest.raises(StoreUnavailable):
        list(share(0, 20))
