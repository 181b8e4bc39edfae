"""The append of formats.md §4 inside a SQLite transaction that the caller has begun.

Commands of one wave do not touch each other (`append.waves`): so all are checked first, then all
that passed are written, each step in a few statements of many rows. That is what lets an import
decide its next commands meanwhile: a statement runs without the interpreter's lock, and taking the
lock back after each of thousands of small ones would cost more than the statements.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from ledger.errors import IdentifierTaken, KeyNotAlive, LedgerError
from ledger.store.answers import Known, Outcome, known_of, outcome_json, planned, repeated
from ledger.store.append import Answer, Conflict, Genesis, Submission

_AT_ONCE = 200
"""Rows in a statement: 200 of nine columns stay far below SQLite's 32,766 parameters."""


class _Head:
    """The end of the log: last position, and the moment this transaction records at (µs)."""

    def __init__(self, cursor: sqlite3.Cursor, now: int) -> None:
        cursor.execute("SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1")
        last: tuple[int, int] = cursor.fetchone() or (0, 0)
        self.position = last[0]
        self.recorded_at = max(now, last[1])  # never runs back, whatever the clock does


def append(cursor: sqlite3.Cursor, wave: Sequence[Submission], now: int) -> list[Outcome]:
    """Steps 2 to 6 for each submission. An exception rolls the whole wave back."""
    known = _known(cursor, wave)
    new = [one for one in wave if (one.actor, one.command) not in known]
    world = _World(cursor, new)
    refused = {id(one): refusal for one in new if (refusal := _refusal(cursor, world, one))}
    written = [one for one in new if id(one) not in refused]
    answers = dict(zip(map(id, written), _write(cursor, _Head(cursor, now), written), strict=True))
    return [
        refused.get(id(one)) or answers.get(id(one)) or repeated(known[one.actor, one.command], one)
        for one in wave
    ]


def open_ledger(cursor: sqlite3.Cursor, genesis: Genesis, submission: Submission, now: int) -> bool:
    """The first append: epoch, secrets, the ledger's row, then its events."""
    if cursor.execute("SELECT 1 FROM ledger").fetchone():
        return False
    epoch = (genesis.epoch, genesis.service_ref, genesis.wrapped_epoch)
    cursor.execute(
        "INSERT INTO epochs (epoch, service_ref, wrapped, state) VALUES (?, ?, ?, 'open')", epoch
    )
    cursor.executemany(
        "INSERT INTO secrets (name, epoch, wrapped) VALUES (?, ?, ?)",
        [(name, genesis.epoch, wrapped) for name, wrapped in genesis.secrets],
    )
    ids = (genesis.ledger, genesis.genesis_stream, genesis.policy_stream, genesis.actor_stream)
    cursor.execute(
        "INSERT INTO ledger (id, genesis_stream, policy_stream, actor_stream, schema_version)"
        " VALUES (?, ?, ?, ?, 1)",
        [value.bytes for value in ids],
    )
    _write(cursor, _Head(cursor, now), [submission])
    return True


# ---- the checks (steps 2 and 3) ----------------------------------------------------------------


class _World:
    """What the checks of a wave need to know, asked in a few questions."""

    def __init__(self, cursor: sqlite3.Cursor, wave: Sequence[Submission]) -> None:
        streams = {row.originator_id for one in wave for row in one.rows}
        streams |= {expect.stream for one in wave for expect in one.expects}
        ends = _select(
            cursor,
            "SELECT stream, max(version) FROM events WHERE stream IN ({}) GROUP BY stream",
            [stream.bytes for stream in streams if isinstance(stream, UUID)],
        )
        self.ends: dict[Any, int] = dict.fromkeys(streams, 0)
        self.ends |= {UUID(bytes=stream): version for stream, version in ends}
        self.open_epochs = {e for (e,) in cursor.execute(_OPEN_EPOCHS).fetchall()}
        exclusive = [look for one in wave for look in one.lookups if look.exclusive]
        self.holders: dict[tuple[str, bytes], list[bytes]] = defaultdict(list)
        for kind in {look.kind for look in exclusive}:
            indices = [look.idx for look in exclusive if look.kind == kind]
            for idx, kid in _select(cursor, _HELD, indices, kind):
                self.holders[kind, idx].append(kid)


