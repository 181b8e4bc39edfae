"""Key states: which slots of a stream were ever used, and which of them died, as the log says.

This is the public half of the vault's rows: "erased here" is read from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    FromClause,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    tuple_,
)

from ledger.events import Entry, Event, Moment
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
    PrimaryKeyConstraint("kid"),
    Index("key_states_stream", "stream", "minted_position"),
)
deaths = Table(
    "key_deaths",
    metadata,
    Column("kid", LargeBinary, nullable=False),
    Column("stream", Id, nullable=False),
    Column("dead_event", Id, nullable=False),
    Column("dead_position", BigInteger, nullable=False),
    Column("dead_at", At, nullable=False),
    Column("dies_with", BigInteger, nullable=False),
    Column("erasure", Id),
    Column("cause", Text),
    PrimaryKeyConstraint("kid"),
    Index("key_deaths_stream", "stream", "dead_position"),
    Index("key_deaths_erasure", "erasure"),
)
projection = Projection(keys, deaths)


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
def follow(rows: Rows, entry: Entry, body: Event) -> None:
    for born in body.minted:
        rows[keys](
            kid=born.kid,
            stream=entry.stream,
            retention_class=born.class_,
            scope=born.scope,
            generation=born.generation,
            minted_event=entry.event,
            minted_position=entry.position,
            minted_at=entry.recorded_at,
        )
    for dead in body.dead:
        rows[deaths](
            kid=dead.kid,
            stream=entry.stream,
            dead_event=entry.event,
            dead_position=entry.position,
            dead_at=entry.recorded_at,
            dies_with=dead.dies_with,
            erasure=getattr(body, "erasure", None),
            cause=getattr(body, "cause", None),
        )


def of_stream(connection: Connection, stream: UUID) -> list[KeyState]:
    """Every key a stream ever had, in the order of birth."""
    query = _rows(keys.outerjoin(deaths, deaths.c.kid == keys.c.kid)).where(keys.c.stream == stream)
    order = (keys.c.minted_position, keys.c.retention_class, keys.c.scope)
    return fetch(connection, KeyState, query.order_by(*order))


def died_by(connection: Connection, erasure: UUID) -> list[KeyState]:
    """The keys an erasure killed, in the order of death."""
    query = _rows(deaths.join(keys, deaths.c.kid == keys.c.kid)).where(deaths.c.erasure == erasure)
    order = (deaths.c.dead_position, keys.c.retention_class, keys.c.scope)
    return fetch(connection, KeyState, query.order_by(*order))


def died_in(
    connection: Connection, stream: UUID, slots: Sequence[tuple[str, str]]
) -> list[KeyState]:
    """The keys of these slots (class, scope) of a stream that died, in the order of death."""
    slot = tuple_(keys.c.retention_class, keys.c.scope)
    query = _rows(deaths.join(keys, deaths.c.kid == keys.c.kid))
    query = query.where(deaths.c.stream == stream, slot.in_(slots))
    return fetch(connection, KeyState, query.order_by(deaths.c.dead_position))


def _rows(joined: FromClause) -> Select[Any]:
    death = {column.name: column for column in deaths.c if column.name not in keys.c}
    return rows_as(KeyState, keys, **death).select_from(joined)
