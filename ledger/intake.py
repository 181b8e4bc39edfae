"""The way in: commands wait here for their turn to be decided, in order on each stream.

Nothing is unbounded: beyond `WAITING` commands or `BYTES` of them unanswered, a thread waits a while
and an asyncio caller is told at once. What was taken in is answered, also when the process closes.
"""

from __future__ import annotations

import asyncio
import heapq
import threading
import time
from collections import deque
from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

from ledger.command import Command
from ledger.errors import InvalidInput, LedgerError, Overloaded, StoreUnavailable
from ledger.guarding import is_suspect
from ledger.receipt import Receipt, Told, tell

WAITING = 10_000
"""Commands of a process that may be unanswered."""
BYTES = 64 * 2**20
"""Bytes of their bodies that may be."""
PATIENCE = 30.0
"""Seconds a thread waits to hand its commands over, before it is told that there is no room."""


class Work:
    """A command on its way, from its caller to its answer."""

    __slots__ = ("attempts", "body", "command", "receipt", "size", "stream", "suspect", "turn")

    def __init__(self, command: Command) -> None:
        self.command = command
        self.stream = command.stream()
        # The stream's number: its order is looked up by it, several times faster than by the id.
        self.turn = None if self.stream is None else self.stream.int
        self.receipt = Receipt()
        self.attempts = 0
        # Encoded by its caller, and once however often it is decided; a large one where it is
        # decided, which holds nobody up.
        self.body = None if command.HEAVY else command.body()
        self.size = command.weight() if self.body is None else len(self.body)
        self.suspect = is_suspect(command)


def work_of(command: Command) -> Work | Receipt:
    """A command as work; one that cannot be encoded is answered with that, and alone."""
    try:
        return Work(command)
    except (UnicodeError, TypeError, ValueError):
        receipt = Receipt()
        tell([(receipt, InvalidInput(field="command", rule="text that can be encoded"))])
        return receipt


class _Again(NamedTuple):
    """A command to be decided again, not before a moment (monotonic s)."""

    due: float
    number: int
    work: Work


class _Line:
    """Those whose turn comes, and those whose turn comes again later; taken by one thread."""

    def __init__(self, lock: threading.Lock) -> None:
        self.ready: deque[Work] = deque()
        self.again: list[_Again] = []
        self.arrived = threading.Condition(lock)

    def revive(self) -> float | None:
        """Let those back in whose moment has come. Returns: seconds until the next one's has."""
        now = time.monotonic()
        while self.again and self.again[0].due <= now:
            self.ready.append(heapq.heappop(self.again).work)
        return self.again[0].due - now if self.again else None


