"""Values carried into a case, before what they lie under is erased (POLICY.md, P23).

They are opened under their own key and sealed under the case's (formats.md §7), in one append; the
event is the fact that they were opened. The copies end with the case, the originals on their own.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from ledger.account import Account
from ledger.command import Command
from ledger.commands.accounting import the_account, with_everybody
from ledger.commands.carrying_out import with_all_holders
from ledger.commands.keeping import keep
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import (
    CollectedItem,
    CommandRefused,
    CorrectedItem,
    DataCollected,
    DataCorrected,
    DataResealed,
    Entry,
    ResealedItem,
    SlotName,
    field_name,
)
from ledger.facts import Item
from ledger.ids import new_id
from ledger.policy.accounting import carrying
from ledger.policy.retaining import Fact, case_rule, wanted
from ledger.sealing import Opened
from ledger.store.append import Conflict
from ledger.subject import DataSubject
from ledger.vault.opening import SealedAt

MOST = 100
"""Attributes that are carried at once: a case needs few values, each named."""


class CarryIntoCase(Command, frozen=True, kw_only=True):
    """Carry a member's newest values of these attributes into an open case of the account. Asked.

    Answers `entry`. What a value was carried from may be erased meanwhile; the copy is kept by the
    case's claim, may be used for its ground's purposes only, and goes when the case is closed.
    """

    NAME: ClassVar[str] = "carry-into-case"
    HEAVY: ClassVar[bool] = True

    account: UUID
    case: UUID
    subject: UUID
    attributes: tuple[str, ...]

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        account = with_everybody(desk, the_account(desk, self.account))
        case = account.matters.get(self.case)
        if case is None or case.opened_by != "case-opened":
            raise NotFound(case=self.case)
        names = tuple(dict.fromkeys(self.attributes))
        if not 0 < len(names) <= MOST:
            raise InvalidInput(field="attributes", rule=f"one to {MOST} attributes")
        subject = with_all_holders(desk, desk.subject(self.subject))
        newest = {name: subject.newest(name) for name in names}
        items = [item for item in newest.values() if item is not None]
        ruled = case_rule(desk.policy, account.kind, case.kind)
        fact = account.matter_fact(self.case, "case-opened", case.day)
        findings = carrying(
            desk.policy,
            subject,
            ruled[1].ground if ruled else None,
            concerned=_concerned(desk, account, fact, subject.id),
            attributes=names,
            slots={item.slot for item in items},
            missing=[name for name, item in newest.items() if item is None],
            today=desk.today,
        )
        if findings or ruled is None:
            about = {"command": self.NAME, "purpose": None}
            desk.refuse(CommandRefused, subject, findings, **about)
            return
        keep(desk, account, fact, [subject.id])
        slot = SlotName(ruled[0], self.case.hex)
        desk.done(entry=_carry(desk, subject, items, slot, self.account, self.case))


def _concerned(desk: Desk, account: Account, fact: Fact, subject: UUID) -> bool:
    """Whether a rule of the case concerns this member, or former member."""
    if subject not in account.everybody:
        return False
    known = account.members.get(subject)
    roles = known.roles if known is not None else ()
    wants = wanted(desk.policy, account.kind, fact, desk.today)
    return any(want.concerns(fact, subject, roles) for want in wants)


def _carry(
    desk: Desk,
    subject: DataSubject,
    items: list[Item],
    slot: SlotName,
    account: UUID,
    case: UUID,
) -> UUID:
    """Draft a DataResealed.

    Raises:
        Conflict: a key died after the stream was read.
    """
    sources = {entry.event: entry for entry in desk.entries([item.event for item in items])}
    sealed = [
        SealedAt(subject.id, item.event, item.field, _of(sources[item.event], item).value)
        for item in items
    ]
    event, resealed = new_id(), []
    for item, opened in zip(items, desk.vault.open_many(sealed), strict=True):
        if not isinstance(opened, Opened):
            raise Conflict
        value = desk.draft(subject).seal(event, field_name(item.attribute, 1), slot, opened.value)
        resealed.append(
            ResealedItem(
                attribute=item.attribute,
                number=1,
                class_=slot.class_,
                scope=slot.scope,
                value=value,
                from_event=item.event,
                from_number=item.number,
            )
        )
    desk.draft(subject).add(DataResealed, event, account=account, case=case, items=tuple(resealed))
    return event


def _of(entry: Entry, item: Item) -> CollectedItem | CorrectedItem:
    """The value that an item names, in the entry that brought it."""
    body = entry.body
    assert isinstance(body, DataCollected | DataCorrected)
    found = (one for one in body.items if (one.attribute, one.number) == item[2:3] + item[1:2])
    return next(iter(found))
