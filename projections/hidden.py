"""Hidden: the acts that would betray to a person what the law forbids to mention.

A disclosure says itself until when it is hidden. What is about it is hidden as long: the
authorisation it used, notes about an order that names it, and whatever found it irregular or
annulled it, and what came of that. Derived when a person asks; it owns no table.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy import Connection, select

from projections import disclosures, orders
from projections.annulments import annulments
from projections.irregularities import closures, irregularities


def betraying(
    connection: Connection, subject: UUID, acts: set[UUID], today: dt.date | None
) -> set[UUID]:
    """The events about `acts`, those that are hidden from this person on this day by themselves."""
    if not acts:
        return set()
    found = _authorisations(connection, subject, today) | _notes(connection, subject, today)
    for about in (irregularities, annulments):
        query = select(about.c.event, about.c.entry).where(about.c.stream == subject)
        said = connection.execute(query.order_by(about.c.position)).all()
        for event, entry in said:
            if entry in acts or entry in found:
                found.add(event)
    return found | _closings(connection, subject, found)


def _closings(connection: Connection, subject: UUID, found: set[UUID]) -> set[UUID]:
    """What was said of irregularities that are hidden."""
    same = irregularities.c.irregularity == closures.c.irregularity
    query = select(closures.c.event, irregularities.c.event).join(irregularities, same)
    said = connection.execute(query.where(closures.c.stream == subject)).all()
    return {event for event, about in said if about in found}


def _authorisations(connection: Connection, subject: UUID, today: dt.date | None) -> set[UUID]:
    every = disclosures.authorisations_of(connection, subject)
    shown = disclosures.authorisations_of(connection, subject, for_subject=True, today=today)
    return {row.event for row in every} - {row.event for row in shown}


def _notes(connection: Connection, subject: UUID, today: dt.date | None) -> set[UUID]:
    days = orders.hidden_until(connection, subject).items()
    secret = {order for order, until in days if today is None or until > today}
    said = select(orders.words.c.event, orders.words.c.order_id)
    notes = connection.execute(
        said.where(orders.words.c.subject == subject, orders.words.c.said.not_in(orders.ASKS))
    )
    return {row.event for row in notes if row.order_id in secret}
