"""The log as projections read it: entries in order, decoded once, and no position skipped."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.errors import Tampered, UnknownEvent
from ledger.events import Entry
from ledger.mapper import entry_of
from ledger.store.append import StoredRow

HEAVY = 10_000
"""People named by the entries of one batch, at most (and one entry more): bounds its memory."""


def entries_of(after: int, rows: Sequence[StoredRow]) -> list[Entry]:
    """The rows behind position `after` as entries, as many as one batch may hold; at least one, if
    there is one.

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
