"""Registering a person, collecting and correcting personal data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple
from uuid import UUID, uuid4

import msgspec

from ledger.desk import Command, Desk, Draft
from ledger.errors import InvalidInput, NotFound, StaleVersion, SubjectErased
from ledger.events import (
    CollectedItem,
    CollectionRefused,
    CommandRefused,
    CorrectedItem,
    DataCollected,
    DataCorrected,
    Digest,
    Finding,
    NoticeShown,
    SlotName,
    SubjectRegistered,
    field_name,
)
from ledger.policy import decisions
from ledger.policy.decisions import Findings
from ledger.policy.model import Attribute
from ledger.policy.values import validate
from ledger.sealing import Sealed
from ledger.store.append import LookupGone
from ledger.subject import DataSubject, Item

MAX_VALUES = 200
"""Values one collection may bring."""


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One value of an attribute; `scope` for classes whose scope is a document or case (hex32).

    `mark`: what an import recognises an unchanged value by, kept as a keyed row of this kind.
    """

    attribute: str
    value: str
    scope: str | None = None
    mark: str | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Which notice was shown: its version in the policy document, and the language."""

    version: str
    language: str


class _Placed(NamedTuple):
    """A validated value and the slot it belongs to."""

    value: Value
    text: str
    attribute: Attribute
    slot: SlotName


class RegisterSubject(Command, frozen=True, kw_only=True):
    """A new data subject, by a random id; answers `subject`."""

    NAME: ClassVar[str] = "register-subject"

    service: str | None = None
    source: str | None = None

    def decide(self, desk: Desk) -> None:
        subject = DataSubject(uuid4())
        findings = _register(desk, subject, self.service, self.source)
        if findings:
            raise InvalidInput(field="service or source", rule=findings[0].rule)
        desk.done(subject=subject.id)


class Collect(Command, frozen=True, kw_only=True):
    """Collect values under a notice, for purposes. Asked: one broken rule and nothing is kept."""

    NAME: ClassVar[str] = "collect"

    subject: UUID
    values: tuple[Value, ...]
    source: str
    country: str
    purposes: tuple[str, ...]
    notice: Notice | None = None
    service: str | None = None
    supplier: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        findings = _findings(desk, subject, self)
        if findings:
            desk.refuse(CollectionRefused, subject, findings)
        else:
            take(desk, subject, self, findings)
            desk.done(subject=subject.id)


class RecordCollection(Collect, frozen=True, kw_only=True):
    """A collection that has happened, as an import or a partner tells. Without `subject`, a person
    not known so far is registered in the same append. Broken rules are stored as findings."""

    NAME: ClassVar[str] = "record-collection"
    TOLD: ClassVar[bool] = True

    subject: UUID | None = None  # type: ignore[assignment]
    corrections: tuple[Value, ...] = ()

    def decide(self, desk: Desk) -> None:
        subject = DataSubject(uuid4()) if self.subject is None else desk.subject(self.subject)
        if subject.erased:
            raise SubjectErased(subject=subject.id)
        if self.subject is None:
            _register(desk, subject, self.service, self.source)
        findings = _findings(desk, subject, self)
        if self.values or not self.corrections:
            take(desk, subject, self, findings)
        if self.corrections:
            correct(desk, subject, self.corrections, source=self.source)
        desk.done(findings, subject=subject.id)


class Correct(Command, frozen=True, kw_only=True):
    """Correct values (GDPR Art. 16). `seen` is the profile tag the caller read (ETag).

    An attribute with several standing values needs `item`, the entry that brought the wrong one.
    """

    NAME: ClassVar[str] = "correct"

    subject: UUID
    values: tuple[Value, ...]
    seen: UUID | None = None
    item: UUID | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        if self.seen is not None and self.seen != subject.profile_tag:
            raise StaleVersion(subject=subject.id)
        barred = [Finding("attribute-unlisted") for v in self.values if not _listed(desk, v)]
        if subject.erased:
            barred.append(Finding("subject-erased"))
        if barred:
            desk.refuse(CommandRefused, subject, tuple(barred), command=self.NAME, purpose=None)
            return
        correct(desk, subject, self.values, item=self.item)
        desk.done(subject=subject.id)


def take(desk: Desk, subject: DataSubject, said: Collect, findings: Findings) -> None:
    """Draft a DataCollected: values sealed, look-ups drawn, what is not listed sealed aside."""
    draft, event = desk.draft(subject), uuid4()
    placed = _placed(desk, said.values)
    dead = {p.slot for p in placed if _dead(subject, p.slot)} if said.TOLD else set()
    findings = (*findings, *(Finding("slot-erased", name.class_) for name in dead))
    items = [
        _item(desk, subject, draft, event, p, number)
        for p, number in _numbered(p for p in placed if p.slot not in dead)
    ]
    policy = desk.policy
    draft.add(
        DataCollected,
        event,
        told=said.TOLD,
        source=said.source if said.source in policy.sources else None,
        supplier=desk.evidence(subject, event, "supplier", said.supplier),
        notice=notice_shown(desk, said.notice),
        service=said.service if said.service in policy.services else None,
        country=said.country if said.country in policy.countries else None,
        purposes=tuple(p for p in said.purposes if p in policy.purposes),
        items=tuple(items),
        unlisted=_unlisted(desk, draft, event, said.values),
        findings=findings,
    )
    desk.irregular(subject, event, findings)


def correct(
    desk: Desk,
    subject: DataSubject,
    values: Sequence[Value],
    *,
    source: str | None = None,
    item: UUID | None = None,
) -> None:
    """Draft a DataCorrected: each value supersedes one that stands, under the same slot."""
    draft, event = desk.draft(subject), uuid4()
    items = []
    for placed, number in _numbered(_placed(desk, values, subject)):
        old = _superseded(subject, placed.value.attribute, item, source)
        placed = placed._replace(slot=old.slot)
        if placed.attribute.lookup and len(subject.current(old.attribute)) == 1:
            desk.superseded.append(LookupGone(placed.attribute.lookup, old.value.kid))
        if placed.value.mark:
            desk.superseded.append(LookupGone(placed.value.mark, old.value.kid))
        new = _item(desk, subject, draft, event, placed, number)
        items.append(
            CorrectedItem(
                new.attribute, new.number, new.class_, new.scope, new.value, old.event, old.number
            )
        )
    draft.add(DataCorrected, event, source=source, items=tuple(items), findings=())


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
        uuid4(),
        service=service if service in policy.services else None,
        source=source if source in policy.sources else None,
    )
    return tuple(findings)


def _findings(desk: Desk, subject: DataSubject, said: Collect) -> Findings:
    if len(said.values) > MAX_VALUES:
        raise InvalidInput(field="values", rule=f"at most {MAX_VALUES} values at once")
    return decisions.collection(
        desk.policy,
        subject,
        source=said.source,
        service=said.service,
        country=said.country,
        notice=(said.notice.version, said.notice.language) if said.notice else None,
        purposes=said.purposes,
        attributes=[value.attribute for value in said.values],
    )


def _listed(desk: Desk, value: Value) -> bool:
    return value.attribute in desk.policy.attributes


def _placed(
    desk: Desk, values: Iterable[Value], subject: DataSubject | None = None
) -> list[_Placed]:
    """Listed values, validated, each with its slot; a correction's slot is the old value's."""
    placed = []
    for value in values:
        attribute = desk.policy.attributes.get(value.attribute)
        if attribute is None:
            continue
        text = validate(value.attribute, attribute, value.value)
        scope = ""
        if subject is None:
            day = desk.occurred_at.date()
            scope = desk.policy.scope_of(attribute.class_, day, value.scope)
        placed.append(_Placed(value, text, attribute, SlotName(attribute.class_, scope)))
    return placed


def _numbered(placed: Iterable[_Placed]) -> Iterable[tuple[_Placed, int]]:
    counts: dict[str, int] = {}
    for p in placed:
        counts[p.value.attribute] = counts.get(p.value.attribute, 0) + 1
        yield p, counts[p.value.attribute]


def _dead(subject: DataSubject, name: SlotName) -> bool:
    slot = subject.slots.get(name)
    return slot is not None and not slot.alive


def _item(
    desk: Desk, subject: DataSubject, draft: Draft, event: UUID, placed: _Placed, number: int
) -> CollectedItem:
    name = placed.value.attribute
    sealed = draft.seal(event, field_name(name, number), *_pair(placed.slot), placed.text)
    attribute = placed.attribute
    if attribute.lookup:
        desk.look_up(attribute.lookup, placed.text, sealed, subject, attribute.exclusive)
    if placed.value.mark:
        desk.look_up(placed.value.mark, placed.value.value, sealed, subject, exclusive=False)
    return CollectedItem(name, number, placed.slot.class_, placed.slot.scope, sealed)


def _pair(name: SlotName) -> tuple[str, str]:
    return name.class_, name.scope


def _unlisted(desk: Desk, draft: Draft, event: UUID, values: Iterable[Value]) -> Sealed | None:
    """What the policy does not list came in all the same: kept sealed, names included."""
    left = {value.attribute: value.value for value in values if not _listed(desk, value)}
    if not left:
        return None
    return draft.seal(event, "@unlisted", desk.policy.unlisted_class, "", left)


def _superseded(
    subject: DataSubject, attribute: str, event: UUID | None, source: str | None
) -> Item:
    """The standing value a correction means: the one named, the source's, or the only one."""
    standing = [item for item in subject.current(attribute) if event in (None, item.event)]
    if source is not None:
        standing = [item for item in standing if item.source == source] or standing
    if not standing:
        raise NotFound(attribute=attribute)
    if len(standing) > 1:
        raise InvalidInput(field="item", rule="several values stand: name the entry to correct")
    return standing[0]
