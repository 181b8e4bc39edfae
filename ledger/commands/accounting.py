"""Accounts: opened, joined, left and closed; what each of these keeps or sets free, in one append.

Who is a member is said in the account's stream and in the member's own, so that either tells it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from ledger.account import MEMBERS, Account
from ledger.command import Command
from ledger.commands.carrying_out import with_all_holders
from ledger.commands.keeping import keep, set_free
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import (
    AccountClosed,
    AccountKind,
    AccountOpened,
    CommandRefused,
    MemberJoined,
    MemberLeft,
)
from ledger.ids import new_id
from ledger.policy.accounting import joining, opening
from ledger.policy.retaining import Document, Fact
from ledger.subject import DataSubject


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """A data subject who is to be a member, in these roles of the policy, from a day on."""

    subject: UUID
    roles: tuple[str, ...]
    since: dt.date | None = None


class OpenAccount(Command, frozen=True, kw_only=True):
    """Open an account, with its first members. Asked; answers `account`. The name is sealed, and an
    organisation's: what a person is called is collected as that person's own, and ends with it.

    A refusal stands in the actor's own stream, for there is no account yet.
    """

    NAME: ClassVar[str] = "open-account"

    kind: AccountKind
    service: str | None = None
    name: str | None = None
    members: tuple[Membership, ...] = ()

    def decide(self, desk: Desk) -> None:
        _room_for(len(self.members))
        if self.kind == "person" and self.name is not None:
            raise InvalidInput(
                field="name", rule="an organisation's; a person's is the person's own"
            )
        desk.preload(DataSubject, [member.subject for member in self.members])
        people = [_person(desk, member.subject) for member in self.members]
        findings = opening(desk.policy, self.service)
        for member, person in zip(self.members, people, strict=True):
            findings += joining(desk.policy, person.erased, member.roles, closed=False)
        if findings:
            actor = desk.actor_stream()
            desk.refuse(CommandRefused, actor, findings, command=self.NAME, purpose=None)
            return
        account, event = Account(new_id()), new_id()
        name = desk.evidence(account, event, "name", self.name)
        desk.draft(account).add(
            AccountOpened, event, kind=self.kind, service=self.service, name=name
        )
        for member, person in zip(self.members, people, strict=True):
            _join(desk, account, person, member.roles, day_of(desk, member.since, "since"))
        desk.done(account=account.id)


class JoinAccount(Command, frozen=True, kw_only=True):
    """A data subject becomes a member, or a member gets other roles. Asked.

    What the account's open facts keep of members in these roles is kept of this one from now on;
    what was kept in an earlier role stays until the fact ends.
    """

    NAME: ClassVar[str] = "join-account"

    account: UUID
    subject: UUID
    roles: tuple[str, ...]
    since: dt.date | None = None

    def stream(self) -> UUID | None:
        return self.account

    def person(self) -> UUID | None:
        return None  # it seals nothing of the person

    def decide(self, desk: Desk) -> None:
        account, person = the_account(desk, self.account), _person(desk, self.subject)
        closed = account.closed is not None
        findings = joining(desk.policy, person.erased, self.roles, closed=closed)
        if findings:
            desk.refuse(CommandRefused, account, findings, command=self.NAME, purpose=None)
            return
        known = account.members.get(person.id)
        if known is not None and set(known.roles) == set(self.roles):
            desk.unchanged()
            return
        _room_for(len({*account.members, person.id}))
        account = with_everybody(desk, account)
        _join(desk, account, person, self.roles, day_of(desk, self.since, "since"))
        desk.done()


class LeaveAccount(Command, frozen=True, kw_only=True):
    """A member is none any more. Told. What an open fact keeps of them stays until that ends."""

    NAME: ClassVar[str] = "leave-account"
    TOLD: ClassVar[bool] = True

    account: UUID
    subject: UUID
    until: dt.date | None = None

    def stream(self) -> UUID | None:
        return self.account

    def person(self) -> UUID | None:
        return None

    def decide(self, desk: Desk) -> None:
        account, person = the_account(desk, self.account), _person(desk, self.subject)
        if person.id not in account.members:
            raise NotFound(member=person.id)
        day = day_of(desk, self.until, "until")
        fact = Fact("member-left", person.id, day, (Document(person.id, day),))
        keep(desk, account, fact, [person.id])  # while it is known in which roles
        for state in (account, person):
            desk.draft(state).add(
                MemberLeft, new_id(), account=account.id, subject=person.id, until=day
            )
        set_free(desk, account, fact, [person.id])
        desk.done()


class CloseAccount(Command, frozen=True, kw_only=True):
    """The account is closed. Told. Retention looks at the day, and so does whatever the policy ends
    with an account. Open credits, cases and holds stay open."""

    NAME: ClassVar[str] = "close-account"
    TOLD: ClassVar[bool] = True
    HEAVY: ClassVar[bool] = True

    account: UUID
    day: dt.date | None = None

    def stream(self) -> UUID | None:
        return self.account

    def decide(self, desk: Desk) -> None:
        account = the_account(desk, self.account)
        if account.closed is not None:
            desk.unchanged()
            return
        account = with_everybody(desk, account)
        day = day_of(desk, self.day)
        members = list(account.members)
        desk.preload(DataSubject, members)
        people = [_person(desk, member) for member in members]
        for state in (account, *people):
            desk.draft(state).add(AccountClosed, new_id(), account=account.id, closed=day)
        fact = Fact("account-closed", account.id, day, (Document(account.id, day),))
        keep(desk, account, fact, members)
        set_free(desk, account, fact, account.everybody)
        desk.done()


def the_account(desk: Desk, account: UUID) -> Account:
    """An account that was opened; the append will expect it as it is now.

    Raises:
        NotFound: none was opened under this id.
    """
    state = desk.look(Account, account)
    if not state.opened:
        raise NotFound(account=account)
    return state


def with_everybody(desk: Desk, account: Account) -> Account:
    """The account with all documents and former members, of which a state keeps the newest."""
    left = account.kept.left_former or account.kept.left_papers
    return desk.in_full(account) if left else account


def day_of(desk: Desk, day: dt.date | None, field: str = "day") -> dt.date:
    """The day a fact is of: the one given, or the one on which it happened.

    Raises:
        InvalidInput: it has not come yet.
    """
    if day is not None and day > desk.today:
        raise InvalidInput(field=field, rule="a day that has come")
    return day or desk.occurred_at.date()


def _person(desk: Desk, subject: UUID) -> DataSubject:
    """With all holders: whom the end of a claim orders to erase (`keeping.py`)."""
    return with_all_holders(desk, desk.subject(subject))


def _join(
    desk: Desk, account: Account, person: DataSubject, roles: Iterable[str], since: dt.date
) -> None:
    fields: dict[str, Any] = {"account": account.id, "subject": person.id, "since": since}
    fields["roles"] = tuple(dict.fromkeys(roles))
    for state in (account, person):
        desk.draft(state).add(MemberJoined, new_id(), **fields)
    joined = Fact("member-joined", person.id, since, (Document(person.id, since),))
    over = list(account.over())
    for fact in (joined, *account.standing()):
        keep(desk, account, fact, [person.id], over)


def _room_for(members: int) -> None:
    if members > MEMBERS:
        raise InvalidInput(field="members", rule=f"at most {MEMBERS} members")
