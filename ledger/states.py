"""Decision states, checked: every row of `decision_states` is the fold of its stream, byte by byte.

Streams are read in groups of bounded size, a long one in pages; writers go on meanwhile, for a row
is compared with the events up to its own version. A stream without a row, with one that lags or of
an older form, is read from its events by every decision: it is counted and no fault.

Trust: who changes a row can mislead the next decision on its stream, until this finds it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from ledger import events
from ledger.account import Account
from ledger.actor import Actor
from ledger.commands.registering import PolicyStream
from ledger.events import Entry, EntryAnnulled
from ledger.mapper import entry_of
from ledger.pauses import Pauses
from ledger.recipient import Recipient
from ledger.run import Run
from ledger.store import past
from ledger.store.append import StateRow
from ledger.store.past import ALL, Ids, Written
from ledger.store.recorder import LedgerRecorder
from ledger.stream import Stream
from ledger.subject import DataSubject

STREAMS = 1_000
"""Streams looked at together."""
EVENTS = 5_000
"""Events read together, of several streams or of one."""
SLICES = 1 << 10
"""Into how many parts all streams fall for processes that share the check."""
SHOWN = 10
"""Wrong rows that are named; the others are counted."""

KINDS: dict[str, type[Stream]] = {
    events.SubjectRegistered.TOPIC: DataSubject,
    events.RunStarted.TOPIC: Run,
    events.RunRefused.TOPIC: Run,
    events.RecipientRegistered.TOPIC: Recipient,
    events.AccountOpened.TOPIC: Account,
    events.ActorRegistered.TOPIC: Actor,
    events.PolicyPublished.TOPIC: PolicyStream,
    events.SweepPaused.TOPIC: Pauses,
}
"""What a stream is, by its first event. (The epochs' stream is of no kind and has no state.)"""

Progress = Callable[[int], None]
"""Called with the number of streams looked at since the last call."""


@dataclass
class Checked:
    """What was found: rows that are right, that nobody reads, and that are wrong."""

    rows: int = 0
    missing: int = 0
    lagging: int = 0
    older: int = 0
    wrong: int = 0
    examples: list[tuple[UUID, str]] = field(default_factory=list)
    """The first wrong rows: the stream, and the column that is wrong."""

    def __add__(self, other: Checked) -> Checked:
        numbers = ("rows", "missing", "lagging", "older", "wrong")
        both = {name: getattr(self, name) + getattr(other, name) for name in numbers}
        return Checked(**both, examples=[*self.examples, *other.examples][:SHOWN])

    def fault(self, stream: UUID, column: str) -> None:
        """Note a row that is wrong."""
        self.wrong += 1
        if len(self.examples) < SHOWN:
            self.examples.append((stream, column))


def check(recorder: LedgerRecorder, progress: Progress | None = None, among: Ids = ALL) -> Checked:
    """Compare every decision state (or those of these streams) with the fold of its stream."""
    found = Checked()
    for page in past.streams(recorder, STREAMS, among):
        rows = past.states(recorder, [written.stream for written in page])
        found.missing += len(page) - len(rows)
        found.lagging += sum(w.stream in rows and rows[w.stream].version < w.version for w in page)
        for row, entries, annulments in _with_entries(recorder, page, rows):
            found.rows += 1
            _compare(row, entries, annulments, found)
        if progress is not None:
            progress(len(page))
    for row in past.states_without_events(recorder, STREAMS, among):
        found.fault(row.stream, "stream")
    return found


def slice_of(number: int) -> Ids:
    """The streams of one of `SLICES` slices, about equally many in each: ids are random."""
    size = (1 << 128) // SLICES
    return UUID(int=number * size), UUID(int=(number + 1) * size - 1)


def _with_entries(
    recorder: LedgerRecorder, page: Sequence[Written], rows: dict[UUID, StateRow]
) -> Iterator[tuple[StateRow, Iterable[Entry], Iterable[Entry]]]:
    """Each row with the entries of its stream, and those of them that annul others.

    Short streams are read several at once.
    """
    some: list[StateRow] = []
    weight = 0
    for row in (rows[written.stream] for written in page if written.stream in rows):
        if row.version > EVENTS:
            annulments = past.rows_of(recorder, row.stream, EntryAnnulled.TOPIC)
            yield row, _paged(recorder, row), map(entry_of, annulments)
            continue
        some.append(row)
        weight += row.version
        if weight > EVENTS:
            yield from _together(recorder, some)
            some, weight = [], 0
    yield from _together(recorder, some)


def _together(
    recorder: LedgerRecorder, rows: Sequence[StateRow]
) -> Iterator[tuple[StateRow, Iterable[Entry], Iterable[Entry]]]:
    read = recorder.select_streams([row.stream for row in rows])
    for row in rows:
        entries = list(map(entry_of, read[row.stream][: row.version]))
        yield row, entries, entries


def _paged(recorder: LedgerRecorder, row: StateRow) -> Iterator[Entry]:
    after = 0
    while page := recorder.select_events(row.stream, gt=after, lte=row.version, limit=EVENTS):
        yield from map(entry_of, page)
        after = page[-1].originator_version


def _compare(
    row: StateRow, entries: Iterable[Entry], annulments: Iterable[Entry], found: Checked
) -> None:
    """Fold the entries and hold the row against it."""
    reading = iter(entries)
    first = next(reading)
    kind = KINDS.get(first.body.TOPIC)
    if kind is None or row.form // 10 != kind.FORM // 10:
        found.fault(row.stream, "form")
        return
    if row.form != kind.FORM:
        found.older += 1
        return
    said = (entry.body for entry in annulments if entry.version <= row.version)
    annulled = frozenset(body.entry for body in said if isinstance(body, EntryAnnulled))
    state = kind.fold_read(chain([first], reading), row.stream, annulled)
    if state.version != row.version:
        found.fault(row.stream, "version")
    elif state.dump() != row.state:
        found.fault(row.stream, "state")
