"""Which record an operation strikes: the distributions of YCSB, which GDPRbench is written on.

Zipfian is YCSB's *scrambled* one: a rank drawn among 10^10 with theta .99, spread over the keys by a
hash. The constant `ZETAN` is YCSB's own, for exactly that number of ranks.
"""

from __future__ import annotations

import random
from collections.abc import Callable

THETA = 0.99
RANKS = 10_000_000_001  # ZipfianGenerator(0, 10^10): both ends count
ZETAN = 26.46902820178302
_ZETA_2 = 1 + 0.5**THETA
_ALPHA = 1 / (1 - THETA)
_ETA = (1 - (2 / RANKS) ** (1 - THETA)) / (1 - _ZETA_2 / ZETAN)

_OFFSET = 0xCBF29CE484222325
_PRIME = 1_099_511_628_211
_MASK = (1 << 64) - 1

Choose = Callable[[], int]
"""Draws a key's number; the caller rejects one that was not inserted yet."""


def fnv64(number: int) -> int:
    """YCSB's `Utils.fnvhash64`: FNV-1a over the eight bytes, lowest first, as Java's signed `abs`."""
    value = _OFFSET
    for _ in range(8):
        value = ((value ^ (number & 0xFF)) * _PRIME) & _MASK
        number >>= 8
    return (1 << 64) - value if value >> 63 else value


def rank(uniform: float) -> int:
    """The Zipfian rank that a uniform draw in [0, 1) stands for; 0 is the most frequent."""
    scaled = uniform * ZETAN
    if scaled < 1:
        return 0
    if scaled < _ZETA_2:
        return 1
    return int(RANKS * (_ETA * uniform - _ETA + 1) ** _ALPHA)


def scrambled_zipfian(items: int, source: random.Random) -> Choose:
    """Draws among `items` keys, a few of them often, and these anywhere."""
    return lambda: fnv64(rank(source.random())) % items


def uniform(items: int, source: random.Random) -> Choose:
    """Draws among `items` keys, all alike."""
    return lambda: source.randrange(items)
