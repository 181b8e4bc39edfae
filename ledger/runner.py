"""The sequencer: callers hand commands over, one thread decides them, one makes them durable.

caller → `Intake` → the *decider*, which takes all that wait and decides them with a few questions to
the database → `Outbox` → the *writer*, which appends all that is decided in one transaction (group
commit) → receipts. While one group is being committed the next is decided. Commands that are heavy
to decide have a thread of their own, so that nobody waits behind them.

A command that lost a race against another process is decided again, at most `ATTEMPTS` times, while
the others go on. On a crash nothing is half-done: what was not appended never happened, and the
caller's own command id tells a retry what did. A thread that dies answers everybody and says so to
whoever comes after.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from ledger.command import Command
from ledger.errors import Busy, LedgerError, OutcomeUnknown, StoreUnavailable
from ledger.intake import Intake, Work, work_of
from ledger.outbox import GROUP, Outbox
from ledger.receipt import Receipt, Told
from ledger.store.append import Answer, Conflict, Submission
from ledger.store.recorder import LedgerRecorder

ATTEMPTS = 24
"""How often a command is decided before its caller is told that the ledger is busy."""
PAUSE = 0.001
"""Seconds before a second try, times the attempts so far, at random: rivals get out of step."""

Decided = Submission | Answer | Exception
"""What deciding gives: what is to be appended, the answer of before, or what is wrong."""
Decide = Callable[[Sequence[Work]], Sequence[Decided]]


class Load(NamedTuple):
    """How much there is to do now, and what was appended since the process began."""

    unanswered: int
    groups: int
    commands: int
    events: int


class Runner:
    """Owns the threads that decide and append; they run until `close`."""

    def __init__(
        self, recorder: LedgerRecorder, decide: Decide, refresh: Callable[[], None]
    ) -> None:
        """`refresh` forgets what was remembered of the database: something of it is old."""
        self._recorder = recorder
        self._decide = decide
        self._refresh = refresh
        self._intake = Intake()
        self._outbox = Outbox()
        self._appended = Load(0, 0, 0, 0)  # the writer's own; others read it
        loops = {"decider": self._decide_quick, "heavy decider": self._decide_heavy}
        self._deciders = [_thread(name, loop) for name, loop in loops.items()]
        self._writer = _thread("writer", self._write)

    def submit(self, commands: Sequence[Command]) -> list[Receipt]:
        """Hand these commands over. Returns at once, unless there is no room: see `Intake`.

        Raises:
            Overloaded: too much is unanswered; none of these commands was taken.
            StoreUnavailable: the ledger is closing; none was taken.
        """
        works = [work_of(command) for command in commands]
        self._intake.enter([work for work in works if isinstance(work, Work)])
        return [work.receipt if isinstance(work, Work) else work for work in works]

    def load(self) -> Load:
        """For whoever watches the process."""
        return self._appended._replace(unanswered=self._intake.unanswered())

    def close(self) -> None:
        """Decide and append what was handed over, answer it, and stop."""
        self._intake.close()
        for thread in self._deciders:
            thread.join()
        self._outbox.close()
        self._writer.join()

    # ---- deciding ---------------------------------------------------------------------------

    def _decide_quick(self) -> None:
        with self._lifetime() as hand:
            while works := self._next(GROUP):
                hand[:] = works
                self._hand_over(works)

    def _decide_heavy(self) -> None:
        """One at a time: each is work enough, and none waits for the one behind it."""
        with self._lifetime() as hand:
            while works := self._next(1, heavy=True):
                hand[:] = works
                self._hand_over(works)

    def _next(self, limit: int, *, heavy: bool = False) -> list[Work] | None:
        self._outbox.wait_for_room()
        return self._intake.take(limit, heavy=heavy)

    def _hand_over(self, works: Sequence[Work]) -> None:
        """Decide, and pass on to the writer what needs an append; the others are answered."""
        ready: list[tuple[Work, Submission]] = []
        answered: list[tuple[Work, Told]] = []
        for work, decided in zip(works, self._decided(works), strict=True):
            if isinstance(decided, Submission):
                ready.append((work, decided))
            else:
                answered.append((work, decided))
        if ready and not self._outbox.put(ready):
            answered += [(work, _stopped()) for work, _ in ready]
        if answered:
            self._intake.settle(answered)

    def _decided(self, works: Sequence[Work]) -> Sequence[Decided]:
        try:
            return self._decide(works)
        except Exception as error:  # what could not be read for one could be read for none
            return [error] * len(works)

    # ---- appending --------------------------------------------------------------------------

    def _write(self) -> None:
        with self._lifetime() as hand:
            while group := self._outbox.take():
                hand[:] = [work for work, _ in group]
                self._answer(hand, self._append([submission for _, submission in group]))

    def _append(self, group: Sequence[Submission]) -> Sequence[Answer | Conflict | Exception]:
        try:
            results = self._recorder.append(group)
        except Exception as error:  # it struck all, and the store says whether anything is there
            return [error] * len(group)
        stored = [
            len(submission.rows)
            for submission, result in zip(group, results, strict=True)
            if isinstance(result, Answer)
        ]
        _, groups, commands, events = self._appended
        self._appended = Load(0, groups + 1, commands + len(stored), events + sum(stored))
        return results

    def _answer(
        self, works: Sequence[Work], results: Sequence[Answer | Conflict | Exception]
    ) -> None:
        """Tell the callers; who lost a race is decided again after a moment."""
        answered: list[tuple[Work, Told]] = []
        losers: list[Work] = []
        for work, result in zip(works, results, strict=True):
            work.attempts += 1
            if not isinstance(result, Conflict):
                answered.append((work, result))
            elif work.attempts < ATTEMPTS:
                losers.append(work)
            else:
                answered.append((work, Busy()))
        if losers or any(work.command.RENEWS for work in works):
            self._refresh()
        for work in losers:
            delay = random.uniform(0, PAUSE * work.attempts)  # noqa: S311 - no secret
            self._intake.again(work, delay)
        self._intake.settle(answered)

    # ---- a thread that dies -----------------------------------------------------------------

    @contextmanager
    def _lifetime(self) -> Iterator[list[Work]]:
        """The life of a thread; gives the list of what it has in hand.

        None of the threads may end silently: should one die, all who wait are answered, whoever
        comes is refused, and the error goes to the process's hook for such.
        """
        hand: list[Work] = []
        try:
            yield hand
        except BaseException:
            self._intake.fail(_stopped())
            left = self._outbox.fail() if threading.current_thread() is self._writer else []
            self._intake.settle([(work, _stopped()) for work in left])
            self._intake.settle([(work, OutcomeUnknown()) for work in hand])
            raise


def _stopped() -> LedgerError:
    return StoreUnavailable(why="the sequencer has stopped: see the log of the process")


def _thread(name: str, loop: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=loop, name=name, daemon=True)
    thread.start()
    return thread