_OPEN_EPOCHS = "SELECT epoch FROM epochs WHERE state = 'open'"
_HELD = "SELECT idx, kid FROM lookups WHERE kind = ? AND exclusive AND idx IN ({})"
_ANSWERED = """
    SELECT command, fingerprint, epoch, outcome, stream, first_version, last_version, position
    FROM commands WHERE actor = ? AND command IN ({})
"""


def _known(cursor: sqlite3.Cursor, wave: Sequence[Submission]) -> dict[tuple[UUID, bytes], Known]:
    """The commands of the wave that were answered before."""
    found: dict[tuple[UUID, bytes], Known] = {}
    for actor in {one.actor for one in wave}:
        commands = [one.command for one in wave if one.actor == actor]
        for row in _select(cursor, _ANSWERED, commands, actor.bytes):
            command, fingerprint, epoch, outcome, stream, *rest = row
            columns = (fingerprint, epoch, outcome, stream and UUID(bytes=stream), *rest)
            found[actor, command] = known_of(columns)
    return found


def _refusal(
    cursor: sqlite3.Cursor, world: _World, submission: Submission
) -> LedgerError | Conflict | None:
    if not _relied_on_still_holds(cursor, world, submission):
        return Conflict("a stream that the decision relied on has changed")
    if not all(_alive(cursor, submission, death.kid, death.event) for death in submission.deaths):
        return KeyNotAlive()
    if not _keys_are_free(cursor, world, submission):
        return Conflict("a slot exists already, or its epoch is not open any more")
    kind = _taken(world, submission)
    return None if kind is None else IdentifierTaken(kind=kind)


def _relied_on_still_holds(cursor: sqlite3.Cursor, world: _World, submission: Submission) -> bool:
    """The streams end where the decision saw them end, and no code is bound to another stream."""
    if any(world.ends[expect.stream] != expect.version for expect in submission.expects):
        return False
    ends = {row.originator_id: world.ends[row.originator_id] for row in submission.rows}
    for row in submission.rows:
        if row.originator_version != ends[row.originator_id] + 1:
            return False
        ends[row.originator_id] += 1
    return not any(
        _exists(cursor, "registers WHERE kind = ? AND code = ?", register.kind, register.code)
        for register in submission.registers
    )


def _alive(cursor: sqlite3.Cursor, submission: Submission, kid: bytes, event: UUID) -> bool:
    """The key lives, belongs to the event's stream, and no hold is on its way to its class."""
    stream = next(row.originator_id for row in submission.rows if row.event == event)
    assert isinstance(stream, UUID)
    return _exists(
        cursor,
        "data_keys WHERE kid = ? AND stream = ? AND wrapped IS NOT NULL"
        " AND class NOT IN (SELECT class FROM stops)",
        kid,
        stream.bytes,
    )


def _keys_are_free(cursor: sqlite3.Cursor, world: _World, submission: Submission) -> bool:
    """The epochs are open, and no slot has a key yet: a stream without events has none at all."""
    epochs = {birth.epoch for birth in submission.births}
    epochs |= {look.epoch for look in submission.lookups}
    if not epochs <= world.open_epochs:
        return False
    slot = "data_keys WHERE stream = ? AND class = ? AND scope = ? AND generation = ?"
    return not any(
        _exists(cursor, slot, birth.stream.bytes, birth.class_, birth.scope, birth.generation)
        for birth in submission.births
        if world.ends.get(birth.stream) != 0
    )


def _taken(world: _World, submission: Submission) -> str | None:
    """The kind of the first exclusive look-up that another key holds and keeps."""
    going = {death.kid for death in submission.deaths}
    gone = {(look.kind, look.kid) for look in submission.superseded}
    for look in submission.lookups:
        for kid in world.holders.get((look.kind, look.idx), ()) if look.exclusive else ():
            if kid not in {look.kid} | going and (look.kind, kid) not in gone:
                return look.kind
    return None


def _exists(cursor: sqlite3.Cursor, where: str, *params: Any) -> bool:
    statement = f"SELECT 1 FROM {where} LIMIT 1"  # noqa: S608 - our own literals only
    return cursor.execute(statement, params).fetchone() is not None


def _select(
    cursor: sqlite3.Cursor, statement: str, values: Iterable[Any], *first: Any
) -> Iterator[tuple[Any, ...]]:
    """The rows for any number of values; `{}` stands for their marks."""
    rest = iter(values)
    while some := list(islice(rest, _AT_ONCE)):
        marks = ", ".join("?" * len(some))
        yield from cursor.execute(statement.format(marks), [*first, *some]).fetchall()


