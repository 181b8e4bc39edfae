"""What a decision reads: streams folded into states, and what seldom changes kept by version.

The policy is cached with its version, which the append expects: a mismatch refreshes it and the
command is decided again. Actors never change once registered, and recipient codes never move.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar, cast
from uuid import UUID

from eventsourcing.persistence import EventStore

from ledger.actor import Actor
from ledger.events import Entry, PolicyPublished
from ledger.mapper import LedgerMapper, entry_of
from ledger.policy import document
from ledger.policy.model import PolicyDocument
from ledger.store.append import StoredRow
from ledger.store.recorder import LedgerRecorder
from ledger.stream import Stream

S = TypeVar("S", bound=Stream)


class Reading:
    """Reads states through the library's event store; thread-safe, as the recorder is."""

    def __init__(self, recorder: LedgerRecorder, policy_stream: UUID) -> None:
        self._recorder = recorder
        self.policy_stream = policy_stream
        self._events: EventStore[UUID] = EventStore(LedgerMapper(), recorder)
        self._policy: tuple[PolicyDocument, int] | None = None
        self._digest = b""
        self._recipients: dict[str, UUID] = {}
        self._actors: dict[UUID, Actor] = {}

    def state(self, kind: type[S], stream: UUID) -> S:
        """The stream folded, version 0 if nothing happened in it."""
        return kind.fold(cast(Iterator[Entry], self._events.get(stream)), stream)

    def states(self, kind: type[S], streams: Sequence[UUID]) -> list[S]:
        """Many streams in one query, in the order given."""
        rows = self._recorder.select_streams(streams)
        return [kind.fold(map(entry_of, rows.get(name, ())), name) for name in streams]

    def ahead(self, streams: Sequence[UUID]) -> dict[UUID, list[StoredRow]]:
        """What `look` folds, of many streams in one query."""
        return self._recorder.select_streams(streams)

    def look(self, kind: type[S], stream: UUID, ahead: Mapping[UUID, Sequence[StoredRow]]) -> S:
        """The state of a stream, from what was read ahead if it was."""
        if (rows := ahead.get(stream)) is None:
            return self.state(kind, stream)
        return kind.fold(map(entry_of, rows), stream)

    def policy(self) -> tuple[PolicyDocument, int]:
        """The policy in force and the version of its stream."""
        known = self._policy  # one look: another thread may forget it meanwhile
        if known is None:
            row = self._recorder.select_events(self.policy_stream, desc=True, limit=1)[0]
            body = entry_of(row).body
            assert isinstance(body, PolicyPublished)
            known = document.load(body.document), row.originator_version
            self._digest, self._policy = bytes(body.digest), known
        return known

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
        if actor not in self._actors:
            state = self.state(Actor, actor)
            if not hasattr(state, "kind"):
                return None
            self._actors[actor] = state
        return self._actors[actor]

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
