"""Orders: what holders outside were told to erase, correct, restrict or use no more, and what they
answered (GDPR Art. 19).

An order is fixed in the event that gives it. Until a note or an answer says otherwise it is
"ordered, not delivered": this side claims nothing about a copy it does not hold.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields, replace
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    or_,
    select,
)

from ledger.events import (
    ConsentWithdrawn,
    DataCorrected,
    DataErased,
    DisclosureRecorded,
    Entry,
    Event,
    HolderAnswered,
    HolderNotified,
    Moment,
    Order,
    ProcessingRestricted,
    RestrictionLifted,
)
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections import erasures
from projections.annulments import counts
from projections.columns import Fact, Listed, SealedValue, fact_columns, metadata
from projections.projection import Projection, Rows
from projections.queries import fetch, in_order, rows_as
from projections.secrecy import Secrets

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
    PrimaryKeyConstraint("order_id"),
    Index("orders_subject", "subject", "position"),
    Index("orders_erasure", "erasure"),
)
words = Table(
    "order_words",
    metadata,
    *fact_columns(),
    Column("order_id", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("said", Text, nullable=False),
    Column("channel", Text),
    Column("note", SealedValue),
    PrimaryKeyConstraint("order_id", "position"),
    Index("order_words_subject", "subject", "position"),
)
projection = Projection(orders, words)

NOTIFIED = "notified"
"""What `order_words` says of an order that a holder was told; else it is the holder's answer, or what
the order asks for."""

Kind = Literal["erase", "correct", "restrict", "use-again", "use-no-more"]
_KINDS: dict[type[Event], Kind] = {
    DataCorrected: "correct",
    ProcessingRestricted: "restrict",
    RestrictionLifted: "use-again",
    ConsentWithdrawn: "use-no-more",
}
_ASKED = {kind.TOPIC: asks for kind, asks in _KINDS.items()}
ASKS = tuple(_KINDS.values())
"""What `order_words` says of an order that no erasure gave: what it asks for, as one word of it."""

State = Literal["ordered", "notified", "confirmed", "refused", "not-held", "no-answer"]


@dataclass(frozen=True, kw_only=True)
class HolderOrder(Fact):
    """What one holder was ordered to do. Sealed, in the event named: `@note` (twice)."""

    order_id: UUID
    subject: UUID
    erasure: UUID | None
    recipient: UUID | None
    disclosure: UUID | None
    classes: tuple[str, ...]
    kind: Kind = "erase"
    notified_event: UUID | None = None
    notified_position: int | None = None
    notified_at: Moment | None = None
    notified_channel: str | None = None
    notified_note: Sealed | None = None
    answered_event: UUID | None = None
    answered_position: int | None = None
    answered_at: Moment | None = None
    answer: Literal["confirmed", "refused", "not-held", "no-answer"] | None = None
    answer_note: Sealed | None = None

    @property
    def state(self) -> State:
        """`ordered` says: ordered, not delivered. `no-answer` is a named, dated gap."""
        if self.answer is not None:
            return self.answer
        return "ordered" if self.notified_event is None else "notified"


@dataclass(frozen=True, kw_only=True)
class _Given(HolderOrder):
    """An order, and until when what brought it may not be mentioned, if it says so itself."""

    hidden_until: dt.date | None


@dataclass(frozen=True, kw_only=True)
class _Word(Fact):
    """What was noted about an order: that the holder was told, or its answer."""

    order_id: UUID
    said: Any
    channel: str | None
    note: Sealed | None

    def on(self, order: _Given) -> _Given:
        """The order with this word; the last one of its kind holds."""
        event, position, at = self.event, self.position, self.occurred_at
        if self.said in ASKS:
            return replace(order, kind=self.said)
        if self.said == NOTIFIED:
            return replace(
                order,
                notified_event=event,
                notified_position=position,
                notified_at=at,
                notified_channel=self.channel,
                notified_note=self.note,
            )
        return replace(
            order,
            answered_event=event,
            answered_position=position,
            answered_at=at,
            answer=self.said,
            answer_note=self.note,
        )


@projection.on(DataErased)
def order(rows: Rows, entry: Entry, body: DataErased) -> None:
    _insert(rows, entry, body.orders, erasure=body.erasure)


@projection.on(DisclosureRecorded)
def order_late(rows: Rows, entry: Entry, body: DisclosureRecorded) -> None:
    """A holder that came to light after an erasure is told like the others, by that erasure."""
    if body.orders:
        erasures.reopen(rows, entry)
        _insert(rows, entry, body.orders, hidden_until=body.hidden_until)


def _tell(rows: Rows, entry: Entry, body: Any) -> None:
    """A holder is told of something else than an erasure."""
    _insert(rows, entry, body.orders)
    for one in body.orders:
        said = {"said": _ASKED[body.TOPIC], "channel": None, "note": None}
        rows[words](order_id=one.order, subject=entry.stream, **said)


for _kind in _KINDS:
    projection.on(_kind)(_tell)


@projection.on(HolderNotified)
def notify(rows: Rows, entry: Entry, body: HolderNotified) -> None:
    said = {"said": NOTIFIED, "channel": body.channel, "note": body.note}
    rows[words](order_id=body.order, subject=entry.stream, **said)


@projection.on(HolderAnswered)
def answer(rows: Rows, entry: Entry, body: HolderAnswered) -> None:
    said = {"said": body.answer, "note": body.note}
    rows[words](order_id=body.order, subject=entry.stream, **said)


def _insert(rows: Rows, entry: Entry, given: tuple[Order, ...], **values: Any) -> None:
    for one in given:
        rows[orders](
            order_id=one.order,
            subject=entry.stream,
            recipient=one.recipient,
            disclosure=one.disclosure,
            classes=one.classes,
            **values,
        )


def of_subject(
    connection: Connection,
    subject: UUID,
    *,
    for_subject: bool = False,
    today: dt.date | None = None,
) -> list[HolderOrder]:
    """Every order about this person's data, oldest first."""
    found = _fetch(connection, orders.c.subject == subject)
    return _shown(connection, found, for_subject, today)


