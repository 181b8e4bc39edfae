"""The append of formats.md §4 inside a SQLite transaction that the caller has begun.

Commands of one wave do not touch each other (`append.waves`), so each is checked and written in
turn; one that is refused has written nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from ledger.errors import IdentifierTaken, KeyNotAlive, LedgerError
from ledger.store.answers import Known, Outcome, known_of, outcome_json, planned, repeated
from ledger.store.append import Answer, Conflict, Genesis, StoredRow, Submission


class _Head:
    """The end of the log: last position, and the moment this transaction records at (µs)."""

    def __init__(self, cursor: sqlite3.Cursor, now: int) -> None:
        cursor.execute("SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1")
        last: tuple[int, int] = cursor.fetchone() or (0, 0)
        self.position = last[0]
        self.recorded_at = max(now, last[1])  # never runs back, whatever the clock does


def append(cursor: sqlite3.Cursor, wave: Sequence[Submission], now: int) -> list[Outcome]:
    """Steps 2 to 6 for each submission. An exception rolls the whole wave back."""
    head = _Head(cursor, now)
    return [_append_one(cursor, head, submission) for submission in wave]


def _append_one(cursor: sqlite3.Cursor, head: _Head, submission: Submission) -> Outcome:
    known = _known(cursor, submission)
    if known is not None:
        return repeated(known, submission)
    refusal = _refusal(cursor, submission)
    if refusal is not None:
        return refusal
    return _write(cursor, head, submission)


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
    _write(cursor, _Head(cursor, now), submission)
    return True


# ---- the checks (steps 2 and 3) ----------------------------------------------------------------


def _known(cursor: sqlite3.Cursor, submission: Submission) -> Known | None:
    row = cursor.execute(
        "SELECT fingerprint, epoch, outcome, stream, first_version, last_version, position"
        " FROM commands WHERE actor = ? AND command = ?",
        (submission.actor.bytes, submission.command),
    ).fetchone()
    if row is None:
        return None
    fingerprint, epoch, outcome, stream, *rest = row
    return known_of((fingerprint, epoch, outcome, stream and UUID(bytes=stream), *rest))


def _refusal(cursor: sqlite3.Cursor, submission: Submission) -> LedgerError | Conflict | None:
    if not _relied_on_still_holds(cursor, submission):
        return Conflict("a stream that the decision relied on has changed")
    if not all(_alive(cursor, submission, death.kid, death.event) for death in submission.deaths):
        return KeyNotAlive()
    if not _keys_are_free(cursor, submission):
        return Conflict("a slot exists already, or its epoch is not open any more")
    kind = _taken(cursor, submission)
    return None if kind is None else IdentifierTaken(kind=kind)


def _relied_on_still_holds(cursor: sqlite3.Cursor, submission: Submission) -> bool:
    """The streams end where the decision saw them end, and no code is bound to another stream."""
    ends = {row.originator_id: 0 for row in submission.rows}
    ends = {stream: _end(cursor, stream) for stream in ends}
    for expect in submission.expects:
        if ends.get(expect.stream) is None:
            ends[expect.stream] = _end(cursor, expect.stream)
        if ends[expect.stream] != expect.version:
            return False
    for row in submission.rows:
        if row.originator_version != ends[row.originator_id] + 1:
            return False
        ends[row.originator_id] += 1
    return not any(
        _exists(cursor, "registers WHERE kind = ? AND code = ?", register.kind, register.code)
        for register in submission.registers
    )


def _alive(cursor: sqlite3.Cursor, submission: Submission, kid: bytes, event: UUID) -> bool:
    """The key lives in the event's stream (or is born in this very command), and no hold is on its
    way to its class."""
    born = next((birth.class_ for birth in submission.births if birth.kid == kid), None)
    if born is not None:
        return not _exists(cursor, "stops WHERE class = ?", born)
    stream = next(row.originator_id for row in submission.rows if row.event == event)
    assert isinstance(stream, UUID)
    return _exists(
        cursor,
        "data_keys WHERE kid = ? AND stream = ? AND wrapped IS NOT NULL"
        " AND class NOT IN (SELECT class FROM stops)",
        kid,
        stream.bytes,
    )


def _keys_are_free(cursor: sqlite3.Cursor, submission: Submission) -> bool:
    epochs = {birth.epoch for birth in submission.births}
    epochs |= {look.epoch for look in submission.lookups}
    if not all(_exists(cursor, "epochs WHERE epoch = ? AND state = 'open'", e) for e in epochs):
        return False
    slot = "data_keys WHERE stream = ? AND class = ? AND scope = ? AND generation = ?"
    return not any(
        _exists(cursor, slot, birth.stream.bytes, birth.class_, birth.scope, birth.generation)
        for birth in submission.births
    )


def _taken(cursor: sqlite3.Cursor, submission: Submission) -> str | None:
    """The kind of the first exclusive look-up that another key holds and keeps."""
    going = {death.kid for death in submission.deaths}
    gone = {(look.kind, look.kid) for look in submission.superseded}
    for look in submission.lookups:
        if not look.exclusive:
            continue
        held = "SELECT kid FROM lookups WHERE kind = ? AND idx = ? AND exclusive AND kid <> ?"
        for (kid,) in cursor.execute(held, (look.kind, look.idx, look.kid)).fetchall():
            if kid not in going and (look.kind, kid) not in gone:
                return look.kind
    return None


def _end(cursor: sqlite3.Cursor, stream: Any) -> int:
    row = cursor.execute("SELECT max(version) FROM events WHERE stream = ?", (stream.bytes,))
    return row.fetchone()[0] or 0


def _exists(cursor: sqlite3.Cursor, where: str, *params: Any) -> bool:
    statement = f"SELECT 1 FROM {where} LIMIT 1"  # noqa: S608 - our own literals only
    return cursor.execute(statement, params).fetchone() is not None


# ---- the writes (steps 4 to 6) -----------------------------------------------------------------


def _write(cursor: sqlite3.Cursor, head: _Head, submission: Submission) -> Answer:
    positions = _write_events(cursor, head, submission.rows)
    _write_keys(cursor, submission, positions)
    _write_lookups(cursor, submission)
    cursor.executemany(
        "INSERT INTO registers (kind, code, stream) VALUES (?, ?, ?)",
        [
            (register.kind, register.code, register.stream.bytes)
            for register in submission.registers
        ],
    )
    answer = msgspec.structs.replace(planned(submission), position=head.position)
    stream = answer.stream and answer.stream.bytes
    cursor.execute(
        "INSERT INTO commands VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            submission.actor.bytes, submission.command, submission.fingerprint, submission.epoch,
            outcome_json(answer), stream, answer.first_version, answer.last_version, head.position,
        ),
    )  # fmt: skip
    return answer


def _write_events(
    cursor: sqlite3.Cursor, head: _Head, rows: Sequence[StoredRow]
) -> dict[UUID, int]:
    """Insert the rows at the next positions. Returns: the position of each event."""
    positions: dict[UUID, int] = {}
    for row in rows:
        stream = row.originator_id
        assert isinstance(stream, UUID)
        head.position += 1
        positions[row.event] = head.position
        cursor.execute(
            "INSERT INTO events (position, event, stream, version, topic, recorded_at, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                head.position, row.event.bytes, stream.bytes, row.originator_version,
                row.topic, head.recorded_at, row.state,
            ),
        )  # fmt: skip
    return positions


def _write_keys(cursor: sqlite3.Cursor, submission: Submission, positions: dict[UUID, int]) -> None:
    for birth in submission.births:
        cursor.execute(
            "INSERT INTO data_keys (kid, commitment, stream, class, scope, generation, epoch,"
            " wrapped, minted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                birth.kid, birth.commitment, birth.stream.bytes, birth.class_, birth.scope,
                birth.generation, birth.epoch, birth.wrapped, positions[birth.event],
            ),
        )  # fmt: skip
    for death in submission.deaths:
        died = cursor.execute(
            "UPDATE data_keys SET wrapped = NULL, dead_at = ?"
            " WHERE kid = ? AND wrapped IS NOT NULL RETURNING kid",
            (positions[death.event], death.kid),
        ).fetchall()
        if died != [(death.kid,)]:  # checked above under the same lock: this cannot be
            raise KeyNotAlive(kid=death.kid.hex())
        cursor.execute("DELETE FROM lookups WHERE kid = ?", (death.kid,))


def _write_lookups(cursor: sqlite3.Cursor, submission: Submission) -> None:
    """Superseded ones go first; a value that the same key holds already is found already."""
    cursor.executemany(
        "DELETE FROM lookups WHERE kind = ? AND kid = ?",
        [(look.kind, look.kid) for look in submission.superseded],
    )
    cursor.executemany(
        "INSERT INTO lookups (kind, idx, kid, epoch, stream, exclusive) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (kind, idx, kid) DO NOTHING",
        [
            (look.kind, look.idx, look.kid, look.epoch, look.stream.bytes, look.exclusive)
            for look in submission.lookups
        ],
    )
