"""Secrecy: until when a person may not be told of an order, because it would betray a disclosure.

Folded when a person asks, from disclosures and standing accesses; it owns no table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection, select

from projections.annulments import annulled_position
from projections.disclosures import disclosures
from projections.queries import at_most
from projections.recipients import Closing, closed_since, reached, standing

BY_DISCLOSURE = ("correct", "use-no-more")
"""What is asked of those alone who were passed something on."""


class Given(Protocol):
    """An order, what it asks for; `hidden_until` where what brought it says so itself."""

    @property
    def kind(self) -> str: ...
    @property
    def position(self) -> int: ...
    @property
    def disclosure(self) -> UUID | None: ...
    @property
    def recipient(self) -> UUID | None: ...
    @property
    def hidden_until(self) -> dt.date | None: ...


class Secrets:
    """Until when an order would betray a disclosure that the law forbids to mention.

    It does when all that the recipient got by then is hidden, and the order is not one that it gets
    for its standing access. An order that only disclosures bring, for a part of what was passed on
    (a correction, a consent withdrawn), does so where any of them is hidden.
    """

    def __init__(self, connection: Connection, subject: UUID) -> None:
        names = ("position", "disclosure", "recipient", "hidden_until")
        columns = [disclosures.c[name] for name in names]
        hidden = select(disclosures.c.event).where(
            disclosures.c.subject == subject, disclosures.c.hidden_until.is_not(None)
        )
        self._passed: Sequence[Any] = ()
        self._standing: Sequence[Any] = ()
        self._closed: Sequence[Closing] = ()
        if connection.execute(hidden.limit(at_most(1))).first() is not None:
            passed = select(*columns).where(disclosures.c.subject == subject)
            self._passed = connection.execute(passed).all()
            ended = annulled_position(standing.c.event).label("ended")
            reach = select(standing.c.recipient, standing.c.position, standing.c.classes, ended)
            self._standing = connection.execute(reach).all()
            self._closed = closed_since(connection)

    def hide(self, order: Given, today: dt.date | None) -> bool:
        """Whether the person may not be told of this order on this day."""
        until = self.until(order)
        return until is not None and (today is None or until > today)

    def until(self, order: Given) -> dt.date | None:
        """Until when the person may not be told of this order, if ever."""
        if order.hidden_until is not None:
            return order.hidden_until
        before = [row for row in self._passed if row.position <= order.position]
        if order.disclosure is not None:
            about = [row for row in before if row.disclosure == order.disclosure]
        elif order.kind in BY_DISCLOSURE:
            about = [row for row in before if row.recipient == order.recipient]
            hidden = [row.hidden_until for row in about if row.hidden_until is not None]
            return max(hidden, default=None)
        elif order.recipient is None or self._reaches(order):
            return None
        else:
            about = [row for row in before if row.recipient == order.recipient]
        until = [row.hidden_until for row in about]
        return None if None in until else max(until, default=None)

    def _reaches(self, order: Given) -> bool:
        return any(
            row.recipient == order.recipient
            and row.position < order.position
            and (row.ended is None or row.ended > order.position)
            and reached(row, self._closed, order.position)
            for row in self._standing
        )