def of_erasure(
    connection: Connection,
    erasure: UUID,
    *,
    for_subject: bool = False,
    today: dt.date | None = None,
) -> list[HolderOrder]:
    """The orders of an erasure, those of holders that came to light later included."""
    begun = erasures.erasure(connection, erasure)
    if begun is None:
        return []
    late = orders.c.erasure.is_(None) & (orders.c.subject == begun.subject)
    found = _fetch(connection, or_(orders.c.erasure == erasure, late))
    return _shown(connection, [row for row in found if row.erasure == erasure], for_subject, today)


def hidden_until(connection: Connection, subject: UUID) -> dict[UUID, dt.date]:
    """The orders about a person that would betray what the law forbids to mention, until when."""
    found = fetch(connection, _Given, rows_as(_Given, orders, orders.c.subject == subject))
    asking = select(words.c.order_id, words.c.said).where(words.c.subject == subject)
    said = connection.execute(asking.where(words.c.said.in_(ASKS)))
    asked: dict[UUID, Kind] = {row.order_id: row.said for row in said}
    given = [replace(row, kind=asked.get(row.order_id, row.kind)) for row in found]
    until = Secrets(connection, subject).until
    return {row.order_id: day for row in given if (day := until(row)) is not None}


def _fetch(connection: Connection, where: ColumnElement[bool]) -> list[_Given]:
    """Orders with what was noted about them. One annulled with the disclosure that brought it is
    left out: nobody was told.
    """
    given = rows_as(_Given, orders, where, counts(orders.c.event))
    found = fetch(connection, _Given, given.order_by(orders.c.position, orders.c.order_id))
    if not found:
        return []
    by_id = {row.order_id: row for row in found}
    said = rows_as(_Word, words, words.c.order_id.in_(select(orders.c.order_id).where(where)))
    said = said.where(counts(words.c.event)).order_by(*in_order(connection, words))
    for word in fetch(connection, _Word, said):
        if word.order_id in by_id:
            by_id[word.order_id] = word.on(by_id[word.order_id])
    return _with_erasures(connection, list(by_id.values()))


def _with_erasures(connection: Connection, given: list[_Given]) -> list[_Given]:
    """One to erase that a late disclosure brought belongs to the erasure which that opened again."""
    if all(row.erasure or row.kind != "erase" for row in given):
        return given
    opened = erasures.history_of(connection, given[0].subject).late
    return [row if row.erasure else replace(row, erasure=opened.get(row.event)) for row in given]


def _shown(
    connection: Connection, given: list[_Given], for_subject: bool, today: dt.date | None
) -> list[HolderOrder]:
    secrets = Secrets(connection, given[0].subject) if for_subject and given else None
    names = [field.name for field in fields(HolderOrder)]
    return [
        HolderOrder(**{name: getattr(row, name) for name in names})
        for row in given
        if secrets is None or not secrets.hide(row, today)
    ]
