"""Actors: who acts, by a random id, a kind and a function; a name is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Column, Connection, PrimaryKeyConstraint, Table, Text

from ledger.events import ActorRegistered, ByKind, Entry
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections.columns import Fact, SealedValue, fact_columns, metadata
from projections.projection import Projection, Rows
from projections.queries import fetch, fetch_one, rows_as

actors = Table(
    "actors",
    metadata,
    *fact_columns(),
    Column("actor", Id, nullable=False),
    Column("kind", Text, nullable=False),
    Column("function", Text),
    Column("name", SealedValue),
    PrimaryKeyConstraint("actor"),
)
projection = Projection(actors)


@dataclass(frozen=True, kw_only=True)
class Actor(Fact):
    """Somebody or something that acts. Sealed: `@name`."""

    actor: UUID
    kind: ByKind
    function: str | None
    name: Sealed | None


@projection.on(ActorRegistered)
def register(rows: Rows, entry: Entry, body: ActorRegistered) -> None:
    rows[actors, type(body)](body, actor=entry.stream)


def all_actors(connection: Connection) -> list[Actor]:
    """Every actor of the register, oldest first; the first is the ledger itself."""
    return fetch(connection, Actor, rows_as(Actor, actors).order_by(actors.c.position))


def actor(connection: Connection, actor: UUID) -> Actor | None:
    """The actor with this id, or None."""
    return fetch_one(connection, Actor, rows_as(Actor, actors, actors.c.actor == actor))
