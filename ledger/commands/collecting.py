"""Registering a person, collecting and correcting personal data."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import ClassVar
from uuid import UUID

import msgspec

from ledger.command import Command
from ledger.commands.carrying_out import with_all_holders
from ledger.commands.correcting import correct
from ledger.commands.values import (
    Placed,
    Value,
    classes_of,
    mark_value,
    number_each,
    place,
    seal_item,
)
from ledger.desk import Desk
from ledger.draft import Draft
from ledger.errors import InvalidInput, SubjectErased
from ledger.events import (
    CollectionRefused,
    DataCollected,
    Digest,
    Finding,
    InformDutyOpened,
    NoticeShown,
    SlotName,
    SubjectRegistered,
)
from ledger.ids import new_id
from ledger.policy import collecting as collecting_rules
from ledger.policy import duties
from ledger.policy.decisions import Findings
from ledger.policy.model import PolicyDocument
from ledger.sealing import Sealed
from ledger.subject import DataSubject

MAX_VALUES = 200
"""Values one collection may bring."""
_MARKET = re.compile(r"[A-Z]{2}")


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Which notice was shown: its version in the policy document, and the language."""

    version: str
    language: str


class RegisterSubject(Command, frozen=True, kw_only=True):
    """A new data subject, by a random id; answers `subject`."""

    NAME: ClassVar[str] = "register-subject"

    service: str | None = None
    source: str | None = None

    def decide(self, desk: Desk) -> None:
        subject = DataSubject(new_id())
        findings = _register(desk, subject, self.service, self.source)
        if findings:
            raise InvalidInput(field="service or source", rule=findings[0].rule)
        desk.done(subject=subject.id)


class Collect(Command, frozen=True, kw_only=True):
    """Collect values under a notice, for purposes. Asked: one broken rule and nothing is kept.

    `market`: the country (ISO 3166-1) where the service is offered; `template`: the message whose
    link brought the values. What others supplied opens a duty to tell the person (P05).
    """

    NAME: ClassVar[str] = "collect"
    LATER: ClassVar[frozenset[str]] = frozenset({"market", "template"})

    subject: UUID
    values: tuple[Value, ...]
    source: str
    country: str
    purposes: tuple[str, ...]
    notice: Notice | None = None
    service: str | None = None
    market: str | None = None
    supplier: str | None = None
    template: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        classes = classes_of(policy, self.values)
        return classes if self.supplier is None else {*classes, policy.evidence_class}

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        values = place(desk, self.values)  # what is malformed is an error, before it is a refusal
        findings = _findings(desk, subject, self)
        findings += _waiting(subject, [one.slot for one in values], findings)
        if findings:
            desk.refuse(CollectionRefused, subject, findings)
        else:
            take(desk, subject, self, values, findings)
            desk.done(subject=subject.id)


class RecordCollection(Collect, frozen=True, kw_only=True):
    """A collection that has happened, as an import or a partner tells. Without `subject`, a person
    not known so far is registered in the same append. Broken rules are stored as findings."""

    NAME: ClassVar[str] = "record-collection"
    TOLD: ClassVar[bool] = True

    subject: UUID | None = None  # type: ignore[assignment]
    corrections: tuple[Value, ...] = ()

    def decide(self, desk: Desk) -> None:
        subject, findings = self.tell(desk)
        desk.done(findings, subject=subject.id)

    def tell(self, desk: Desk) -> tuple[DataSubject, Findings]:
        """Draft what is told. Returns: of whom, and the rules it breaks."""
        subject = DataSubject(new_id()) if self.subject is None else desk.subject(self.subject)
        if subject.more(value.attribute for value in self.corrections):
            subject = desk.in_full(subject)
        elif self.corrections:
            subject = with_all_holders(desk, subject)
        if subject.erased:
            raise SubjectErased(subject=subject.id)
        if self.subject is None:
            _register(desk, subject, self.service, self.source)
        findings = _findings(desk, subject, self)
        alone = not self.values
        if self.values or not self.corrections:
            findings = take(desk, subject, self, place(desk, self.values), findings)
        if self.corrections:
            left = findings if alone else ()
            correct(desk, subject, self.corrections, source=self.source, findings=left)
        return subject, findings


