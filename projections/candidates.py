"""Where a sweep looks for what is due: the births of keys by class, and what may make data due.

A superset: whether a slot is due, the pure rules say of each person's state (`ledger/policy/`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

import sqlalchemy
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    exists,
    func,
    select,
    union,
)

from ledger.due import Lately
from ledger.events import (
    AccountClosed,
    ClaimPlaced,
    ConsentWithdrawn,
    DataRetained,
    Entry,
    ErasureClosed,
    Event,
    MemberLeft,
    ObjectionRaised,
)
from ledger.policy.due import may_fall_due, users
from ledger.policy.model import PolicyDocument
from ledger.policy.periods import days_of
from ledger.vault.tables import Id
from projections import closing, database
from projections.accounts import accounts
from projections.columns import metadata
from projections.due import dues, met
from projections.keys import deaths, keys
from projections.profiles import subjects
from projections.projection import Projection, Rows

PAGE = 1_000
"""People of a page."""
_SLACK = dt.timedelta(days=6)
"""Periods are as long as the calendar says; who is looked at too early is not due."""

births = Table(
    "due_keys",
    metadata,
    Column("kid", LargeBinary, nullable=False),
    Column("stream", Id, nullable=False),
    Column("retention_class", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("born", Date, nullable=False),
    PrimaryKeyConstraint("kid"),
    Index("due_keys_born", "retention_class", "born"),
    Index("due_keys_scope", "retention_class", "scope"),
)
marks = Table(
    "due_marks",
    metadata,
    Column("event", Id, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("stream", Id, nullable=False),
    Column("kind", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("about", Text),
    PrimaryKeyConstraint("event", "number"),
    Index("due_marks_kind", "kind", "day"),
)
projection = Projection(births, marks)


def _mark(rows: Rows, entry: Entry, kind: str, days: Iterable[dt.date], about: Any = None) -> None:
    for number, day in enumerate(days, start=1):
        rows[marks](
            event=entry.event, number=number, stream=entry.stream, kind=kind, day=day, about=about
        )


def _recorded(entry: Entry) -> dt.date:
    assert entry.recorded_at is not None  # it was read from the log
    return entry.recorded_at.date()


@projection.on(ErasureClosed)
def close(rows: Rows, entry: Entry, body: ErasureClosed) -> None:
    _mark(rows, entry, "closed", [_recorded(entry)])


@projection.on(DataRetained)
def retain(rows: Rows, entry: Entry, body: DataRetained) -> None:
    _mark(rows, entry, "retained", sorted({slot.until for slot in body.slots if slot.until}))


@projection.on(ClaimPlaced)
def claim(rows: Rows, entry: Entry, body: ClaimPlaced) -> None:
    _mark(rows, entry, "claim", [body.until] if body.until else [])


@projection.on(ConsentWithdrawn)
def withdraw(rows: Rows, entry: Entry, body: ConsentWithdrawn) -> None:
    _mark(rows, entry, "withdrawn", [body.occurred_at.date()], body.purpose)


@projection.on(ObjectionRaised)
def object_to(rows: Rows, entry: Entry, body: ObjectionRaised) -> None:
    _mark(rows, entry, "objected", [body.occurred_at.date()], body.purpose)


@projection.on(AccountClosed)
def close_account(rows: Rows, entry: Entry, body: AccountClosed) -> None:
    if entry.stream != body.account:  # said in each member's stream, too
        _mark(rows, entry, "account", [body.closed])


@projection.on(MemberLeft)
def leave(rows: Rows, entry: Entry, body: MemberLeft) -> None:
    if entry.stream == body.subject:
        _mark(rows, entry, "account", [body.until])


@projection.each
def bear(rows: Rows, entry: Entry, body: Event) -> None:
    for key in body.minted:
        rows[births](
            kid=key.kid,
            stream=entry.stream,
            retention_class=key.class_,
            scope=key.scope,
            born=body.occurred_at.date(),
        )


# ---- the people to look at ---------------------------------------------------------------------


class Candidates:
    """The tables as a sweep asks them (`ledger/due.py`, `Source`)."""

    def __init__(self, engine: sqlalchemy.Engine) -> None:
        self._engine = engine

    def candidates(
        self, policies: Sequence[PolicyDocument], today: dt.date
    ) -> Iterator[Sequence[UUID]]:
        """People of whom something may be due by the newest of these versions, or was scheduled."""
        return self._pages(subjects.c.subject, _questions(policies[-1], today))

    def accounts(
        self, policies: Sequence[PolicyDocument], today: dt.date
    ) -> Iterator[Sequence[UUID]]:
        """Accounts of whose own keys something may be due, or was scheduled."""
        policy = policies[-1]
        questions = chain(_questions(policy, today), closing.ended(policy, today))
        return self._pages(accounts.c.account, questions)

    def _pages(
        self, known: Column[UUID], questions: Iterable[Select[Any]]
    ) -> Iterator[Sequence[UUID]]:
        """Those of a kind that any of these questions names."""
        wanted = union(*questions).subquery()
        query = select(known).join(wanted, wanted.c[0] == known)
        with database.reading(self._engine) as connection:
            streamed = connection.execution_options(yield_per=PAGE).execute(query)
            for page in streamed.scalars().partitions():
                yield list(page)

    def living(self) -> int:
        """All keys that are alive."""
        with database.reading(self._engine) as connection:
            return _count(connection, keys) - _count(connection, deaths)

    def lately(self, since: dt.datetime) -> Lately:
        """Keys that a sweep scheduled, and that died by one, since a moment."""
        scheduled = select(func.sum(dues.c["keys"])).where(
            dues.c.kind == "erasure", dues.c.due >= since.date(), dues.c.recorded_at >= since
        )
        died = select(func.sum(met.c["keys"])).where(
            met.c.kind == "retention", met.c.recorded_at >= since
        )
        with database.reading(self._engine) as connection:
            told = [int(connection.scalar(query) or 0) for query in (scheduled, died)]
        return Lately(*told)


def _count(connection: Connection, table: Table) -> int:
    return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def _questions(policy: PolicyDocument, today: dt.date) -> Iterator[Select[Any]]:
    """Streams that something was scheduled for, or an erasure left something for a time; and by
    class those whose keys may have ended, whose account ended, or who said something."""
    open_ = ~exists().where(met.c.ref == dues.c.ref, met.c.position > dues.c.position)
    yield select(dues.c.stream).where(dues.c.kind == "erasure", open_)
    yield _marked(["retained", "claim"], today)
    for name in (policy.evidence_class, policy.request_class):  # kept until an erasure is closed
        yield _marked(["closed"], today, name)
    for name, listed in policy.classes.items():
        if listed.ends is not None:
            yield _ended(name, listed.ends.of, listed.scope, listed.ends.after, today)
        if may_fall_due([policy], name):
            said = dict(users(policy, name))
            if any(one.ended for one in said.values()):
                yield _living(births.c.retention_class == name)
            yield _marked(["withdrawn", "objected"], today, name, marks.c.about.in_(list(said)))


def _ended(name: str, of: str, scope: str, after: str, today: dt.date) -> Select[Any]:
    if of == "account-closed":
        return _marked(["account"], today, name)
    latest = today - dt.timedelta(days=days_of(after)) + _SLACK
    if of == "birth":
        return _living(births.c.retention_class == name, births.c.born <= latest)
    length = dt.timedelta(days=365 if scope == "year" else 28)
    begun = (latest - length).isoformat()
    return _living(births.c.retention_class == name, births.c.scope <= begun)


def _living(*where: ColumnElement[bool]) -> Select[Any]:
    """Streams with a living key of which this is so."""
    dead = exists().where(deaths.c.kid == births.c.kid)
    return select(births.c.stream).where(~dead, *where)


def _marked(
    kinds: Sequence[str], today: dt.date, class_: str | None = None, *where: ColumnElement[bool]
) -> Select[Any]:
    """Streams with such a mark, and a living key (of this class)."""
    dead = exists().where(deaths.c.kid == keys.c.kid)
    query = select(marks.c.stream).join(keys, keys.c.stream == marks.c.stream)
    query = query.where(marks.c.kind.in_(kinds), marks.c.day <= today, ~dead, *where)
    return query if class_ is None else query.where(keys.c.retention_class == class_)
