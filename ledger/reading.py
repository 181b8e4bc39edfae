"""What a decision reads: the states of streams, and what seldom changes kept by version.

A state is a row beside the events, written with them (`decision_states`): a long stream costs no
more than a short one. A stream without one, or with one of another form, is folded from its events,
which are the truth; so is what looks further back than a state does (`whole`).

The policy is cached with its version, which the append expects: a mismatch refreshes it and the
command is decided again. Actors never change once registered, and recipient codes never move.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import takewhile
from typing import TypeVar, cast
from uuid import UUID

import msgspec
from eventsourcing.persistence import EventStore

from ledger.actor import Actor
from ledger.events import Entry, PolicyPublished
from ledger.mapper import LedgerMapper, entry_of
from ledger.policy import document
from ledger.policy.brake import GAP
from ledger.policy.model import PolicyDocument
from ledger.store import past
from ledger.store.append import StateRow, StoredRow
from ledger.store.recorder import LedgerRecorder
from ledger.stream import Stream
from ledger.subject import DataSubject

S = TypeVar("S", bound=Stream)
Ahead = Mapping[UUID, StateRow | Sequence[StoredRow]]
"""What was read of streams before they are looked at: their states, or their events."""
_MICROS = int(GAP.total_seconds() * 1_000_000)
BESIDE = 500
"""Entries of one append that are read at a time."""


class Reading:
    """Reads states; events through the library's event store. Thread-safe, as the recorder is."""

    def __init__(self, recorder: LedgerRecorder, policy_stream: UUID) -> None:
        self._recorder = recorder
        self.policy_stream = policy_stream
        self._events: EventStore[UUID] = EventStore(LedgerMapper(), recorder)
        self._policy: tuple[PolicyDocument, int] | None = None
        self._published: list[tuple[dt.datetime, PolicyDocument]] = []
        self._digest = b""
        self._recipients: dict[str, UUID] = {}
        self._actors: dict[UUID, Actor] = {}

    def state(self, kind: type[S], stream: UUID) -> S:
        """The state of a stream, a new object; version 0 if nothing happened in it."""
        return self.states(kind, [stream])[0]

    def states(self, kind: type[S], streams: Sequence[UUID]) -> list[S]:
        """Many states in one query, in the order given (and a second one for those without)."""
        ahead = self.ahead(streams)
        return [self.look(kind, stream, ahead) for stream in streams]

    def ahead(self, streams: Sequence[UUID]) -> Ahead:
        """What `look` makes states of, for many streams at once."""
        rows = self._recorder.select_states(streams)
        missing = [stream for stream in streams if stream not in rows]
        events = self._recorder.select_streams(missing) if missing else {}
        return {**events, **rows}

    def look(self, kind: type[S], stream: UUID, ahead: Ahead) -> S:
        """The state of a stream, from what was read ahead if it was."""
        read = ahead.get(stream)
        if read is None:
            return self.state(kind, stream)
        if not isinstance(read, StateRow):
            return kind.fold(map(entry_of, read), stream)
        try:
            return kind.load(*read)
        except msgspec.MsgspecError:  # of another form, or not what this ledger wrote
            return kind.fold(self.entries(stream), stream)

    def whole(self, kind: type[S], stream: UUID) -> S:
        """A stream folded as a whole, from every event it has: for what looks back further than a
        state does (an annulment; a correction of one of very many values). Rare, and as slow as the
        stream is long."""
        return kind.fold(self.entries(stream), stream, whole=True)

    def subjects(
        self, subjects: Sequence[UUID], attributes: Collection[str] = ()
    ) -> list[DataSubject]:
        """People, with every value of these attributes that stands: who has more of one than a
        state keeps is folded as a whole."""
        return [
            self.whole(DataSubject, state.id) if state.more(attributes) else state
            for state in self.states(DataSubject, subjects)
        ]

    def entries(self, stream: UUID, upto: int | None = None) -> Iterator[Entry]:
        """All entries of a stream, by version; up to a version, if one is named."""
        return cast(Iterator[Entry], self._events.get(stream, lte=upto))

    def find(self, events: Sequence[UUID]) -> dict[UUID, Entry]:
        """The entries with these ids, of any streams, in one query; unknown ones are left out."""
        rows = self._recorder.find_events(events)
        return {row.event: entry_of(row) for row in rows}

    def beside(self, entry: Entry) -> list[Entry]:
        """What was recorded together with a stored entry, of any streams, itself included: the same
        act, in one append. (Acts of one actor that say they happened at the same moment may lie in
        one append as well; who asks looks at what they are about.)"""
        found = [entry]
        for step in (-1, 1):
            page = [entry]
            while page:
                page = list(
                    takewhile(partial(_together, entry), self._next(page[-1].position, step))
                )
                found += page
        return sorted(found, key=lambda one: one.position)

    def _next(self, position: int, step: int) -> Iterator[Entry]:
        """Up to `BESIDE` entries before a position, the nearest first, or behind it."""
        first = max(position - BESIDE, 1) if step < 0 else position + 1
        last = position - 1 if step < 0 else position + BESIDE
        rows = self._recorder.select_notifications(first, BESIDE, last) if first <= last else []
        return map(entry_of, rows[::step])

    def recorded_on(self, event: UUID | None) -> dt.date | None:
        """The day an entry was recorded; None before it is, or for none."""
        found = self.find([event]) if event is not None else {}
        moment = next((entry.recorded_at for entry in found.values()), None)
        return moment.date() if moment is not None else None

    def policy(self) -> tuple[PolicyDocument, int]:
        """The policy in force and the version of its stream."""
        known = self._policy  # one look: another thread may forget it meanwhile
        if known is None:
            row = self._recorder.select_events(self.policy_stream, desc=True, limit=1)[0]
            body = entry_of(row).body
            assert isinstance(body, PolicyPublished)
            known = document.read(body.document), row.originator_version
            self._digest, self._policy = bytes(body.digest), known
        return known

    def policies_since(self, moment: dt.datetime) -> list[PolicyDocument]:
        """The versions that were in force at any time since a moment, oldest first."""
        known = self._published  # what was published once never changes
        rows = self._recorder.select_events(self.policy_stream, gt=len(known))
        if rows:
            known = [*known, *map(_published, map(entry_of, rows))]
            self._published = known
        first = max((n for n, (since, _) in enumerate(known) if since <= moment), default=0)
        return [published for _, published in known[first:]]

    def policies_counting(self, at: dt.datetime) -> list[PolicyDocument]:
        """The versions by which data may be erased at a moment, oldest first: the one in force, and
        those replaced so lately that a period which was shortened does not count yet. How long that
        takes, the version before may have promised as well."""
        newest = self.policies_since(at)[-1]
        known, found = self._published, [newest]
        for (_, version), (replaced, _) in zip(known[-2::-1], known[:0:-1], strict=True):
            days = max(version.sweep.shortening_days, newest.sweep.shortening_days)
            if replaced > at - dt.timedelta(days=days):
                found.append(version)
        return found[::-1]

    def certain_day(self, now: dt.datetime) -> dt.date:
        """The day of a moment; or, where a gap in the log reaches into the last `GAP` that is longer
        than no clock should leave, the day of the entry before it."""
        micros = int(now.timestamp() * 1_000_000)
        before = past.position_at(self._recorder, micros - _MICROS)
        if before == 0 or past.gap(self._recorder, micros, _MICROS) <= _MICROS:
            return now.date()
        recorded = past.recorded_at(self._recorder, before) // 1_000_000
        return dt.datetime.fromtimestamp(recorded, dt.UTC).date()

    def latest_policy(self) -> tuple[PolicyDocument, int]:
        """The same, asked anew: for questions, which no append would correct."""
        if self._recorder.select_events(self.policy_stream, gt=self.policy()[1], limit=1):
            self.refresh()
        return self.policy()

    def policy_digest(self) -> bytes:
        """SHA-256 of the document in force."""
        self.policy()
        return self._digest

    def actor(self, actor: UUID) -> Actor | None:
        """A registered actor; None if there is none. Never changes, so it is kept."""
        kept = self._actors.get(actor)
        if kept is None:
            state = self.state(Actor, actor)
            if not state.registered:
                return None
            kept = self._actors[actor] = state
        return kept

    def recipient(self, code: str) -> UUID | None:
        """The stream of a registered recipient. A miss is asked again: another process may have
        registered it, and no append would find out."""
        if code not in self._recipients:
            self._recipients = self.recipients()
        return self._recipients.get(code)

    def recipients(self) -> dict[str, UUID]:
        """All registered recipients: code of the policy → stream."""
        return self._recorder.registers("recipient")

    def refresh(self) -> None:
        """Forget what may be stale: called when an append found that something has changed."""
        self._policy = None


def _together(entry: Entry, other: Entry) -> bool:
    return (other.recorded_at, other.body.occurred_at, other.body.by) == (
        entry.recorded_at,
        entry.body.occurred_at,
        entry.body.by,
    )


def _published(entry: Entry) -> tuple[dt.datetime, PolicyDocument]:
    """A version of the policy, and since when it is in force."""
    assert isinstance(entry.body, PolicyPublished) and entry.recorded_at is not None
    return entry.recorded_at, document.read(entry.body.document)
