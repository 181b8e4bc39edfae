"""What is due of the accounts of a ledger themselves, and what a sweep has to do about it.

As of people (`due.py`): where to look say the tables of the read side, whether anything is due the
pure rule (`policy/closing.py`) of each account's state.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

from ledger.account import Account
from ledger.due import YEAR, Found, Part, Source
from ledger.events import SlotName
from ledger.policy.brake import strictest
from ledger.policy.closing import by_a_slip, ended
from ledger.reading import Reading
from ledger.subject import DataSubject

Moments = Mapping[UUID, dt.datetime]


def find_accounts(reading: Reading, source: Source, at: dt.datetime, found: Found) -> None:
    """Add what is due of accounts at a moment, by every version of the policy that counts then."""
    policies, year = reading.policies_counting(at), reading.policies_since(at - YEAR)
    wait = dt.timedelta(hours=strictest(policies).wait_hours)
    for page in source.accounts(policies, at.date()):
        accounts = [_in_full(reading, one) for one in reading.states(Account, page)]
        people = _people(reading, accounts)
        recorded = _recorded(reading, accounts, people)
        for account in accounts:
            due = ended(policies, account, at.date(), _forgotten(account, people, recorded))
            living = account.living
            kids = {living[SlotName(slot.class_, slot.scope)].kid for slot in due}
            scheduled = {kid for one in account.scheduled.values() for kid in one.kids}
            if fresh := len(kids - scheduled):
                found.add(Part("scheduled", account.id, None, fresh, account=True))
            for erasure, one in account.scheduled.items():
                if not kids.issuperset(one.kids):
                    found.add(Part("cancelled", account.id, erasure, len(one.kids), account=True))
                elif recorded[one.entry] + wait <= at:
                    found.add(Part("erased", account.id, erasure, len(one.kids), account=True))
            found.slipped += sum(by_a_slip(year, slot) for slot in due)


def _in_full(reading: Reading, account: Account) -> Account:
    """With all documents and former members, of which a state keeps the newest."""
    left = account.kept.left_papers or account.kept.left_former
    return reading.whole(Account, account.id) if left else account


def _people(reading: Reading, accounts: Sequence[Account]) -> dict[UUID, DataSubject]:
    """Who is or was in those of the accounts that are a person's, in one query."""
    ids = [one for account in accounts if account.kind == "person" for one in account.everybody]
    return {person.id: person for person in reading.subjects(list(dict.fromkeys(ids)))}


def _recorded(
    reading: Reading, accounts: Sequence[Account], people: Mapping[UUID, DataSubject]
) -> Moments:
    """When these people were erased, or something scheduled: by entry, in one query."""
    entries = [one.erased_by for one in people.values() if one.erased_by is not None]
    entries += [due.entry for account in accounts for due in account.scheduled.values()]
    found = reading.find(entries) if entries else {}
    return {event: entry.recorded_at for event, entry in found.items() if entry.recorded_at}


def _forgotten(
    account: Account, people: Mapping[UUID, DataSubject], recorded: Moments
) -> dt.date | None:
    """Since when everybody is erased who is or was in the account of a person; None: not so."""
    if account.kind != "person" or not account.everybody:
        return None
    days = []
    for one in account.everybody:
        erased_by = people[one].erased_by
        if erased_by is None:
            return None
        days.append(recorded[erased_by].date())
    return max(days)