def take(
    desk: Desk, subject: DataSubject, said: Collect, placed: Sequence[Placed], findings: Findings
) -> Findings:
    """Draft a DataCollected: values sealed, look-ups drawn, what is not listed sealed aside.

    Returns: the findings it was stored with.
    """
    draft, event = desk.draft(subject), new_id()
    policy = desk.policy
    left, aside = _left(policy, said.values), SlotName(policy.unlisted_class, "")
    dead: dict[SlotName, None] = {}
    if said.TOLD:
        slots = [*(p.slot for p in placed), *(aside for _ in left)]
        dead = {name: None for name in slots if _dead(subject, name)}
        findings += _waiting(subject, slots, findings)
        findings = (*findings, *(Finding("slot-erased", name.class_) for name in dead))
        placed = [p for p in placed if p.slot not in dead]
    items = [seal_item(desk, subject, draft, event, p, number) for p, number in number_each(placed)]
    draft.add(
        DataCollected,
        event,
        told=said.TOLD,
        source=said.source if said.source in policy.sources else None,
        template=said.template if said.template in policy.templates else None,
        supplier=desk.evidence(subject, event, "supplier", said.supplier),
        notice=notice_shown(desk, said.notice),
        service=said.service if said.service in policy.services else None,
        country=said.country if said.country in policy.countries else None,
        purposes=tuple(p for p in said.purposes if p in policy.purposes),
        items=tuple(items),
        unlisted=None if aside in dead else _unlisted(desk, subject, draft, event, left),
        findings=findings,
    )
    desk.irregular(subject, event, findings)
    if items or (left and aside not in dead):
        _open_duty(desk, subject, event, said.source)
    return findings


def _open_duty(desk: Desk, subject: DataSubject, entry: UUID, source: str) -> None:
    """The person must be told of what others supplied. The period runs from the day it came, so a
    duty that is told late may be overdue at once."""
    day = desk.occurred_at.date()
    inform = duties.inform_by(desk.policy, source, subject.regimes, day)
    if inform is not None:
        desk.draft(subject).add(
            InformDutyOpened, new_id(), duty=new_id(), entry=entry, due=inform.until
        )


def notice_shown(desk: Desk, notice: Notice | None) -> NoticeShown | None:
    """The notice with the digest of its published text; None when the policy has no such text."""
    listed = desk.policy.notices.get(notice.version) if notice else None
    if notice is None or listed is None or notice.language not in listed.texts:
        return None
    return NoticeShown(notice.version, notice.language, Digest(listed.digest(notice.language)))


def _register(
    desk: Desk, subject: DataSubject, service: str | None, source: str | None
) -> Findings:
    policy = desk.policy
    findings = []
    if service is not None and service not in policy.services:
        findings.append(Finding("service-unlisted"))
    if source is not None and source not in policy.sources:
        findings.append(Finding("source-unlisted"))
    desk.draft(subject).add(
        SubjectRegistered,
        new_id(),
        service=service if service in policy.services else None,
        source=source if source in policy.sources else None,
    )
    return tuple(findings)


def _findings(desk: Desk, subject: DataSubject, said: Collect) -> Findings:
    if len(said.values) > MAX_VALUES:
        raise InvalidInput(field="values", rule=f"at most {MAX_VALUES} values at once")
    _well_formed(said)
    coming = collecting_rules.Coming(
        source=said.source,
        country=said.country,
        purposes=said.purposes,
        attributes=[value.attribute for value in said.values],
        notice=(said.notice.version, said.notice.language) if said.notice else None,
        service=said.service,
        market=said.market,
        supplier=said.supplier is not None,
        template=said.template,
    )
    return collecting_rules.collection(desk.policy, subject, coming, desk.today)


def _well_formed(said: Collect) -> None:
    if said.market is None:
        return
    if said.service is None:
        raise InvalidInput(field="market", rule="only of a service that is named")
    if not _MARKET.fullmatch(said.market):
        raise InvalidInput(
            field="market", rule="a country code of two capital letters (ISO 3166-1)"
        )


def _waiting(subject: DataSubject, slots: Iterable[SlotName], found: Findings) -> Findings:
    """What would lie under a key whose own erasure waits: it could serve nothing, and die with it."""
    if any(finding.rule == "erasure-requested" for finding in found):
        return ()
    waiting = [name for name in slots if not _dead(subject, name) and subject.outlasts(name)]
    return tuple(Finding("erasure-requested", one) for one in {name.class_: 1 for name in waiting})


def _dead(subject: DataSubject, name: SlotName) -> bool:
    slot = subject.slots.get(name)
    return slot is not None and not slot.alive


def _left(policy: PolicyDocument, values: Iterable[Value]) -> list[Value]:
    """The values whose attributes the policy does not list."""
    return [value for value in values if value.attribute not in policy.attributes]


def _unlisted(
    desk: Desk, subject: DataSubject, draft: Draft, event: UUID, left: Sequence[Value]
) -> Sealed | None:
    """What the policy does not list came in all the same: kept sealed, names included."""
    if not left:
        return None
    content = {value.attribute: value.value for value in left}
    sealed = draft.seal(event, "@unlisted", SlotName(desk.policy.unlisted_class, ""), content)
    for value in left:
        mark_value(desk, subject, value, "", sealed)
    return sealed
