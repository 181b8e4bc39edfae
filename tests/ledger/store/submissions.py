"""Submissions as a command would make them; the states and keys are bytes that nobody opens."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from ledger.store.append import Answer, Birth, Death, Genesis, Lookup, StoredRow, Submission

ACTOR = UUID("a" * 32)


def rows(stream: UUID, first: int, count: int = 1) -> list[StoredRow]:
    """Rows of one stream from a version on."""
    return [
        StoredRow(stream, version, "data-collected", b'{"n":%d}' % version, event=uuid4())
        for version in range(first, first + count)
    ]


def submission(rows: Sequence[StoredRow] = (), **others: Any) -> Submission:
    """A submission with a command id of its own, unless one is given."""
    fields: dict[str, Any] = {
        "actor": ACTOR,
        "command": os.urandom(16),
        "fingerprint": b"f" * 16,
        "epoch": 1,
        "answer": Answer(outcome="recorded", ids={"thing": uuid4()}, rules=("a-rule",)),
    }
    return Submission(rows=rows, **{**fields, **others})


def append_to(stream: UUID, first: int, count: int = 1, **others: Any) -> Submission:
    """A submission that adds rows to one stream."""
    return submission(rows(stream, first, count), **others)


def birth(row: StoredRow, class_: str = "contact", **others: Any) -> Birth:
    """A key that is born with a row."""
    commitment = os.urandom(32)
    stream = row.originator_id
    assert isinstance(stream, UUID)
    made = Birth(commitment[:16], commitment, stream, class_, "", 1, 1, os.urandom(60), row.event)
    return made._replace(**others)


def death(kid: bytes, row: StoredRow) -> Death:
    """A key that dies with a row."""
    return Death(kid, row.event)


def lookup(key: Birth, idx: bytes, *, exclusive: bool = True) -> Lookup:
    """A look-up row under a key."""
    return Lookup("email/1", idx, key.kid, 1, key.stream, exclusive)


def genesis() -> Genesis:
    """What the first append writes besides its events."""
    return Genesis(
        ledger=uuid4(),
        genesis_stream=uuid4(),
        policy_stream=uuid4(),
        actor_stream=uuid4(),
        epoch=1,
        service_ref="test-e1",
        wrapped_epoch=b"w" * 60,
        secrets=[("lookup", b"s" * 60)],
    )


def genesis_submission(made: Genesis) -> Submission:
    """The events of positions 1 to 3."""
    streams = (made.genesis_stream, made.actor_stream, made.policy_stream)
    return submission([row for stream in streams for row in rows(stream, 1)])
