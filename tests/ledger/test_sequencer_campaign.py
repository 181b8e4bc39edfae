"""Sixteen writers in four processes that are killed at random: nothing acknowledged is lost.

Nothing is doubled either, and whoever reads behind the end of the log sees every event exactly once,
in order, without a hole at any moment.
"""

from __future__ import annotations

import random
import subprocess
import threading
import time
from pathlib import Path
from uuid import UUID

import pytest

from ledger.application import Ledger
from ledger.config import Settings
from ledger.states import check
from ledger.store import open_recorder
from tests.ledger.sequencer_writer import key_of
from tests.ledger.store.processes import start
from tests.ledger.world import World

PROCESSES, THREADS, KILLS = 4, 4, 5
EVENTS = 3_125
"""Times LEDGER_TEST_SCALE; 100,000 at 32."""
SUBJECTS = 60
"""Streams that all the writers write to."""


class Tail(threading.Thread):
    """Reads behind the end of the log all the time; notes each event, and what is out of order."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(name="tail", daemon=True)
        self._recorder = open_recorder(settings)
        self._end: int | None = None
        self.seen: list[UUID] = []
        self.wrong: list[tuple[int, int]] = []

    def run(self) -> None:
        while self._end is None or len(self.seen) < self._end:
            for row in self._recorder.select_rows(len(self.seen), 500):
                self.seen.append(row.event)
                if row.position != len(self.seen):
                    self.wrong.append((row.position, len(self.seen)))

    def stop(self, end: int) -> None:
        """Read up to this position, and end."""
        self._end = end
        self.join(60)
        self._recorder.close()


class Campaign:
    """The writers' processes, and the one who kills them."""

    def __init__(self, settings: Settings, directory: Path, by: UUID, each: int) -> None:
        self._settings = settings
        self._by = by
        self._each = each
        self._subjects = directory / "subjects"
        self.acknowledged = directory / "acknowledged"
        self.killed = 0

    def run(self, subjects: list[UUID], kills: int) -> None:
        """Run the writers to the end, killing one of them now and then."""
        self._subjects.write_text("\n".join(map(str, subjects)))
        chance = random.Random(3)
        running = {number: self._start(number) for number in range(PROCESSES)}
        deadline = time.monotonic() + 120 + self._each
        while running:
            assert time.monotonic() < deadline, "the writers do not come to an end"
            for number, process in list(running.items()):
                if process.poll() is not None:
                    assert process.returncode == 0
                    del running[number]
            due = PROCESSES * THREADS * self._each * (self.killed + 1) / (kills + 2)
            if running and self.killed < kills and self._progress() > due:
                number = chance.choice(sorted(running))
                running[number].kill()
                running[number].wait()
                running[number] = self._start(number)
                self.killed += 1
            time.sleep(0.02)

    def told(self) -> dict[str, int]:
        """What the writers noted: each command's position."""
        lines = (line.split() for line in self.acknowledged.read_text().splitlines())
        return {key: int(position) for key, position in lines}

    def _progress(self) -> int:
        return self.acknowledged.read_bytes().count(b"\n") if self.acknowledged.exists() else 0

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        module = "tests.ledger.sequencer_writer"
        files = (self._subjects, self.acknowledged)
        return start(self._settings, module, number, THREADS, self._each, self._by, *files)


@pytest.fixture
def campaign(world: World, store_settings: Settings, tmp_path: Path, scale: float) -> Campaign:
    """A campaign that is about to begin."""
    each = int(EVENTS * scale) // (PROCESSES * THREADS)
    return Campaign(store_settings, tmp_path, world.by, each)


def test_no_acknowledged_event_is_lost_or_doubled_and_no_reader_sees_a_hole(
    world: World, store_settings: Settings, campaign: Campaign, scale: float
) -> None:
    """Every command is one event, where its caller was told, and a follower has seen them all."""
    subjects = [world.do("register_subject").ids["subject"] for _ in range(SUBJECTS)]
    recorder = world.ledger.recorder
    before = recorder.last()[0]
    tail = Tail(store_settings)
    tail.start()
    kills = round(KILLS * max(1, scale**0.5))
    campaign.run(subjects, kills)
    end = recorder.last()[0]
    tail.stop(end)

    each = campaign._each
    keys = [key_of(p, t, n) for p in range(PROCESSES) for t in range(THREADS) for n in range(each)]
    assert campaign.killed == kills
    assert end - before == len(keys)
    told = campaign.told()
    assert told.keys() == set(keys)
    assert sorted(told.values()) == list(range(before + 1, end + 1))
    assert answered(world.ledger, world.by, keys) == told
    assert tail.wrong == []
    assert tail.seen == events(world.ledger, end)
    assert len(set(tail.seen)) == end
    checked = check(recorder)
    assert (checked.wrong, checked.lagging) == (0, 0)


def answered(ledger: Ledger, by: UUID, keys: list[str]) -> dict[str, int]:
    """What the ledger says it answered: each command's position."""
    named = {(by, ledger.vault.command_id(by, key)): key for key in keys}
    found = ledger.recorder.find_commands(list(named))
    return {named[name]: known.answer.position for name, known in found.items()}


def events(ledger: Ledger, end: int) -> list[UUID]:
    """The ids of all events, by position, read once everything is over."""
    found: list[UUID] = []
    while len(found) < end:
        found += [row.event for row in ledger.recorder.select_rows(len(found), 5_000)]
    return found
