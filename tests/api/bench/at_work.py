"""A process that does one long piece of work, and tells how much memory it held at most.

`python -m tests.api.bench.at_work` reads what to do and in which ledger from its standard input. The
caches of the databases, and what is read at a time, are of a fixed size: here they are so small that
they are full at any size, so that what grows with it shows.
"""

from __future__ import annotations

import pickle
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from api.bench import population
from api.bench.places import Place
from api.bench.population import Population
from api.importing import load_mapping, run_import
from ledger import states
from ledger.mapper import moment_of
from ledger.store import open_recorder
from ledger.store.recorder import LedgerRecorder
from projections import (
    comparing,
    engine,
    loading,
    rebuild,
    replaying,
    scratch,
    sums,
    verifying,
    workers,
)
from projections.comparing import compare
from projections.engine import Engine
from projections.moments import AsOf, Clock
from tests.api.importing.sample import MAPPING

AT_ONCE = 250
"""Entries, and streams, that are read, folded or written together."""
CACHES = 4 << 20
"""Bytes that all of SQLite's caches in this process hold together."""
_BATCHES = ("BATCH", "PIECE", "PART", "EVENTS", "STREAMS", "ROWS_AT_ONCE")
_MODULES = (
    *(comparing, engine, loading, population, rebuild),
    *(replaying, states, sums, verifying, workers),
)


class At(NamedTuple):
    """A ledger at work: its log, its tables, and a private folder."""

    place: Place
    recorder: LedgerRecorder
    views: Engine
    folder: Path


def peak(work: str, place: Place, given: int | Path | None = None) -> int:
    """Have a fresh process do this work; the KiB it held at most."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.api.bench.at_work"],
        input=pickle.dumps((work, place, given)),
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(done.stdout)


def _load(at: At, events: int) -> None:
    population.load(at.place, Population(events=events, long=(events // 10,)))


def _project(at: At, _: None) -> None:
    at.views.catch_up()


def _rebuild(at: At, _: None) -> None:
    at.views.rebuild()


def _verify(at: At, _: None) -> None:
    assert verifying.verify(at.views, at.recorder, at.folder).same


def _check_states(at: At, _: None) -> None:
    assert states.check(at.recorder).wrong == 0


def _look_back(clock: Clock) -> Callable[[At, None], None]:
    """Rebuild every table as of now, and compare it with the live one."""

    def work(at: At, _: None) -> None:
        position, micros = at.recorder.last()
        moment = AsOf(clock, position, moment_of(micros))
        with scratch.kept(at.folder) as made:
            replaying.build(made, at.recorder, moment)
            with at.views.reading() as live, made.connect() as then:
                found = [compare(live, then, table) for table in verifying.tables()]
        assert clock == "true" or all(table.same for table in found)

    return work


def _import(at: At, file: Path) -> None:
    mapping = load_mapping(MAPPING.read_text("utf-8"))
    with at.place.ledger() as ledger:
        genesis = ledger.recorder.genesis()
        assert genesis is not None
        told = {"by": genesis.actor_stream, "import_id": None, "progress": lambda *_: None}
        assert run_import(ledger, file, mapping, **told).refused == 0


WORKS: dict[str, Callable[[At, Any], None]] = {
    "load": _load,
    "project": _project,
    "rebuild": _rebuild,
    "verify": _verify,
    "check states": _check_states,
    "look back, known": _look_back("known"),
    "look back, true": _look_back("true"),
    "import": _import,
}


def _held_at_most() -> int:
    """KiB since this program began. (`ru_maxrss` begins with what the parent held when it forked.)"""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main() -> None:
    """Do it, and answer."""
    for module in _MODULES:
        for name in _BATCHES:
            if hasattr(module, name):
                setattr(module, name, AT_ONCE)
    population.ALONE = sys.maxsize  # whoever tells the lives is measured, too
    sqlite3.connect(":memory:").execute(f"PRAGMA soft_heap_limit = {CACHES}")
    work, place, given = pickle.load(sys.stdin.buffer)
    recorder = open_recorder(place.settings)
    with place.views() as views, tempfile.TemporaryDirectory() as folder:
        WORKS[work](At(place, recorder, views, Path(folder)), given)
    recorder.close()
    print(_held_at_most())


if __name__ == "__main__":
    main()
