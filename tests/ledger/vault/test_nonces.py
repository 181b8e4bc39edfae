"""Nonces are random, and nobody gets one that another has."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.sealing import NONCE
from ledger.vault.nonces import new_nonce

MANY = 1_000
"""More than one draw has."""


def test_threads_get_nonces_of_their_own() -> None:
    """No nonce twice, of the length that the cipher takes, within a draw and over many of them."""
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda _: [new_nonce() for _ in range(MANY)], range(8)))
    given = {nonce for part in parts for nonce in part}
    assert len(given) == 8 * MANY
    assert {len(nonce) for nonce in given} == {NONCE}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_gets_nonces_of_its_own() -> None:
    """What its parent had drawn is not given out a second time."""
    new_nonce()  # the next ones are drawn already
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"".join(new_nonce() for _ in range(MANY)))
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        theirs = pipe.read()
    os.waitpid(child, 0)
    ours = {new_nonce() for _ in range(MANY)}
    assert len(theirs) == NONCE * MANY
    assert ours.isdisjoint(theirs[at : at + NONCE] for at in range(0, len(theirs), NONCE))
