"""Whether a consent that an export states is news: exports repeat what was said long ago."""

from __future__ import annotations

import datetime as dt

from ledger.subject import DataSubject


def consent_is_news(person: DataSubject, purpose: str, given_at: dt.datetime) -> bool:
    """Whether nothing was said on this purpose so far, or a withdrawal lies before this grant.

    A grant that stands is not repeated, nor is one from before a withdrawal brought up again.
    """
    if person.erased or person.pending_erasure:
        return False
    will = person.will(purpose)
    if will.said_at is None:
        return will.protected is None or will.protected < given_at
    return not will.said and will.said_at < given_at
