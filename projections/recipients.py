"""Recipients: the register of everybody outside who may receive personal data, and what they reach.

Standing access is what a recipient can reach without a disclosure each (hosting, mail, backup).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
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

from ledger.events import Entry, RecipientRegistered, StandingAccessOpened
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
projection = Projection(recipients, standing)


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


@projection.on(RecipientRegistered)
def register(rows: Rows, entry: Entry, body: RecipientRegistered) -> None:
    rows[recipients, type(body)](body, recipient=entry.stream, version=entry.version)


@projection.on(StandingAccessOpened)
def open_access(rows: Rows, entry: Entry, body: StandingAccessOpened) -> None:
    rows[standing, type(body)](body, recipient=entry.stream)


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
    """The standing accesses in force, of one recipient or of all, oldest first."""
    query = rows_as(StandingAccess, standing, counts(standing.c.event))
    if recipient is not None:
        query = query.where(standing.c.recipient == recipient)
    return fetch(connection, StandingAccess, query.order_by(standing.c.position))
