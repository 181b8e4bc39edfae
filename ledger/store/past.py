"""Looking back into the log: which position a time was, rows by position, streams by name.

What a replay and a check of the whole log ask, in pages of bounded size; nothing here writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from ledger.errors import Tampered
from ledger.store.append import StateRow, StoredRow
from ledger.store.recorder import LedgerRecorder


class Written(NamedTuple):
    """A stream and the version its log ends at."""

    stream: UUID
    version: int


Ids = tuple[UUID, UUID]
"""Streams by their ids: from the first up to the last, both included."""
ALL: Ids = (UUID(int=0), UUID(int=(1 << 128) - 1))


def position_at(recorder: LedgerRecorder, micros: int) -> int:
    """The last position recorded at this time (µs since 1970, UTC) or before; 0 before the first.

    A search by halves over the primary key: `recorded_at` never runs back and positions have no
    holes, so the log needs no index on its times (some 24 look-ups in 10 M entries).
    """
    low, high = 0, recorder.last()[0]
    while low < high:
        middle = (low + high + 1) // 2
        if recorded_at(recorder, middle) <= micros:
            low = middle
        else:
            high = middle - 1
    return low


def gap(recorder: LedgerRecorder, now: int, within: int) -> int:
    """The time between two entries (or the last one and `now`) that reaches into the last `within`
    µs; 0 where the log begins inside them."""
    last, told = recorder.last()
    before = position_at(recorder, now - within)
    if before == 0:
        return 0
    then = recorded_at(recorder, before) if before < last else told
    after = recorded_at(recorder, before + 1) if before < last else now
    return max(after - then, 0)


def recorded_at(recorder: LedgerRecorder, position: int) -> int:
    """When the entry at this position, which must exist, was recorded (µs since 1970, UTC)."""
    rows = recorder._query("SELECT recorded_at FROM events WHERE position = ?", [position])
    found: int = rows[0][0]
    return found


def rows_at(recorder: LedgerRecorder, positions: Sequence[int]) -> list[StoredRow]:
    """The rows at these positions, in the order in which they are asked for.

    Raises:
        Tampered: the log has no such position; who asked was misled by the tables of the read side.
    """
    marks = ", ".join("?" * len(positions))
    found = recorder._rows([f"position IN ({marks})"], positions, "position")
    by_position = {row.position: row for row in found}
    missing = set(positions) - set(by_position)
    if missing:
        raise Tampered(where="events", position=min(missing))
    return [by_position[position] for position in positions]


def streams(
    recorder: LedgerRecorder, limit: int = 1000, among: Ids = ALL
) -> Iterator[list[Written]]:
    """Every stream of the log with its last version, by id, in pages."""
    first, last = among
    where = "stream >= ?"
    while True:
        page = [
            Written(*row)
            for row in recorder._query(
                f"SELECT stream, max(version) FROM events WHERE {where} AND stream <= ?"  # noqa: S608
                " GROUP BY stream ORDER BY stream LIMIT ?",
                [first, last, limit],
            )
        ]
        if not page:
            return
        yield page
        where, first = "stream > ?", page[-1].stream


def states(recorder: LedgerRecorder, of: Sequence[UUID]) -> dict[UUID, StateRow]:
    """The decision states of these streams as they lie there, also those that lag or are no use."""
    marks = ", ".join("?" * len(of))
    return {row.stream: row for row in _states(recorder, f"stream IN ({marks})", of)}


def states_without_events(recorder: LedgerRecorder, limit: int, among: Ids = ALL) -> list[StateRow]:
    """Decision states of streams in which nothing ever happened: no append wrote them."""
    nothing = "NOT EXISTS (SELECT 1 FROM events AS e WHERE e.stream = s.stream)"
    where = f"stream >= ? AND stream <= ? AND {nothing} ORDER BY stream LIMIT ?"
    return _states(recorder, where, [*among, limit])


def rows_of(recorder: LedgerRecorder, stream: UUID, topic: str) -> list[StoredRow]:
    """The rows of one topic in a stream."""
    return recorder._rows(["stream = ?", "topic = ?"], [stream, topic], "version")


def _states(recorder: LedgerRecorder, where: str, params: Sequence[object]) -> list[StateRow]:
    columns = "SELECT stream, version, form, state FROM decision_states AS s WHERE "
    rows = recorder._query(columns + where, params)
    return [StateRow(row[0], row[1], row[2], bytes(row[3])) for row in rows]
