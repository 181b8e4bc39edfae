"""The pure decisions on collecting: what may come in, from where, under which notice, for what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ledger.events import Finding
from ledger.policy.decisions import Findings, Person, use
from ledger.policy.listed import attributes_for, in_service, instructed, purposes_and_notice
from ledger.policy.messages import following
from ledger.policy.model import PolicyDocument


class Coming(NamedTuple):
    """A collection as far as the document speaks of it, in the words that were given.

    `market` is the country (ISO 3166-1) the service is offered in; `supplier`: whether somebody is
    named who supplied it; `template` is the message whose link brought it.
    """

    source: str
    country: str
    purposes: Sequence[str]
    attributes: Sequence[str]
    notice: tuple[str, str] | None = None
    service: str | None = None
    market: str | None = None
    supplier: bool = False
    template: str | None = None


def collection(policy: PolicyDocument, person: Person, coming: Coming, today: dt.date) -> Findings:
    """May this come in: from this source, under this notice, for these purposes?"""
    found: list[Finding] = []
    if person.erased:
        found.append(Finding("subject-erased"))
    elif person.pending_erasure:
        found.append(Finding("erasure-requested"))
    found += _source(policy, coming)
    if coming.service is not None:
        found += in_service(policy, coming.service, coming.market)
    if coming.country not in policy.countries:
        found.append(Finding("country-unlisted"))
    found += purposes_and_notice(policy, coming.notice, coming.purposes)
    found += _attributes(policy, coming)
    if not (person.erased or person.pending_erasure):
        found += _followed(policy, person, coming, today)
    return tuple(dict.fromkeys(found)) if found else ()


def _source(policy: PolicyDocument, coming: Coming) -> Iterator[Finding]:
    """A notice where the person is asked (P04), a supplier where others are (P05), a message where
    its links are followed (P10)."""
    listed = policy.sources.get(coming.source)
    if listed is None:
        yield Finding("source-unlisted")
    elif listed.notice_required and coming.notice is None:
        yield Finding("notice-missing", coming.source)
    if listed is not None and listed.third_party and not coming.supplier:
        yield Finding("supplier-missing", coming.source)
    yield from following(policy, coming.source, coming.template)


def _attributes(policy: PolicyDocument, coming: Coming) -> Iterator[Finding]:
    """What customers store has its place in the customer's account (P02)."""
    content = [name for name in coming.attributes if instructed(policy, name)]
    yield from (Finding("content-not-ours", name) for name in content)
    own = [name for name in coming.attributes if name not in content]
    yield from attributes_for(policy, coming.purposes, own)


def _followed(
    policy: PolicyDocument, person: Person, coming: Coming, today: dt.date
) -> Iterator[Finding]:
    """To see which links somebody follows is to use what is known of them: each purpose of it must be
    on (P10). Of other sources it is asked when the data is used."""
    listed = policy.sources.get(coming.source)
    if listed is not None and listed.followed:
        for purpose in coming.purposes:
            yield from use(policy, person, purpose, coming.service, today)
