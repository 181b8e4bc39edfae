"""The order of the world: when each entry counts as having happened, for the clock `true`.

An entry happened at its `occurred_at`, and of two at one time that of the lower position first; but
- it never comes before an entry it acts on (what it corrects, releases, carries out, answers), nor
  before the first entry of its stream;
- that a subject is registered stands first of all: it gives the person an id, and nothing happens
  to the person by it, so what is told of years before has somebody to be told of;
- the death of keys, what is said with it, and an order to a holder are the ledger's own acts. They
  happened when they were recorded, whatever date the command bore.

What was annulled is left out, and so is the annulment. Only the keys they brought were born all the
same: birth and death of a key are facts that no annulment undoes.

The order is worked out in two tables beside those that are folded into, so that memory is bounded
however long the log is: see `scratch.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import Connection

from ledger import events
from ledger.events import Entry, EntryAnnulled
from projections.moments import micros_of

Part = Literal["whole", "orders", "keys"]
"""What of an entry happened at a time: all of it, the orders it gave, or the birth of its keys."""

FIRST = -(2**62)
"""Before every time there is."""
PAGE = 500

_TABLES = (
    "CREATE TEMP TABLE met (name BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TEMP TABLE steps (at INTEGER NOT NULL, position INTEGER NOT NULL, part TEXT NOT NULL,"
    " event BLOB NOT NULL, PRIMARY KEY (at, position, part)) WITHOUT ROWID",
    "CREATE TEMP TABLE annulled (event BLOB PRIMARY KEY) WITHOUT ROWID",
)
_MEET = "INSERT INTO met VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = max(at, excluded.at)"
_LEDGERS_OWN = (events.DataErased, events.DataRetained, events.ErasureClosed)
_ORDERING = (
    events.DisclosureRecorded,
    events.DataCorrected,
    events.ProcessingRestricted,
    events.RestrictionLifted,
    events.ConsentWithdrawn,
)
"""What may be told late, and gives its orders when it is recorded."""


class Step(NamedTuple):
    """What happened at a time: an entry, or a part of it."""

    at: int
    position: int
    part: Part


def lay_out(connection: Connection, pages: Iterable[Sequence[Entry]]) -> None:
    """Work out the order of these entries, given by position, in tables of this connection."""
    for statement in _TABLES:
        connection.exec_driver_sql(statement)
    for entries in pages:
        _lay_out(connection, entries)
    _leave_out(connection)


def steps(connection: Connection, until: int) -> Iterator[list[Step]]:
    """What happened up to a time (µs since 1970, UTC), in order, in pages."""
    after = Step(FIRST - 1, 0, "whole")
    while True:
        found = connection.exec_driver_sql(
            "SELECT at, position, part FROM steps WHERE (at, position, part) > (?, ?, ?)"
            " AND at <= ? ORDER BY at, position, part LIMIT ?",
            (*after, until, PAGE),
        )
        page = [Step(*row) for row in found]
        if not page:
            return
        yield page
        after = page[-1]


def part_of(entry: Entry, part: Part) -> Entry:
    """The entry as far as it happened then: what is told late without the orders that it gave."""
    if part == "whole" and isinstance(entry.body, _ORDERING) and entry.body.orders:
        return msgspec.structs.replace(entry, body=msgspec.structs.replace(entry.body, orders=()))
    return entry


def _lay_out(connection: Connection, entries: Sequence[Entry]) -> None:
    met = _met(connection, chain.from_iterable(map(acts_on, entries)))
    new: dict[bytes, int] = {}
    laid: list[tuple[Any, ...]] = []
    for entry in entries:
        at = max((_own_time(entry), *(met[name] for name in acts_on(entry) if name in met)))
        for name, since in _brings(entry, at):
            new[name] = met[name] = max(since, met.get(name, FIRST))
        laid += [(*step, entry.event.bytes) for step in _steps(entry, at)]
    _write(connection, "INSERT INTO steps VALUES (?, ?, ?, ?)", laid)
    _write(connection, _MEET, list(new.items()))
    wrong = [e.body.entry for e in entries if isinstance(e.body, EntryAnnulled)]
    _write(connection, "INSERT OR IGNORE INTO annulled VALUES (?)", [(e.bytes,) for e in wrong])


def _steps(entry: Entry, at: int) -> Iterator[Step]:
    yield Step(at, entry.position, "keys" if isinstance(entry.body, EntryAnnulled) else "whole")
    if isinstance(entry.body, _ORDERING) and entry.body.orders:
        yield Step(max(at, _recorded(entry)), entry.position, "orders")


def _leave_out(connection: Connection) -> None:
    """What was annulled keeps its keys alone; an order that it gave was never given."""
    gone = "event IN (SELECT event FROM annulled)"
    connection.exec_driver_sql(f"DELETE FROM steps WHERE part = 'orders' AND {gone}")  # noqa: S608
    connection.exec_driver_sql(f"UPDATE steps SET part = 'keys' WHERE {gone}")  # noqa: S608


def _met(connection: Connection, names: Iterable[bytes]) -> dict[bytes, int]:
    """When those of these names that were brought before came into being."""
    found: dict[bytes, int] = {}
    rest = list(dict.fromkeys(names))
    for start in range(0, len(rest), PAGE):
        some = tuple(rest[start : start + PAGE])
        marks = ", ".join("?" * len(some))
        statement = f"SELECT name, at FROM met WHERE name IN ({marks})"  # noqa: S608 - marks
        found |= {row[0]: row[1] for row in connection.exec_driver_sql(statement, some)}
    return found


def _write(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(statement, list(rows))


# ---- when an entry happened --------------------------------------------------------------------


def _own_time(entry: Entry) -> int:
    if isinstance(entry.body, events.SubjectRegistered):
        return FIRST
    if isinstance(entry.body, _LEDGERS_OWN):
        return _recorded(entry)
    return micros_of(entry.body.occurred_at)


def _recorded(entry: Entry) -> int:
    assert entry.recorded_at is not None  # it was read from the log
    return micros_of(entry.recorded_at)


def acts_on(entry: Entry) -> Iterator[bytes]:
    """The names of what must have come before: entries, claims, erasures, orders, keys, its stream.

    A disclosure acts on nothing: when it happened does not depend on the entries whose values went
    out, nor on an authorisation given later.
    """
    yield entry.stream.bytes
    yield from (key.kid for key in entry.body.dead)
    match entry.body:
        case events.DataCorrected(items=items):
            yield from (item.replaces_event.bytes for item in items)
        case events.ClaimReleased(claim=name) | events.HolderNotified(order=name):
            yield name.bytes
        case events.HolderAnswered(order=name) | events.IrregularityFound(entry=name):
            yield name.bytes
        case events.IrregularityClosed(irregularity=name):
            yield name.bytes
        case events.AccessAnswered(opening=name) | events.DataErased(erasure=name):
            yield name.bytes
        case events.DataRetained(erasure=name) | events.ErasureClosed(erasure=name):
            yield name.bytes
        case events.RestrictionLifted(restriction=name):
            yield name.bytes
        case _:
            return


def _brings(entry: Entry, at: int) -> Iterator[tuple[bytes, int]]:
    """The names that mean something from this entry on, and since when."""
    yield entry.event.bytes, at
    if entry.version == 1:
        yield entry.stream.bytes, at
    yield from ((key.kid, at) for key in entry.body.minted)
    match entry.body:
        case events.DataCollected(items=items) | events.DataCorrected(items=items):
            yield from ((item.value.kid, at) for item in items)
        case events.ClaimPlaced(claim=name) | events.ErasureRequested(erasure=name):
            yield name.bytes, at
        case events.ProcessingRestricted(restriction=name):
            yield name.bytes, at
        case events.IrregularityFound(irregularity=name):
            yield name.bytes, at
        case events.DataErased(erasure=name, orders=given):
            yield name.bytes, at
            yield from ((order.order.bytes, at) for order in given)
        case _:
            pass
    if isinstance(entry.body, _ORDERING):
        since = max(at, _recorded(entry))
        yield from ((order.order.bytes, since) for order in entry.body.orders)
