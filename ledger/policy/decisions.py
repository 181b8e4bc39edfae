"""The pure decisions: what would this act break? No clock, no database, no key, no id by name.

Every function answers with `Findings`, in the policy's order of precedence. An act that is *asked
for* is refused when there is one; an act that is *told* is stored with them (DESIGN.md, decision 6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Protocol

from ledger.events import Finding, SlotName, SwitchState
from ledger.facts import Claim
from ledger.policy.listed import attributes_for, covered, purposes_and_notice
from ledger.policy.model import PolicyDocument

Findings = tuple[Finding, ...]


class Person(Protocol):
    """What a decision looks at in a subject's state."""

    @property
    def erased(self) -> bool: ...
    @property
    def pending_erasure(self) -> bool: ...
    def consents(self, purpose: str) -> bool | None: ...
    def protected_since(self, purpose: str) -> dt.datetime | None: ...
    def switch(self, purpose: str, service: str | None) -> tuple[SwitchState | None, bool]: ...
    def claims_on(self, name: SlotName, today: dt.date) -> list[Claim]: ...


def use(
    policy: PolicyDocument,
    person: Person,
    purpose: str,
    service: str | None,
    today: dt.date,
    slots: Iterable[SlotName] = (),
) -> Findings:
    """May the data in these slots be used for this purpose? At most one finding: the first.

    Order of precedence (POLICY.md): erased, retained for its own ground, off for all, off for a
    service, consent withdrawn, consent, the purpose's default.
    """
    listed = policy.purposes.get(purpose)
    if listed is None:
        return (Finding("purpose-unlisted"),)
    if service is not None and service not in policy.services:
        return (Finding("service-unlisted"),)
    if person.erased or person.pending_erasure:
        barred = _barred(policy, person, purpose, today, tuple(slots))
        if barred is not None:
            return (Finding(barred, purpose),)
    if listed.required:
        return ()
    rule = _unwilling(
        person, purpose, service, consent=listed.basis == "consent", default=listed.default
    )
    return () if rule is None else (Finding(rule, purpose),)


def _barred(
    policy: PolicyDocument, person: Person, purpose: str, today: dt.date, slots: Sequence[SlotName]
) -> str | None:
    """What an erasure, carried out or asked for, leaves may serve its grounds' purposes only."""
    if not slots:
        return "subject-erased" if person.erased else "erasure-requested"
    if all(purpose in _grounds_purposes(policy, person, name, today) for name in slots):
        return None
    return "retained-for-its-ground-only" if person.erased else "erasure-requested"


def _grounds_purposes(
    policy: PolicyDocument, person: Person, name: SlotName, today: dt.date
) -> set[str]:
    grounds = {claim.ground for claim in person.claims_on(name, today)}
    listed = policy.classes.get(name.class_)
    if listed is not None and listed.keeps is not None:
        grounds.add(listed.keeps.ground)
    known = (
        policy.retention_grounds[ground] for ground in grounds if ground in policy.retention_grounds
    )
    return {purpose for ground in known for purpose in ground.purposes}


def _unwilling(
    person: Person, purpose: str, service: str | None, *, consent: bool, default: str
) -> str | None:
    state, for_all = person.switch(purpose, service)
    if state == "off":
        return "switched-off-for-all" if for_all else "switched-off-for-service"
    given = person.consents(purpose)
    if consent and given is not True:
        return "consent-missing" if given is None else "consent-withdrawn"
    if not consent and default == "off" and state != "on":
        return "not-switched-on"
    return None


def consent(
    policy: PolicyDocument,
    person: Person,
    *,
    purpose: str,
    service: str | None,
    notice: tuple[str, str],
    occurred_at: dt.datetime,
) -> Findings:
    """May this consent be recorded as one that permits something? (GDPR Art. 7)"""
    listed = policy.purposes.get(purpose)
    if listed is None:
        return (Finding("purpose-unlisted"),)
    found: list[Finding] = []
    if person.erased or person.pending_erasure:
        found.append(Finding("subject-erased" if person.erased else "erasure-requested"))
    if listed.basis != "consent":
        found.append(Finding("consent-not-a-basis", purpose))
    if service is not None and not covered(policy, service):
        found.append(Finding("service-unlisted"))
    found += purposes_and_notice(policy, notice, [purpose])
    found += _late_grant(person, purpose, occurred_at)
    return tuple(found)


def _late_grant(person: Person, purpose: str, occurred_at: dt.datetime) -> Findings:
    protected = person.protected_since(purpose)
    if protected is not None and occurred_at < protected:
        return (Finding("grant-before-protection", purpose),)
    return ()


def switching(
    policy: PolicyDocument,
    person: Person,
    *,
    purpose: str,
    services: Sequence[str],
    state: SwitchState,
    occurred_at: dt.datetime,
    in_person: bool,
) -> Findings:
    """May a purpose be switched? Off is told and only gets findings; on is asked.

    `in_person`: whether the person does it, who alone can undo "off for all" (POLICY.md).
    """
    listed = policy.purposes.get(purpose)
    if listed is None:
        return (Finding("purpose-unlisted"),)
    found = [Finding("service-unlisted") for name in services if not covered(policy, name)]
    if state == "off":
        return (*found, Finding("required-purpose", purpose)) if listed.required else tuple(found)
    if person.erased or person.pending_erasure:
        found.append(Finding("subject-erased" if person.erased else "erasure-requested"))
    if not (services or in_person) and person.switch(purpose, None) == ("off", True):
        found.append(Finding("switched-off-for-all", purpose))
    return (*found, *_late_grant(person, purpose, occurred_at))


def run(
    policy: PolicyDocument,
    *,
    purpose: str,
    service: str | None,
    country: str,
    attributes: Sequence[str],
) -> Findings:
    """May a run for this purpose read these attributes at all, whoever it concerns?"""
    found: list[Finding] = []
    if purpose not in policy.purposes:
        found.append(Finding("purpose-unlisted"))
    if service is not None and not covered(policy, service):
        found.append(Finding("service-unlisted"))
    if country not in policy.countries:
        found.append(Finding("country-unlisted"))
    return (*found, *attributes_for(policy, [purpose], attributes))


def claim(
    policy: PolicyDocument,
    *,
    ground: str,
    classes: Sequence[str],
    until: dt.date | None,
    latest: dt.date | None,
) -> Findings:
    """May this ground hold these classes until then? `latest`: the end the ground's period allows."""
    listed = policy.retention_grounds.get(ground)
    if listed is None:
        return (Finding("ground-unlisted"),)
    found = []
    for name in dict.fromkeys(classes):
        if name not in policy.classes:
            found.append(Finding("class-unlisted"))
        elif name not in listed.classes:
            found.append(Finding("class-not-in-ground", name))
    if latest is not None and until is not None and until > latest:
        found.append(Finding("claim-too-long", ground))
    return tuple(found)
