"""The pure decision on opening values: contents of communications need more than a reason (P18)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger.events import AccessKind, Finding
from ledger.policy.decisions import Findings
from ledger.policy.model import PolicyDocument
from ledger.policy.parties import DisclosureGround


def serves(policy: PolicyDocument, class_: str, purpose: str | None, access: AccessKind) -> bool:
    """Whether values of this class may be opened for this purpose without a ground of their own.

    All but contents of communications may be. Those serve a purpose that uses them, and the report
    that answers a request of the person, whose contents they are.
    """
    listed = policy.classes.get(class_)
    if listed is None or not listed.communications:
        return True
    use = policy.purposes.get(purpose) if purpose is not None else None
    used = use.classes if use is not None else ()
    return class_ in used or (access == "report" and for_requests(policy, purpose))


def opening(
    policy: PolicyDocument,
    *,
    attributes: Iterable[str],
    purpose: str | None,
    access: AccessKind,
    in_person: bool,
    ground: str | None,
    reference: bool,
    hidden: bool,
    function: str | None,
) -> Findings:
    """May these attributes be opened for this purpose, or on this ground? A report of everything,
    what is retained or restricted included, is for requests of the person alone (GDPR Art. 15).

    `in_person`: whether the person looks, who needs none. `function`: that of the actor.
    """
    found = list(_ground(policy, ground, reference, hidden, function))
    if access == "report" and not (in_person or for_requests(policy, purpose)):
        found.append(Finding("report-not-requested"))
    if in_person or ground is not None:
        return tuple(found)
    for attribute in attributes:
        listed = policy.attributes.get(attribute)
        if listed is not None and not serves(policy, listed.class_, purpose, access):
            found.append(Finding("opening-needs-ground", attribute))
    return tuple(found)


def for_requests(policy: PolicyDocument, purpose: str | None) -> bool:
    """Whether it is a purpose of whoever handles what people ask for: it uses what they send in."""
    use = policy.purposes.get(purpose) if purpose is not None else None
    return use is not None and policy.request_class in use.classes


def _ground(
    policy: PolicyDocument,
    ground: str | None,
    reference: bool,
    hidden: bool,
    function: str | None,
) -> Iterator[Finding]:
    if ground is None:
        if hidden:
            yield Finding("gag-not-for-ground")
        return
    listed = policy.disclosure_grounds.get(ground)
    if listed is None:
        yield Finding("ground-unlisted")
        return
    if not _for_opening(listed):
        yield Finding("opening-needs-ground", ground)
    if not reference:
        yield Finding("ground-reference-missing", ground)
    if listed.authorised_by and function not in listed.authorised_by:
        yield Finding("ground-not-authorised", ground)
    if hidden and not listed.gag:
        yield Finding("gag-not-for-ground", ground)


def _for_opening(ground: DisclosureGround) -> bool:
    """Whether it is about one matter with a reference of its own, and not about trade: neither one
    purchase nor a company's."""
    return ground.reference and not (ground.one_document or ground.stages)
