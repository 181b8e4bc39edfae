"""G1: what an append reaches of what the database takes of the same bytes.

Whole commands (load, policy, seal, order, append, durable) in batches of 500, one event each, about
as many people. Against COPY of the very same rows into a table with the same indexes, one commit a
batch (on SQLite executemany with the same pragmas). Smaller batches, each waited for, stand beside.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from api.bench.ceilings import Plain, plain
from api.bench.disclosing import Disclosing
from api.bench.measure import Goal, Ratio, Run, interleaved, per_second, seconds
from api.bench.places import Place
from api.bench.population import Population, load
from ledger.application import Ledger
from ledger.receipt import Receipt

T = TypeVar("T")
BATCHES = {500: 1, 100: 4, 10: 20, 1: 100}
"""Commands a batch, and by how much fewer commands than `size` are measured with it."""
LEAST = 20
"""Commands that a repeat has, whatever the batch."""
AHEAD = 4
"""Batches of 500 a caller hands over before it waits for the first: the next is decided meanwhile."""
READY = 20_000
"""Commands, or rows, that are made ready before they are timed."""
TARGET = 0.60


def run(place: Place, size: int, repeats: int) -> list[Goal]:
    """`size` is how many commands a repeat gives in batches of 500."""
    loaded = load(place, Population(events=3 * size, each=3, pattern="D"))
    with place.ledger() as ledger, plain(place) as table:
        race = _Race(ledger, table, Disclosing(loaded, size))
        runs: dict[str, Run] = {}
        for batch, fewer in BATCHES.items():
            number = min(max(size // fewer, batch, LEAST), size)
            race.ledger(batch, number)  # so that there are rows to copy, whoever goes first
            runs[f"ledger {batch}"] = partial(race.ledger, batch, number)
            runs[f"copy {batch}"] = partial(race.copy, batch)
        figures = interleaved(runs, repeats, "append")
    return [_goal(place, batch, figures) for batch in BATCHES]


def _goal(place: Place, batch: int, figures: dict[str, list[float]]) -> Goal:
    reached, ceiling = figures[f"ledger {batch}"], figures[f"copy {batch}"]
    whole = batch == max(BATCHES)
    return Goal.against(
        "G1" if whole else "",
        place.store,
        f"append, batches of {batch}",
        Ratio.between(reached, ceiling),
        TARGET if whole else None,
        "of COPY" if place.store == "postgresql" else "of raw executemany",
        measured=per_second(reached),
        ceiling=per_second(ceiling),
    )


class _Race:
    """The ledger and the plain table in turns; the table copies what the ledger wrote before."""

    def __init__(self, ledger: Ledger, table: Plain, disclosing: Disclosing) -> None:
        self._ledger = ledger
        self._table = table
        self._disclosing = disclosing
        self._written: dict[int, deque[tuple[int, int]]] = {b: deque() for b in BATCHES}
        """Behind which position, and how many, by the size of their batches."""

    def ledger(self, batch: int, number: int) -> float:
        """Events a second by whole commands."""
        before, _ = self._ledger.recorder.last()
        took = sum(self._given(batch, some) for _, some in _slices(number))
        wrote = self._ledger.recorder.last()[0] - before
        if wrote != number:
            raise AssertionError(f"{number} commands wrote {wrote} events")
        self._written[batch].append((before, number))
        return number / took

    def copy(self, batch: int) -> float:
        """Events a second by COPY of the rows of an earlier turn."""
        before, number = self._written[batch].popleft()
        took = sum(self._copied(batch, before + done, some) for done, some in _slices(number))
        return number / took

    def _given(self, batch: int, number: int) -> float:
        parts = list(_parts(self._disclosing.commands(number), batch))
        return seconds(partial(self._give, parts, AHEAD if batch == max(BATCHES) else 1))

    def _copied(self, batch: int, after: int, number: int) -> float:
        rows = self._ledger.recorder.select_rows(after, number)
        prepared = [self._table.prepared(part) for part in _parts(rows, batch)]
        return seconds(lambda: [self._table.copy(part) for part in prepared])

    def _give(self, parts: Sequence[Sequence[Any]], ahead: int) -> None:
        waiting: deque[list[Receipt]] = deque()
        for part in parts:
            waiting.append(self._ledger.batch(part))
            if len(waiting) == ahead:
                _wait(waiting.popleft())
        for receipts in waiting:
            _wait(receipts)


def _wait(receipts: Sequence[Receipt]) -> None:
    for receipt in receipts:
        receipt.result()


def _parts(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _slices(number: int) -> Iterator[tuple[int, int]]:
    """How many are done, and how many are next: what is made ready at once bounds the memory."""
    for done in range(0, number, READY):
        yield done, min(READY, number - done)
