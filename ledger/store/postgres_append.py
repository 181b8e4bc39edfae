"""Submissions as the arrays that `append_commands` takes, and its rows as outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, TypeVar

import msgspec
import psycopg

from ledger.errors import IdentifierTaken, KeyNotAlive
from ledger.store.answers import Outcome, known_of, outcome_json, planned, repeated
from ledger.store.append import Answer, Conflict, Genesis, Submission, relied_on
from ledger.store.arrays import Bigs, Blobs, Bools, Ints, PgArray, Texts, Uuids

_COMMANDS = (Uuids, Blobs, Blobs, Ints, Texts, Uuids, Bigs, Bigs, Ints)
_ROWS = (Ints, Uuids, Uuids, Bigs, Texts, Blobs)
_EXPECTS = (Ints, Uuids, Bigs)
_BIRTHS = (Ints, Ints, Blobs, Blobs, Uuids, Texts, Texts, Ints, Ints, Blobs)
_DEATHS = (Ints, Ints, Blobs)
_LOOKUPS = (Ints, Texts, Blobs, Blobs, Ints, Uuids, Bools)
_SUPERSEDED = (Ints, Texts, Blobs)
_REGISTERS = (Ints, Texts, Texts, Uuids)
_STATES = (Ints, Uuids, Bigs, Ints, Blobs)
_KINDS = (
    _COMMANDS, _ROWS, _EXPECTS, _BIRTHS, _DEATHS, _LOOKUPS, _SUPERSEDED, _REGISTERS, _STATES
)  # fmt: skip
_MARKS = ", ".join("%b" for kinds in _KINDS for _ in kinds)
_APPEND = f"SELECT * FROM append_commands(%s, {_MARKS})"  # noqa: S608 - only marks

T = TypeVar("T")
Columns = Sequence[Sequence[Any]]
Table = list[PgArray]


def append(
    connection: psycopg.Connection[Any], wave: Sequence[Submission], now: int
) -> list[Outcome]:
    """One statement, and thereby one transaction unless the caller began one. `now` is in µs."""
    answers = [planned(one) for one in wave]
    arrays = [array for table in _tables(wave, answers) for array in table]
    with connection.cursor(binary=True) as cursor:
        (_, _, _, tail, *_), *struck = cursor.execute(
            _APPEND, [now, *arrays], prepare=True
        ).fetchall()
    refused = {n - 1: _refused(wave[n - 1], *row) for n, *row in struck}
    outcomes: list[Outcome] = []
    for index, (one, answer) in enumerate(zip(wave, answers, strict=True)):
        if index in refused:
            outcomes.append(refused[index])
        else:
            tail += len(one.rows)
            outcomes.append(msgspec.structs.replace(answer, position=tail))
    return outcomes


def write_genesis(connection: psycopg.Connection[Any], genesis: Genesis) -> None:
    """What the first append writes besides its events, inside the caller's transaction."""
    connection.execute(
        "INSERT INTO epochs (epoch, service_ref, wrapped, state) VALUES (%s, %s, %s, 'open')",
        [genesis.epoch, genesis.service_ref, genesis.wrapped_epoch],
    )
    for name, wrapped in genesis.secrets:
        connection.execute(
            "INSERT INTO secrets (name, epoch, wrapped) VALUES (%s, %s, %s)",
            [name, genesis.epoch, wrapped],
        )
    connection.execute(
        "INSERT INTO ledger (id, genesis_stream, policy_stream, actor_stream, schema_version)"
        " VALUES (%s, %s, %s, %s, 1)",
        [genesis.ledger, genesis.genesis_stream, genesis.policy_stream, genesis.actor_stream],
    )


def _tables(wave: Sequence[Submission], answers: Sequence[Answer]) -> Iterator[Table]:
    """The arrays of each group; commands and rows are numbered from 1."""
    yield _packed(_COMMANDS, _commands(wave, answers))
    numbers, rows = _numbered([one.rows for one in wave])
    yield _packed(
        _ROWS,
        (
            numbers,
            [row.event for row in rows],
            [row.originator_id for row in rows],
            [row.originator_version for row in rows],
            [row.topic for row in rows],
            [row.state for row in rows],
        ),
    )
    yield _table(_EXPECTS, [relied_on(one) for one in wave])
    dying = any(one.births or one.deaths for one in wave)
    row_of = {row.event: number for number, row in enumerate(rows, start=1)} if dying else {}
    yield _table(_BIRTHS, [[(row_of[b.event], *b[:8]) for b in one.births] for one in wave])
    yield _table(_DEATHS, [[(row_of[d.event], d.kid) for d in one.deaths] for one in wave])
    yield _table(_LOOKUPS, [one.lookups for one in wave])
    yield _table(_SUPERSEDED, [one.superseded for one in wave])
    yield _table(_REGISTERS, [one.registers for one in wave])
    yield _table(_STATES, [one.states for one in wave])


def _commands(wave: Sequence[Submission], answers: Sequence[Answer]) -> Columns:
    return (
        [one.actor for one in wave],
        [one.command for one in wave],
        [one.fingerprint for one in wave],
        [one.epoch for one in wave],
        [outcome_json(answer) for answer in answers],
        [answer.stream for answer in answers],
        [answer.first_version for answer in answers],
        [answer.last_version for answer in answers],
        list(accumulate(len(one.rows) for one in wave)),
    )


def _numbered(groups: Sequence[Sequence[T]]) -> tuple[list[int], list[T]]:
    """What all groups hold, and the number of the group that each is of."""
    numbers = [number for number, group in enumerate(groups, start=1) for _ in group]
    return numbers, [item for group in groups for item in group]


def _table(kinds: Sequence[type[PgArray]], groups: Sequence[Sequence[tuple[Any, ...]]]) -> Table:
    numbers, rows = _numbered(groups)
    return _packed(kinds, (numbers, *zip(*rows, strict=True)) if rows else [()] * len(kinds))


def _packed(kinds: Sequence[type[PgArray]], columns: Columns) -> Table:
    return [kind.of(column) for kind, column in zip(kinds, columns, strict=True)]


def _refused(one: Submission, verdict: str, detail: str | None, _: int, *known: Any) -> Outcome:
    match verdict:
        case "known":
            return repeated(known_of(known), one)
        case "not-alive":
            return KeyNotAlive(kid=detail)
        case "taken":
            return IdentifierTaken(kind=detail)
        case "conflict":
            return Conflict("what the decision relied on has changed")
    raise AssertionError(verdict)
