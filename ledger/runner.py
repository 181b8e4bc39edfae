"""One command runner per process: decides, appends, and decides again when it lost a race.

A command is decided in its caller's thread; one writer thread appends and makes it durable, so a
caller waits only for that (`Receipt`). Commands on one stream are decided one after another in this
process; across processes the append's `expects` find a lost race, and the writer decides again, at
most `ATTEMPTS` times. On a crash nothing is half-done: what was not appended never happened, and
the caller's own command id tells a retry what did.
"""

from __future__ import annotations

import asyncio
import queue
import random
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from uuid import UUID

from ledger.command import Command
from ledger.errors import Busy, LedgerError, StoreUnavailable
from ledger.store.append import Answer, Conflict, Submission
from ledger.store.recorder import LedgerRecorder

ATTEMPTS = 24
"""How often a command is decided before its caller is told that the ledger is busy."""
PAUSE = 0.001
"""Seconds before a second try, times the attempts so far, at random: rivals get out of step."""
WAITING = 10_000
"""Commands of a process that may be unanswered; a caller beyond that waits to hand its own over."""

Decided = Submission | Answer
Decide = Callable[[Sequence[Command]], list["Decided | LedgerError"]]


class Receipt:
    """A command's answer, once it is durable: wait with `result()`, or `await` it."""

    def __init__(self, future: Future[Answer]) -> None:
        self._future = future

    def result(self, timeout: float | None = None) -> Answer:
        """The answer. Raises the LedgerError that struck, or TimeoutError after `timeout` s."""
        return self._future.result(timeout)

    def __await__(self) -> Generator[object, None, Answer]:
        return asyncio.wrap_future(self._future).__await__()


class _Pending:
    """A command on its way."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.stream = command.stream()
        self.future: Future[Answer] = Future()
        # Running from the start: a caller that stops waiting (a client that hung up) must not
        # cancel what the writer is about to answer, or the writer's thread would die of it.
        self.future.set_running_or_notify_cancel()
        self.submission: Submission | None = None
        self.attempts = 0


class Runner:
    """Owns the writer thread and the order of commands on a stream."""

    def __init__(
        self, recorder: LedgerRecorder, decide: Decide, refresh: Callable[[], None]
    ) -> None:
        self._recorder = recorder
        self._decide = decide
        self._refresh = refresh
        self._queue: queue.Queue[list[_Pending] | None] = queue.Queue()
        self._behind: dict[UUID, deque[_Pending]] = {}
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._writer: threading.Thread | None = None
        self._unanswered = 0
        self._closed = False

    def submit(self, commands: Sequence[Command]) -> list[Receipt]:
        """Decide these commands and hand them to the writer, as one append where they allow it."""
        pendings = [_Pending(command) for command in commands]
        with self._idle:
            if self._closed:
                raise StoreUnavailable(why="the ledger is closing")
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="writer", daemon=True)
                self._writer.start()
            self._idle.wait_for(lambda: self._unanswered < WAITING)
            self._unanswered += len(pendings)
            first = [pending for pending in pendings if self._enters(pending)]
        self._start(first)
        return [Receipt(pending.future) for pending in pendings]

    def close(self) -> None:
        """Append what was handed over, answer it, and stop."""
        with self._idle:
            self._closed = True
            self._idle.wait_for(lambda: self._unanswered == 0)
            writer, self._writer = self._writer, None
        if writer is not None:
            self._queue.put(None)
            writer.join()

    def _enters(self, pending: _Pending) -> bool:
        """Whether it may be decided now; otherwise it stands behind the one that is (lock held)."""
        if pending.stream is None:
            return True
        if pending.stream in self._behind:
            self._behind[pending.stream].append(pending)
            return False
        self._behind[pending.stream] = deque()
        return True

    def _start(self, pendings: Sequence[_Pending]) -> None:
        """Decide, and hand what needs an append to the writer. Loops: an answer frees the next."""
        work = list(pendings)
        while work:
            ready: list[_Pending] = []
            freed: list[_Pending] = []
            for pending, decided in zip(work, self._decided(work), strict=True):
                if isinstance(decided, Submission):
                    pending.submission = decided
                    ready.append(pending)
                else:
                    freed += self._finish(pending, decided)
            if ready:
                self._queue.put(ready)
            work = freed

    def _decided(self, work: Sequence[_Pending]) -> Sequence[Decided | BaseException]:
        try:
            return self._decide([pending.command for pending in work])
        except BaseException as error:  # the store failed for all of them, or somebody pressed
            return [error] * len(work)  # Ctrl-C: told to who waits, so that `close` need not wait

    def _finish(self, pending: _Pending, outcome: Answer | BaseException) -> list[_Pending]:
        """Tell the caller; returns the command that stood behind it, if any."""
        behind: list[_Pending] = []
        if pending.stream is not None:
            with self._lock:
                waiting = self._behind[pending.stream]
                if waiting:
                    behind.append(waiting.popleft())
                else:
                    del self._behind[pending.stream]
        if isinstance(outcome, BaseException):
            pending.future.set_exception(outcome)
        else:
            pending.future.set_result(outcome)
        with self._idle:
            self._unanswered -= 1
            self._idle.notify_all()
        return behind

    def _write(self) -> None:
        """The writer's thread: append a group, answer it, decide its losers again."""
        while (group := self._queue.get()) is not None:
            results = self._append(group)
            lost = any(isinstance(result, Conflict) for result in results)
            if lost or any(pending.command.RENEWS for pending in group):
                self._refresh()
            freed: list[_Pending] = []
            losers: list[_Pending] = []
            for pending, result in zip(group, results, strict=True):
                pending.attempts += 1
                if not isinstance(result, Conflict):
                    freed += self._finish(pending, result)
                elif pending.attempts < ATTEMPTS:
                    losers.append(pending)
                else:
                    freed += self._finish(pending, Busy())
            self._start(freed)
            if losers:
                self._try_again(losers)

    def _try_again(self, losers: Sequence[_Pending]) -> None:
        """Decide again after a moment, on a thread of its own: the writer goes on meanwhile."""
        attempts = max(pending.attempts for pending in losers)
        delay = random.uniform(0, PAUSE * attempts)  # noqa: S311 - no secret
        timer = threading.Timer(delay, self._start, [losers])
        timer.daemon = True
        timer.start()

    def _append(self, group: Sequence[_Pending]) -> Sequence[Answer | Conflict | BaseException]:
        submissions = [pending.submission for pending in group]
        try:
            return self._recorder.append([s for s in submissions if s is not None])
        except Exception as error:  # it struck the whole batch, and the store says nothing is there
            return [error] * len(group)
