"""Orders: what holders outside were told to erase, and what they answered.

An order is fixed in the event that gives it. Until a note or an answer says otherwise it is
"ordered, not delivered": this side claims nothing about a copy it does not hold.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    select,
)

from ledger.events import (
    DataErased,
    DisclosureRecorded,
    Entry,
    EntryAnnulled,
    HolderAnswered,
    HolderNotified,
    Moment,
    Order,
)
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections import erasures
from projections.columns import (
    At,
    Fact,
    Listed,
    SealedValue,
    fact_columns,
    fact_of,
    metadata,
    visible,
)
from projections.disclosures import disclosures
from projections.projection import Projection, Rows
from projections.queries import fetch, rows_as
from projections.recipients import has_standing_access

orders = Table(
    "orders",
    metadata,
    *fact_columns(),
    Column("order_id", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("erasure", Id),
    Column("recipient", Id),
    Column("disclosure", Id),
    Column("classes", Listed(), nullable=False),
    Column("hidden_until", Date),
    Column("notified_event", Id),
    Column("notified_position", BigInteger),
    Column("notified_at", At),
    Column("notified_channel", Text),
    Column("notified_note", SealedValue),
    Column("answered_event", Id),
    Column("answered_position", BigInteger),
    Column("answered_at", At),
    Column("answer", Text),
    Column("answer_note", SealedValue),
    Column("annulled_position", BigInteger),
    PrimaryKeyConstraint("order_id"),
    Index("orders_subject", "subject", "position"),
    Index("orders_erasure", "erasure"),
)
projection = Projection(orders)

_NOTIFIED = tuple(column.name for column in orders.c if column.name.startswith("notified_"))
_ANSWERED = tuple(column.name for column in orders.c if column.name.startswith("answer"))

State = Literal["ordered", "notified", "confirmed", "refused", "not-held", "no-answer"]


@dataclass(frozen=True, kw_only=True)
class HolderOrder(Fact):
    """What one holder was ordered to erase. Sealed, in the event named: `@note` (twice)."""

    order_id: UUID
    subject: UUID
    erasure: UUID | None
    recipient: UUID | None
    disclosure: UUID | None
    classes: tuple[str, ...]
    notified_event: UUID | None
    notified_position: int | None
    notified_at: Moment | None
    notified_channel: str | None
    notified_note: Sealed | None
    answered_event: UUID | None
    answered_position: int | None
    answered_at: Moment | None
    answer: Literal["confirmed", "refused", "not-held", "no-answer"] | None
    answer_note: Sealed | None

    @property
    def state(self) -> State:
        """`ordered` says: ordered, not delivered. `no-answer` is a named, dated gap."""
        if self.answer is not None:
            return self.answer
        return "ordered" if self.notified_event is None else "notified"


@projection.on(DataErased)
def order(rows: Rows, entry: Entry, body: DataErased) -> None:
    for given in body.orders:
        _insert(rows, entry, given, body.erasure, _hidden_until(rows, entry.stream, given))


@projection.on(DisclosureRecorded)
def order_late(rows: Rows, entry: Entry, body: DisclosureRecorded) -> None:
    """A holder that came to light after an erasure is told like the others, by that erasure."""
    if body.orders:
        erasure = erasures.reopen(rows, entry.stream)
        for given in body.orders:
            _insert(rows, entry, given, erasure, body.hidden_until)


@projection.on(HolderNotified)
def notify(rows: Rows, entry: Entry, body: HolderNotified) -> None:
    rows.update(
        orders,
        orders.c.order_id == body.order,
        notified_event=entry.event,
        notified_position=entry.position,
        notified_at=body.occurred_at,
        notified_channel=body.channel,
        notified_note=body.note,
    )


@projection.on(HolderAnswered)
def answer(rows: Rows, entry: Entry, body: HolderAnswered) -> None:
    rows.update(
        orders,
        orders.c.order_id == body.order,
        answered_event=entry.event,
        answered_position=entry.position,
        answered_at=body.occurred_at,
        answer=body.answer,
        answer_note=body.note,
    )


@projection.on(EntryAnnulled)
def annul(rows: Rows, entry: Entry, body: EntryAnnulled) -> None:
    own = orders.c.subject == entry.stream
    rows.annul(orders, entry, own, orders.c.event == body.entry)
    for column, said in (
        (orders.c.notified_event, _NOTIFIED),
        (orders.c.answered_event, _ANSWERED),
    ):
        rows.update(orders, own, column == body.entry, **dict.fromkeys(said))


def _insert(
    rows: Rows, entry: Entry, given: Order, erasure: UUID | None, hidden: dt.date | None
) -> None:
    rows.insert(
        orders,
        **fact_of(entry),
        order_id=given.order,
        subject=entry.stream,
        erasure=erasure,
        recipient=given.recipient,
        disclosure=given.disclosure,
        classes=given.classes,
        hidden_until=hidden,
    )


def _hidden_until(rows: Rows, subject: UUID, given: Order) -> dt.date | None:
    """Until when an order would betray a disclosure that the law forbids to mention."""
    query = select(disclosures.c.hidden_until).where(disclosures.c.subject == subject)
    if given.disclosure is not None:
        query = query.where(disclosures.c.disclosure == given.disclosure)
    elif given.recipient is None or has_standing_access(rows, given.recipient):
        return None
    else:
        query = query.where(disclosures.c.recipient == given.recipient)
    until = [row.hidden_until for row in rows.all(query)]
    return None if None in until else max(until, default=None)


def of_subject(
    connection: Connection,
    subject: UUID,
    *,
    for_subject: bool = False,
    today: dt.date | None = None,
) -> list[HolderOrder]:
    """Every order about this person's data, oldest first."""
    return _fetch(connection, orders.c.subject == subject, for_subject, today)


def of_erasure(
    connection: Connection,
    erasure: UUID,
    *,
    for_subject: bool = False,
    today: dt.date | None = None,
) -> list[HolderOrder]:
    """The orders of an erasure, those of holders that came to light later included."""
    return _fetch(connection, orders.c.erasure == erasure, for_subject, today)


def _fetch(
    connection: Connection, where: ColumnElement[bool], for_subject: bool, today: dt.date | None
) -> list[HolderOrder]:
    """An order annulled with the disclosure that brought it is left out: nobody was told."""
    shown = visible(orders, for_subject, today)
    query = rows_as(HolderOrder, orders, where, shown, orders.c.annulled_position.is_(None))
    return fetch(connection, HolderOrder, query.order_by(orders.c.position, orders.c.order_id))
