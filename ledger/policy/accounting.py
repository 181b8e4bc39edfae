"""The pure decisions on accounts: for which service one opens, and who may join in which role."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from ledger.events import Finding, SlotName
from ledger.policy import decisions
from ledger.policy.decisions import Findings, Person
from ledger.policy.listed import attributes_for, in_service, instructed
from ledger.policy.model import PolicyDocument


def opening(policy: PolicyDocument, service: str | None) -> Findings:
    """May an account be opened for this service? (P01, P07)"""
    return tuple(in_service(policy, service)) if service is not None else ()


def joining(
    policy: PolicyDocument, erased: bool, roles: Sequence[str], *, closed: bool
) -> Findings:
    """May a person join an account in these roles? (P07)"""
    found = [Finding("subject-erased")] if erased else []
    if closed:
        found.append(Finding("account-closed"))
    if not roles or set(roles) - set(policy.member_roles):
        found.append(Finding("role-unlisted"))
    return tuple(found)


def telling(
    policy: PolicyDocument,
    *,
    closed: bool,
    attribute: str | None,
    matter: str | None,
    needs_matter: bool,
    strangers: bool,
) -> Findings:
    """What does a fact break that is told of an account? `closed`: it needs an open account and has
    none; `strangers`: it names people who are and were no members. (P07, P22, P23)"""
    found = []
    if closed:
        found.append(Finding("account-closed"))
    if attribute is not None and attribute not in policy.attributes:
        found.append(Finding("attribute-unlisted"))
    if needs_matter and matter not in policy.matters:
        found.append(Finding("matter-unlisted"))
    if strangers:
        found.append(Finding("member-unknown"))
    return tuple(found)


def carrying(
    policy: PolicyDocument,
    person: Person,
    ground: str | None,
    *,
    concerned: bool,
    attributes: Sequence[str],
    slots: Iterable[SlotName],
    missing: Iterable[str],
    today: dt.date,
) -> Findings:
    """May these values of a person be carried into a case? (P23) `ground`: of the rule that has a
    class for it, None where none has; `slots`: where the values lie; `missing`: of which there are
    none. The case's purposes must use such values, and nothing bar the person's from all of them."""
    if ground is None:
        return (Finding("case-without-class"),)
    purposes = policy.retention_grounds[ground].purposes
    found = [] if concerned else [Finding("member-unknown")]
    found += attributes_for(policy, purposes, attributes)
    found += [Finding("item-missing", name) for name in missing if name in policy.attributes]
    barred = [decisions.use(policy, person, one, None, today, tuple(slots)) for one in purposes]
    return (*found, *(barred[0] if all(barred) else ()))


def storing(
    policy: PolicyDocument, *, service: str, country: str, attribute: str, closed: bool
) -> Findings:
    """May a customer store this in its account? (P02) Only what the policy calls content."""
    found = [Finding("account-closed")] if closed else []
    found += in_service(policy, service)
    if country not in policy.countries:
        found.append(Finding("country-unlisted"))
    if attribute not in policy.attributes:
        found.append(Finding("attribute-unlisted"))
    elif not instructed(policy, attribute):
        found.append(Finding("attribute-not-for-purpose", attribute))
    return tuple(found)


def opening_content(policy: PolicyDocument, class_: str, purpose: str | None) -> Findings:
    """May what a customer stored be opened for this purpose? (P02) Only for one that the policy
    says uses such content, which is providing the service on the customer's instruction."""
    listed = policy.purposes.get(purpose or "")
    if listed is None or listed.ended or class_ not in listed.classes:
        return (Finding("content-on-instruction-only", purpose if listed else None),)
    return ()
