"""What an append takes and what it answers; the same for every database (formats.md §4).

A `Submission` is one decided command, sealed and ready: its rows, what it relied on, the keys that
are born and die with it. The recorders write N of them in one transaction under one lock, and each
gets its own answer: `Answer`, or the error that struck it alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
from eventsourcing.persistence import StoredEvent


@dataclass(frozen=True, init=False)
class StoredRow(StoredEvent):
    """A row of `events`. position and recorded_at (µs since 1970, UTC) are 0 before the append."""

    originator_id: UUID
    event: UUID
    recorded_at: int = 0
    position: int = 0

    def __init__(
        self,
        originator_id: UUID,
        originator_version: int,
        topic: str,
        state: bytes,
        event: UUID,
        recorded_at: int = 0,
        position: int = 0,
    ) -> None:
        """All fields at once: a frozen dataclass sets them one by one, in twice the time."""
        vars(self).update(
            originator_id=originator_id,
            originator_version=originator_version,
            topic=topic,
            state=state,
            event=event,
            recorded_at=recorded_at,
            position=position,
        )


class Expect(NamedTuple):
    """What the decision relied on: this stream ended at this version (0: it did not exist)."""

    stream: UUID
    version: int


class Birth(NamedTuple):
    """A row of `data_keys`, born with the event that lists it in `minted`."""

    kid: bytes
    commitment: bytes
    stream: UUID
    class_: str
    scope: str
    generation: int
    epoch: int
    wrapped: bytes
    event: UUID


class Death(NamedTuple):
    """A key that dies with the event that lists it in `dead`."""

    kid: bytes
    event: UUID


class Lookup(NamedTuple):
    """A keyed index row; it dies with its kid."""

    kind: str
    idx: bytes
    kid: bytes
    epoch: int
    stream: UUID
    exclusive: bool


class LookupGone(NamedTuple):
    """All look-ups of a kind under a key, superseded by a correction in the same append."""

    kind: str
    kid: bytes


class Register(NamedTuple):
    """A code of the policy bound to the stream that speaks for it (kind `recipient`)."""

    kind: str
    code: str
    stream: UUID


class StateRow(NamedTuple):
    """A row of `decision_states`: what a stream's next decision needs, as of this version.

    `form` tells how `state` is read; the events say the same and are the truth.
    """

    stream: UUID
    version: int
    form: int
    state: bytes


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a command's caller is told, now and whenever the command is repeated.

    Only codes, ids and numbers. `ids` are minted ids by name (subject, disclosure, claim …),
    `rules` are the rules it broke: with outcome `refused` it was not done, with `recorded` it was
    told and is stored with these findings; `unchanged` stored no event.
    """

    outcome: Literal["recorded", "refused", "unchanged"]
    ids: dict[str, UUID] = {}
    rules: tuple[str, ...] = ()
    stream: UUID | None = None
    first_version: int = 0
    last_version: int = 0
    position: int = 0


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """One command, decided and sealed. `command`, `fingerprint`: 16 bytes each (formats.md §3)."""

    actor: UUID
    command: bytes
    fingerprint: bytes
    epoch: int
    answer: Answer
    rows: Sequence[StoredRow] = ()
    expects: Sequence[Expect] = ()
    births: Sequence[Birth] = ()
    deaths: Sequence[Death] = ()
    lookups: Sequence[Lookup] = ()
    superseded: Sequence[LookupGone] = ()
    registers: Sequence[Register] = ()
    states: Sequence[StateRow] = ()


@dataclass(frozen=True, kw_only=True)
class Genesis:
    """What the first append writes besides its events: the ledger's own row, epoch and secrets."""

    ledger: UUID
    genesis_stream: UUID
    policy_stream: UUID
    actor_stream: UUID
    epoch: int
    service_ref: str
    wrapped_epoch: bytes
    secrets: Sequence[tuple[str, bytes]] = field(default_factory=tuple)


class Conflict(Exception):
    """What the decision relied on has changed. The caller reads again and decides again."""


def relied_on(one: Submission) -> Sequence[tuple[UUID, int]]:
    """What must hold: each stream ends at this version. What was expected, and that the rows follow.

    Rows with a gap among them expect a version that no stream has.
    """
    if len(one.rows) == 1:
        row = one.rows[0]
        before = row.originator_id, row.originator_version - 1
        return one.expects if before in one.expects else [*one.expects, before]
    begins: dict[UUID, int] = {}
    versions: dict[UUID, int] = {}
    for row in one.rows:
        stream = row.originator_id
        follows = versions.get(stream, row.originator_version - 1)
        begins.setdefault(stream, follows)
        if row.originator_version != follows + 1:
            begins[stream] = -1
        versions[stream] = row.originator_version
    return list(dict.fromkeys([*one.expects, *begins.items()]))


def waves(submissions: Sequence[Submission]) -> Iterator[list[int]]:
    """Indices of submissions that may share one transaction, in order.

    Two commands in one transaction never write the same stream (so none kills the other's key),
    command id, exclusive look-up or register code, and none relies on a stream that an earlier one
    writes: the later one waits for the next wave, which tells it the truth.
    """
    waiting = [(index, one, _writes(one)) for index, one in enumerate(submissions)]
    while waiting:
        taken: set[object] = set()
        wave: list[int] = []
        later: list[tuple[int, Submission, list[object]]] = []
        for index, one, writes in waiting:
            relies = [expect.stream.int for expect in one.expects]
            if taken.isdisjoint(writes) and taken.isdisjoint(relies):
                wave.append(index)
            else:
                later.append((index, one, writes))
            taken.update(writes)
        yield wave
        waiting = later


def _writes(submission: Submission) -> list[object]:
    """What it writes. A stream by the number of its id: that is looked up several times faster."""
    writes: list[object] = [submission.command]
    writes += [row.originator_id.int for row in submission.rows]
    if submission.lookups:
        writes += [(look.kind, look.idx) for look in submission.lookups if look.exclusive]
    if submission.registers:
        writes += [(register.kind, register.code) for register in submission.registers]
    return writes
