"""Whether a consent that an export states is news: exports repeat what was said long ago."""

from __future__ import annotations

import datetime as dt

from ledger.events import ConsentGiven, ConsentWithdrawn
from ledger.subject import DataSubject


def consent_is_news(person: DataSubject, purpose: str, given_at: dt.datetime) -> bool:
    """Whether nothing was said on this purpose so far, or a withdrawal lies before this grant.

    A grant that stands is not repeated, nor is one from before a withdrawal brought up again.
    """
    if person.erased or person.pending_erasure:
        return False
    said = [
        entry
        for entry in person.entries.values()
        if isinstance(entry.body, ConsentGiven | ConsentWithdrawn)
        and entry.body.purpose == purpose
        and entry.event not in person.annulled
    ]
    if not said:
        protected = person.protected_since(purpose)
        return protected is None or protected < given_at
    last = said[-1].body
    return isinstance(last, ConsentWithdrawn) and last.occurred_at < given_at
