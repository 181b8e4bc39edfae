"""What every store of the ledger can do; the SQL that both databases share is here.

Trust: whoever can write to the database can add events, but not change or remove one unnoticed, and
reads nothing: events and vault hold ciphertext.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    Notification,
    ProgrammingError,
    StoredEvent,
    Subscription,
)

from ledger.errors import KeyNotAlive, LedgerError, NotStorable, StoreUnavailable
from ledger.store.answers import Known, Outcome
from ledger.store.append import Genesis, StateRow, StoredRow, Submission, waves
from ledger.store.subscription import PollingSubscription

__all__ = ["GenesisRow", "Known", "LedgerRecorder", "Outcome", "StoredNotification"]

_AT_ONCE = 10_000
"""Values in a question: both databases take some 30,000 parameters a statement, not more."""
_ROW = "stream, version, topic, state, event, recorded_at, position"
_STATES = """SELECT stream, version, form, state FROM decision_states AS known WHERE {}
             AND version = (SELECT max(version) FROM events WHERE stream = known.stream)"""


@dataclass(frozen=True)
class StoredNotification(Notification, StoredRow):
    """A row of `events` as the library's notification: `id` is the position."""

    id: int = 0


THE_ROWS_OWN = (NotStorable, KeyNotAlive)
"""What strikes a whole transaction for one submission's sake; nothing of it is stored."""
Commands = dict[tuple[UUID, bytes], Known]
"""First answers by (actor, command)."""


class GenesisRow(NamedTuple):
    """The ledger's own row."""

    ledger: UUID
    genesis_stream: UUID
    policy_stream: UUID
    actor_stream: UUID
    schema_version: int


