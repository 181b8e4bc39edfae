"""One run of a role: the same operations against the ledger, the plain tables and the model, in turns.

Every chunk of operations is run by each side before the next chunk begins, in changing order, so that
what else the machine does strikes all alike. A side has finished a chunk when everything that it has
to do for it is done, the projections included. Answers are compared outside the clock.
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Protocol

from api.bench.gdpr.ledger_side import LedgerSide, place_for
from api.bench.gdpr.model import Answer, Model
from api.bench.gdpr.plain import ASKED, EVERY, PREFIX, Plain
from api.bench.gdpr.records import Record, Shape
from api.bench.gdpr.workloads import Kind, Operation, operations
from api.bench.places import Place

CHUNK = 50
"""Operations a side runs before another has its turn."""

LEDGER, PLAIN, INDEXED = "ledger", "plain", "plain, every column indexed"


class Side(Protocol):
    """Something that holds the records and carries operations out."""

    def load(self) -> None: ...
    def perform(self, operation: Operation) -> Answer: ...
    def settle(self) -> None: ...
    def bytes(self) -> int: ...
    def all(self) -> dict[int, Record]: ...
    def close(self) -> None: ...


@dataclass
class Measured:
    """What one side took: `seconds` in all, and for each kind of operation one by one."""

    bytes: int = 0
    seconds: float = 0.0
    took: defaultdict[Kind, list[float]] = field(default_factory=lambda: defaultdict(list))
    correct: int = 0
    total: int = 0


@dataclass
class Outcome:
    """One run: each side's figures, and the bytes of Data that the records had when loaded."""

    personal: int
    sides: dict[str, Measured]

    def ratio(self, other: str = PLAIN) -> float:
        """Completion time of the ledger, divided by that of another side."""
        return self.sides[LEDGER].seconds / self.sides[other].seconds

    def space(self, side: str = LEDGER) -> float:
        """All bytes of a side for each byte of personal data, as loaded."""
        return self.sides[side].bytes / self.personal


def run_role(place: Place, shape: Shape, role: str, count: int, seed: int) -> Outcome:
    """Load all sides afresh and run `count` operations of the role's mix (and what comes first)."""
    with place_for(place, shape) as own, ExitStack() as opened:
        sides: dict[str, Side] = {
            LEDGER: opened.enter_context(closing(LedgerSide(own, shape, role))),
            PLAIN: opened.enter_context(closing(Plain(own, shape, ASKED))),
            INDEXED: opened.enter_context(closing(Plain(own, shape, EVERY, f"{PREFIX}_every"))),
        }
        for side in sides.values():
            side.load()
        own.analyze()
        model = Model(shape)
        outcome = Outcome(model.personal_bytes(), {name: Measured() for name in sides})
        for name, side in sides.items():
            outcome.sides[name].bytes = side.bytes()
        compare(sides, model, operations(role, shape, count, seed), outcome.sides)
        check_all(sides, model, outcome.sides)
        return outcome


def compare(
    sides: Mapping[str, Side],
    model: Model,
    wanted: Iterable[Operation],
    measured: Mapping[str, Measured],
) -> None:
    """Run the operations on every side in turns, and hold each answer against the model's."""
    gc.collect()
    gc.freeze()  # what was loaded lives to the end: nobody's collection walks over it
    try:
        for number, chunk in enumerate(_chunks(wanted)):
            expected = [model.perform(operation) for operation in chunk]
            for name in sides if number % 2 else reversed(list(sides)):
                gc.collect()
                answers = _timed(sides[name], chunk, measured[name])
                _count(measured[name], answers, expected)
    finally:
        gc.unfreeze()


def check_all(sides: Mapping[str, Side], model: Model, measured: Mapping[str, Measured]) -> None:
    """Count every record of every side as one more answer: an update by purpose answers nothing, and
    shows only in what is read later."""
    records = model.records
    for name, side in sides.items():
        found = side.all()
        numbers = sorted(found.keys() | records.keys())
        expected = [records.get(k) for k in numbers]
        _count(measured[name], [found.get(k) for k in numbers], expected)


def _timed(side: Side, chunk: Sequence[Operation], measured: Measured) -> list[Answer]:
    answers = []
    begun = time.perf_counter()
    for operation in chunk:
        started = time.perf_counter()
        answers.append(side.perform(operation))
        measured.took[operation.kind].append(time.perf_counter() - started)
    side.settle()
    measured.seconds += time.perf_counter() - begun
    return answers


def _count(measured: Measured, answers: Sequence[Answer], expected: Sequence[Answer]) -> None:
    measured.total += len(expected)
    measured.correct += sum(a == e for a, e in zip(answers, expected, strict=True))


def _chunks(wanted: Iterable[Operation]) -> Iterable[list[Operation]]:
    chunk: list[Operation] = []
    for operation in wanted:
        chunk.append(operation)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
