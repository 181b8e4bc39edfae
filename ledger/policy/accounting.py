"""The pure decisions on accounts: for which service one opens, and who may join in which role."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.events import Finding
from ledger.policy.decisions import Findings
from ledger.policy.listed import in_service
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