class Intake:
    """Owns the order of commands on a stream, and the limits. Safe to share between threads.

    `enter` hands over in one step, so a caller who is interrupted has handed over all or nothing;
    everything else is done by the threads that decide and append, which nobody interrupts.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)
        self._inbox: deque[Work] = deque()
        self._inbox_bytes = 0
        self._quick = _Line(self._lock)
        self._heavy = _Line(self._lock)
        self._behind: dict[int, deque[Work]] = {}
        self._numbers = count()
        self._waiting = 0  # for room: threads
        self._held = 0  # taken from the inbox and not answered: commands, and their bytes
        self._held_bytes = 0
        self._closed = False
        self._broken: LedgerError | None = None

    # ---- callers ----------------------------------------------------------------------------

    def enter(self, works: Sequence[Work]) -> None:
        """Hand over, to be decided as soon as may be.

        Raises:
            Overloaded: there was no room in time.
            StoreUnavailable: the ledger is closing, or its threads have died.
        """
        size = sum([work.size for work in works])
        with self._lock:
            if not self._has_room():
                self._wait_for_room()
            self._refuse_if_closed()
            if not self._inbox:  # else it was told when the first of them came
                self._quick.arrived.notify()
            self._inbox.extend(works)
            self._inbox_bytes += size

    def close(self) -> None:
        """Take nothing more; what was taken is decided and answered."""
        with self._lock:
            self._closed = True
            self._notify_all()

    def unanswered(self) -> int:
        """Commands that were taken and are not answered yet."""
        return self._held + len(self._inbox)

    def _has_room(self) -> bool:
        return self.unanswered() < WAITING and self._held_bytes + self._inbox_bytes < BYTES

    def _wait_for_room(self) -> None:
        """Raises Overloaded at once in an event loop, which must not stand still (lock held)."""
        try:
            asyncio.get_running_loop()
            patience = 0.0
        except RuntimeError:
            patience = PATIENCE
        self._waiting += 1
        try:
            found = self._room.wait_for(lambda: self._has_room() or self._is_over(), patience)
        finally:
            self._waiting -= 1
        if not found:
            raise Overloaded(waiting=self._held)

    def _is_over(self) -> bool:
        return self._closed or self._broken is not None

    def _refuse_if_closed(self) -> None:
        if self._broken is not None:
            raise self._broken
        if self._closed:
            raise StoreUnavailable(why="the ledger is closing")

    # ---- those who decide -------------------------------------------------------------------

    def take(self, limit: int, *, heavy: bool = False) -> list[Work] | None:
        """The next commands to decide; waits for one. None when there will never be one again."""
        line = self._heavy if heavy else self._quick
        with self._lock:
            while True:
                self._admit()
                pause = line.revive()
                if line.ready:
                    return [line.ready.popleft() for _ in range(min(limit, len(line.ready)))]
                if self._broken or (self._closed and not self._held):
                    return None
                line.arrived.wait(pause)

    def again(self, work: Work, delay: float) -> None:
        """To be decided again in `delay` s."""
        due = time.monotonic() + delay
        with self._lock:
            broken = self._broken
            if broken is None:
                line = self._line(work)
                heapq.heappush(line.again, _Again(due, next(self._numbers), work))
                line.arrived.notify()
        if broken is not None:
            self.settle([(work, broken)])

    def settle(self, answered: Sequence[tuple[Work, Told]]) -> None:
        """Make room, let those go on who stood behind, and tell the callers."""
        with self._lock:
            for work, _ in answered:
                self._held -= 1
                self._held_bytes -= work.size
                self._release(work.turn)
            if self._waiting:
                self._room.notify_all()
            if self._closed and not self._held:
                self._notify_all()
        tell((work.receipt, told) for work, told in answered)

    def fail(self, error: LedgerError) -> None:
        """A thread has died: answer everything that waits here, and refuse what comes."""
        with self._lock:
            self._broken = self._broken or error
            self._admit()
            lines = (self._quick, self._heavy)
            left = [work for line in lines for work in line.ready]
            left += [one.work for line in lines for one in line.again]
            left += [work for waiting in self._behind.values() for work in waiting]
            for line in lines:
                line.ready.clear()
                line.again.clear()
            self._behind.clear()
            self._held -= len(left)
            self._notify_all()
        tell((work.receipt, error) for work in left)

    # ---- with the lock held -----------------------------------------------------------------

    def _admit(self) -> None:
        """Put what came in into its line, or behind the command that has its stream."""
        self._inbox_bytes = 0
        while self._inbox:
            work = self._inbox.popleft()
            self._held += 1
            self._held_bytes += work.size
            if work.turn is None:
                self._queue(work)
            elif (behind := self._behind.get(work.turn)) is None:
                self._behind[work.turn] = deque()
                self._queue(work)
            else:
                behind.append(work)

    def _release(self, turn: int | None) -> None:
        """A command of this stream is answered: the one behind it goes on."""
        behind = None if turn is None else self._behind.get(turn)
        if behind:
            self._queue(behind.popleft())
        elif turn is not None:
            self._behind.pop(turn, None)

    def _queue(self, work: Work) -> None:
        line = self._line(work)
        if not line.ready:  # else whoever takes them was told when the first of them came
            line.arrived.notify()
        line.ready.append(work)

    def _line(self, work: Work) -> _Line:
        return self._heavy if work.command.HEAVY else self._quick

    def _notify_all(self) -> None:
        for condition in (self._room, self._quick.arrived, self._heavy.arrived):
            condition.notify_all()
