"""Accounts: opened, joined, left and closed. What happens in them is in `account_facts.py`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import Field

from api.command_route import CommandRoute
from api.dependencies import (
    Carrier,
    Cursor,
    Limit,
    Tables,
    TheLedger,
    commanding,
    cursor_text,
    permitted,
)
from api.schemas import Act, Code, Day, Done, FactView, Form, Id, Labels, Paged, View, field_example
from api.slots import SlotView, slot_fields
from api.translation import Common, translation
from ledger.command import Command
from ledger.commands.accounting import (
    CloseAccount,
    JoinAccount,
    LeaveAccount,
    Membership,
    OpenAccount,
)
from ledger.errors import NotFound
from projections import accounts, keys

router = APIRouter(prefix="/v1/accounts", tags=["accounts"])

Writing = Annotated[Carrier, commanding("account:write")]
READING = ("account:write", "audit:read", "subject:read")
Roles = Annotated[list[Code], Field(min_length=1, max_length=20)]


# ---- what is sent ------------------------------------------------------------------------------


class MemberForm(Form):
    """A data subject, and in which roles of the policy."""

    subject: Id
    roles: Roles
    since: Day | None = None


class AccountForm(Act):
    """An account of a person or an organisation, and who is in it from the beginning."""

    model_config = field_example(
        kind="organisation",
        service="service-a",
        members=[{"subject": "0b9c1f6e-7d7a-4c35-9f0e-2f3c6c1f3a10", "roles": ["role-a"]}],
    )

    kind: Literal["person", "organisation"]
    service: Code | None = None
    name: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="Kept sealed."
    )
    members: Annotated[list[MemberForm], Field(max_length=1000, default_factory=list)]


class JoinForm(Act):
    """A data subject becomes a member, or gets other roles."""

    model_config = field_example(
        subject="0b9c1f6e-7d7a-4c35-9f0e-2f3c6c1f3a10", roles=["role-a"], since="2026-06-01"
    )

    subject: Id
    roles: Roles
    since: Day | None = None


class ClosureForm(Act):
    """On which day the account was closed; today, if left out."""

    model_config = field_example(day="2026-06-30")

    day: Day | None = None


# ---- what is shown -----------------------------------------------------------------------------


class RoleView(View):
    """A role of the policy, in words."""

    role: str
    label: str


class MemberView(View):
    """Who is in an account now."""

    subject: UUID
    roles: list[RoleView]
    since: dt.date


class AccountLine(FactView):
    """An account; its name stays sealed."""

    account: UUID
    kind: str
    service: str | None
    closed: dt.date | None


class AccountView(AccountLine):
    """An account, and who is in it now."""

    members: list[MemberView]


class HeldView(SlotView):
    """What an account itself holds, of one class and scope; when it was erased, and why."""

    since: dt.datetime
    erased_at: dt.datetime | None
    cause: str | None


# ---- commands ----------------------------------------------------------------------------------


@translation("account:write", status=status.HTTP_201_CREATED)
def open_account(body: AccountForm, common: Common) -> Command:
    """Open an account with its members; answers `ids.account`."""
    members = tuple(
        Membership(subject=one.subject, roles=tuple(one.roles), since=one.since)
        for one in body.members
    )
    return OpenAccount(
        **common, kind=body.kind, service=body.service, name=body.name, members=members
    )


@translation("account:write", status=status.HTTP_201_CREATED)
def join_account(body: JoinForm, common: Common, account: UUID) -> Command:
    """A person joins; what open facts keep of members in these roles is kept of this one, too."""
    roles = tuple(body.roles)
    return JoinAccount(
        **common, account=account, subject=body.subject, roles=roles, since=body.since
    )


@translation("account:write")
def close_account(body: ClosureForm, common: Common, account: UUID) -> Command:
    """Close an account. Open credits, cases and holds stay open."""
    return CloseAccount(**common, account=account, day=body.day)


_ONE = "/v1/accounts/{account}"
COMMANDS = [
    CommandRoute("POST", "/v1/accounts", open_account, tags=["accounts"], location=_ONE),
    CommandRoute("POST", f"{_ONE}/members", join_account, tags=["accounts"]),
    CommandRoute("POST", f"{_ONE}/closure", close_account, tags=["accounts"]),
]


@router.delete("/{account}/members/{subject}", operation_id="leave_account")
async def leave(account: UUID, subject: UUID, carrier: Writing, until: Day | None = None) -> Done:
    """A member leaves. What an open fact keeps of them stays until that ends."""
    command = LeaveAccount(**carrier.common(), account=account, subject=subject, until=until)
    return Done.by(await carrier.carry(command))


# ---- questions ---------------------------------------------------------------------------------


@router.get("", operation_id="accounts", dependencies=[permitted(*READING)])
def listed(
    tables: Tables,
    cursor: Cursor,
    subject: Annotated[UUID | None, Query(description="Those this person is or was in.")] = None,
    limit: Limit = 100,
) -> Paged[AccountLine]:
    """Every account, newest first."""
    page = accounts.all_accounts(tables, subject=subject, cursor=cursor, limit=limit)
    items = [AccountLine.of(row) for row in page.rows]
    return Paged(items=items, next_cursor=cursor_text(page.cursor))


@router.get("/{account}", operation_id="account", dependencies=[permitted(*READING)])
def one(account: UUID, tables: Tables, ledger: TheLedger) -> AccountView:
    """An account and who is in it now."""
    row, labels = known(tables, account), Labels(ledger.policy())
    members = [
        MemberView(
            subject=member.subject,
            since=member.day,
            roles=[
                RoleView(role=role, label=labels.label("member_roles", role) or role)
                for role in member.roles
            ],
        )
        for member in accounts.members_now(tables, account).values()
    ]
    shown = {name: getattr(row, name) for name in AccountLine.model_fields}
    return AccountView(**shown, members=members)


@router.get("/{account}/slots", operation_id="account_slots", dependencies=[permitted(*READING)])
def slots(account: UUID, tables: Tables, ledger: TheLedger) -> list[HeldView]:
    """What the account itself holds, its members' data aside, and what of it was erased."""
    known(tables, account)
    labels = Labels(ledger.policy())
    return [
        HeldView(
            **slot_fields(key.retention_class, key.scope, labels),
            since=key.minted_at,
            erased_at=key.dead_at,
            cause=key.cause,
        )
        for key in keys.of_stream(tables, account)
    ]


def known(tables: Tables, account: UUID) -> accounts.Account:
    """The account as the read side knows it. Raises NotFound."""
    found = accounts.account(tables, account)
    if found is None:
        raise NotFound(account=account)
    return found