# ---- the writes (steps 4 to 6) -----------------------------------------------------------------


def _write(cursor: sqlite3.Cursor, head: _Head, wave: Sequence[Submission]) -> list[Answer]:
    positions, answers = _write_events(cursor, head, wave)
    _write_keys(cursor, wave, positions)
    _write_lookups(cursor, wave)
    _insert(
        cursor,
        "INSERT INTO registers (kind, code, stream) VALUES",
        ((r.kind, r.code, r.stream.bytes) for one in wave for r in one.registers),
    )
    _insert(
        cursor,
        "INSERT INTO commands (actor, command, fingerprint, epoch, outcome, stream, first_version,"
        " last_version, position) VALUES",
        (
            (
                one.actor.bytes, one.command, one.fingerprint, one.epoch, outcome_json(answer),
                answer.stream and answer.stream.bytes, answer.first_version, answer.last_version,
                answer.position,
            )
            for one, answer in zip(wave, answers, strict=True)
        ),
    )  # fmt: skip
    return answers


def _write_events(
    cursor: sqlite3.Cursor, head: _Head, wave: Sequence[Submission]
) -> tuple[dict[UUID, int], list[Answer]]:
    """Insert the rows at the next positions. Returns: each event's position, and the answers."""
    positions: dict[UUID, int] = {}
    answers: list[Answer] = []
    rows: list[tuple[Any, ...]] = []
    for one in wave:
        for row in one.rows:
            stream = row.originator_id
            assert isinstance(stream, UUID)
            head.position += 1
            positions[row.event] = head.position
            rows.append((
                head.position, row.event.bytes, stream.bytes, row.originator_version, row.topic,
                head.recorded_at, row.state,
            ))  # fmt: skip
        answers.append(msgspec.structs.replace(planned(one), position=head.position))
    columns = "position, event, stream, version, topic, recorded_at, state"
    _insert(cursor, f"INSERT INTO events ({columns}) VALUES", rows)
    return positions, answers


def _write_keys(
    cursor: sqlite3.Cursor, wave: Sequence[Submission], positions: dict[UUID, int]
) -> None:
    _insert(
        cursor,
        "INSERT INTO data_keys (kid, commitment, stream, class, scope, generation, epoch, wrapped,"
        " minted_at) VALUES",
        (
            (
                birth.kid, birth.commitment, birth.stream.bytes, birth.class_, birth.scope,
                birth.generation, birth.epoch, birth.wrapped, positions[birth.event],
            )
            for one in wave
            for birth in one.births
        ),
    )  # fmt: skip
    for death in (death for one in wave for death in one.deaths):
        died = cursor.execute(
            "UPDATE data_keys SET wrapped = NULL, dead_at = ?"
            " WHERE kid = ? AND wrapped IS NOT NULL RETURNING kid",
            (positions[death.event], death.kid),
        ).fetchall()
        if died != [(death.kid,)]:  # checked above under the same lock: this cannot be
            raise KeyNotAlive(kid=death.kid.hex())
        cursor.execute("DELETE FROM lookups WHERE kid = ?", (death.kid,))


def _write_lookups(cursor: sqlite3.Cursor, wave: Sequence[Submission]) -> None:
    """Superseded ones go first; a value that the same key holds already is found already."""
    cursor.executemany(
        "DELETE FROM lookups WHERE kind = ? AND kid = ?",
        [(look.kind, look.kid) for one in wave for look in one.superseded],
    )
    _insert(
        cursor,
        "INSERT INTO lookups (kind, idx, kid, epoch, stream, exclusive) VALUES",
        (
            (look.kind, look.idx, look.kid, look.epoch, look.stream.bytes, look.exclusive)
            for one in wave
            for look in one.lookups
        ),
        " ON CONFLICT (kind, idx, kid) DO NOTHING",
    )


def _insert(
    cursor: sqlite3.Cursor, into: str, rows: Iterable[tuple[Any, ...]], after: str = ""
) -> None:
    """Many rows in a few statements."""
    rest = iter(rows)
    while some := list(islice(rest, _AT_ONCE)):
        marks = f"({', '.join('?' * len(some[0]))})"
        statement = f"{into} {', '.join([marks] * len(some))}{after}"
        cursor.execute(statement, [value for row in some for value in row])
