"""The engine: reads the log behind its position, hands every entry to every projection, and commits
rows and position together.

A crash between two batches repeats nothing, one inside a batch leaves nothing. Two projectors may
run at once: the guarded move of the position lets one of them write. What it does not know
(UnknownEvent), and a hole in the log, stop it: nothing is ever skipped.
"""

from __future__ import annotations

import contextlib
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy
import structlog
from sqlalchemy import Connection

from ledger.config import Settings
from ledger.errors import ProjectionLagging, StoreUnavailable
from ledger.events import Entry
from ledger.store.recorder import LedgerRecorder
from projections import database, rebuild
from projections.lead import lead_of
from projections.log import entries_of
from projections.progress import Progress
from projections.projection import Projection, fold
from projections.registry import PROJECTIONS

BATCH = 5_000
"""Entries a transaction, at most."""

FEW = 500
"""Entries of the first batch, as long as it is not known how long the database takes for them."""

BRIEF = 0.05
"""Seconds a transaction should take at most: SQLite's appends wait while one is written."""

GATHER = 0.05
"""Seconds between two looks at the log when it was read to its end and nobody waits: a transaction
costs as much as the rows of some hundred entries."""

PAUSE = 0.02
"""Seconds between two looks of somebody who waits at what another process did."""

RETRY = 1.0
"""Seconds before the next try when the database does not answer, or another process leads."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Lag:
    """How far the tables are behind the log: positions, and seconds since the first of them."""

    positions: int
    seconds: float


class Engine:
    """Keeps the tables of `PROJECTIONS` in step with the log. Safe to share by threads."""

    def __init__(self, engine: sqlalchemy.Engine, recorder: LedgerRecorder) -> None:
        self._engine = engine
        self._recorder = recorder
        self.progress = Progress(engine)
        self.failure: BaseException | None = None
        self.leading = False
        self._limit = FEW
        self._moved = threading.Condition()
        self._reached = 0  # by this process: what it has committed, every reader sees
        self._after: int | None = None  # where the next entries are looked for; None: ask
        self._nudged = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    # ---- reading ----------------------------------------------------------------------------

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection on which all queries see the tables at one position."""
        with database.reading(self._engine) as connection:
            yield connection

    def position(self) -> int:
        """The last position whose effect can be read."""
        with self.reading() as connection:
            return self.progress.read(connection)

    def wait(self, position: int, timeout: float = 5.0) -> None:
        """Return when the effect of `position` can be read; `timeout` is in seconds.

        Raises:
            ProjectionLagging: it could not in time.
            UnknownEvent, Tampered …: the projector of this process stopped there.
        """
        if self._reached >= position:
            return
        deadline = time.monotonic() + timeout
        self.nudge()
        while self.position() < position:
            if self.failure is not None:
                raise self.failure
            if time.monotonic() >= deadline:
                raise ProjectionLagging(position=position)
            with self._moved:  # asked under the lock: what is told before the wait is not missed
                self._moved.wait_for(lambda: self._reached >= position, PAUSE)

    def lag(self) -> Lag:
        """How far the tables are behind the log now."""
        last, _ = self._recorder.last()
        position = self.position()
        waiting = self._recorder.select_rows(position, 1) if position < last else []
        if not waiting:
            return Lag(0, 0.0)
        return Lag(last - position, max(time.time() - waiting[0].recorded_at / 1e6, 0.0))

    # ---- writing ----------------------------------------------------------------------------

    def run_once(self, limit: int | None = None) -> int:
        """Take the next entries; how many it was. 0: nothing new, or a rival took them.

        Raises:
            UnknownEvent: the next entry is of a newer version of the ledger.
            Tampered: positions do not follow each other.
            StoreUnavailable: the database does not answer; nothing is half done.
        """
        after, self._after = self._after, None  # whatever goes wrong: ask
        if after is None:
            after = self.position()
        entries = entries_of(after, self._recorder.select_rows(after, limit or self._limit))
        if not entries:
            self._after = after
            return 0
        rows = fold(entries, PROJECTIONS, self._engine.dialect.name)
        began = time.monotonic()
        with self._recorder.turn(), database.writing(self._engine) as connection:
            if not self.progress.move(connection, after, entries[-1].position):
                return 0
            rows.write(connection)
        self._after = entries[-1].position
        self._adapt(time.monotonic() - began, len(entries))
        with self._moved:
            self._reached = entries[-1].position
            self._moved.notify_all()
        return len(entries)

    def _adapt(self, took: float, entries: int) -> None:
        if took > BRIEF:
            self._limit = max(self._limit // 2, FEW // 10)
        elif entries == self._limit and took < BRIEF / 2:
            self._limit = min(self._limit * 2, BATCH)

    def catch_up(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Read the log to where it ends now; the position reached.

        `progress` is called with the position reached and the one to reach.
        """
        last, _ = self._recorder.last()
        while (position := self.position()) < last:
            if progress is not None:
                progress(position, last)
            self._after = position
            self.run_once()
        if progress is not None:
            progress(position, last)
        return position

    def rebuild(
        self,
        progress: Callable[[int, int], None] | None = None,
        settings: Settings | None = None,
    ) -> int:
        """Read the log from its beginning into tables beside the live ones, which it replaces then;
        the position reached. See `rebuild.py`.
        """
        return rebuild.rebuild(self._engine, self._recorder, progress, settings)

    # ---- running ----------------------------------------------------------------------------

    def run_forever(self, stop: threading.Event) -> None:
        """Follow the log until `stop` is set; a database that does not answer is asked again.

        Of several processes that do one leads, and another takes over when it ends or dies.

        Raises:
            UnknownEvent, Tampered: see `run_once`. Whoever runs this must not restart it blindly.
        """
        lead = lead_of(self._engine)
        try:
            while not stop.is_set():
                try:
                    with database.answering():
                        self.leading = lead.take()
                    if self.leading:
                        self._follow(stop)
                    else:
                        stop.wait(RETRY)
                except StoreUnavailable as error:
                    log.warning("projections wait for the database", error=str(error))
                    stop.wait(RETRY)
        finally:
            self.leading = False
            lead.leave()

    def _follow(self, stop: threading.Event) -> None:
        """Take entries for a while: then the lead is looked after again, and the position asked for,
        in case the tables were emptied. (That another moved it, the guarded move tells.)"""
        self._after = None
        until = time.monotonic() + RETRY
        while not stop.is_set() and time.monotonic() < until:
            limit = self._limit
            if self.run_once() < limit:  # the rest: what comes now is gathered for a moment
                self._nudged.wait(GATHER)
            self._nudged.clear()

    def start(self) -> None:
        """Follow the log in a thread of this process (embedded mode) until `stop()`."""
        self._stop.clear()
        self.failure = None
        self._thread = threading.Thread(target=self._run, name="projections", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the batch it is at."""
        self._stop.set()
        self.nudge()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def nudge(self) -> None:
        """Somebody waits for what was appended: look at once."""
        self._nudged.set()

    def _run(self) -> None:
        try:
            self.run_forever(self._stop)
        except BaseException as error:
            self.failure = error
            log.critical("projections stopped", traceback=traceback.format_exc())


def apply(
    connection: Connection,
    entries: Sequence[Entry],
    projections: Sequence[Projection] = PROJECTIONS,
) -> None:
    """Fold entries, in the order given, into the tables that `connection` writes to.

    `projections`: these nouns alone, where only a part of what an entry says counts.
    """
    fold(entries, projections, connection.dialect.name).write(connection)
