"""Verification: that the live tables are what the log says, row by row, at one position.

The log is folded again and its rows are added up (`sums.py`), by several processes where it is
long; nothing of it is kept. The live tables are looked at afterwards, all in one snapshot: the sums
are led on to the position of that snapshot, so that writers go on meanwhile and no long transaction
holds the database back while the log is read. Only a table whose sum is not the log's is replayed
into scratch tables and compared with them, in the same snapshot, to name the rows.

Trust: this finds what was changed, added or removed in the tables of the read side; whether the log
itself was changed is for the proof of the log to say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Table

from ledger.config import Settings
from ledger.errors import ProjectionLagging
from ledger.store.recorder import LedgerRecorder
from projections import replaying, scratch, sums, workers
from projections.columns import metadata
from projections.comparing import Comparison, compare
from projections.engine import Engine
from projections.registry import PROJECTIONS
from projections.replaying import Progress
from projections.sums import Sum, Summing, Sums
from projections.workers import PART


@dataclass(frozen=True)
class Verified:
    """The live tables (left) against the replay (right), at this position."""

    position: int
    tables: list[Comparison]

    @property
    def same(self) -> bool:
        """Whether every table is as the log says."""
        return all(table.same for table in self.tables)


def tables() -> list[Table]:
    """Every table that a projection keeps."""
    return [table for projection in PROJECTIONS for table in projection.tables]


def verify(
    views: Engine,
    recorder: LedgerRecorder,
    folder: Path,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> Verified:
    """Compare every live table with the log. `folder` is private, and the caller's to remove.

    With `settings` (where this ledger is) a long log is read by several processes.

    Raises:
        ProjectionLagging: the tables were emptied meanwhile, to be built anew.
        Tampered, UnknownEvent: the log cannot be read to that position.
        StoreUnavailable: a process that read the log ended.
    """
    with views.reading() as live:
        said, summing = Sums(), Summing(os.urandom(32), live.dialect.name)
    reached, ahead = 0, views.position()
    while ahead - reached > PART:
        said = sums.added(said, _log(summing, recorder, settings, (reached, ahead), progress))
        reached, ahead = ahead, views.position()
    with views.reading() as live:
        position = views.progress.read(live)
        if position < reached:
            raise ProjectionLagging(position=reached)
        said = sums.added(said, summing.log(recorder, reached, position))
        compared = list(_compared(summing, live, said, progress))
        return Verified(position, _named(compared, live, recorder, folder, position))


def _log(
    summing: Summing,
    recorder: LedgerRecorder,
    settings: Settings | None,
    part: tuple[int, int],
    progress: Progress | None,
) -> Sums:
    """What the log says behind one position up to another."""
    found = Sums()
    after, until = part
    with _reader(summing, recorder, settings, until - after) as read:
        for done, some in read(after, until):
            found = sums.added(found, some)
            if progress is not None:
                progress(done, until)
    return found


@contextmanager
def _reader(
    summing: Summing, recorder: LedgerRecorder, settings: Settings | None, size: int
) -> Iterator[workers.Share[Sums]]:
    """How to read the log: in this process, or by one for each CPU if it pays."""
    if settings is None or size < workers.WORTH:
        yield partial(workers.alone, partial(summing.log, recorder))
        return
    with workers.shared(partial(sums.beginning, summing), settings) as read:
        yield read


def _compared(
    summing: Summing, live: Connection, said: Sums, progress: Progress | None
) -> Iterator[Comparison]:
    """Table by table, by its sum; the rows are counted for whoever watches."""
    done = 0

    def read(rows: int) -> None:
        nonlocal done
        done += rows
        if progress is not None:
            progress(done, 0)

    for table in tables():
        found = summing.table(live, table, read)
        yield Comparison(table.name, found, said.get(table.name, Sum()))


def _named(
    compared: list[Comparison],
    live: Connection,
    recorder: LedgerRecorder,
    folder: Path,
    position: int,
) -> list[Comparison]:
    """The same; of tables that are not, with the rows that differ, and in what."""
    wrong = {found.table for found in compared if not found.same}
    if not wrong:
        return compared
    owners = [noun for noun in PROJECTIONS if wrong & {table.name for table in noun.tables}]
    with scratch.kept(folder) as replayed:
        replaying.extend(replayed, recorder, 0, position, projections=owners)
        with replayed.connect() as made:
            return [
                replace(
                    compare(live, made, metadata.tables[found.table]),
                    left=found.left,
                    right=found.right,
                )
                if found.table in wrong
                else found
                for found in compared
            ]
