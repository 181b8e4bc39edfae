"""The engine: reads the log behind its position, hands every entry to every projection, and commits
rows and position together.

A crash between two batches repeats nothing, one inside a batch leaves nothing. Two projectors may
run at once: the guarded move of the position lets one of them write. What it does not know
(UnknownEvent), and a hole in the log, stop it: nothing is ever skipped.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence

import psycopg
import sqlalchemy
import structlog
from sqlalchemy import Connection, delete
from sqlalchemy.exc import DBAPIError

from ledger.errors import ProjectionLagging, StoreUnavailable, Tampered, UnknownEvent
from ledger.events import Entry
from ledger.mapper import entry_of
from ledger.store.append import StoredRow
from ledger.store.recorder import LedgerRecorder
from projections.progress import Progress
from projections.projection import Projection, Rows
from projections.registry import PROJECTIONS

BATCH = 500
"""Entries a transaction: SQLite's appends wait while one is written."""

HEAVY = 10_000
"""People named by the entries of one batch, at most (and one entry more): bounds its memory."""

PAUSE = 0.02
"""Seconds between two looks at the log when it was read to its end and nobody waits."""

RETRY = 1.0
"""Seconds before the next try when the database does not answer."""

log = structlog.get_logger(__name__)


class Engine:
    """Keeps the tables of `PROJECTIONS` in step with the log. Safe to share by threads."""

    def __init__(self, engine: sqlalchemy.Engine, recorder: LedgerRecorder) -> None:
        self._engine = engine
        self._recorder = recorder
        self.progress = Progress(engine)
        self.failure: BaseException | None = None
        self._moved = threading.Condition()
        self._nudged = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    # ---- reading ----------------------------------------------------------------------------

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection on which all queries see the tables at one position."""
        with _answering(), self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
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
        deadline = time.monotonic() + timeout
        self.nudge()
        while self.position() < position:
            if self.failure is not None:
                raise self.failure
            if time.monotonic() >= deadline:
                raise ProjectionLagging(position=position)
            with self._moved:
                self._moved.wait(PAUSE)

    # ---- writing ----------------------------------------------------------------------------

    def run_once(self, limit: int = BATCH) -> int:
        """Take the next entries; how many it was. 0: nothing new, or a rival took them.

        Raises:
            UnknownEvent: the next entry is of a newer version of the ledger.
            Tampered: positions do not follow each other.
            StoreUnavailable: the database does not answer; nothing is half done.
        """
        after = self.position()
        entries = _entries(after, self._recorder.select_rows(after, limit))
        if not entries:
            return 0
        with self._writing() as connection:
            if not self.progress.move(connection, after, entries[-1].position):
                return 0
            apply(connection, entries)
        with self._moved:
            self._moved.notify_all()
        return len(entries)

    def catch_up(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Read the log to where it ends now; the position reached.

        `progress` is called with the position reached and the one to reach.
        """
        last, _ = self._recorder.last()
        while (position := self.position()) < last:
            if progress is not None:
                progress(position, last)
            self.run_once()
        if progress is not None:
            progress(position, last)
        return position

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Empty every table and read the log from its beginning; the position reached.

        A crash leaves tables and position that fit each other: running on completes the work.
        """
        with self._writing() as connection:
            while not self.progress.move(connection, self.progress.read(connection), 0):
                pass  # a rival moved between the two statements
            for projection in PROJECTIONS:
                for table in projection.tables:
                    connection.execute(delete(table))
        return self.catch_up(progress)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._recorder.turn(), _answering(), self._engine.connect() as connection:
            connection = connection.execution_options(sqlite_immediate=True)
            with connection.begin():
                yield connection

    # ---- running ----------------------------------------------------------------------------

    def run_forever(self, stop: threading.Event) -> None:
        """Follow the log until `stop` is set; a database that does not answer is asked again.

        Raises:
            UnknownEvent, Tampered: see `run_once`. Whoever runs this must not restart it blindly.
        """
        while not stop.is_set():
            try:
                taken = self.run_once()
            except StoreUnavailable as error:
                log.warning("projections wait for the database", error=str(error))
                stop.wait(RETRY)
                continue
            if taken < BATCH:  # the rest of the log: what comes now is gathered for a moment
                self._nudged.wait(PAUSE)
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


def _entries(after: int, rows: Sequence[StoredRow]) -> list[Entry]:
    """The rows as entries, as many as one batch may hold; at least one, if there is one.

    Raises:
        UnknownEvent: the first one is not known. (Those before an unknown one are taken first.)
        Tampered: a position is missing.
    """
    entries: list[Entry] = []
    weight = 0
    for expected, row in enumerate(rows, start=after + 1):
        if row.position != expected:
            raise Tampered(where="events", position=expected)
        try:
            entries.append(entry_of(row))
        except UnknownEvent:
            if entries:
                break
            raise
        weight += len(getattr(entries[-1].body, "subjects", ()))
        if weight > HEAVY:
            break
    return entries


def apply(
    connection: Connection,
    entries: Sequence[Entry],
    projections: Sequence[Projection] = PROJECTIONS,
) -> None:
    """Fold entries, in the order given, into the tables that `connection` writes to.

    `projections`: these nouns alone, where only a part of what an entry says counts.
    """
    rows = Rows(connection)
    for entry in entries:
        for projection in projections:
            projection.apply(rows, entry)
    rows.finish()


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    """Tell a database that does not answer (try again) from a mistake of ours (stop)."""
    try:
        yield
    except DBAPIError as error:
        cause = error.orig
        busy = isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorname in (
            "SQLITE_BUSY",
            "SQLITE_BUSY_SNAPSHOT",
            "SQLITE_LOCKED",
        )
        if busy or isinstance(cause, psycopg.OperationalError):
            raise StoreUnavailable(database="projections") from error
        raise
