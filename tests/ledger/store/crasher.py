"""A process that erases one key and dies at a given point of the append, without saying goodbye."""

from __future__ import annotations

import os
import sys
from typing import Any
from uuid import UUID

from ledger.config import Settings
from ledger.store import open_recorder, postgres_append, sqlite_append
from ledger.store.append import Death, StoredRow, Submission
from ledger.store.sqlite import SQLiteLedgerRecorder
from tests.ledger.store.submissions import submission

COMMAND, EVENT = b"c" * 16, UUID("e" * 32)


def erasure(stream: UUID, kid: bytes) -> Submission:
    """The same command whoever sends it: the stream's second event kills the key."""
    row = StoredRow(stream, 2, "data-erased", b"{}", event=EVENT)
    return submission([row], command=COMMAND, deaths=[Death(kid, EVENT)])


def die(*_: Any) -> None:
    os._exit(9)


class DyingConnection:
    """A SQLite connection whose cursors die before or after the COMMIT."""

    def __init__(self, connection: Any, point: str) -> None:
        self._connection, self._point = connection, point

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def cursor(self) -> Any:
        return DyingCursor(self._connection.cursor(), self._point)


class DyingCursor(DyingConnection):
    def execute(self, statement: str, *parameters: Any) -> Any:
        if statement == "COMMIT" and self._point == "before":
            die()
        done = self._connection.execute(statement, *parameters)
        if statement == "COMMIT" and self._point == "after":
            die()
        return done


def main(point: str, stream: UUID, kid: bytes) -> None:
    """`point`: before (all written, not committed), inside (events, not keys), after, or never."""
    recorder: Any = open_recorder(Settings())
    if isinstance(recorder, SQLiteLedgerRecorder):
        if point == "inside":
            sqlite_append._write_keys = die
        recorder._writer = DyingConnection(recorder._writer, point)  # type: ignore[assignment]
    elif point == "before":
        postgres_append.append = die  # type: ignore[assignment]
    elif point == "after":
        append = postgres_append.append
        postgres_append.append = lambda *given: die(append(*given))  # type: ignore[assignment]
    recorder.append([erasure(stream, kid)])


if __name__ == "__main__":
    main(sys.argv[1], UUID(sys.argv[2]), bytes.fromhex(sys.argv[3]))
