"""What the caller of a command is told, the first time and every time after (formats.md §3, §4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from ledger.errors import CommandReused, LedgerError
from ledger.store.append import Answer, Conflict, Submission

Outcome = Answer | LedgerError | Conflict
"""What one submission of an append gets."""


class Known(NamedTuple):
    """A command that was answered before; `fingerprint` was made under `epoch`."""

    answer: Answer
    fingerprint: bytes
    epoch: int


def planned(submission: Submission, position: int = 0) -> Answer:
    """The answer with stream and versions of its rows; the position is the store's to give.

    An act in several streams is answered with the stream its answer names, else the first.
    """
    answer, rows = submission.answer, submission.rows
    if not rows:
        return msgspec.structs.replace(answer, position=position) if position else answer
    stream = answer.stream or rows[0].originator_id
    versions = [
        row.originator_version
        for row in rows
        if row.originator_id is stream or row.originator_id == stream
    ] or [answer.first_version, answer.last_version]
    return Answer(
        outcome=answer.outcome,
        ids=answer.ids,
        rules=answer.rules,
        stream=stream,
        first_version=versions[0],  # in order, or `relied_on` expects what no stream has
        last_version=versions[-1],
        position=position,
    )


def outcome_json(answer: Answer) -> str:
    """What `commands.outcome` keeps: codes, positions and minted ids, never a value."""
    return msgspec.json.encode(answer).decode()


def known_of(columns: Sequence[Any]) -> Known:
    """A row of `commands` after its `command`: fingerprint, epoch, outcome, stream … position."""
    fingerprint, epoch, outcome, stream, first, last, position = columns
    answer = msgspec.structs.replace(
        msgspec.json.decode(outcome, type=Answer),
        stream=stream,
        first_version=first,
        last_version=last,
        position=position,
    )
    return Known(answer, bytes(fingerprint), epoch)


def repeated(known: Known, submission: Submission) -> Outcome:
    """What a command that was answered before is told now.

    A fingerprint can be compared only under the epoch it was made in; after a rotation the same
    command simply gets its first answer (formats.md §3).
    """
    if known.epoch == submission.epoch and known.fingerprint != submission.fingerprint:
        return CommandReused(command=submission.command.hex())
    return known.answer
