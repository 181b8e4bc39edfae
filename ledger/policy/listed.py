"""What the document lists, asked of by several decisions: services, notices, attributes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger.events import Finding
from ledger.policy.model import PolicyDocument


def covered(policy: PolicyDocument, service: str) -> bool:
    """Whether this document lists and covers a service."""
    return service in policy.services and policy.services[service].covered


def purposes_and_notice(
    policy: PolicyDocument, notice: tuple[str, str] | None, purposes: Sequence[str]
) -> Iterator[Finding]:
    """What is wrong with these purposes under this notice."""
    shown = notice_of(policy, notice)
    if notice is not None and shown is None:
        yield Finding("notice-unlisted")
    for purpose in purposes:
        if purpose not in policy.purposes:
            yield Finding("purpose-unlisted")
        elif shown is not None and purpose not in shown:
            yield Finding("notice-silent-on-purpose", purpose)


def notice_of(policy: PolicyDocument, notice: tuple[str, str] | None) -> Sequence[str] | None:
    """The purposes a notice (version, language) covers; None when there is no such notice."""
    if notice is None or notice[0] not in policy.notices:
        return None
    listed = policy.notices[notice[0]]
    return listed.purposes if notice[1] in listed.texts else None


def attributes_for(
    policy: PolicyDocument, purposes: Sequence[str], attributes: Sequence[str]
) -> Iterator[Finding]:
    """What is wrong with using these attributes for these purposes."""
    used = {c for p in purposes if p in policy.purposes for c in policy.purposes[p].classes}
    for attribute in attributes:
        listed = policy.attributes.get(attribute)
        if listed is None:
            yield Finding("attribute-unlisted")
        elif listed.class_ not in used:
            yield Finding("attribute-not-for-purpose", attribute)
