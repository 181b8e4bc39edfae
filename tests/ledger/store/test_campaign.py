"""Eight writers in two processes that conflict and are killed: the log stays whole."""

from __future__ import annotations

import json
import random
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.ledger.store.processes import start
from tests.ledger.store.submissions import ACTOR
from tests.ledger.store.writer import STREAMS, command_of, stream_of

PROCESSES, THREADS, KILLS = 2, 4, 3
APPENDS = 2_000
"""Times LEDGER_TEST_SCALE; 10,000 at 5."""


@pytest.fixture
def acknowledged(tmp_path: Path) -> Path:
    """Where the writers note what they were told."""
    return tmp_path / "acknowledged.jsonl"


def run_campaign(settings, acknowledged: Path, each: int) -> int:
    """Run the writers to the end, killing now this one, now that. Returns: how often it killed."""
    chance = random.Random(2)
    arguments = (THREADS, each, acknowledged)
    running = {
        n: start(settings, "tests.ledger.store.writer", n, *arguments) for n in range(PROCESSES)
    }
    killed = 0
    deadline = time.monotonic() + 60 + each
    while running:
        assert time.monotonic() < deadline, "the writers do not come to an end"
        for number, process in list(running.items()):
            if process.poll() is not None:
                assert process.returncode == 0
                del running[number]
        progress = acknowledged.read_bytes().count(b"\n") if acknowledged.exists() else 0
        due = PROCESSES * THREADS * each * (killed + 1) / (KILLS + 2)
        if killed < KILLS and progress > due and running:
            number = chance.choice(sorted(running))
            running[number].kill()
            running[number].wait()
            running[number] = start(settings, "tests.ledger.store.writer", number, *arguments)
            killed += 1
        time.sleep(0.02)
    return killed


def test_positions_have_no_hole_and_no_double(store_settings, opened, acknowledged, scale):
    """Every command is one event, every acknowledged answer holds, and time never runs back."""
    each = int(APPENDS * scale) // (PROCESSES * THREADS)
    assert run_campaign(store_settings, acknowledged, each) == KILLS

    rows = opened.select_rows(0, 10**9)
    commands = {
        command_of(process, thread, number)
        for process in range(PROCESSES)
        for thread in range(THREADS)
        for number in range(each)
    }
    assert [row.position for row in rows] == list(range(1, len(commands) + 4))
    assert all(a.recorded_at <= b.recorded_at for a, b in pairwise(rows))
    for stream, its_rows in opened.select_streams(STREAMS).items():
        versions = [row.originator_version for row in its_rows]
        assert versions == list(range(1, sum(stream_of(c) == stream for c in commands) + 1))

    known = {}
    for some in (sorted(commands)[n : n + 500] for n in range(0, len(commands), 500)):
        known |= opened.find_answers(ACTOR, some)
    assert known.keys() == commands
    told = [json.loads(line) for line in acknowledged.read_text().splitlines()]
    assert len(told) >= len(commands)
    assert all(known[bytes.fromhex(t["command"])].answer.position == t["position"] for t in told)
