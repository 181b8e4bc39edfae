"""Policies: every version of the document that was ever in force, as published."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
)

from ledger.events import Entry, PolicyPublished
from projections.columns import Fact, fact_columns, metadata
from projections.moments import AsOf, counting
from projections.projection import Projection, Rows
from projections.queries import at_most, fetch, fetch_one, rows_as

policies = Table(
    "policies",
    metadata,
    *fact_columns(),
    Column("version", BigInteger, nullable=False),
    Column("label", Text, nullable=False),
    Column("effective", Date, nullable=False),
    Column("document", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    PrimaryKeyConstraint("version"),
)
projection = Projection(policies)


@dataclass(frozen=True, kw_only=True)
class Policy(Fact):
    """A published version; `policy` of its fact is the version it was published under."""

    version: int
    label: str
    effective: dt.date
    document: str
    digest: bytes


_SINCE = (rows_as(Policy, policies, policies.c.version > bindparam("version"))).order_by(
    policies.c.version
)
"""Built once: it is asked with every reading, and building it costs more than the answer."""


@projection.on(PolicyPublished)
def publish(rows: Rows, entry: Entry, body: PolicyPublished) -> None:
    rows[policies, type(body)](body)


def versions(connection: Connection, as_of: AsOf | None = None) -> list[Policy]:
    """Every version, oldest first."""
    query = rows_as(Policy, policies, counting(policies, as_of))
    return fetch(connection, Policy, query.order_by(policies.c.version))


def since(connection: Connection, version: int) -> list[Policy]:
    """The versions published after this one, oldest first: for readers that keep what they read."""
    rows = connection.execute(_SINCE, {"version": version}).mappings()
    return [Policy(**row) for row in rows]


def in_force(connection: Connection, as_of: AsOf | None = None) -> Policy | None:
    """The version published last; it binds from its publication on. None before the first."""
    query = rows_as(Policy, policies, counting(policies, as_of))
    if as_of is not None and as_of.clock == "true":
        query = query.order_by(policies.c.occurred_at.desc())
    return fetch_one(
        connection, Policy, query.order_by(policies.c.version.desc()).limit(at_most(1))
    )


def version(connection: Connection, version: int) -> Policy | None:
    """One version, or None."""
    return fetch_one(connection, Policy, rows_as(Policy, policies, policies.c.version == version))
