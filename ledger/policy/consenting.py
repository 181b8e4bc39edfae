"""The pure decisions on what people say of a purpose: consent, switches, objections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from ledger.events import Finding, SwitchState
from ledger.policy.decisions import Findings, Person
from ledger.policy.listed import in_service, purposes_and_notice, unusable
from ledger.policy.model import PolicyDocument
from ledger.policy.regimes import OBJECTED_TO, resting


def consent(
    policy: PolicyDocument,
    person: Person,
    *,
    purpose: str,
    service: str | None,
    notice: tuple[str, str],
    occurred_at: dt.datetime,
) -> Findings:
    """May this consent be recorded as one that permits something? (GDPR Art. 7) Of a purpose that
    rests on something else only one that takes a withdrawal back."""
    listed = policy.purposes.get(purpose)
    if listed is None:
        return _unusable(policy, purpose)
    found = list(_gone(person))
    rests = resting(policy, listed, person.regimes).basis == "consent"
    if not rests and person.consents(purpose) is not False:
        found.append(Finding("consent-not-a-basis", purpose))
    if service is not None:
        found += in_service(policy, service)
    found += purposes_and_notice(policy, notice, [purpose])
    found += _late_grant(person, purpose, occurred_at)
    return tuple(found)


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

    `in_person`: whether the person does it, who alone can undo "off for all" (POLICY.md), and an
    objection.
    """
    listed = policy.purposes.get(purpose)
    if listed is None:
        return _unusable(policy, purpose)
    found = [finding for name in services for finding in in_service(policy, name)]
    if state == "off":
        return (*found, Finding("required-purpose", purpose)) if listed.required else tuple(found)
    found += _unusable(policy, purpose)
    found += _gone(person)
    if not (services or in_person):
        if person.objected(purpose):
            found.append(Finding("objected", purpose))
        if person.switch(purpose, None) == ("off", True):
            found.append(Finding("switched-off-for-all", purpose))
    return (*found, *_late_grant(person, purpose, occurred_at))


def objecting(policy: PolicyDocument, person: Person, purpose: str) -> Findings:
    """What an objection breaks (GDPR Art. 21). It is told, and never refused.

    It is there for what rests on an interest or a public task, under the strictest law that protects
    the person, and for advertising. Of other purposes, and of required ones, somebody has to look at it.
    """
    listed = policy.purposes.get(purpose)
    if listed is None:
        return () if purpose in policy.prohibited else (Finding("purpose-unlisted"),)
    basis = resting(policy, listed, person.regimes).basis
    if basis not in OBJECTED_TO and not listed.marketing:
        return (Finding("objection-not-possible", purpose),)
    return (Finding("required-purpose", purpose),) if listed.required else ()


def _unusable(policy: PolicyDocument, purpose: str) -> Findings:
    barring = unusable(policy, purpose)
    return () if barring is None else (barring,)


def _gone(person: Person) -> Iterator[Finding]:
    if person.erased:
        yield Finding("subject-erased")
    elif person.pending_erasure:
        yield Finding("erasure-requested")


def _late_grant(person: Person, purpose: str, occurred_at: dt.datetime) -> Findings:
    protected = person.protected_since(purpose)
    if protected is not None and occurred_at < protected:
        return (Finding("grant-before-protection", purpose),)
    return ()
