"""Recipients: the register of everybody outside who may receive personal data, and what they reach.

Standing access is what a recipient can reach without a disclosure each (hosting, mail, backup).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from ledger.events import (
    Entry,
    RecipientRegistered,
    StandingAccessClosed,
    StandingAccessOpened,
)
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections.annulments import counts
from projections.columns import Fact, Listed, SealedValue, fact_columns, metadata
from projections.projection import Projection, Rows
from projections.queries import fetch, fetch_one, rows_as

recipients = Table(
    "recipients",
    metadata,
    *fact_columns(),
    Column("recipient", Id, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("agreement", Text),
    Column("valid_until", Date),
    Column("contact", SealedValue),
    PrimaryKeyConstraint("event"),
    Index("recipients_recipient", "recipient", "version", unique=True),
)
standing = Table(
    "standing_access",
    metadata,
    *fact_columns(),
    Column("recipient", Id, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("classes", Listed(), nullable=False),
    Column("country", Text, nullable=False),
    Column("since", Date, nullable=False),
    PrimaryKeyConstraint("event"),
    Index("standing_access_recipient", "recipient", "position"),
)
closings = Table(
    "standing_closings",
    metadata,
    *fact_columns(),
    Column("recipient", Id, nullable=False),
    Column("classes", Listed(), nullable=False),
    Column("until", Date, nullable=False),
    PrimaryKeyConstraint("event"),
)
projection = Projection(recipients, standing, closings)


@dataclass(frozen=True, kw_only=True)
class Recipient(Fact):
    """A recipient, and the agreement with it. Sealed: `@contact`.

    `version` is that of its stream. A disclosure names the version its decision relied on, which
    may be that of a later standing access: its agreement is the latest up to that version.
    """

    recipient: UUID
    version: int
    code: str
    kind: str
    agreement: str | None
    valid_until: dt.date | None
    contact: Sealed | None


@dataclass(frozen=True, kw_only=True)
class StandingAccess(Fact):
    """What a recipient reaches at any time: classes, purpose, country, since when."""

    recipient: UUID
    purpose: str
    classes: tuple[str, ...]
    country: str
    since: dt.date


@dataclass(frozen=True, kw_only=True)
class Closing(Fact):
    """What a recipient does not reach any more: classes, since a day."""

    recipient: UUID
    classes: tuple[str, ...]
    until: dt.date


@projection.on(RecipientRegistered)
def register(rows: Rows, entry: Entry, body: RecipientRegistered) -> None:
    rows[recipients, type(body)](body, recipient=entry.stream, version=entry.version)


@projection.on(StandingAccessOpened)
def open_access(rows: Rows, entry: Entry, body: StandingAccessOpened) -> None:
    rows[standing, type(body)](body, recipient=entry.stream)


@projection.on(StandingAccessClosed)
def close_access(rows: Rows, entry: Entry, body: StandingAccessClosed) -> None:
    rows[closings, type(body)](body, recipient=entry.stream)


def register_of_recipients(connection: Connection) -> list[Recipient]:
    """Everybody on the register with the latest registration, by code."""
    query = rows_as(Recipient, recipients, counts(recipients.c.event))
    found = fetch(connection, Recipient, query.order_by(recipients.c.position))
    latest = {row.recipient: row for row in found}
    return sorted(latest.values(), key=lambda row: row.code)


def recipient(connection: Connection, recipient: UUID) -> Recipient | None:
    """The latest registration of a recipient, or None."""
    query = rows_as(
        Recipient,
        recipients,
        recipients.c.recipient == recipient,
        counts(recipients.c.event),
    ).order_by(recipients.c.version.desc())
    return fetch_one(connection, Recipient, query)


def standing_access(connection: Connection, recipient: UUID | None = None) -> list[StandingAccess]:
    """The standing accesses in force, of one recipient or of all, oldest first: each with the
    classes that were not closed since."""
    query = rows_as(StandingAccess, standing, counts(standing.c.event))
    if recipient is not None:
        query = query.where(standing.c.recipient == recipient)
    opened = fetch(connection, StandingAccess, query.order_by(standing.c.position))
    closed = closed_since(connection)
    left = [(row, reached(row, closed)) for row in opened]
    return [replace(row, classes=classes) for row, classes in left if classes]


def closed_since(connection: Connection) -> list[Closing]:
    """The closings that count, oldest first."""
    query = rows_as(Closing, closings, counts(closings.c.event))
    return fetch(connection, Closing, query.order_by(closings.c.position))


class Reach(Protocol):
    """A standing access, however much of its row was read."""

    @property
    def recipient(self) -> UUID: ...
    @property
    def position(self) -> int: ...
    @property
    def classes(self) -> tuple[str, ...]: ...


def reached(access: Reach, closed: Sequence[Closing], before: int | None = None) -> tuple[str, ...]:
    """The classes of a standing access that were not closed since, or by a position of the log."""
    gone = {
        name
        for row in closed
        if row.recipient == access.recipient and row.position > access.position
        if before is None or row.position < before
        for name in row.classes
    }
    return tuple(name for name in access.classes if name not in gone)
