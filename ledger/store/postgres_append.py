"""Submissions as the arrays that `append_commands` takes, and its rows as outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import psycopg

from ledger.errors import IdentifierTaken, KeyNotAlive
from ledger.store.answers import Outcome, known_of, outcome_json, planned, repeated
from ledger.store.append import Conflict, Genesis, Submission
from ledger.store.arrays import Bigs, Blobs, Bools, Ints, PgArray, Texts, Uuids

_COMMANDS = (Uuids, Blobs, Blobs, Ints, Texts, Uuids, Bigs, Bigs)
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


def append(
    connection: psycopg.Connection[Any], wave: Sequence[Submission], now: int
) -> list[Outcome]:
    """One statement, and thereby one transaction unless the caller began one. `now` is in µs."""
    tables = zip(_KINDS, _tables(wave), strict=True)
    arrays = [array for kinds, rows in tables for array in _columns(kinds, rows)]
    with connection.cursor(binary=True) as cursor:
        answered = cursor.execute(_APPEND, [now, *arrays], prepare=True).fetchall()
    return [_outcome(one, *row) for one, row in zip(wave, answered, strict=True)]


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


def _columns(kinds: Sequence[type[PgArray]], rows: Sequence[Sequence[Any]]) -> Iterable[PgArray]:
    columns = zip(*rows, strict=True) if rows else iter([()] * len(kinds))
    return [kind.of(column) for kind, column in zip(kinds, columns, strict=True)]


def _tables(wave: Sequence[Submission]) -> list[list[tuple[Any, ...]]]:
    """The rows of each group of arrays; commands and rows are numbered from 1."""
    commands: list[tuple[Any, ...]] = []
    rows: list[tuple[Any, ...]] = []
    others: list[list[tuple[Any, ...]]] = [[] for _ in _KINDS[2:]]
    for n, one in enumerate(wave, start=1):
        commands.append(_command(one))
        number = {row.event: len(rows) + i for i, row in enumerate(one.rows, start=1)}
        rows.extend(
            (n, row.event, row.originator_id, row.originator_version, row.topic, row.state)
            for row in one.rows
        )
        parts = (
            one.expects,
            ((number[b.event], b.kid, b.commitment, b.stream, *b[3:8]) for b in one.births),
            ((number[death.event], death.kid) for death in one.deaths),
            one.lookups,
            one.superseded,
            one.registers,
            one.states,
        )
        for table, part in zip(others, parts, strict=True):
            table.extend((n, *values) for values in part)
    return [commands, rows, *others]


def _command(one: Submission) -> tuple[Any, ...]:
    answer = planned(one)
    return (
        one.actor, one.command, one.fingerprint, one.epoch, outcome_json(answer),
        answer.stream, answer.first_version, answer.last_version,
    )  # fmt: skip


def _outcome(
    one: Submission, verdict: str, detail: str | None, position: int, *known: Any
) -> Outcome:
    match verdict:
        case "stored":
            return msgspec.structs.replace(planned(one), position=position)
        case "known":
            return repeated(known_of(known), one)
        case "not-alive":
            return KeyNotAlive(kid=detail)
        case "taken":
            return IdentifierTaken(kind=detail)
        case "conflict":
            return Conflict("what the decision relied on has changed")
    raise AssertionError(verdict)
