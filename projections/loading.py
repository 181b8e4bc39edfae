"""Loading: the log, part by part, into the tables that a rebuild fills; by several processes at once.

A row depends on its own entry alone, so parts may be folded in any order and by anybody. Only a
part or two is in memory at a time, however long the log is. A process that dies ends the rebuild.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import sqlalchemy

from ledger.config import Settings
from ledger.store import open_recorder
from ledger.store.recorder import LedgerRecorder
from ledger.vault.database import engine_for
from projections import workers
from projections.beside import beside
from projections.log import entries_of
from projections.projection import Rows, fold
from projections.registry import PROJECTIONS


@contextmanager
def loader(
    engine: sqlalchemy.Engine, recorder: LedgerRecorder, settings: Settings | None, size: int
) -> Iterator[workers.Share[None]]:
    """How to load a range of the log into the second set: here, or by a process for each CPU if it
    pays."""
    if settings is not None and size >= workers.WORTH:
        with workers.shared(_loading, settings) as share:
            yield share
        return
    with beside(engine).filling(recorder.turn) as fill:
        yield partial(workers.alone, partial(load, recorder, engine.dialect.name, fill))


def load(
    recorder: LedgerRecorder, dialect: str, fill: Callable[[Rows], None], after: int, until: int
) -> None:
    """Fold the entries behind a position up to another into the second set.

    Raises:
        UnknownEvent, Tampered: the log cannot be read.
    """
    while after < until:
        entries = entries_of(after, recorder.select_rows(after, until - after))
        fill(fold(entries, PROJECTIONS, dialect))
        after = entries[-1].position


@contextmanager
def _loading(settings: Settings) -> Iterator[workers.Work[None]]:
    """`load` in a process of its own: see `workers.py`."""
    engine, recorder = engine_for(settings), open_recorder(settings)
    turn = nullcontext if settings.database_url else partial(_turn, settings.database_path)
    try:
        with beside(engine).filling(turn) as fill:
            yield partial(load, recorder, engine.dialect.name, fill)
    finally:
        engine.dispose()
        recorder.close()


@contextmanager
def _turn(database: Path) -> Iterator[None]:
    """SQLite has one writer at a time, and whoever finds it busy sleeps, ever longer; the processes
    of a rebuild wait for each other here instead, and go on at once."""
    with Path(f"{database}-rebuild-turn").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file is closed
        yield
