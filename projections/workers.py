"""Processes that share a long piece of work on the log, part by part; nothing but pipes is shared.

`python -m projections.workers` is one of them. It reads what to do and where the ledger is from its
standard input, then a part at a time, and answers each. It needs no key and has no vault. One that
dies ends the work; when the process that began it dies, it ends by itself, for its input does.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Generic, TypeVar

from ledger.config import Settings
from ledger.errors import LedgerError, StoreUnavailable

T = TypeVar("T")

PART = 4_000
"""Entries of one part: what a process has in memory."""

WORTH = 50_000
"""Entries from which on it pays to start processes."""

SELDOM = (200_000, 20, 20)
"""When a process looks for cycles: entries and rows have none, and a part is 100,000s of objects."""

Work = Callable[[int, int], T]
"""What is done with the entries behind one position up to another."""
Share = Callable[[int, int], Iterator[tuple[int, T]]]
"""Has a range of the log worked on: how far it is, and what each part came to, in order."""
Begin = Callable[[Settings], AbstractContextManager[Work[T]]]
"""Opens what the work needs. It is sent to the processes: a function of a module, or a `partial`."""


@contextmanager
def shared(begin: Begin[T], settings: Settings, step: int | None = None) -> Iterator[Share[T]]:
    """How to have a range of the log worked on, by a process for each CPU.

    Only a few parts are under way at a time, however long the log is. `step`: the length of a part,
    where something else than entries is counted.

    Raises (while it is iterated):
        LedgerError: as the work raised it. StoreUnavailable: a process ended; its own message is on
            standard error.
    """
    workers = [_Worker(begin, settings) for _ in range(os.cpu_count() or 1)]
    try:
        with ThreadPoolExecutor(len(workers)) as threads:
            yield lambda after, until: _shared_out(workers, threads, parts(after, until, step))
    finally:
        for worker in workers:
            worker.end()


def alone(work: Work[T], after: int, until: int) -> Iterator[tuple[int, T]]:
    """The same in this process."""
    for start, end in parts(after, until):
        yield end, work(start, end)


def parts(after: int, until: int, step: int | None = None) -> Iterator[tuple[int, int]]:
    """A range of the log, part by part."""
    step = step or PART
    for start in range(after, until, step):
        yield start, min(start + step, until)


def _shared_out(
    workers: list[_Worker[T]], threads: ThreadPoolExecutor, given: Iterator[tuple[int, int]]
) -> Iterator[tuple[int, T]]:
    """A thread for each process hands it the next part as soon as it is done with the last."""
    free = list(workers)

    def hand_over(part: tuple[int, int]) -> tuple[int, T]:
        worker = free.pop()
        answer = worker.ask(part)
        free.append(worker)
        return part[1], answer

    waiting: deque[Future[tuple[int, T]]] = deque()
    for part in given:
        waiting.append(threads.submit(hand_over, part))
        if len(waiting) > len(workers):
            yield waiting.popleft().result()
    for future in waiting:
        yield future.result()


class _Worker(Generic[T]):
    """The other end of one such process."""

    def __init__(self, begin: Begin[T], settings: Settings) -> None:
        command = [sys.executable, "-m", "projections.workers"]
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._send((begin, settings))

    def ask(self, part: tuple[int, int]) -> T:
        """What the work on one part comes to; raises as `shared` does."""
        assert self._process.stdout is not None
        try:
            self._send(part)
            answer, refusal = pickle.load(self._process.stdout)  # noqa: S301 - our own process
        except (BrokenPipeError, EOFError) as error:
            raise StoreUnavailable(reason="a process that reads the log ended") from error
        if refusal is not None:
            kind, facts = refusal
            raise kind(**facts)
        result: T = answer
        return result

    def end(self) -> None:
        """Let the process go, in the middle of a part if it is at one."""
        self._process.kill()
        self._process.communicate()

    def _send(self, what: object) -> None:
        assert self._process.stdin is not None
        pickle.dump(what, self._process.stdin)
        self._process.stdin.flush()


def main() -> None:
    """Answer one part after another until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever began this, and ends it
    gc.set_threshold(*SELDOM)
    begin, settings = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that began us
    with begin(settings) as work:
        while (part := _next()) is not None:
            try:
                told: Any = (work(*part), None)
            except LedgerError as error:  # is made of its facts
                told = (None, (type(error), error.facts))
            pickle.dump(told, sys.stdout.buffer)
            sys.stdout.buffer.flush()


def _next() -> tuple[int, int] | None:
    try:
        part: tuple[int, int] = pickle.load(sys.stdin.buffer)  # noqa: S301 - as above
    except EOFError:
        return None
    return part


if __name__ == "__main__":
    main()
