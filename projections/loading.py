"""Loading: the log, in pieces, into the tables that a rebuild fills; by several processes at once.

A row depends on its own entry alone, so pieces may be folded in any order and by anybody. Only a
piece or two is in memory at a time, however long the log is. A process that dies ends the rebuild.

`python -m projections.loading` is one such process. It reads where the ledger is from its standard
input, then a piece a line, and answers a line for each; it needs no key and has no vault.
"""

from __future__ import annotations

import fcntl
import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import sqlalchemy

from ledger.config import Settings
from ledger.errors import StoreUnavailable
from ledger.store.recorder import LedgerRecorder
from projections.beside import beside
from projections.log import entries_of
from projections.projection import Rows, fold
from projections.registry import PROJECTIONS

PIECE = 4_000
"""Entries of one piece: one transaction, and what a process has in memory."""

WORTH = 50_000
"""Entries from which on it pays to start processes."""

SELDOM = (200_000, 20, 20)
"""When a process looks for cycles: entries and rows have none, and a piece is 100,000s of objects."""

Load = Callable[[int, int], Iterator[int]]
"""Load the entries behind one position up to another; yields how many were loaded, as it goes."""


@contextmanager
def loader(
    engine: sqlalchemy.Engine, recorder: LedgerRecorder, settings: Settings | None, size: int
) -> Iterator[Load]:
    """How to load into the second set: in this process, or in one for each CPU if it pays."""
    if settings is None or size < WORTH:
        with beside(engine).filling(recorder.turn) as fill:
            yield lambda after, until: _in_pieces(engine, recorder, fill, after, until)
        return
    workers = [_Worker(settings) for _ in range(os.cpu_count() or 1)]
    try:
        with ThreadPoolExecutor(len(workers)) as threads:
            yield lambda after, until: _shared_out(workers, threads, after, until)
    finally:
        for worker in workers:
            worker.end()


def load(
    recorder: LedgerRecorder, dialect: str, fill: Callable[[Rows], None], piece: tuple[int, int]
) -> None:
    """Fold the entries behind a position up to another into the second set.

    Raises:
        UnknownEvent, Tampered: the log cannot be read.
    """
    after, until = piece
    while after < until:
        entries = entries_of(after, recorder.select_rows(after, until - after))
        fill(fold(entries, PROJECTIONS, dialect))
        after = entries[-1].position


def _pieces(after: int, until: int) -> Iterator[tuple[int, int]]:
    for start in range(after, until, PIECE):
        yield start, min(start + PIECE, until)


def _in_pieces(
    engine: sqlalchemy.Engine,
    recorder: LedgerRecorder,
    fill: Callable[[Rows], None],
    after: int,
    until: int,
) -> Iterator[int]:
    for piece in _pieces(after, until):
        load(recorder, engine.dialect.name, fill, piece)
        yield piece[1] - piece[0]


def _shared_out(
    workers: list[_Worker], threads: ThreadPoolExecutor, after: int, until: int
) -> Iterator[int]:
    """A thread for each process hands it the next piece as soon as it is done with the last."""
    free = list(workers)

    def hand_over(piece: tuple[int, int]) -> int:
        worker = free.pop()
        worker.load(*piece)
        free.append(worker)
        return piece[1] - piece[0]

    yield from threads.map(hand_over, _pieces(after, until))


class _Worker:
    """A process that loads; its pipes are all that is shared with it."""

    def __init__(self, settings: Settings) -> None:
        command = [sys.executable, "-m", "projections.loading"]
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        pickle.dump(settings, self._process.stdin)
        self._process.stdin.flush()

    def load(self, after: int, until: int) -> None:
        """Have one piece loaded.

        Raises:
            StoreUnavailable: the process ended; its own message is on standard error.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(f"{after} {until}\n".encode())
            self._process.stdin.flush()
            answered = self._process.stdout.readline()
        except BrokenPipeError:
            answered = b""
        if not answered:
            raise StoreUnavailable(reason="a process of the rebuild ended")

    def end(self) -> None:
        """Let the process go: without input it ends by itself, in the middle of a piece it is told."""
        self._process.kill()
        self._process.communicate()


def main() -> None:
    """Load pieces until there are no more."""
    from ledger.store import open_recorder
    from ledger.vault.database import engine_for

    gc.set_threshold(*SELDOM)
    settings: Settings = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that began us
    engine, recorder = engine_for(settings), open_recorder(settings)
    turn = nullcontext if settings.database_url else partial(_turn, settings.database_path)
    with beside(engine).filling(turn) as fill:
        for line in sys.stdin.buffer:
            after, until = map(int, line.split())
            load(recorder, engine.dialect.name, fill, (after, until))
            sys.stdout.buffer.write(b"done\n")
            sys.stdout.buffer.flush()
    engine.dispose()
    recorder.close()


@contextmanager
def _turn(database: Path) -> Iterator[None]:
    """SQLite has one writer at a time, and whoever finds it busy sleeps, ever longer; the processes
    of a rebuild wait for each other here instead, and go on at once."""
    with Path(f"{database}-rebuild-turn").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file is closed
        yield


if __name__ == "__main__":
    main()
