"""Holders: everybody outside who may have a copy of a person's data, and what they were told.

Derived from disclosures, standing access and orders; it owns no table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from projections import disclosures, keys, orders
from projections.disclosures import Disclosure
from projections.orders import HolderOrder
from projections.recipients import StandingAccess, standing_access


@dataclass(frozen=True)
class Holder:
    """One recipient of the register; or, with `recipient` None, one that a report named freely.

    The free name is sealed in `disclosures[0].unlisted`.
    """

    recipient: UUID | None
    disclosures: Sequence[Disclosure]
    standing: Sequence[StandingAccess]
    orders: Sequence[HolderOrder]

    @property
    def attributes(self) -> list[str]:
        """What was passed on, by name."""
        return sorted({item.attribute for row in self.disclosures for item in row.items})


def of_subject(
    connection: Connection,
    subject: UUID,
    *,
    for_subject: bool = False,
    today: dt.date | None = None,
) -> list[Holder]:
    """Who outside may hold data of this person, in the order in which they first could.

    A standing access counts when it reaches a class of which the person ever had data.
    """
    shown = disclosures.of_subject(connection, subject, for_subject=for_subject, today=today)
    told = orders.of_subject(connection, subject, for_subject=for_subject, today=today)
    had = {key.retention_class for key in keys.of_stream(connection, subject)}
    passed = [row for row in shown if row.annulled_position is None]
    reaching = [row for row in standing_access(connection) if had & set(row.classes)]
    reached = [(row.position, row.recipient) for rows in (passed, reaching, told) for row in rows]
    reached.sort(key=lambda pair: pair[0])
    registered = dict.fromkeys(recipient for _, recipient in reached if recipient is not None)
    return [
        Holder(
            recipient,
            [row for row in passed if row.recipient == recipient],
            [row for row in reaching if row.recipient == recipient],
            [row for row in told if row.recipient == recipient],
        )
        for recipient in registered
    ] + [
        Holder(None, [row], [], [order for order in told if order.disclosure == row.disclosure])
        for row in passed
        if row.recipient is None
    ]
