"""Contents that customers store: the company is processor, and passes requests about them on (P02)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from ledger.events import ContentStored, Entry, Moment, RequestPassedOn
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections.columns import Fact, SealedValue, fact_columns, metadata
from projections.keys import deaths
from projections.projection import Projection, Rows
from projections.queries import Page, fetch, newest_first, rows_as

contents = Table(
    "contents",
    metadata,
    *fact_columns(),
    Column("account", Id, nullable=False),
    Column("content", Id, nullable=False),
    Column("service", Text, nullable=False),
    Column("country", Text),
    Column("controller_role", Text, nullable=False),
    Column("kid", LargeBinary, nullable=False),
    Column("value", SealedValue, nullable=False),
    PrimaryKeyConstraint("content"),
    Index("contents_account", "account", "position"),
)
passed_on = Table(
    "requests_passed_on",
    metadata,
    *fact_columns(),
    Column("subject", Id, nullable=False),
    Column("account", Id, nullable=False),
    Column("request", Text, nullable=False),
    Column("channel", Text),
    Column("note", SealedValue),
    PrimaryKeyConstraint("event"),
    Index("requests_passed_on_subject", "subject", "position"),
    Index("requests_passed_on_account", "account", "position"),
)
projection = Projection(contents, passed_on)


@dataclass(frozen=True, kw_only=True)
class Content(Fact):
    """What a customer stored; once it was removed its key is dead. Sealed, in the event: `@value`."""

    account: UUID
    content: UUID
    service: str
    country: str | None
    controller_role: str
    kid: bytes
    value: Sealed
    removed_at: Moment | None


@dataclass(frozen=True, kw_only=True)
class PassedOn(Fact):
    """A person's request about what a customer stores, passed on to it. Sealed: `@note`."""

    subject: UUID
    account: UUID
    request: str
    channel: str | None
    note: Sealed | None


@projection.on(ContentStored)
def store(rows: Rows, entry: Entry, body: ContentStored) -> None:
    rows[contents, type(body)](body, account=entry.stream, kid=body.value.kid)


@projection.on(RequestPassedOn)
def pass_on(rows: Rows, entry: Entry, body: RequestPassedOn) -> None:
    rows[passed_on, type(body)](body, subject=entry.stream)


def of_account(
    connection: Connection, account: UUID, *, cursor: int | None = None, limit: int = 100
) -> Page[Content]:
    """What was stored in an account, newest first; what was removed says when."""
    query = rows_as(Content, contents, contents.c.account == account, removed_at=deaths.c.dead_at)
    query = query.select_from(contents.outerjoin(deaths, deaths.c.kid == contents.c.kid))
    return newest_first(connection, Content, query, contents.c.position, cursor, limit)


def content(connection: Connection, account: UUID, content: UUID) -> Content | None:
    """One stored content of an account."""
    mine = (contents.c.account == account, contents.c.content == content)
    query = rows_as(Content, contents, *mine, removed_at=deaths.c.dead_at)
    query = query.select_from(contents.outerjoin(deaths, deaths.c.kid == contents.c.kid))
    return next(iter(fetch(connection, Content, query)), None)


def requests_of(connection: Connection, subject: UUID) -> list[PassedOn]:
    """A person's requests that were passed on to customers, oldest first."""
    query = rows_as(PassedOn, passed_on, passed_on.c.subject == subject)
    return fetch(connection, PassedOn, query.order_by(passed_on.c.position))


def requests_to(connection: Connection, account: UUID) -> list[PassedOn]:
    """The requests that were passed on to the customer of an account, oldest first."""
    query = rows_as(PassedOn, passed_on, passed_on.c.account == account)
    return fetch(connection, PassedOn, query.order_by(passed_on.c.position))
