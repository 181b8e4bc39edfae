"""Verification: that the live tables are what the log says, row by row, at one position.

The log is replayed first and the live tables are looked at afterwards, all in one snapshot: the
replay is led on to the position of that snapshot, so that writers go on meanwhile and no long
transaction holds the database back while the log is read.

Trust: this finds what was changed, added or removed in the tables of the read side; whether the log
itself was changed is for the proof of the log to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Table

from ledger.errors import ProjectionLagging
from ledger.store.recorder import LedgerRecorder
from projections import replaying, scratch
from projections.comparing import Comparison, compare
from projections.engine import Engine
from projections.registry import PROJECTIONS
from projections.replaying import Progress


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
    views: Engine, recorder: LedgerRecorder, folder: Path, progress: Progress | None = None
) -> Verified:
    """Compare every live table with its replay. `folder` is private, and the caller's to remove.

    Raises:
        ProjectionLagging: the tables were emptied meanwhile, to be built anew.
        Tampered, UnknownEvent: the log cannot be read to that position.
    """
    with scratch.kept(folder) as replayed:
        reached = views.position()
        replaying.extend(replayed, recorder, 0, reached, progress)
        with views.reading() as live:
            position = views.progress.read(live)
            if position < reached:
                raise ProjectionLagging(position=reached)
            replaying.extend(replayed, recorder, reached, position)
            with replayed.connect() as made:
                return Verified(position, list(_compared(live, made, progress)))


def _compared(
    live: Connection, made: Connection, progress: Progress | None
) -> Iterator[Comparison]:
    """Table by table; the rows of both sides are counted for whoever watches."""
    done = 0

    def read(rows: int) -> None:
        nonlocal done
        done += rows
        if progress is not None:
            progress(done, 0)

    for table in tables():
        yield compare(live, made, table, read)
