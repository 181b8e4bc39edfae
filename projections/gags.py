"""Gags: what may not be mentioned to a person yet, and from which day on it may be (P18).

Read from disclosures, authorisations that were not used, and openings; it owns no table.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, Table, exists, literal, select

from ledger.events import Moment
from projections.annulments import counts
from projections.disclosures import authorisations, disclosures
from projections.openings import openings


@dataclass(frozen=True, kw_only=True)
class Gag:
    """Something the person is told of from `hidden_until` on, and the ground that keeps it till then."""

    what: Literal["disclosure", "authorisation", "opening"]
    event: UUID
    position: int
    recorded_at: Moment
    subject: UUID
    ground: str | None
    hidden_until: dt.date


def ending(
    connection: Connection, *, since: dt.date | None = None, until: dt.date | None = None
) -> list[Gag]:
    """The gags that end in these days (both included; None: however early, however late), in the
    order in which they end. What was recorded in error hides nothing."""
    used = exists().where(
        disclosures.c.authorisation == authorisations.c.disclosure,
        disclosures.c.subject == authorisations.c.subject,
        counts(disclosures.c.event),
    )
    found = [
        *_read(connection, "disclosure", disclosures, since, until),
        *_read(
            connection,
            "authorisation",
            authorisations,
            since,
            until,
            ~used.correlate_except(disclosures),
        ),
        *_read(connection, "opening", openings, since, until),
    ]
    return sorted(found, key=lambda gag: (gag.hidden_until, gag.position, gag.subject))


def _read(
    connection: Connection,
    what: str,
    table: Table,
    since: dt.date | None,
    until: dt.date | None,
    *where: ColumnElement[bool],
) -> list[Gag]:
    days = table.c.hidden_until
    names = [field.name for field in fields(Gag) if field.name != "what"]
    query: Select[tuple[object, ...]] = select(
        literal(what).label("what"), *(table.c[name] for name in names)
    ).where(days.is_not(None), counts(table.c.event), *where)
    if since is not None:
        query = query.where(days >= since)
    if until is not None:
        query = query.where(days <= until)
    return [Gag(**row) for row in connection.execute(query).mappings()]
