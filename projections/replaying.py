"""Replay: all tables of the read side as they were at a moment, made again from the log alone.

They are folded by the handlers that keep the live tables, into a scratch database of the caller's
(`scratch.kept`). No key is needed: the log and the tables hold ciphertext. A crash leaves a file
that nobody reads; memory is bounded by a batch of entries, whatever the size of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import sqlalchemy

from ledger.errors import Tampered
from ledger.events import Entry
from ledger.mapper import entry_of
from ledger.store import past
from ledger.store.recorder import LedgerRecorder
from projections import history, timeline
from projections.log import entries_of
from projections.moments import AsOf, micros_of
from projections.projection import Projection
from projections.registry import PROJECTIONS

BATCH = 5_000
"""Entries read and folded at a time."""

Progress = Callable[[int, int], None]
"""Called with the positions done and all there are to do."""


class WholeLog:
    """Every entry of the log, up to a position."""

    def __init__(
        self, recorder: LedgerRecorder, until: int, progress: Progress | None = None
    ) -> None:
        self._recorder = recorder
        self._until = until
        self._progress = progress

    def pages(self, after: int = 0) -> Iterator[list[Entry]]:
        """All behind `after`, in the order of the log.

        Raises:
            Tampered: a position is missing. UnknownEvent: a newer ledger wrote it.
        """
        while after < self._until:
            rows = self._recorder.select_rows(after, min(BATCH, self._until - after))
            entries = entries_of(after, rows)
            if not entries:
                raise Tampered(where="events", position=after + 1)
            yield entries
            after = entries[-1].position
            if self._progress is not None:
                self._progress(after, self._until)

    def at(self, positions: Sequence[int]) -> list[Entry]:
        """Those at these positions, in the order given."""
        return [entry_of(row) for row in past.rows_at(self._recorder, positions)]


def build(
    scratch: sqlalchemy.Engine,
    recorder: LedgerRecorder,
    as_of: AsOf,
    progress: Progress | None = None,
) -> None:
    """Fold the whole log, as far as it counts at a moment, into these empty tables."""
    source = WholeLog(recorder, as_of.position, progress)
    if as_of.clock == "known":
        extend(scratch, recorder, 0, as_of.position, progress)
        return
    with scratch.begin() as connection:
        timeline.lay_out(connection, source.pages())
        for steps in timeline.steps(connection, micros_of(as_of.at)):
            history.fold_steps(connection, steps, source.at([step.position for step in steps]))


def extend(
    scratch: sqlalchemy.Engine,
    recorder: LedgerRecorder,
    after: int,
    until: int,
    progress: Progress | None = None,
    projections: Sequence[Projection] = PROJECTIONS,
) -> None:
    """Fold the entries behind `after` up to `until` into tables that stand at `after`.

    `projections`: only the tables of these nouns.
    """
    with scratch.begin() as connection:
        for entries in WholeLog(recorder, until, progress).pages(after):
            history.take(connection, entries, projections)
