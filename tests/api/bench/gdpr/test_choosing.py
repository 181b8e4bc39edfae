"""Keys are drawn as YCSB draws them."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest

from api.bench.gdpr.choosing import (
    RANKS,
    THETA,
    ZETAN,
    fnv64,
    rank,
    scrambled_zipfian,
    uniform,
)

DRAWS = 100_000


@pytest.mark.parametrize(
    ("number", "hashed"),
    [
        (0, 6284781860667377211),
        (1, 8517097267634966620),
        (2, 1820151046732198393),
        (9_999_999_999, 3605131173811637474),
    ],
)
def test_numbers_are_hashed_as_ycsb_names_its_keys(number: int, hashed: int) -> None:
    """The first three are the first keys of any YCSB load with hashed keys: user6284781860667377211 …;
    the last was computed in signed 64-bit arithmetic of C."""
    assert hashed == fnv64(number)


def test_the_constant_is_the_zeta_of_ten_billion_ranks() -> None:
    """Euler and Maclaurin: 2,000 terms, and an integral for the rest."""
    first, last = 2_000, 10**10
    head = math.fsum(i**-THETA for i in range(1, first))
    tail = (last ** (1 - THETA) - first ** (1 - THETA)) / (1 - THETA)
    ends = (first**-THETA + last**-THETA) / 2
    slope = -THETA * (last ** (-THETA - 1) - first ** (-THETA - 1)) / 12
    assert math.isclose(ZETAN, head + tail + ends + slope, rel_tol=1e-11)


def test_ranks_cover_the_whole_range_in_order() -> None:
    """The share of the first rank is 1 ÷ zeta, of the first two 1 + 2^-theta of it."""
    assert [rank(u / ZETAN) for u in (0.0, 0.999, 1.001, 1.5)] == [0, 0, 1, 1]
    drawn = [rank(u / 1_000) for u in range(1_000)]
    assert drawn == sorted(drawn)
    assert 0 < drawn[500] < 10**6 < drawn[-1] < RANKS


def test_scrambled_draws_have_the_zipfian_shares() -> None:
    """The most frequent keys are where the hash of the first ranks puts them."""
    items = 10_001
    choose = scrambled_zipfian(items, random.Random(5))
    drawn = Counter(choose() for _ in range(DRAWS))
    assert [key for key, _ in drawn.most_common(2)] == [fnv64(0) % items, fnv64(1) % items]
    assert math.isclose(drawn[fnv64(0) % items] / DRAWS, 1 / ZETAN, rel_tol=0.05)
    assert min(drawn) >= 0
    assert max(drawn) < items


def test_uniform_draws_have_equal_shares() -> None:
    """Every key about as often."""
    choose = uniform(10, random.Random(5))
    drawn = Counter(choose() for _ in range(DRAWS))
    assert set(drawn) == set(range(10))
    assert all(math.isclose(count / DRAWS, 0.1, rel_tol=0.05) for count in drawn.values())
