"""Accounts: whose they are, who is in them in which roles, and the facts that retention looks at."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    func,
    select,
)

from ledger import events
from ledger.events import AccountClosed, AccountOpened, Entry, MemberJoined, MemberLeft
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections.annulments import counts
from projections.columns import Fact, Listed, SealedValue, fact_columns, metadata
from projections.projection import Projection, Rows
from projections.queries import Page, fetch, fetch_one, newest_first, rows_as

accounts = Table(
    "accounts",
    metadata,
    *fact_columns(),
    Column("account", Id, nullable=False),
    Column("kind", Text, nullable=False),
    Column("service", Text),
    Column("name", SealedValue),
    PrimaryKeyConstraint("account"),
    Index("accounts_position", "position", unique=True),
)
members = Table(
    "account_members",
    metadata,
    *fact_columns(),
    Column("account", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("step", Text, nullable=False),
    Column("roles", Listed(), nullable=False),
    Column("day", Date, nullable=False),
    PrimaryKeyConstraint("event"),
    Index("account_members_account", "account", "position"),
    Index("account_members_subject", "subject", "position"),
)
facts = Table(
    "account_facts",
    metadata,
    *fact_columns(),
    Column("account", Id, nullable=False),
    Column("fact", Text, nullable=False),
    Column("about", Id, nullable=False),
    Column("matter", Text),
    Column("number", SealedValue),
    Column("unlisted", SealedValue),
    Column("refers", Listed(UUID), nullable=False),
    Column("members", Listed(UUID), nullable=False),
    Column("day", Date, nullable=False),
    PrimaryKeyConstraint("event"),
    Index("account_facts_account", "account", "position"),
    Index("account_facts_about", "about", "position"),
)
projection = Projection(accounts, members, facts)

JOINED, LEFT = "joined", "left"


@dataclass(frozen=True, kw_only=True)
class Account(Fact):
    """An account, by the fact that opened it. Sealed, in that event: `@name`."""

    account: UUID
    kind: str
    service: str | None
    name: Sealed | None
    closed: dt.date | None


@dataclass(frozen=True, kw_only=True)
class Membership(Fact):
    """A data subject joined an account in these roles, or left it, on a day; or it was an error."""

    account: UUID
    subject: UUID
    step: str
    roles: tuple[str, ...]
    day: dt.date
    annulled_position: int | None


@dataclass(frozen=True, kw_only=True)
class AccountFact(Fact):
    """What happened in an account, as far as retention looks at it; `fact` is the event's topic.

    Sealed, in the event named: `@number`, `@amount` or `@reference`, and `@unlisted`.
    """

    account: UUID
    fact: str
    about: UUID
    matter: str | None
    number: Sealed | None
    unlisted: Sealed | None
    refers: tuple[UUID, ...]
    members: tuple[UUID, ...]
    day: dt.date
    annulled_position: int | None


# ---- what events bring -------------------------------------------------------------------------


@projection.on(AccountOpened)
def opened(rows: Rows, entry: Entry, body: AccountOpened) -> None:
    rows[accounts, type(body)](body, account=entry.stream)


@projection.on(MemberJoined)
def joined(rows: Rows, entry: Entry, body: MemberJoined) -> None:
    if entry.stream == body.account:  # it stands in the member's stream, too
        rows[members, type(body)](body, step=JOINED, day=body.since)


@projection.on(MemberLeft)
def left(rows: Rows, entry: Entry, body: MemberLeft) -> None:
    if entry.stream == body.account:
        rows[members, type(body)](body, step=LEFT, day=body.until)


@projection.on(AccountClosed)
def closed(rows: Rows, entry: Entry, body: AccountClosed) -> None:
    if entry.stream == body.account:
        _fact(rows, entry, body.account, body.closed)


@projection.on(events.QuoteIssued)
def quoted(rows: Rows, entry: Entry, body: events.QuoteIssued) -> None:
    _fact(rows, entry, body.document, body.issued, number=body.number)


@projection.on(events.InvoiceIssued)
def invoiced(rows: Rows, entry: Entry, body: events.InvoiceIssued) -> None:
    refers = () if body.refers is None else (body.refers,)
    _fact(rows, entry, body.document, body.issued, number=body.number, refers=refers)


@projection.on(events.LicenceGenerated)
def licensed(rows: Rows, entry: Entry, body: events.LicenceGenerated) -> None:
    given: dict[str, Any] = {"number": body.number, "refers": body.refers}
    _fact(rows, entry, body.document, body.generated, **given)


@projection.on(events.LicencePaid)
def paid(rows: Rows, entry: Entry, body: events.LicencePaid) -> None:
    _fact(rows, entry, body.document, body.paid)


@projection.on(events.CreditOpened)
def owed(rows: Rows, entry: Entry, body: events.CreditOpened) -> None:
    given: dict[str, Any] = {"number": body.amount, "members": body.members}
    _fact(rows, entry, body.credit, body.opened, **given)


@projection.on(events.CreditSettled)
def settled(rows: Rows, entry: Entry, body: events.CreditSettled) -> None:
    _fact(rows, entry, body.credit, body.settled)


@projection.on(events.CaseOpened)
def case_opened(rows: Rows, entry: Entry, body: events.CaseOpened) -> None:
    given: dict[str, Any] = {"matter": body.kind, "unlisted": body.unlisted}
    given |= {"number": body.reference, "members": body.members}
    _fact(rows, entry, body.case, body.opened, **given)


@projection.on(events.CaseClosed)
def case_closed(rows: Rows, entry: Entry, body: events.CaseClosed) -> None:
    _fact(rows, entry, body.case, body.closed)


@projection.on(events.HoldPlaced)
def held(rows: Rows, entry: Entry, body: events.HoldPlaced) -> None:
    given: dict[str, Any] = {"matter": body.kind, "unlisted": body.unlisted}
    given |= {"number": body.reference, "members": body.members}
    _fact(rows, entry, body.hold, body.placed, **given)


@projection.on(events.HoldReleased)
def released(rows: Rows, entry: Entry, body: events.HoldReleased) -> None:
    _fact(rows, entry, body.hold, body.released)


def _fact(rows: Rows, entry: Entry, about: UUID, day: dt.date, **given: Any) -> None:
    topic = entry.body.TOPIC
    rows[facts](account=entry.stream, fact=topic, about=about, day=day, **given)


# ---- questions ---------------------------------------------------------------------------------


def account(connection: Connection, account: UUID) -> Account | None:
    """The account with this id, or None when there is none (or the projections lag)."""
    return fetch_one(connection, Account, _accounts(accounts.c.account == account))


def all_accounts(
    connection: Connection,
    *,
    subject: UUID | None = None,
    cursor: int | None = None,
    limit: int = 100,
) -> Page[Account]:
    """Every account, newest first; those a person is or was in, if one is named."""
    where = []
    if subject is not None:
        theirs = select(members.c.account)
        theirs = theirs.where(members.c.subject == subject, counts(members.c.event))
        where.append(accounts.c.account.in_(theirs))
    query = _accounts(*where)
    return newest_first(connection, Account, query, accounts.c.position, cursor, limit)


def memberships(connection: Connection, account: UUID) -> list[Membership]:
    """Who joined and left an account, oldest first; what was annulled is marked."""
    query = rows_as(Membership, members, members.c.account == account)
    return fetch(connection, Membership, query.order_by(members.c.position))


def members_now(connection: Connection, account: UUID) -> dict[UUID, Membership]:
    """Who is in an account, with the roles they have now, by whoever joined first."""
    inside: dict[UUID, Membership] = {}
    for step in memberships(connection, account):
        if step.annulled_position is not None:
            continue
        if step.step == JOINED:
            inside[step.subject] = step
        else:
            inside.pop(step.subject, None)
    return inside


def memberships_of(connection: Connection, subject: UUID) -> list[Membership]:
    """Which accounts a person joined and left, oldest first; what was annulled is marked."""
    query = rows_as(Membership, members, members.c.subject == subject)
    return fetch(connection, Membership, query.order_by(members.c.position))


def facts_of(connection: Connection, account: UUID) -> list[AccountFact]:
    """What happened in an account, oldest first; what was annulled is marked."""
    query = rows_as(AccountFact, facts, facts.c.account == account)
    return fetch(connection, AccountFact, query.order_by(facts.c.position))


def _accounts(*where: ColumnElement[bool]) -> Select[Any]:
    ends = facts.alias()
    day = select(func.min(ends.c.day)).where(
        ends.c.account == accounts.c.account,
        ends.c.fact == AccountClosed.TOPIC,
        counts(ends.c.event),
    )
    return rows_as(Account, accounts, *where, closed=day.correlate(accounts).scalar_subquery())
