"""What the document lists, asked of by several decisions: services, notices, attributes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger.events import Finding
from ledger.policy.model import PolicyDocument


def covered(policy: PolicyDocument, service: str) -> bool:
    """Whether this document lists and covers a service."""
    return service in policy.services and policy.services[service].covered


def in_service(
    policy: PolicyDocument, service: str, market: str | None = None
) -> Iterator[Finding]:
    """What is wrong with acting for this service, in this market (P01). At most one finding."""
    listed = policy.services.get(service)
    if listed is None or not listed.covered:
        if listed is not None and listed.statement is not None:
            yield Finding("service-has-own-statement", service)
        else:
            yield Finding("service-unlisted")
    elif market is not None and listed.markets and market not in listed.markets:
        yield Finding("market-not-served", service)


def instructed(policy: PolicyDocument, attribute: str) -> bool:
    """Whether an attribute is content that customers store, kept as they instruct (P02)."""
    listed = policy.attributes.get(attribute)
    return listed is not None and policy.classes[listed.class_].instructed


def unusable(policy: PolicyDocument, purpose: str) -> Finding | None:
    """What keeps everybody's data from being used for a purpose, whoever they are: it is prohibited
    (P16), not listed, or carried out no more."""
    if purpose in policy.prohibited:
        return Finding("purpose-prohibited", purpose)
    listed = policy.purposes.get(purpose)
    if listed is None:
        return Finding("purpose-unlisted")
    return Finding("purpose-ended", purpose) if listed.ended else None


def purposes_and_notice(
    policy: PolicyDocument, notice: tuple[str, str] | None, purposes: Sequence[str]
) -> Iterator[Finding]:
    """What is wrong with these purposes under this notice."""
    shown = notice_of(policy, notice)
    if notice is not None and shown is None:
        yield Finding("notice-unlisted")
    for purpose in purposes:
        barred = unusable(policy, purpose)
        if barred is not None:
            yield barred
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
            content = policy.classes[listed.class_].instructed
            rule = "content-on-instruction-only" if content else "attribute-not-for-purpose"
            yield Finding(rule, attribute)


def sub_processors(policy: PolicyDocument, recipient: str) -> list[str]:
    """Who else holds what this recipient holds, by its agreements: its sub-processors, and theirs
    (P17)."""
    found: dict[str, None] = {}
    rest = [recipient]
    while rest:
        listed = policy.recipients.get(rest.pop(0))
        new = [code for code in (listed.sub_processors if listed else ()) if code not in found]
        found |= dict.fromkeys(new)
        rest += new
    found.pop(recipient, None)
    return list(found)
