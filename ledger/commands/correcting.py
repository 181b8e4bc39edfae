"""Correcting: a new value supersedes one that stands, under the same slot (GDPR Art. 16)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar
from uuid import UUID

from ledger.command import Command
from ledger.commands.carrying_out import with_all_holders
from ledger.commands.ordering import to_correct
from ledger.commands.values import Value, classes_of, is_listed, number_each, place, seal_item
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound, StaleVersion
from ledger.events import CommandRefused, CorrectedItem, DataCorrected, Finding, SlotName
from ledger.facts import Item
from ledger.ids import new_id
from ledger.policy.decisions import Findings
from ledger.policy.model import PolicyDocument
from ledger.store.append import LookupGone
from ledger.subject import DataSubject


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

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        return classes_of(policy, self.values)

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        if self.seen is not None and self.seen != subject.profile_tag:
            raise StaleVersion(subject=subject.id)
        barred = [Finding("attribute-unlisted") for v in self.values if not is_listed(desk, v)]
        if subject.erased:
            barred.append(Finding("subject-erased"))
        if barred:
            desk.refuse(CommandRefused, subject, tuple(barred), command=self.NAME, purpose=None)
            return
        if subject.more(value.attribute for value in self.values):
            subject = desk.in_full(subject)
        subject = with_all_holders(desk, subject)
        correct(desk, subject, self.values, item=self.item)
        desk.done(subject=subject.id)


def correct(
    desk: Desk,
    subject: DataSubject,
    values: Sequence[Value],
    *,
    source: str | None = None,
    item: UUID | None = None,
    findings: Findings = (),
) -> None:
    """Draft a DataCorrected: each value supersedes one that stands, under the same slot; holders who
    were given it are told (GDPR Art. 19).

    Every value that stands must be known: where there is `more`, the state is a whole one.
    `findings` of what is told and not already stored with a collection of the same command.
    """
    draft, event = desk.draft(subject), new_id()
    items, wrong = [], list[tuple[str, SlotName]]()
    for placed, number in number_each(place(desk, values, subject)):
        old = _superseded(subject, placed.value, item, source)
        placed = placed._replace(slot=old.slot)
        wrong.append((old.attribute, old.slot))
        if placed.attribute.lookup and len(subject.current(old.attribute)) == 1:
            desk.superseded.append(LookupGone(placed.attribute.lookup, old.kid))
        if placed.value.mark:
            desk.superseded.append(LookupGone(placed.value.mark, old.kid))
        new = seal_item(desk, subject, draft, event, placed, number)
        items.append(
            CorrectedItem(
                new.attribute, new.number, new.class_, new.scope, new.value, old.event, old.number
            )
        )
    told = to_correct(desk, subject, wrong)
    draft.add(
        DataCorrected, event, orders=told, source=source, items=tuple(items), findings=findings
    )
    desk.irregular(subject, event, findings)


def _superseded(subject: DataSubject, value: Value, event: UUID | None, source: str | None) -> Item:
    """The standing value a correction means: the one named, the source's, or the only one.

    A value that names its scope corrects one of that scope.
    """
    standing = [item for item in subject.current(value.attribute) if event in (None, item.event)]
    if value.scope is not None:
        standing = [item for item in standing if item.slot.scope == value.scope]
    if source is not None:
        standing = [item for item in standing if item.source == source] or standing
    if not standing:
        raise NotFound(attribute=value.attribute)
    if len(standing) > 1:
        raise InvalidInput(field="item", rule="several values stand: name the entry to correct")
    return standing[0]