class LedgerRecorder(ApplicationRecorder):
    """Reads the events and appends to them. One instance a process; safe to share by threads."""

    # ---- what each database does its own way ------------------------------------------------

    @abstractmethod
    def _append_wave(self, wave: Sequence[Submission]) -> list[Outcome]:
        """Append submissions that do not touch each other, in one transaction (steps 1 to 7)."""

    @abstractmethod
    def open_ledger(self, genesis: Genesis, submission: Submission) -> bool:
        """Write the first append, unless there is a ledger already. True if it was written.

        Epoch, secrets, the ledger's row and positions 1 to 3 commit together, or nothing does.
        """

    @abstractmethod
    def check(self) -> None:
        """Refuse a database that would break a promise.

        Raises:
            NotMigrated: the schema is missing or not this version's.
            UnsafeSettings: durability is off, or the role could change what was recorded.
        """

    @abstractmethod
    def close(self) -> None:
        """Close every connection; the recorder cannot be used again."""

    @abstractmethod
    def now(self) -> int:
        """The database's clock: µs since 1970, UTC."""

    def turn(self) -> AbstractContextManager[object]:
        """Held by whoever else writes to this database in this process, for as long as it does."""
        return nullcontext()

    @abstractmethod
    def _query(self, statement: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of one SELECT with `?` for parameters; ids are UUIDs, in and out."""

    def _among(self, column: str, ids: Sequence[UUID]) -> tuple[str, Sequence[Any]]:
        """The condition that a column is one of these ids, and its parameters."""
        return f"{column} IN ({_marks(ids)})", ids

    @abstractmethod
    def find_commands(self, commands: Collection[tuple[UUID, bytes]]) -> Commands:
        """The first answers of those of these (actor, command) that were answered, whoever acted."""

    # ---- append -----------------------------------------------------------------------------

    def append(self, submissions: Sequence[Submission]) -> list[Outcome]:
        """Append N commands; each gets its own answer, in the order given. A crash loses the waves
        that had not committed; their commands are repeated by id.

        Returns: for each submission its `Answer` (the first one, if the command is known), the
            error that struck it alone (CommandReused, KeyNotAlive, IdentifierTaken, NotStorable),
            or `Conflict`: what it relied on has changed, decide again.

        Raises:
            StoreUnavailable: nothing is stored.
            OutcomeUnknown: it is not known whether the first wave was stored; no other was.
            ClockSkew: database and process disagree about the time; nothing is stored.

        A row that the database refuses undoes its wave; the halves of the wave are then appended
        apart, until it stands alone and fails its own caller. What else strikes a later wave is the
        outcome of its commands; those before it are stored, those behind it are not.
        """
        outcomes: dict[int, Outcome] = {}
        waiting = deque(waves(submissions))
        while waiting:
            wave = waiting.popleft()
            try:
                answers = self._append_wave([submissions[index] for index in wave])
                outcomes.update(zip(wave, answers, strict=True))
            except THE_ROWS_OWN as error:
                half = len(wave) // 2
                if half:
                    waiting.extendleft((wave[half:], wave[:half]))
                else:
                    outcomes[wave[0]] = error
            except LedgerError as error:
                if not outcomes:
                    raise
                outcomes.update(dict.fromkeys(wave, error))
                break
        not_sent = StoreUnavailable(reason="what came before it failed")
        return [outcomes.get(index, not_sent) for index in range(len(submissions))]

    # ---- the library's interface ------------------------------------------------------------

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        """Refused: an event enters with its command, its keys and its checks, or not at all."""
        raise ProgrammingError("Events enter through LedgerRecorder.append() only.")

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredRow]:
        """The rows of one stream by version."""
        where, params = ["stream = ?"], [originator_id]
        for comparison, bound in (("version > ?", gt), ("version <= ?", lte)):
            if bound is not None:
                where.append(comparison)
                params.append(bound)  # type: ignore[arg-type]
        return self._rows(where, params, "version DESC" if desc else "version", limit)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> list[StoredNotification]:
        """Rows by position, from `start` to `stop`, both included (unless told)."""
        where: list[str] = []
        params: list[Any] = []
        for comparison, bound in (
            ("position >= ?" if inclusive_of_start else "position > ?", start),
            ("position <= ?", stop),
        ):
            if bound is not None:
                where.append(comparison)
                params.append(bound)
        if topics:
            where.append(f"topic IN ({_marks(topics)})")
            params.extend(topics)
        rows = self._rows(where, params, "position", limit)
        return [StoredNotification(**vars(row), id=row.position) for row in rows]

    def max_notification_id(self) -> int | None:
        """The last position, or None."""
        return self.last()[0] or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Every row after `gt`, then each new one as it comes."""
        return PollingSubscription(self, gt, topics)

    # ---- reads ------------------------------------------------------------------------------

    def select_rows(self, after: int, limit: int) -> list[StoredRow]:
        """Up to `limit` rows behind position `after`, in order: what a projection reads."""
        return self._rows(["position > ?"], [after], "position", limit)

    def select_streams(self, streams: Sequence[UUID]) -> dict[UUID, list[StoredRow]]:
        """The rows of many streams, each by version; a stream without rows has an empty list."""
        found: dict[UUID, list[StoredRow]] = {stream: [] for stream in streams}
        for some in _parts(list(found)):
            where, params = self._among("stream", some)
            for row in self._rows([where], params, "stream, version"):
                assert isinstance(row.originator_id, UUID)
                found[row.originator_id].append(row)
        return found

    def select_states(self, streams: Sequence[UUID]) -> dict[UUID, StateRow]:
        """The decision states of those of these streams that have one as of their last event.

        A row that lags (something older than this ledger appended to the stream) is left out, as
        is one that is missing: both are read from the events.
        """
        found: dict[UUID, StateRow] = {}
        for some in _parts(dict.fromkeys(streams)):
            where, params = self._among("stream", some)
            for stream, version, form, state in self._query(_STATES.format(where), params):
                found[stream] = StateRow(stream, version, form, bytes(state))
        return found

    def find_event(self, event: UUID) -> StoredRow | None:
        """The row of an event id."""
        return next(iter(self.find_events([event])), None)

    def find_events(self, events: Sequence[UUID]) -> list[StoredRow]:
        """The rows of those of these event ids that there are, by position."""
        found: list[StoredRow] = []
        for some in _parts(dict.fromkeys(events)):
            where, params = self._among("event", some)
            found += self._rows([where], params, "position")
        return sorted(found, key=lambda row: row.position)

    def find_answers(self, actor: UUID, commands: Sequence[bytes]) -> dict[bytes, Known]:
        """The first answers of those of an actor's commands that were answered."""
        found = self.find_commands([(actor, command) for command in commands])
        return {command: known for (_, command), known in found.items()}

    def open_epoch(self) -> int:
        """The epoch that takes keys, as the database says now."""
        ((epoch,),) = self._query("SELECT epoch FROM epochs WHERE state = 'open'")
        assert isinstance(epoch, int)
        return epoch

    def registers(self, kind: str) -> dict[str, UUID]:
        """Which stream speaks for each code of a kind."""
        return dict(self._query("SELECT code, stream FROM registers WHERE kind = ?", [kind]))

    def genesis(self) -> GenesisRow | None:
        """The ledger's row, or None before its first append."""
        rows = self._query(
            "SELECT id, genesis_stream, policy_stream, actor_stream, schema_version FROM ledger"
        )
        return GenesisRow(*rows[0]) if rows else None

    def last(self) -> tuple[int, int]:
        """The last position and its recorded_at (µs since 1970, UTC); (0, 0) when empty."""
        rows = self._query(
            "SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1"
        )
        return (rows[0][0], rows[0][1]) if rows else (0, 0)

    def _rows(
        self, where: Sequence[str], params: Sequence[Any], order: str, limit: int | None = None
    ) -> list[StoredRow]:
        statement = f"SELECT {_ROW} FROM events"  # noqa: S608 - columns
        if where:
            statement += " WHERE " + " AND ".join(where)
        statement += f" ORDER BY {order}"
        if limit is not None:
            statement += " LIMIT ?"
            params = [*params, limit]
        return [StoredRow(*row) for row in self._query(statement, params)]


def _parts(values: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(values)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def _marks(values: Sequence[Any] | dict[Any, Any]) -> str:
    return ", ".join("?" * len(values))
