"""What each act breaks, by the statements of POLICY.md: the set of rules, whoever asks or tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any
from uuid import UUID

from ledger.policy.model import PolicyDocument
from tests.stories.any_order.person import Person, basis
from tests.stories.any_order.precedence import VOLUNTEERED, may_use

Rules = set[str]


def gone(person: Person) -> Rules:
    """P21."""
    if person.erased:
        return {"subject-erased"}
    return {"erasure-requested"} if person.pending else set()


def service(policy: PolicyDocument, name: str | None) -> Rules:
    """P01: covered here, or by a statement of its own."""
    if name is None:
        return set()
    listed = policy.services.get(name)
    if listed is not None and listed.covered:
        return set()
    own = listed is not None and listed.statement is not None
    return {"service-has-own-statement"} if own else {"service-unlisted"}


def unusable(policy: PolicyDocument, purpose: str) -> Rules:
    """P16, P11."""
    if purpose in policy.prohibited:
        return {"purpose-prohibited"}
    listed = policy.purposes.get(purpose)
    if listed is None:
        return {"purpose-unlisted"}
    return {"purpose-ended"} if listed.ended else set()


def told_of(policy: PolicyDocument, notice: Any, purposes: Collection[str]) -> Rules:
    """P04: a notice in this language, which tells of every purpose."""
    found: Rules = set()
    listed = policy.notices.get(notice.version) if notice else None
    shown = listed if listed is not None and notice.language in listed.texts else None
    if notice is not None and shown is None:
        found.add("notice-unlisted")
    for purpose in purposes:
        barred = unusable(policy, purpose)
        found |= barred
        if not barred and shown is not None and purpose not in shown.purposes:
            found.add("notice-silent-on-purpose")
    return found


def collecting(
    policy: PolicyDocument, person: Person, said: dict[str, Any], today: dt.date
) -> Rules:
    """P01-P06, P10, P14."""
    found = gone(person) | service(policy, said.get("service"))
    found |= told_of(policy, said.get("notice"), said["purposes"])
    if said["country"] not in policy.countries:
        found.add("country-unlisted")
    found |= _from(policy, said)
    used = {c for p in said["purposes"] if p in policy.purposes for c in policy.purposes[p].classes}
    for value in said["values"]:
        listed = policy.attributes.get(value.attribute)
        if listed is None:
            found.add("attribute-unlisted")
        elif policy.classes[listed.class_].instructed:
            found.add("content-not-ours")
        elif listed.class_ not in used:
            found.add("attribute-not-for-purpose")
    source = policy.sources.get(said["source"])
    if source is not None and source.followed and not gone(person):
        for purpose in said["purposes"]:
            rule = may_use(policy, person, purpose, said.get("service"), today)
            found |= {rule} if rule else set()
    return found


def _from(policy: PolicyDocument, said: dict[str, Any]) -> Rules:
    found: Rules = set()
    source, template = policy.sources.get(said["source"]), said.get("template")
    if template is not None and template not in policy.templates:
        found.add("template-unlisted")
    if source is None:
        return found | {"source-unlisted"}
    if source.notice_required and said.get("notice") is None:
        found.add("notice-missing")
    if source.third_party and said.get("supplier") is None:
        found.add("supplier-missing")
    if source.followed:
        if template is None:
            found.add("template-missing")
        elif template in policy.templates and policy.templates[template].kind == "mandatory":
            found.add("click-from-mandatory-message")
    return found


def consenting(policy: PolicyDocument, person: Person, said: dict[str, Any]) -> Rules:
    """P04, P13, P16."""
    purpose = said["purpose"]
    listed = policy.purposes.get(purpose)
    if listed is None:
        return unusable(policy, purpose)
    found = gone(person) | service(policy, said.get("service"))
    found |= told_of(policy, said["notice"], [purpose])
    taken_back = person.consents(purpose) is False
    if basis(policy, person, listed) != "consent" and not taken_back:
        found.add("consent-not-a-basis")
    return found | late(person, said)


def late(person: Person, said: dict[str, Any]) -> Rules:
    """A grant dated before the latest protective event on the same purpose."""
    protected, at = person.protected(said["purpose"]), said.get("occurred_at")
    if protected is not None and at is not None and at < protected:
        return {"grant-before-protection"}
    return set()


def switching(
    policy: PolicyDocument, person: Person, said: dict[str, Any], in_person: bool
) -> Rules:
    """P12, P13, P26."""
    purpose, services = said["purpose"], said["services"]
    listed = policy.purposes.get(purpose)
    if listed is None:
        return unusable(policy, purpose)
    found = {rule for name in services for rule in service(policy, name)}
    if said["state"] == "off":
        return found | ({"required-purpose"} if listed.required else set())
    found |= unusable(policy, purpose) | gone(person) | late(person, said)
    if not services and not in_person:
        if person.objected(purpose):
            found.add("objected")
        if person.switched(purpose, None) == ("off", True):
            found.add("switched-off-for-all")
    return found


def objecting(policy: PolicyDocument, person: Person, purpose: str) -> Rules:
    """GDPR Art. 21: to interests, and to advertising."""
    listed = policy.purposes.get(purpose)
    if listed is None:
        return set() if purpose in policy.prohibited else {"purpose-unlisted"}
    if basis(policy, person, listed) != "legitimate-interest" and not listed.marketing:
        return {"objection-not-possible"}
    return {"required-purpose"} if listed.required else set()


def passing(
    policy: PolicyDocument,
    person: Person,
    said: dict[str, Any],
    known: dict[str, Any],
    function: str | None,
    today: dt.date,
) -> Rules:
    """P05, P14-P19. `known`: the agreement of each recipient on the register."""
    found = never(policy, said) | party(policy, said, known, today)
    found |= _ground(policy, person, said, function)
    found |= _too_early(policy, person, said, known)
    if said["country"] not in policy.countries:
        found.add("country-unlisted")
    if said.get("channel") is not None and said["channel"] not in policy.channels:
        found.add("channel-unlisted")
    there = {
        name: newest(policy, person, name, said.get("document")) for name in said["attributes"]
    }
    slots = {value.slot for value in there.values() if value is not None}
    if said["purpose"] in policy.purposes:
        rule = may_use(policy, person, said["purpose"], None, today, slots)
        found |= {rule} - {None, VOLUNTEERED}
    elif said["purpose"] not in policy.prohibited:
        found.add("purpose-unlisted")
    return found | _items(policy, said, there)


def never(policy: PolicyDocument, said: dict[str, Any]) -> Rules:
    """P16: on whatever ground."""
    if said["purpose"] in policy.prohibited:
        return {"purpose-prohibited"}
    purpose, to = policy.purposes.get(said["purpose"]), policy.recipients.get(said["recipient"])
    inside = to is not None and to.kind in ("own-system", "processor")
    marketing = purpose is not None and purpose.marketing
    return {"third-party-marketing"} if marketing and not inside else set()


def party(
    policy: PolicyDocument, said: dict[str, Any], known: dict[str, Any], today: dt.date
) -> Rules:
    """P17."""
    to = policy.recipients.get(said["recipient"])
    if to is None:
        return {"recipient-unlisted"}
    found: Rules = set()
    agreement = known.get(said["recipient"])
    if agreement is None:
        found.add("recipient-unregistered")
    elif to.agreement_required and agreement["agreement"] is None:
        found.add("agreement-missing")
    elif agreement["valid_until"] is not None and agreement["valid_until"] < today:
        found.add("agreement-expired")
    if to.confidential is False:
        found.add("not-confidential")
    if said["purpose"] in policy.purposes and said["purpose"] not in to.purposes:
        found.add("purpose-not-for-recipient")
    if said["country"] in policy.countries and said["country"] not in to.countries:
        found.add("country-not-for-recipient")
    return found


def _ground(
    policy: PolicyDocument, person: Person, said: dict[str, Any], function: str | None
) -> Rules:
    """P15, P18, P19, P05."""
    ground, to = (
        policy.disclosure_grounds.get(said["ground"]),
        policy.recipients.get(said["recipient"]),
    )
    hidden = said.get("hidden_until") is not None
    if ground is None:
        return {"ground-unlisted"} | ({"gag-not-for-ground"} if hidden else set())
    found: Rules = set()
    if to is not None and to.kind not in ground.kinds:
        found.add("ground-not-for-recipient")
    if ground.reference and said.get("reference") is None:
        found.add("ground-reference-missing")
    if ground.stages and said.get("stage") is None:
        found.add("stage-missing")
    if said.get("stage") is not None and said["stage"] not in ground.stages:
        found.add("stage-unlisted")
    if ground.authorised_by and function not in ground.authorised_by:
        found.add("ground-not-authorised")
    if hidden and not ground.gag:
        found.add("gag-not-for-ground")
    if ground.consent and person.consents(said["purpose"]) is not True:
        found.add("consent-missing")
    if ground.one_document and said.get("document") is None:
        found.add("document-missing")
    return found


def _too_early(
    policy: PolicyDocument, person: Person, said: dict[str, Any], known: dict[str, Any]
) -> Rules:
    """P19: the stage before comes before."""
    ground = policy.disclosure_grounds.get(said["ground"])
    stage = ground.stages.get(said.get("stage") or "") if ground else None
    if stage is None or stage.after is None:
        return set()
    to = known.get(said["recipient"], {}).get("id")
    listed = to if said["recipient"] in policy.recipients else None
    return set() if person.was_in(stage.after, listed, said["ground"]) else {"stage-too-early"}


def newest(
    policy: PolicyDocument, person: Person, attribute: str, document: UUID | None
) -> Any | None:
    """The value that goes out: the newest, and of the purchase named where there is one."""
    standing = person.standing((attribute,))
    listed = policy.attributes.get(attribute)
    scope = policy.classes[listed.class_].scope if listed else "none"
    if document is not None and scope in ("document", "case"):
        own = [value for value in standing if value.slot[1] == document.hex]
        standing = own or standing
    return standing[-1] if standing else None


def _items(policy: PolicyDocument, said: dict[str, Any], there: dict[str, Any]) -> Rules:
    found: Rules = set()
    to, purpose = policy.recipients.get(said["recipient"]), policy.purposes.get(said["purpose"])
    ground = policy.disclosure_grounds.get(said["ground"])
    stage = ground.stages.get(said.get("stage") or "") if ground else None
    for name, value in there.items():
        listed = policy.attributes.get(name)
        if listed is None:
            found.add("attribute-unlisted")
            continue
        if to is not None and name not in to.attributes:
            found.add("attribute-not-for-recipient")
        if purpose is not None and listed.class_ not in purpose.classes:
            found.add("attribute-not-for-purpose")
        if stage is not None and name not in stage.attributes:
            found.add("attribute-not-for-stage")
        if value is None:
            found.add("item-missing")
        document = said.get("document")
        single = ground is not None and ground.one_document and document is not None
        if single and value is not None and value.slot[1] not in ("", document.hex):
            found.add("item-of-another-document")
    return found
