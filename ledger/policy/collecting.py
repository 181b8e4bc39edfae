"""The pure decisions on collecting: what may come in, from where, under which notice, for what."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.events import Finding
from ledger.policy.decisions import Findings, Person
from ledger.policy.listed import attributes_for, covered, purposes_and_notice
from ledger.policy.model import PolicyDocument


def collection(
    policy: PolicyDocument,
    person: Person,
    *,
    source: str,
    service: str | None,
    country: str,
    notice: tuple[str, str] | None,
    purposes: Sequence[str],
    attributes: Sequence[str],
) -> Findings:
    """May these attributes be collected from this source, under this notice, for these purposes?"""
    found: list[Finding] = []
    if person.erased:
        found.append(Finding("subject-erased"))
    elif person.pending_erasure:
        found.append(Finding("erasure-requested"))
    if source not in policy.sources:
        found.append(Finding("source-unlisted"))
    elif policy.sources[source].notice_required and notice is None:
        found.append(Finding("notice-missing", source))
    if service is not None and not covered(policy, service):
        found.append(Finding("service-unlisted"))
    if country not in policy.countries:
        found.append(Finding("country-unlisted"))
    found += purposes_and_notice(policy, notice, purposes)
    found += attributes_for(policy, purposes, attributes)
    return tuple(found)
