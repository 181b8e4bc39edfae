"""What an erasure would do, asked before anybody decides: the plan, with the facts it needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from ledger.errors import InvalidInput
from ledger.events import SlotName
from ledger.policy.logs import logs_until, with_logs
from ledger.policy.model import PolicyDocument
from ledger.policy.plan import PlannedSlot, Review, plan, review_for
from ledger.reading import Reading
from ledger.subject import DataSubject


def erasure_plan(
    reading: Reading,
    person: DataSubject,
    now: dt.datetime,
    slots: Iterable[SlotName] | None,
    service: str | None,
) -> list[PlannedSlot]:
    """What an erasure of everything, or of these slots, would do now, key by key.

    Asked through a `service` whose deletions are reviewed (none named: one that the person joined),
    or asked for there already, all that would die waits for its reviewer.

    Raises:
        InvalidInput: the policy does not list the service.
    """
    policy, today = reading.latest_policy()[0], now.date()
    if service is not None and service not in policy.services:
        raise InvalidInput(field="service", rule="a service the policy lists")
    planned = plan(
        policy,
        person,
        reading.certain_day(now),
        erased_on=reading.recorded_on(person.erased_by),
        wanted=None if slots is None else set(slots),
        open_requests={name.hex for name, one in person.erasures.items() if not one.closed},
        closed_on=person.closed_on,
        review=_review(policy, person, service, today),
        earlier=reading.policies_counting(now)[:-1],
    )
    logs = None if person.erased else logs_until(policy, person.regimes, today)
    return planned if logs is None else with_logs(policy, planned, logs)


def _review(
    policy: PolicyDocument, person: DataSubject, service: str | None, today: dt.date
) -> Review | None:
    """The review that is waited for, or that asking now would bring."""
    asked = _asked_for(person) if service is None else None
    if asked is not None or (service is None and person.erased):
        return asked
    return review_for(policy, service, person.services, today)


def _asked_for(person: DataSubject) -> Review | None:
    """The review that an erasure of everything, asked for and not carried out, waits for."""
    for one in person.erasures.values():
        if one.whole and not one.carried_out and one.reviewer and one.decide_by:
            return Review(one.reviewer, one.decide_by)
    return None
