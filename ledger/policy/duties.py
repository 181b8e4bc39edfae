"""The pure rule on telling people where data came from: by which day, under which law.

What others supplied is made known to the person within the period of the strictest law that
protects them (GDPR Art. 14(3)(a); P05). Whether the first contact or the first disclosure came
before that day is for the read side to show (Art. 14(3)(b) and (c)).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from ledger.events import Finding
from ledger.policy import regimes
from ledger.policy.decisions import Findings
from ledger.policy.model import PolicyDocument


def inform_by(
    policy: PolicyDocument, source: str | None, determined: Sequence[str], day: dt.date
) -> regimes.Clock | None:
    """By when a person must be told of data that came from this source on this day, and which law
    says so. None: there is nothing to tell, or no law that says when.

    `determined`: the laws that were determined for the person.
    """
    listed = policy.sources.get(source) if source is not None else None
    if listed is None or not listed.third_party:
        return None
    return regimes.earliest(policy, determined, "inform", day)


def telling(due: dt.date, day: dt.date) -> Findings:
    """Was the person told in time, when they were told on this day?"""
    return (Finding("inform-overdue"),) if day > due else ()
