"""What is due: whatever is to be done by a day, and what met it since.

A row of `dues` says that something is to be done (an erasure that is scheduled, a review, an
agreement that ends, an order nobody answered …), a row of `dues_met` that it was, or is not needed
any more; both name it by the same id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from ledger.events import (
    ClaimPlaced,
    ClaimReleased,
    ConsentWithdrawn,
    DataCorrected,
    DataErased,
    DisclosureRecorded,
    Entry,
    ErasureCancelled,
    ErasureRequested,
    ErasureScheduled,
    HolderAnswered,
    InformDutyMet,
    InformDutyOpened,
    IrregularityClosed,
    IrregularityFound,
    Order,
    PersonalDataOpened,
    ProcessingRestricted,
    RecipientRegistered,
    RestrictionLifted,
    SweepPaused,
    SweepReleased,
)
from ledger.vault.tables import Id
from projections.columns import At, metadata
from projections.projection import Projection, Rows

dues = Table(
    "dues",
    metadata,
    Column("event", Id, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("recorded_at", At, nullable=False),
    Column("stream", Id, nullable=False),
    Column("kind", Text, nullable=False),
    Column("ref", Id, nullable=False),
    Column("due", Date, nullable=False),
    Column("until", Date),
    Column("owner", Text),
    Column("about", Text),
    Column("recipient", Id),
    Column("irregular", Id),
    Column("keys", BigInteger, nullable=False),
    PrimaryKeyConstraint("event", "number"),
    Index("dues_ref", "ref", "position"),
    Index("dues_due", "kind", "due"),
)
met = Table(
    "dues_met",
    metadata,
    Column("event", Id, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("recorded_at", At, nullable=False),
    Column("kind", Text, nullable=False),
    Column("ref", Id, nullable=False),
    Column("by", Id, nullable=False),
    Column("keys", BigInteger, nullable=False),
    PrimaryKeyConstraint("event"),
    Index("dues_met_ref", "ref", "position"),
    Index("dues_met_kind", "kind", "recorded_at"),
)
projection = Projection(dues, met)


def _due(
    rows: Rows,
    entry: Entry,
    kind: str,
    ref: UUID,
    due: dt.date | None,
    *,
    number: int = 1,
    keys: int = 0,
    **more: Any,
) -> None:
    if due is not None:
        rows[dues](
            event=entry.event,
            number=number,
            position=entry.position,
            recorded_at=entry.recorded_at,
            stream=entry.stream,
            kind=kind,
            ref=ref,
            due=due,
            keys=keys,
            **more,
        )


def _met(rows: Rows, entry: Entry, kind: str, ref: UUID, keys: int = 0) -> None:
    rows[met](
        event=entry.event,
        position=entry.position,
        recorded_at=entry.recorded_at,
        kind=kind,
        ref=ref,
        by=entry.body.by,
        keys=keys,
    )


def _recorded(entry: Entry) -> dt.date:
    assert entry.recorded_at is not None  # it was read from the log
    return entry.recorded_at.date()


# ---- erasures ----------------------------------------------------------------------------------


@projection.on(ErasureScheduled)
def schedule(rows: Rows, entry: Entry, body: ErasureScheduled) -> None:
    day = _recorded(entry) + dt.timedelta(days=1)
    _due(rows, entry, "erasure", body.erasure, day, keys=len(body.slots))


@projection.on(ErasureCancelled)
def cancel(rows: Rows, entry: Entry, body: ErasureCancelled) -> None:
    _met(rows, entry, "cancelled", body.erasure)


@projection.on(ErasureRequested)
def ask(rows: Rows, entry: Entry, body: ErasureRequested) -> None:
    _due(rows, entry, "decision", body.erasure, body.decide_by, owner=body.reviewer)


@projection.on(DataErased)
def erase(rows: Rows, entry: Entry, body: DataErased) -> None:
    _met(rows, entry, body.cause, body.erasure, keys=len(body.dead))
    _order(rows, entry, body.orders)


def _order(rows: Rows, entry: Entry, orders: Iterable[Order]) -> None:
    """`due` is the day of the order: after how many days a holder is silent, the policy says."""
    day = _recorded(entry)
    for number, order in enumerate(orders, start=2):
        holder: dict[str, Any] = {"recipient": order.recipient, "number": number}
        _due(rows, entry, "holder", order.order, day, **holder)


def _tell(rows: Rows, entry: Entry, body: Any) -> None:
    _order(rows, entry, body.orders)


for _kind in (ConsentWithdrawn, DataCorrected, ProcessingRestricted, RestrictionLifted):
    projection.on(_kind)(_tell)


@projection.on(HolderAnswered)
def answer(rows: Rows, entry: Entry, body: HolderAnswered) -> None:
    _met(rows, entry, "answered", body.order)


# ---- claims, gags, duties, registers -----------------------------------------------------------


@projection.on(ClaimPlaced)
def claim(rows: Rows, entry: Entry, body: ClaimPlaced) -> None:
    shown: dict[str, Any] = {"until": body.until, "owner": body.decided_by, "about": body.ground}
    _due(rows, entry, "review", body.claim, body.review, **shown)


@projection.on(ClaimReleased)
def release(rows: Rows, entry: Entry, body: ClaimReleased) -> None:
    _met(rows, entry, "released", body.claim)


@projection.on(DisclosureRecorded)
def disclose(rows: Rows, entry: Entry, body: DisclosureRecorded) -> None:
    shown: dict[str, Any] = {"about": body.ground, "recipient": body.recipient}
    _due(rows, entry, "gag", body.disclosure, body.hidden_until, **shown)
    _order(rows, entry, body.orders)


@projection.on(PersonalDataOpened)
def open_hidden(rows: Rows, entry: Entry, body: PersonalDataOpened) -> None:
    _due(rows, entry, "gag", entry.event, body.hidden_until, about=body.ground)


@projection.on(InformDutyOpened)
def owe(rows: Rows, entry: Entry, body: InformDutyOpened) -> None:
    _due(rows, entry, "inform", body.duty, body.due)


@projection.on(InformDutyMet)
def inform(rows: Rows, entry: Entry, body: InformDutyMet) -> None:
    _met(rows, entry, "informed", body.duty)


@projection.on(IrregularityFound)
def find(rows: Rows, entry: Entry, body: IrregularityFound) -> None:
    shown: dict[str, Any] = {
        "owner": body.owner,
        "irregular": body.entry,
        "about": body.findings[0].rule if body.findings else None,
    }
    _due(rows, entry, "irregularity", body.irregularity, body.due, **shown)


@projection.on(IrregularityClosed)
def settle(rows: Rows, entry: Entry, body: IrregularityClosed) -> None:
    _met(rows, entry, "closed", body.irregularity)


@projection.on(RecipientRegistered)
def agree(rows: Rows, entry: Entry, body: RecipientRegistered) -> None:
    _met(rows, entry, "agreed", entry.stream)  # what it had before is superseded
    _due(rows, entry, "agreement", entry.stream, body.valid_until, about=body.code)


@projection.on(SweepPaused)
def pause(rows: Rows, entry: Entry, body: SweepPaused) -> None:
    _due(rows, entry, "pause", body.pause, _recorded(entry), about=body.reason, keys=body.due)


@projection.on(SweepReleased)
def resume(rows: Rows, entry: Entry, body: SweepReleased) -> None:
    _met(rows, entry, "agreed", body.pause)
