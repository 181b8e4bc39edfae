"""The order of precedence of POLICY.md, line by line:

P16, erased, restricted, a claim's own purpose only, objection, off for all, off for a service,
consent withdrawn, consent, permission of the source (P06), the purpose's default.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from ledger.policy.model import PolicyDocument
from tests.stories.any_order.person import Person, Slot, basis

VOLUNTEERED = "volunteered"
"""Permitted, for what was volunteered alone."""


def may_use(
    policy: PolicyDocument,
    person: Person,
    purpose: str,
    service: str | None,
    today: dt.date,
    slots: Collection[Slot] = (),
    sources: Collection[str | None] = (),
) -> str | None:
    """The rule that forbids it; None or VOLUNTEERED: it is permitted."""
    if purpose in policy.prohibited:
        return "purpose-prohibited"
    listed = policy.purposes.get(purpose)
    if listed is None:
        return "purpose-unlisted"
    if listed.ended:
        return "purpose-ended"
    if service is not None and service not in policy.services:
        return "service-unlisted"
    if not slots and (person.erased or person.pending):
        return "subject-erased" if person.erased else "erasure-requested"
    classes = {slot[0] for slot in slots}
    if not listed.despite_restriction and person.restricted(classes):
        return "processing-restricted"
    left = left_over(policy, person, purpose, today, slots)
    if left is not None:
        return left or None
    if listed.required:
        return None
    return _by_word(policy, person, purpose, service, sources)


def left_over(
    policy: PolicyDocument,
    person: Person,
    purpose: str,
    today: dt.date,
    slots: Collection[Slot],
) -> str | None:
    """What is retained or waits serves its grounds' purposes only. "": it does; None: nothing of it
    is retained or waits."""
    everything = person.erased or person.pending
    named = {slot for one in person.erasures.values() for slot in one.wanted or ()}
    asked = {slot for slot in slots if everything or slot in named}
    if not asked:
        return None
    rule = "retained-for-its-ground-only" if person.erased else "erasure-requested"
    for slot in asked:
        grounds = person.grounds(policy, slot, today)
        serves = {
            id_
            for ground in grounds
            if ground in policy.retention_grounds
            for id_ in policy.retention_grounds[ground].purposes
        }
        if purpose not in serves:
            return rule
    return "" if asked == set(slots) else None


def _by_word(
    policy: PolicyDocument,
    person: Person,
    purpose: str,
    service: str | None,
    sources: Collection[str | None],
) -> str | None:
    listed = policy.purposes[purpose]
    if person.objected(purpose):
        return "objected"
    state, for_all = person.switched(purpose, service)
    if state == "off":
        return "switched-off-for-all" if for_all else "switched-off-for-service"
    consent = basis(policy, person, listed) == "consent"
    said = person.consents(purpose)
    if said is False:  # a no is a no, whatever the purpose rests on
        return "consent-withdrawn"
    if consent and said:
        return None
    if not consent and (listed.default == "on" or state == "on"):
        return None
    volunteered = any(s in policy.sources and policy.sources[s].volunteered for s in sources if s)
    if listed.internal and volunteered:
        narrowed = not all(policy.regimes[n].volunteered for n in person.regimes_of(policy))
        return "volunteered-not-under-regime" if narrowed else VOLUNTEERED
    return "consent-missing" if consent else "not-switched-on"
