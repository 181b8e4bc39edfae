"""The vault's tables as SQLAlchemy sees them; the migration's literal DDL is what makes them.

Trust: who changes these rows can make data unreadable, which is found out; who copies them holds
nothing without the key service. Written by the append alone (and, later, by a rotation's re-wrap);
everything in this package only reads them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine


class Id(TypeDecorator[UUID]):
    """A random id: `uuid` on PostgreSQL, a 16-byte BLOB on SQLite, a `UUID` in Python."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=True))
        return dialect.type_descriptor(LargeBinary(16))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return value.bytes

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """A function from what the driver gives: one call a value, and none on PostgreSQL."""
        return None if dialect.name == "postgresql" else _id_of


@lru_cache(maxsize=1024)
def _id_of(stored: bytes | None) -> UUID | None:
    """Of few ids a reading is full: an actor's, a stream's. They need not be made for every row."""
    return None if stored is None else UUID(bytes=stored)


metadata = MetaData()

epochs = Table(
    "epochs",
    metadata,
    Column("epoch", Integer, primary_key=True),
    Column("service_ref", Text),
    Column("wrapped", LargeBinary),
    Column("state", Text),
    Column("destroyed_at", BigInteger),
    Column("effective_at", BigInteger),
    Column("gone_at", BigInteger),
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("kid", LargeBinary, primary_key=True),
    Column("commitment", LargeBinary),
    Column("stream", Id),
    Column("class", Text, key="class_"),
    Column("scope", Text),
    Column("generation", Integer),
    Column("epoch", Integer),
    Column("wrapped", LargeBinary),
    Column("minted_at", BigInteger),
    Column("dead_at", BigInteger),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", Integer),
    Column("wrapped", LargeBinary),
)

lookups = Table(
    "lookups",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("idx", LargeBinary, primary_key=True),
    Column("kid", LargeBinary, primary_key=True),
    Column("epoch", Integer),
    Column("stream", Id),
    Column("exclusive", Boolean),
)

events = Table(
    "events",
    metadata,
    Column("position", BigInteger, primary_key=True),
    Column("event", Id),
    Column("stream", Id),
    Column("version", BigInteger),
    Column("topic", Text),
    Column("recorded_at", BigInteger),
    Column("state", LargeBinary),
)
"""Read here for one question only: does the event at `dead_at` say that this key died?"""
