"""Accounts, contents and cases as they are read: each fact once, and what is dead says since when."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

from ledger.events import (
    AccountClosed,
    AccountOpened,
    ClaimPlaced,
    ContentRemoved,
    ContentStored,
    CreditOpened,
    CreditSettled,
    DataResealed,
    DeadKey,
    EntryAnnulled,
    InvoiceIssued,
    MemberJoined,
    MemberLeft,
    QuoteIssued,
    RequestPassedOn,
    ResealedItem,
)
from projections import accounts, cases, claims, contents

from .conftest import sealed_under

DAY = dt.date(2026, 6, 1)


def test_an_account_is_listed_with_its_members_of_now(log, engine):
    """A membership that is said in two streams is one; who left is in it no more."""
    account, one, other = uuid4(), log.person(), log.person()
    log.tell(account, AccountOpened, kind="organisation", service="service-a")
    for person in (one, other):
        for stream in (account, person):
            joined = {"account": account, "subject": person, "since": DAY}
            log.tell(stream, MemberJoined, roles=("role-a",), **joined)
    for stream in (account, other):
        log.tell(stream, MemberLeft, account=account, subject=other, until=DAY)
    engine.catch_up()
    with engine.reading() as tables:
        assert [row.account for row in accounts.all_accounts(tables).rows] == [account]
        assert list(accounts.members_now(tables, account)) == [one]
        assert [row.step for row in accounts.memberships(tables, account)] == [
            "joined",
            "joined",
            "left",
        ]
        assert [row.account for row in accounts.all_accounts(tables, subject=other).rows] == [
            account
        ]
        assert accounts.all_accounts(tables, subject=log.person()).rows == []
        assert accounts.account(tables, account).closed is None
    for stream in (account, one):
        log.tell(stream, AccountClosed, account=account, closed=DAY)
    engine.catch_up()
    with engine.reading() as tables:
        assert accounts.account(tables, account).closed == DAY
        assert accounts.account(tables, uuid4()) is None


def test_what_was_annulled_is_marked_and_counts_no_more(log, engine):
    """A joining, a closure and a fact that were errors: the rows stay, the answers change."""
    account, one, wrong, credit = uuid4(), log.person(), log.person(), uuid4()
    log.tell(account, AccountOpened, kind="organisation")
    for person in (one, wrong):
        joined = {"account": account, "subject": person, "since": DAY}
        last = log.tell(account, MemberJoined, roles=("role-a",), **joined)
    owed = log.tell(account, CreditOpened, credit=credit, opened=DAY)
    closed = log.tell(account, AccountClosed, account=account, closed=DAY)
    engine.catch_up()
    with engine.reading() as tables:
        assert list(accounts.members_now(tables, account)) == [one, wrong]
        assert accounts.account(tables, account).closed == DAY
        assert len(accounts.all_accounts(tables, subject=wrong).rows) == 1
    for entry in (last, owed, closed):
        log.tell(account, EntryAnnulled, entry=entry, reason="reason-a")
    engine.catch_up()
    with engine.reading() as tables:
        assert list(accounts.members_now(tables, account)) == [one]
        assert accounts.account(tables, account).closed is None
        assert accounts.all_accounts(tables, subject=wrong).rows == []
        assert len(accounts.all_accounts(tables, subject=one).rows) == 1
        facts = accounts.facts_of(tables, account)
        assert [(row.about, row.annulled_position is not None) for row in facts] == [
            (credit, True),
            (account, True),
        ]
        steps = accounts.memberships(tables, account)
        assert [row.annulled_position is not None for row in steps] == [False, True]
        assert [
            row.annulled_position is None for row in accounts.memberships_of(tables, wrong)
        ] == [False]


def test_facts_are_listed_in_order_with_what_they_refer_to(log, engine):
    """Number, refers and members of each; the settling of a credit names the credit."""
    account, quote, invoice, credit, member = (uuid4() for _ in range(5))
    number = sealed_under(b"k" * 16)
    log.tell(account, AccountOpened, kind="person")
    log.tell(account, QuoteIssued, document=quote, number=number, issued=DAY)
    log.tell(account, InvoiceIssued, document=invoice, refers=quote, issued=DAY)
    log.tell(account, CreditOpened, credit=credit, opened=DAY, members=(member,))
    log.tell(account, CreditSettled, credit=credit, settled=DAY)
    engine.catch_up()
    with engine.reading() as tables:
        rows = accounts.facts_of(tables, account)
    assert [(row.fact, row.about) for row in rows] == [
        ("quote-issued", quote),
        ("invoice-issued", invoice),
        ("credit-opened", credit),
        ("credit-settled", credit),
    ]
    assert (rows[0].number, rows[1].refers, rows[2].members) == (number, (quote,), (member,))


def test_a_claim_says_which_fact_placed_it(log, engine):
    """The account, what the fact is about, and the rule."""
    person, account, matter = log.person(), uuid4(), uuid4()
    fact = {"account": account, "matter": matter, "rule": "rule-a"}
    log.tell(person, ClaimPlaced, claim=uuid4(), ground="g", decided_by="r", **fact)
    log.tell(person, ClaimPlaced, claim=uuid4(), ground="g", decided_by="r")
    engine.catch_up()
    with engine.reading() as tables:
        rows = claims.of_subject(tables, person)
    assert [(row.account, row.matter, row.rule) for row in rows] == [
        (account, matter, "rule-a"),
        (None, None, None),
    ]


def test_removed_content_says_since_when_and_requests_are_listed_on_both_sides(log, engine):
    """Its row stays, and its key is dead."""
    account, content, person = uuid4(), uuid4(), log.person()
    key = log.key("class-a", content.hex)
    log.tell(account, AccountOpened, kind="organisation")
    stored = {"content": content, "service": "service-a", "value": sealed_under(key.kid)}
    log.tell(account, ContentStored, minted=(key,), controller_role="processor", **stored)
    log.tell(person, RequestPassedOn, account=account, request="erasure")
    engine.catch_up()
    with engine.reading() as tables:
        (row,) = contents.of_account(tables, account).rows
        assert (row.controller_role, row.removed_at) == ("processor", None)
        assert contents.content(tables, uuid4(), content) is None
        assert contents.requests_of(tables, person) == contents.requests_to(tables, account)
        assert len(contents.requests_of(tables, person)) == 1
    dead = (DeadKey(key.kid, 1),)
    log.tell(account, ContentRemoved, content=content, dead=dead)
    engine.catch_up()
    with engine.reading() as tables:
        assert contents.content(tables, account, content).removed_at is not None


def test_what_was_carried_into_a_case_is_listed_by_case_and_by_person(log, engine):
    """With the item it was opened from."""
    person, account, case, origin = log.person(), uuid4(), uuid4(), uuid4()
    key = log.key("cases", case.hex)
    copy = ResealedItem("name", 1, "cases", case.hex, sealed_under(key.kid), origin, 2)
    log.tell(person, DataResealed, minted=(key,), account=account, case=case, items=(copy,))
    engine.catch_up()
    with engine.reading() as tables:
        (row,) = cases.of_case(tables, case)
        assert cases.of_subject(tables, person) == [row]
        assert cases.of_case(tables, uuid4()) == []
    assert (row.from_event, row.from_field, row.erased_at) == (origin, "name/2", None)
