"""The append of formats.md §4 inside a SQLite transaction that the caller has begun.

Commands of one wave do not touch each other (`append.waves`): so all are checked first, then all
that passed are written, each step in a few statements of many rows. That is what lets an import
decide its next commands meanwhile: a statement runs without the interpreter's lock, and taking the
lock back after each of thousands of small ones would cost more than the statements.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Any
from uuid import UUID

from ledger.errors import KeyNotAlive
from ledger.store.answers import Outcome, outcome_json, planned, repeated
from ledger.store.append import Answer, Genesis, Submission
from ledger.store.sqlite_checks import World, known, refusal

_STEP, _MOST = 64, 512
"""Rows in a statement: a multiple of the one, at most the other; what is left over goes in one more.
So SQLite has most statements prepared already, a group takes two a table, and each stays far below
32,766 parameters."""


class _Head:
    """The end of the log: last position, and the moment this transaction records at (µs)."""

    def __init__(self, cursor: sqlite3.Cursor, now: int) -> None:
        cursor.execute("SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1")
        last: tuple[int, int] = cursor.fetchone() or (0, 0)
        self.position = last[0]
        self.recorded_at = max(now, last[1])  # never runs back, whatever the clock does


def append(cursor: sqlite3.Cursor, wave: Sequence[Submission], now: int) -> list[Outcome]:
    """Steps 2 to 6 for each submission. An exception rolls the whole wave back."""
    before = known(cursor, wave)
    new = [one for one in wave if (one.actor, one.command) not in before] if before else wave
    world = World(cursor, new)
    refused = {id(one): why for one in new if (why := refusal(cursor, world, one))}
    written = [one for one in new if id(one) not in refused] if refused else new
    answers = _write(cursor, _Head(cursor, now), written)
    if len(written) == len(wave):
        return list(answers)
    answered = dict(zip(map(id, written), answers, strict=True))
    return [
        refused.get(id(one))
        or answered.get(id(one))
        or repeated(before[one.actor, one.command], one)
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
        "INSERT INTO decision_states (stream, version, form, state) VALUES",
        ((s.stream.bytes, s.version, s.form, s.state) for one in wave for s in one.states),
        " ON CONFLICT (stream) DO UPDATE"
        " SET version = excluded.version, form = excluded.form, state = excluded.state",
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
    """Insert the rows at the next positions.

    Returns: each event's position, if keys are born or die with one; and the answers.
    """
    dying = any(one.births or one.deaths for one in wave)
    positions: dict[UUID, int] = {}
    answers: list[Answer] = []
    rows: list[tuple[Any, ...]] = []
    for one in wave:
        for row in one.rows:
            head.position += 1
            if dying:
                positions[row.event] = head.position
            rows.append((
                head.position, row.event.bytes, row.originator_id.bytes, row.originator_version,
                row.topic, head.recorded_at, row.state,
            ))  # fmt: skip
        answers.append(planned(one, head.position))
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
    left = list(rows)
    while left:
        size = min(len(left) // _STEP * _STEP, _MOST) or len(left)
        some, left = left[:size], left[size:]
        statement = _many(into, len(some[0]), size, after)
        cursor.execute(statement, list(chain.from_iterable(some)))


@cache
def _many(into: str, columns: int, rows: int, after: str) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"{into} {', '.join([row] * rows)}{after}"
