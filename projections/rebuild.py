"""Rebuild: all tables anew from the first position, beside the live ones, which they then replace.

Whoever reads sees the live tables until the switch, then the new ones, each complete at one
position; live projection goes on meanwhile. It needs no key: rows hold what the events hold.

A crash leaves the live tables as they are, and what was made beside them to the next rebuild, which
drops it first.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy
from sqlalchemy import Connection

from ledger.config import Settings
from ledger.errors import StoreUnavailable
from ledger.store.recorder import LedgerRecorder
from projections import loading
from projections.beside import NEW, Beside, beside
from projections.database import writing
from projections.lead import lead_of
from projections.log import entries_of
from projections.progress import NAME, REBUILD, Progress
from projections.projection import fold
from projections.registry import PROJECTIONS

Report = Callable[[int, int], None]
"""Called with the position reached and the one to reach."""

BATCH = 5_000
"""Entries that are taken at a time once the indexes are there, and at most inside the switch."""

TRIES = 60
"""How often the switch is tried while readers hold on to what they read."""
PATIENCE = "1s"
"""How long one try makes new readers wait."""


def rebuild(
    engine: sqlalchemy.Engine,
    recorder: LedgerRecorder,
    report: Report | None = None,
    settings: Settings | None = None,
) -> int:
    """Build all tables anew; the position reached.

    With `settings` (where this ledger is) a long log is read by several processes.

    Raises:
        StoreUnavailable: another rebuild runs, or the database does not answer, or somebody reads
            for longer than the switch waits.
        UnknownEvent, Tampered: the log cannot be read.
    """
    alone = lead_of(engine, "rebuild")
    if not alone.take():
        raise StoreUnavailable(reason="another rebuild runs")
    try:
        return _Rebuild(engine, recorder, report or (lambda done, total: None)).run(settings)
    finally:
        alone.leave()


class _Rebuild:
    """One rebuild, step by step."""

    def __init__(self, engine: sqlalchemy.Engine, recorder: LedgerRecorder, report: Report) -> None:
        self._engine = engine
        self._recorder = recorder
        self._report = report
        self._progress = Progress(engine)
        self._tables: Beside = beside(engine)

    def run(self, settings: Settings | None) -> int:
        self._tables.begin()
        loaded = self._load(settings)
        self._tables.index()
        with self._recorder.turn(), writing(self._engine) as connection:
            self._progress.move(connection, 0, loaded, REBUILD)
        reached = self._take_place()
        self._tables.clear()
        self._report(reached, reached)
        return reached

    def _load(self, settings: Settings | None) -> int:
        """Load the log to where it ends, as long as it does not end soon after; the position."""
        done, (last, _) = 0, self._recorder.last()
        self._report(0, last)
        with loading.loader(self._engine, self._recorder, settings, last) as share:
            while done < last:
                for reached, _ in share(done, last):
                    done = reached
                    self._report(done, last)
                newest, _ = self._recorder.last()
                if newest - last <= BATCH:
                    break
                last = newest
        return done

    def _take_place(self) -> int:
        """Catch up with the log and with the live tables, and switch; the position reached."""
        failed = StoreUnavailable(reason="live projection stays ahead")
        for _ in range(TRIES):
            while self._advance() == BATCH:
                pass
            try:
                with self._recorder.turn(), writing(self._engine) as connection:
                    if (reached := self._switch(connection)) is not None:
                        return reached
            except StoreUnavailable as error:
                failed = error
                time.sleep(0.2)
        raise failed

    def _advance(self) -> int:
        with self._recorder.turn(), writing(self._engine) as connection:
            return self._add(connection, BATCH)

    def _add(self, connection: Connection, limit: int) -> int:
        """The next entries into the second set; how many."""
        after = self._progress.read(connection, REBUILD)
        entries = entries_of(after, self._recorder.select_rows(after, limit))
        if entries and self._progress.move(connection, after, entries[-1].position, REBUILD):
            fold(entries, PROJECTIONS, self._engine.dialect.name).write(connection, NEW)
        return len(entries)

    def _switch(self, connection: Connection) -> int | None:
        """Hold live projection, add what it is ahead by, and switch; None: it was too far ahead.

        On PostgreSQL live projection waits at its first statement, where it holds nothing yet.
        """
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            connection.exec_driver_sql("LOCK TABLE projection_progress IN SHARE ROW EXCLUSIVE MODE")
        ahead = self._progress.read(connection, NAME) - self._progress.read(connection, REBUILD)
        if ahead > 0:
            self._add(connection, BATCH)
        reached = self._progress.read(connection, REBUILD)
        return reached if self._tables.switch(connection) else None
