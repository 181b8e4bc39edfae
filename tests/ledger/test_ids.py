"""New ids are random, and nobody gets one that another has."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122

import pytest

from ledger.ids import _DRAW, new_id


def test_an_id_is_random() -> None:
    """Version 4, so that it tells neither a time nor a machine."""
    made = new_id()
    assert (made.version, made.variant) == (4, RFC_4122)


def test_threads_get_ids_of_their_own() -> None:
    """No id twice, within a draw and over many of them."""
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda _: [new_id() for _ in range(10 * _DRAW)], range(8)))
    assert len({made for part in parts for made in part}) == 8 * 10 * _DRAW


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_gets_ids_of_its_own() -> None:
    """What its parent had drawn is not given out a second time."""
    new_id()  # the next ones are drawn already
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"".join(new_id().bytes for _ in range(_DRAW)))
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        theirs = pipe.read()
    os.waitpid(child, 0)
    ours = {new_id().bytes for _ in range(_DRAW)}
    assert len(theirs) == 16 * _DRAW
    assert ours.isdisjoint(theirs[at : at + 16] for at in range(0, len(theirs), 16))
