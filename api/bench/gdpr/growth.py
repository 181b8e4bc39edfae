"""Whether an operation takes longer in a larger ledger, when it gives an equally large answer.

Both ledgers have more users than records, so that a person has one record in each, and a reading by
purpose gives as many of its newest records as the smaller ledger has in all. The two take turns,
operation by operation, and one is over when its effect can be read. Each repeat is a session of its
own, which reads single records before it opens whole purposes.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import NamedTuple

from api.bench.gdpr.driver import Measured
from api.bench.gdpr.ledger_side import LedgerSide, place_for
from api.bench.gdpr.model import Model
from api.bench.gdpr.records import OBJ, Shape
from api.bench.gdpr.workloads import Kind, Operation
from api.bench.measure import Goal, Ratio, duration, p50
from api.bench.places import Place

LOG = 500
"""Newest entries of the log that are asked for."""
EACH = 12
"""Operations of each kind in one repeat."""
KINDS = (
    Kind.READ, Kind.READ_META_USER, Kind.READ_LOG, Kind.VERIFY_DELETION, Kind.INSERT, Kind.UPDATE,
    Kind.UPDATE_META_USER, Kind.DELETE, Kind.UPDATE_META_PURPOSE, Kind.READ_META_PURPOSE,
)  # fmt: skip
TARGET = 2.0


class _Grown(NamedTuple):
    """A loaded ledger, its model, and what its repeats took."""

    shape: Shape
    side: LedgerSide
    model: Model
    repeats: list[Measured]


def growth(place: Place, small: int, size: int, repeats: int) -> list[Goal]:
    """A goal for each kind of operation: its p50 at `size` records ÷ that at `small`."""
    with ExitStack() as opened:
        ledgers = [_loaded(place, records, opened) for records in (small, size)]
        page = small // ledgers[0].shape.purposes
        for repeat in range(repeats):
            wanted = [_operations(grown.shape, repeat, page) for grown in ledgers]
            for grown in ledgers:
                grown.side.begin()
                grown.repeats.append(Measured())
            for turn, pair in enumerate(zip(*wanted, strict=True)):
                both = list(zip(ledgers, pair, strict=True))
                for grown, operation in both if turn % 2 else reversed(both):
                    _perform(grown, operation)
    return [_goal(place, kind, *ledgers) for kind in KINDS]


def _loaded(place: Place, records: int, opened: ExitStack) -> _Grown:
    shape = Shape(records, users=2 * records)
    own = opened.enter_context(place_for(place, shape))
    side = opened.enter_context(closing(LedgerSide(own, shape, "processor")))
    side.load()
    own.analyze()
    return _Grown(shape, side, Model(shape), [])


def _perform(grown: _Grown, operation: Operation) -> None:
    measured, expected = grown.repeats[-1], grown.model.perform(operation)
    started = time.perf_counter()
    answer = grown.side.perform(operation)
    grown.side.settle()
    measured.took[operation.kind].append(time.perf_counter() - started)
    measured.total += 1
    measured.correct += answer == expected


def _operations(shape: Shape, repeat: int, page: int) -> Iterator[Operation]:
    source = random.Random(repeat)  # noqa: S311 - no secret
    for kind in KINDS:
        for number in range(EACH):
            k = source.randrange(shape.records)
            if kind is Kind.INSERT:
                k = shape.records + repeat * EACH + number
            length = {Kind.READ_META_PURPOSE: page, Kind.READ_LOG: LOG}.get(kind, 0)
            yield Operation(kind, k, field=OBJ, length=length)


def _goal(place: Place, kind: Kind, small: _Grown, large: _Grown) -> Goal:
    ours, theirs = ([p50(one.took[kind]) for one in grown.repeats] for grown in (large, small))
    wrong = [one.total - one.correct for grown in (small, large) for one in grown.repeats]
    return Goal.at_most(
        f"G6-p50-{kind}",
        place.store,
        f"p50 of {kind}, {large.shape.records:,} records against {small.shape.records:,}",
        Ratio.between(ours, theirs),
        TARGET,
        "times the p50",
        measured=duration(ours),
        ceiling=duration(theirs),
        note=f"{sum(wrong)} wrong answers",
    )
