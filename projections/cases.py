"""Cases: the copies of values that were carried into them, which end with the case (P23)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from ledger.events import DataResealed, Entry, Moment, field_name
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections.columns import Fact, SealedValue, fact_columns, metadata
from projections.keys import deaths
from projections.projection import Projection, Rows
from projections.queries import fetch, rows_as

values = Table(
    "case_values",
    metadata,
    *fact_columns(),
    Column("field", Text, nullable=False),
    Column("subject", Id, nullable=False),
    Column("account", Id, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("attribute", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("retention_class", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("kid", LargeBinary, nullable=False),
    Column("value", SealedValue, nullable=False),
    Column("from_event", Id, nullable=False),
    Column("from_field", Text, nullable=False),
    PrimaryKeyConstraint("event", "field"),
    Index("case_values_case", "case_id", "position"),
    Index("case_values_subject", "subject", "position"),
)
projection = Projection(values)


@dataclass(frozen=True, kw_only=True)
class CaseValue(Fact):
    """A copy of a value in a case; `from_…` is the item it was opened from."""

    field: str
    subject: UUID
    account: UUID
    case_id: UUID
    attribute: str
    number: int
    retention_class: str
    scope: str
    kid: bytes
    value: Sealed
    from_event: UUID
    from_field: str
    erased_at: Moment | None


@projection.on(DataResealed)
def carry(rows: Rows, entry: Entry, body: DataResealed) -> None:
    for item in body.items:
        rows[values](
            field=field_name(item.attribute, item.number),
            subject=entry.stream,
            account=body.account,
            case_id=body.case,
            attribute=item.attribute,
            number=item.number,
            retention_class=item.class_,
            scope=item.scope,
            kid=item.value.kid,
            value=item.value,
            from_event=item.from_event,
            from_field=field_name(item.attribute, item.from_number),
        )


def of_subject(connection: Connection, subject: UUID) -> list[CaseValue]:
    """The copies of a person's values that lie in cases, oldest first; dead ones say since when."""
    return _fetched(connection, values.c.subject == subject)


def of_case(connection: Connection, case: UUID) -> list[CaseValue]:
    """What was carried into a case, oldest first."""
    return _fetched(connection, values.c.case_id == case)


def _fetched(connection: Connection, which: ColumnElement[bool]) -> list[CaseValue]:
    query = rows_as(CaseValue, values, which, erased_at=deaths.c.dead_at)
    query = query.select_from(values.outerjoin(deaths, deaths.c.kid == values.c.kid))
    return fetch(connection, CaseValue, query.order_by(values.c.position, values.c.field))
