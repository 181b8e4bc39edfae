"""The sweep of an account's own keys: what is due is scheduled, and a day later erased or called off.

As of a person's (`sweeping.py`): asked again by the moment on which three clocks agreed (`at`), and by
every version of the policy that counts. Nobody outside is ordered to follow: what was passed on of a
member is in the member's own stream.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar
from uuid import UUID

from ledger.account import Account
from ledger.command import Command
from ledger.commands.accounting import the_account, with_everybody
from ledger.commands.carrying_out import erased_on
from ledger.commands.sweeping import moment, not_scheduled, ripe, still_due
from ledger.desk import Desk
from ledger.events import (
    DataErased,
    DueSlot,
    ErasureCancelled,
    ErasureClosed,
    ErasureScheduled,
)
from ledger.ids import new_id
from ledger.policy import closing
from ledger.subject import DataSubject


class ScheduleAccountErasure(Command, frozen=True, kw_only=True):
    """Schedule the erasure of what is due of an account itself and not scheduled yet."""

    NAME: ClassVar[str] = "schedule-account-erasure"

    account: UUID
    at: dt.datetime

    def stream(self) -> UUID | None:
        return self.account

    def decide(self, desk: Desk) -> None:
        account = with_everybody(desk, the_account(desk, self.account))
        due = not_scheduled(account, _due(desk, account, moment(desk, self.at)))
        if not due:
            desk.unchanged()
            return
        erasure = new_id()
        desk.draft(account).add(ErasureScheduled, new_id(), erasure=erasure, slots=tuple(due))
        desk.done(erasure=erasure)


class EraseAccountDue(Command, frozen=True, kw_only=True):
    """Carry out what was scheduled long enough ago, if all of it is due still; else call it off."""

    NAME: ClassVar[str] = "erase-account-due"

    account: UUID
    erasure: UUID
    at: dt.datetime

    def stream(self) -> UUID | None:
        return self.account

    def decide(self, desk: Desk) -> None:
        account = with_everybody(desk, the_account(desk, self.account))
        scheduled = account.scheduled.get(self.erasure)
        if scheduled is None:  # it was carried out, or called off
            desk.unchanged()
            return
        at, draft = moment(desk, self.at), desk.draft(account)
        dying = still_due(account, scheduled, _due(desk, account, at))
        if not dying:
            draft.add(ErasureCancelled, new_id(), erasure=self.erasure)
        elif ripe(desk, scheduled, at):
            fields = {"erasure": self.erasure, "cause": "retention", "orders": ()}
            draft.add(DataErased, new_id(), dead=scheduled.kids, slots=tuple(dying), **fields)
            draft.add(ErasureClosed, new_id(), erasure=self.erasure)
        else:
            desk.unchanged()
            return
        desk.done(erasure=self.erasure)


def _due(desk: Desk, account: Account, at: dt.datetime) -> list[DueSlot]:
    """What is due of an account, by every version of the policy that counts."""
    policies = desk.policies_counting(at)
    return closing.ended(policies, account, at.date(), _forgotten(desk, account))


def _forgotten(desk: Desk, account: Account) -> dt.date | None:
    """Since when everybody is erased who is or was in the account of a person; None: not so."""
    people = account.everybody
    if account.kind != "person" or not people:
        return None
    desk.preload(DataSubject, people)
    days = [erased_on(desk, desk.look(DataSubject, one)) for one in people]
    return max((day for day in days if day), default=None) if all(days) else None
