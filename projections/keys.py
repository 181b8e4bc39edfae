"""Key states: which slots of a stream were ever used, and which of them died, as the log says.

This is the public half of the vault's rows: "erased here" is read from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from ledger.events import DataErased, Entry, Moment
from ledger.vault.tables import Id
from projections.columns import At, metadata
from projections.projection import Projection, Rows
from projections.queries import fetch, rows_as

keys = Table(
    "key_states",
    metadata,
    Column("kid", LargeBinary, nullable=False),
    Column("stream", Id, nullable=False),
    Column("retention_class", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("minted_event", Id, nullable=False),
    Column("minted_position", BigInteger, nullable=False),
    Column("minted_at", At, nullable=False),
    Column("dead_event", Id),
    Column("dead_position", BigInteger),
    Column("dead_at", At),
    Column("dies_with", BigInteger),
    Column("erasure", Id),
    Column("cause", Text),
    PrimaryKeyConstraint("kid"),
    Index("key_states_stream", "stream", "minted_position"),
    Index("key_states_erasure", "erasure"),
)
projection = Projection(keys)


@dataclass(frozen=True, kw_only=True)
class KeyState:
    """A key's slot, birth and, if it died, death: where in the log, by which erasure and why."""

    kid: bytes
    stream: UUID
    retention_class: str
    scope: str
    generation: int
    minted_event: UUID
    minted_position: int
    minted_at: Moment
    dead_event: UUID | None
    dead_position: int | None
    dead_at: Moment | None
    dies_with: int | None
    erasure: UUID | None
    cause: str | None


@projection.each
def follow(rows: Rows, entry: Entry) -> None:
    for born in entry.body.minted:
        rows.insert(
            keys,
            kid=born.kid,
            stream=entry.stream,
            retention_class=born.class_,
            scope=born.scope,
            generation=born.generation,
            minted_event=entry.event,
            minted_position=entry.position,
            minted_at=entry.recorded_at,
        )
    erased = entry.body if isinstance(entry.body, DataErased) else None
    for dead in entry.body.dead:
        rows.update(
            keys,
            keys.c.kid == dead.kid,
            dead_event=entry.event,
            dead_position=entry.position,
            dead_at=entry.recorded_at,
            dies_with=dead.dies_with,
            erasure=erased.erasure if erased else None,
            cause=erased.cause if erased else None,
        )


def of_stream(connection: Connection, stream: UUID) -> list[KeyState]:
    """Every key a stream ever had, in the order of birth."""
    query = rows_as(KeyState, keys, keys.c.stream == stream)
    order = (keys.c.minted_position, keys.c.retention_class, keys.c.scope)
    return fetch(connection, KeyState, query.order_by(*order))


def died_by(connection: Connection, erasure: UUID) -> list[KeyState]:
    """The keys an erasure killed, in the order of death."""
    query = rows_as(KeyState, keys, keys.c.erasure == erasure)
    order = (keys.c.dead_position, keys.c.retention_class, keys.c.scope)
    return fetch(connection, KeyState, query.order_by(*order))
