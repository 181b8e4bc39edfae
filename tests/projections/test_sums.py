"""Sums of rows are the same for the same rows, in whatever order, and for no others."""

from __future__ import annotations

import os
import random

import pytest

from projections.sums import Sum, Summing, added

from .conftest import Log
from .story import Story


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_parts_of_the_log_add_up_in_any_order(log: Log, dialect: str) -> None:
    """A part is told by where it begins; a row stands for its entry alone."""
    Story(log).live()
    last, _ = log.recorder.last()
    summing = Summing(os.urandom(32), dialect)
    parts = [(after, min(after + 3, last)) for after in range(0, last, 3)]
    random.Random(1).shuffle(parts)
    found: dict[str, Sum] = {}
    for part in parts:
        found = added(found, summing.log(log.recorder, *part))
    assert found == summing.log(log.recorder, 0, last)
    assert len(found) > 10


def test_another_row_or_one_too_many_is_another_sum() -> None:
    """Also the same row twice, and two rows that swap a value."""
    summing = Summing(b"k" * 32, "sqlite")
    rows = [("a", 1, None), ("b", 2, b"x")]
    same = summing.rows(rows)
    assert summing.rows(rows[::-1]) == same
    for other in (
        rows[:1],
        rows + rows[:1],
        [("a", 2, None), ("b", 1, b"x")],
        [("a", 1, None), ("b", 2, "x")],
    ):
        assert summing.rows(other).digest != same.digest
    twice = summing.rows(rows[:1] * 2)
    assert twice.digest not in (Sum().digest, summing.rows(rows[:1]).digest)


def test_a_sum_means_nothing_under_another_key() -> None:
    """So that nobody can work out what to change."""
    rows = [("a", 1)]
    assert Summing(b"k" * 32, "sqlite").rows(rows) != Summing(b"l" * 32, "sqlite").rows(rows)
