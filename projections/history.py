"""The past of one subject: the same queries, on the tables as they were at a moment.

The entries that concern the subject (or a run, or any other stream) are folded by the same handlers
into scratch tables: its own stream, the acts in other streams that name it, as the audit trail
lists them, and the register of recipients, which an erasure's orders look at. So every query of one
subject answers unchanged. `moments.py` says which entries a moment and a clock mean.

The cost grows with the subject's own past, not with the ledger: memory is bounded (entries are read
500 at a time, and the scratch tables lie on disk when they are large), time is that of the fold.

What may not be mentioned to a person today is not mentioned of a past moment either: `hidden_until`
is that of the live tables.

Lists over the whole ledger are answered by the live tables themselves: see `moments.counting`.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from uuid import UUID

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from ledger.events import Entry, EntryAnnulled, Moment, RunFinished, RunRefused, RunStarted
from ledger.mapper import entry_of
from ledger.store import past
from ledger.store.recorder import LedgerRecorder
from projections import keys, orders, scratch, timeline
from projections.annulments import annulments
from projections.audit_trail import trail
from projections.disclosures import authorisations, hidden_until
from projections.engine import apply
from projections.log import HEAVY
from projections.moments import AsOf, micros_of
from projections.projection import Projection
from projections.queries import BY_THE_WORLD, at_most
from projections.recipients import closings, recipients, standing
from projections.registry import PROJECTIONS
from projections.timeline import Part, Step

PAGE = 500
"""Entries read at a time."""

_OF_A_RUN = tuple(kind.TOPIC for kind in (RunStarted, RunRefused, RunFinished, EntryAnnulled))
"""Acts of a run that name no subject and are about all of them."""
_OF_PART: dict[Part, Sequence[Projection]] = {
    "whole": PROJECTIONS,
    "orders": (orders.projection,),
    "keys": (keys.projection,),
}


@contextlib.contextmanager
def at(
    live: Connection, recorder: LedgerRecorder, about: UUID, as_of: AsOf
) -> Iterator[Connection]:
    """A connection on which the queries about `about` answer as of a moment.

    `live` must have reached the moment's position; it is only read.
    """
    with scratch.opened() as connection:
        source = Concerning(live, recorder, about, as_of.position)
        fold(connection, source, as_of)
        _keep_hidden(live, connection, about)
        yield connection


class Concerning:
    """The entries that concern one stream, up to a position."""

    def __init__(self, live: Connection, recorder: LedgerRecorder, about: UUID, until: int) -> None:
        self._live = live
        self._recorder = recorder
        self._about = about
        self._until = until

    def pages(self) -> Iterator[list[Entry]]:
        """All of them, in the order of the log."""
        others = sorted({*self._registers(), *self._runs()})
        positions = (position for position, _ in groupby(heapq.merge(self._own(), others)))
        while page := list(islice(positions, PAGE)):
            yield self.at(page)

    def at(self, positions: Sequence[int]) -> list[Entry]:
        """Those at these positions, in the order given; of an act on many this subject alone."""
        return [self._mine(entry_of(row)) for row in past.rows_at(self._recorder, positions)]

    def _mine(self, entry: Entry) -> Entry:
        """An act of a run names up to 1,000 people: the others are none of this one's history."""
        if entry.stream == self._about or self._about not in getattr(entry.body, "subjects", ()):
            return entry
        return msgspec.structs.replace(
            entry, body=msgspec.structs.replace(entry.body, subjects=(self._about,))
        )

    def _own(self) -> Iterator[int]:
        """What the audit trail lists: its own stream, and the acts in others that name it."""
        after = 0
        mine = select(trail.c.position).where(
            trail.c.concerns == self._about, trail.c.position <= self._until
        )
        while True:
            query = (
                mine.where(trail.c.position > after).order_by(trail.c.position).limit(at_most(PAGE))
            )
            found = list(self._live.execute(query).scalars())
            if not found:
                return
            yield from found
            after = found[-1]

    def _registers(self) -> Iterator[int]:
        for table in (recipients, standing, closings):
            wrong = annulments.c.entry == table.c.event
            for column, found in (
                (table.c.position, table),
                (annulments.c.position, annulments.join(table, wrong)),
            ):
                query = select(column).select_from(found).where(column <= self._until)
                yield from self._live.execute(query).scalars()

    def _runs(self) -> Iterator[int]:
        """How the runs that name it began and ended."""
        named = select(trail.c.stream).where(
            trail.c.concerns == self._about, trail.c.stream != self._about
        )
        query = select(trail.c.position).where(
            trail.c.concerns.in_(named.distinct()),
            trail.c.topic.in_(_OF_A_RUN),
            trail.c.position <= self._until,
        )
        yield from self._live.execute(query).scalars()


def fold(connection: Connection, source: Concerning, as_of: AsOf) -> None:
    """Fold what counts at a moment into the tables of this connection."""
    if as_of.clock == "known":
        for entries in source.pages():
            take(connection, entries)
        return
    connection.execution_options(**{BY_THE_WORLD: True})
    timeline.lay_out(connection, source.pages())
    for steps in timeline.steps(connection, micros_of(as_of.at)):
        fold_steps(connection, steps, source.at([step.position for step in steps]))


def fold_steps(connection: Connection, steps: Sequence[Step], entries: Sequence[Entry]) -> None:
    """Fold what happened, and of each entry the part that happened then."""
    together = zip(steps, entries, strict=True)
    for part, pairs in groupby(together, key=lambda pair: pair[0].part):
        taken = (timeline.part_of(entry, part) for _, entry in pairs)
        take(connection, taken, _OF_PART[part])


def take(
    connection: Connection,
    entries: Iterable[Entry],
    projections: Sequence[Projection] = PROJECTIONS,
) -> None:
    """Fold entries into the tables of this connection, in the order given."""
    for some in _light(entries):
        apply(connection, some, projections)


def _light(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """The same in lists that name few people each: what is folded at once stands in memory."""
    some: list[Entry] = []
    weight = 0
    for entry in entries:
        weight += len(getattr(entry.body, "subjects", ()))
        some.append(entry)
        if weight > HEAVY:
            yield some
            some, weight = [], 0
    if some:
        yield some


def _keep_hidden(live: Connection, connection: Connection, about: UUID) -> None:
    """Hide what is hidden now: the law may have forbidden to mention it only later."""
    secret = hidden_until()
    used = select(authorisations.c.event, secret).where(
        authorisations.c.subject == about, secret.is_not(None)
    )
    acts = {row[0]: row[1] for row in live.execute(used)}
    told = orders.hidden_until(live, about)
    for table, name, hidden in (
        (authorisations, "event", acts),
        (trail, "event", acts),
        (orders.orders, "order_id", told),
    ):
        rows = [{"_name": key, "_until": until} for key, until in hidden.items()]
        if rows:
            changed = update(table).where(table.c[name] == bindparam("_name"))
            connection.execute(changed.values(hidden_until=bindparam("_until")), rows)


def erased_since(live: Connection, about: UUID) -> dict[bytes, tuple[int, Moment]]:
    """The dead keys of a subject, as of now: where in the log, and when they died."""
    return {
        key.kid: (key.dead_position, key.dead_at)
        for key in keys.of_stream(live, about)
        if key.dead_position is not None and key.dead_at is not None
    }
