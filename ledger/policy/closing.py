"""When what an account itself holds has ended: its name, the numbers of its documents, its evidence,
and what its customer stored. Pure.

No claim lies on these keys: whatever a fact keeps of the members, it keeps of the account as well,
for as long (`retaining.py`). What is open keeps what belongs to it; evidence stays for its own period
after the account was closed. What customers store ends as they instruct (P02), unless the document
says when it goes after the account was closed (GDPR Art. 28(3)(g)).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol
from uuid import UUID

from ledger.events import AccountKind, DueCause, DueSlot, SlotName
from ledger.policy import retaining
from ledger.policy.data import RetentionClass
from ledger.policy.due import cut, due_on
from ledger.policy.model import PolicyDocument
from ledger.policy.periods import add_period
from ledger.policy.retaining import Fact
from ledger.stream import Slot


class Books(Protocol):
    """What is looked at in an account's state: all of its documents must be there."""

    @property
    def kind(self) -> AccountKind: ...
    @property
    def closed(self) -> dt.date | None: ...
    @property
    def living(self) -> dict[SlotName, Slot]: ...
    @property
    def matters(self) -> Collection[UUID]: ...
    def standing(self) -> Iterator[Fact]: ...


def ended(
    policies: Sequence[PolicyDocument], account: Books, today: dt.date, forgotten: dt.date | None
) -> list[DueSlot]:
    """The slots of an account whose time has come under each of these versions of the policy; the last
    one is in force, and says why.

    `forgotten`: since when everybody who is or was in the account of a person is erased; None: not
    so. Such an account ends as if it had been closed, and what nothing keeps ends with it.
    """
    facts = list(account.standing())
    kept = [_kept(policy, account, facts, today) for policy in policies]
    due = []
    for name, slot in sorted(account.living.items(), key=_by_name):
        found = [
            None if _holds(keeping, name) else _ended(policy, account, name, slot, today, forgotten)
            for policy, keeping in zip(policies, kept, strict=True)
        ]
        if found and found[-1] is not None and None not in found:
            due.append(DueSlot(name.class_, name.scope, found[-1], name.class_))
    return due


def _kept(
    policy: PolicyDocument, account: Books, facts: Iterable[Fact], today: dt.date
) -> set[tuple[str, str]]:
    """What facts keep: classes, each with a scope or `*`."""
    return {
        (cover.class_, cover.scope)
        for fact in facts
        for want in retaining.wanted(policy, account.kind, fact, today)
        for cover in want.covers
    }


def _holds(kept: Collection[tuple[str, str]], name: SlotName) -> bool:
    return (name.class_, name.scope) in kept or (name.class_, retaining.ALL) in kept


def _ended(
    policy: PolicyDocument,
    account: Books,
    name: SlotName,
    slot: Slot,
    today: dt.date,
    forgotten: dt.date | None,
) -> DueCause | None:
    """Why a slot has ended that no fact keeps; None: it has not."""
    listed = policy.classes.get(name.class_)
    if listed is None or name.scope in {matter.hex for matter in account.matters}:
        return None
    over = account.closed or forgotten
    if listed.role == "evidence":
        if over is None or account.matters:
            return None
        return "account-closed" if _kept_until(listed, over) <= today else None
    if forgotten is not None and not listed.instructed:
        return "account-closed"
    day = due_on(policy, name.class_, name.scope, slot.since, over)
    if day is None or day > today:
        return None
    by_closing = listed.ends is not None and listed.ends.of == "account-closed"
    return "account-closed" if by_closing else "retention-ended"


def _kept_until(listed: RetentionClass, over: dt.date) -> dt.date:
    assert listed.keeps is not None  # the document's form requires it of the evidence class
    return add_period(over, listed.keeps.period)


def _by_name(pair: tuple[SlotName, Slot]) -> tuple[str, str]:
    return pair[0].class_, pair[0].scope


def by_a_slip(versions: Sequence[PolicyDocument], due: DueSlot) -> bool:
    """Whether a slot of an account is due by a period that was cut so much, since one of these versions,
    that it may be a slip of the pen: that of its class, or that of a rule that kept the class. The last
    version is the one in force."""
    now = dict(_periods(versions[-1], due.class_))
    return any(
        name in now and cut(before, now[name])
        for version in versions[:-1]
        for name, before in _periods(version, due.class_)
    )


def _periods(policy: PolicyDocument, class_: str) -> Iterator[tuple[str, str]]:
    """What this class is kept for, by what says so."""
    listed = policy.classes.get(class_)
    if listed is not None and listed.ends is not None:
        yield "ends", listed.ends.after
    if listed is not None and listed.keeps is not None:
        yield "keeps", listed.keeps.period
    for id_, rule in policy.retention_rules.items():
        if class_ in rule.classes and rule.keep is not None:
            yield f"rule {id_}", rule.keep
        period = policy.retention_grounds[rule.ground].period
        if class_ in rule.classes and period is not None:
            yield f"ground of {id_}", period
