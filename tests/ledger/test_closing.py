"""What an account itself holds ends without anybody's asking: its numbers, its name, its evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from ledger import events, states
from ledger.account import Account
from ledger.commands.accounting import Membership
from ledger.config import Settings
from ledger.errors import InvalidInput
from ledger.genesis import create
from ledger.sealing import Erased, Opened
from ledger.vault.database import engine_for
from ledger.vault.opening import SealedAt
from projections.candidates import Candidates
from projections.engine import Engine
from tests.ledger.sweeps import Sweeping
from tests.ledger.world import BILLING, DOCUMENTS, EVIDENCE

CONTENT = "customer-content"
NAME = "Example Works Ltd."


@pytest.fixture
def world(store_settings: Settings) -> Iterator[Sweeping]:
    create(store_settings)
    made = Sweeping(store_settings)
    yield made
    made.ledger.close()


class Shop:
    """An account with one member in it, swept."""

    def __init__(self, world: Sweeping, kind: str = "organisation") -> None:
        self.world, self.member = world, world.person()
        members = (Membership(subject=self.member, roles=("account-owner",)),)
        name = {"name": NAME} if kind == "organisation" else {}
        opened = world.do("open_account", kind=kind, members=members, **name)
        self.account: UUID = opened.ids["account"]

    def fact(self, fact: str, **fields: Any) -> UUID:
        return self.world.do("record_fact", account=self.account, fact=fact, **fields).ids["about"]

    def paper(self, fact: str, **fields: Any) -> UUID:
        return self.fact(fact, number=f"No. {fact}", attribute="invoice-number", **fields)

    def do(self, command: str, **fields: Any) -> Any:
        return self.world.do(command, account=self.account, **fields)

    def passes(self, **days: float) -> None:
        """Time, and two sweeps: what is due is scheduled, and dies. Two people agree, if asked."""
        self.world.time.passes(**days)
        for _ in range(2):
            swept = self.world.a_day_later()
            assert swept.state in ("swept", "nothing-due"), swept

    @property
    def living(self) -> set[str]:
        return {name.class_ for name in self.state.living}

    @property
    def state(self) -> Account:
        return Account.fold(self.world.entries(self.account), self.account)

    def opened(self, kind: type[events.Event], field: str) -> Any:
        """A sealed text of the account's last event of a kind: what it says, or Erased."""
        stored = [e for e in self.world.entries(self.account) if isinstance(e.body, kind)][-1]
        sealed = SealedAt(self.account, stored.event, f"@{field}", getattr(stored.body, field))
        (one,) = self.world.ledger.open_values([sealed])
        return one.value if isinstance(one, Opened) else one

    def died(self) -> list[str]:
        bodies = self.world.bodies(self.account, events.DataErased)
        return [slot.class_ for body in bodies for slot in body.slots]


@pytest.fixture
def shop(world: Sweeping) -> Shop:
    return Shop(world)


def test_the_number_of_a_quote_ends_with_its_class(shop: Shop) -> None:
    """Two years, as the member's copy of it; the account goes on."""
    shop.paper("quote-issued")
    shop.passes(days=700)
    assert shop.opened(events.QuoteIssued, "number") == "No. quote-issued"
    shop.passes(days=40)
    assert isinstance(shop.opened(events.QuoteIssued, "number"), Erased)
    assert shop.died() == [DOCUMENTS]
    assert shop.opened(events.AccountOpened, "name") == NAME
    (due,) = shop.world.bodies(shop.account, events.ErasureScheduled)
    assert [(slot.cause, slot.rule) for slot in due.slots] == [("retention-ended", DOCUMENTS)]
    assert states.check(shop.world.ledger.recorder).wrong == 0


def test_the_number_of_a_paid_licence_is_kept_as_long_as_the_law_asks(shop: Shop) -> None:
    """And with it those it refers to; another quote's goes."""
    quote = shop.paper("quote-issued")
    licence = shop.paper("licence-generated", refers=(quote,))
    idle = shop.paper("quote-issued")
    shop.fact("licence-paid", about=licence)
    shop.passes(days=3 * 366)
    left = {name.scope for name in shop.state.living if name.class_ == DOCUMENTS}
    assert left == {quote.hex, licence.hex} and idle.hex not in left
    shop.passes(days=5 * 366)
    assert DOCUMENTS not in shop.living


def test_what_is_owed_keeps_its_amount_until_it_is_settled(shop: Shop) -> None:
    """However long that takes."""
    credit = shop.fact("credit-opened", number="90.00", attribute="open-credit")
    shop.passes(days=5 * 366)
    assert shop.opened(events.CreditOpened, "amount") == "90.00"
    shop.fact("credit-settled", about=credit)
    shop.passes(days=1)
    assert isinstance(shop.opened(events.CreditOpened, "amount"), Erased)
    assert shop.died() == [BILLING]


def test_an_open_case_keeps_its_reference_whatever_its_class_says(shop: Shop) -> None:
    """No rule of the document keeps this class for a case; three years are over, the case is not."""
    case = shop.fact(
        "case-opened", matter="security-incident", number="Inquiry 7", attribute="case-message"
    )
    shop.passes(days=4 * 366)
    assert shop.opened(events.CaseOpened, "reference") == "Inquiry 7"
    shop.fact("case-closed", about=case)
    shop.passes(days=1)
    assert isinstance(shop.opened(events.CaseOpened, "reference"), Erased)


def test_the_name_and_the_evidence_go_three_years_after_the_closing(shop: Shop) -> None:
    """Not before, and not while anything of the account is open."""
    shop.passes(days=5 * 366)
    assert shop.opened(events.AccountOpened, "name") == NAME
    hold = shop.fact("hold-placed", matter="legal-dispute")
    shop.do("close_account")
    shop.passes(days=3 * 366 + 1)
    assert shop.opened(events.AccountOpened, "name") == NAME
    shop.fact("hold-released", about=hold)
    shop.passes(days=1)
    assert isinstance(shop.opened(events.AccountOpened, "name"), Erased)
    assert shop.living == set()
    assert shop.died() == [EVIDENCE]


def test_an_account_that_was_not_closed_after_all_keeps_its_name(shop: Shop) -> None:
    """The closure is annulled between scheduling and death, and the erasure is called off."""
    shop.do("close_account")
    shop.world.time.passes(days=3 * 366 + 1)
    assert shop.world.sweep().scheduled >= 1
    closed = [
        e for e in shop.world.entries(shop.account) if isinstance(e.body, events.AccountClosed)
    ]
    shop.do("annul_fact", entry=closed[0].event, reason="entered-by-mistake")
    shop.world.a_day_later()
    assert isinstance(shop.world.last(shop.account), events.ErasureCancelled)
    assert shop.opened(events.AccountOpened, "name") == NAME
    assert shop.state.scheduled == {}


def test_nothing_dies_on_the_day_it_is_scheduled(shop: Shop) -> None:
    """Two phases, as of a person's data."""
    shop.paper("quote-issued", occurred_at=dt.datetime(2020, 6, 1, tzinfo=dt.UTC))
    assert shop.world.sweep().scheduled == 1
    shop.world.time.passes(hours=23)
    assert shop.world.sweep().state == "nothing-due"
    assert shop.opened(events.QuoteIssued, "number") == "No. quote-issued"
    assert shop.world.a_day_later().erased == 1
    assert isinstance(shop.opened(events.QuoteIssued, "number"), Erased)


def test_content_goes_as_the_customer_instructs_or_after_the_closing(shop: Shop) -> None:
    """Never while the account is open (P02); the document says when after it (GDPR Art. 28(3)(g))."""
    place = {"service": "online-products", "country": "ireland"}
    shop.do("store_content", attribute="stored-content", value="Roadmap", **place)
    shop.passes(days=10 * 366)
    assert shop.opened(events.ContentStored, "value") == "Roadmap"
    shop.do("close_account")
    shop.passes(days=80)
    assert shop.opened(events.ContentStored, "value") == "Roadmap"
    shop.passes(days=10)
    assert isinstance(shop.opened(events.ContentStored, "value"), Erased)
    assert shop.died() == [CONTENT]


def test_the_account_of_a_person_ends_with_the_person(world: Sweeping) -> None:
    """Who is erased leaves no numbers behind in an account of one's own; only what the law keeps."""
    shop, other = Shop(world, "person"), Shop(world, "person")
    for one in (shop, other):
        one.paper("quote-issued")
        licence = one.paper("licence-generated")
        one.fact("licence-paid", about=licence)
    shop.passes(days=1)
    assert shop.died() == []
    world.do("request_erasure", subject=shop.member)
    shop.passes(days=1)
    assert [name.scope for name in shop.state.living] == [licence_of(shop).hex]
    assert len(other.state.living) == 2


def licence_of(shop: Shop) -> UUID:
    return next(id_ for id_, paper in shop.state.papers.items() if paper.paid)


def test_a_person_who_shares_it_keeps_the_account(world: Sweeping) -> None:
    """As long as one of them is there."""
    shop, second = Shop(world, "person"), world.person()
    shop.do("join_account", subject=second, roles=("billing-contact",))
    shop.paper("quote-issued")
    world.do("request_erasure", subject=shop.member)
    shop.passes(days=1)
    assert DOCUMENTS in shop.living
    world.do("request_erasure", subject=second)
    shop.passes(days=1)
    assert DOCUMENTS not in shop.living


def test_a_persons_account_has_no_name_of_its_own(world: Sweeping) -> None:
    """It would be the person's name under a key that no erasure reaches."""
    with pytest.raises(InvalidInput) as told:
        world.do("open_account", kind="person", name="Zoë Example")
    assert told.value.facts["field"] == "name"


def test_days_typed_for_years_wait_for_two_people(shop: Shop) -> None:
    """The evidence of closed accounts is cut from three years to three days: nothing dies of it."""
    shop.do("close_account")
    period = "keeps: {ground: accountability-duty, period: P3Y}"
    shop.world.publish((period, period.replace("P3Y", "P3D")))
    shop.world.time.passes(days=12)
    assert shop.world.sweep().state == "held-back"
    assert shop.opened(events.AccountOpened, "name") == NAME


def test_of_very_many_documents_the_paid_ones_are_remembered(shop: Shop) -> None:
    """A state keeps the newest 256; what the law keeps of the oldest stays."""
    licence = shop.paper("licence-generated")
    shop.fact("licence-paid", about=licence)
    for _ in range(257):
        shop.fact("quote-issued")
    assert shop.state.kept.left_papers
    shop.passes(days=800)
    assert licence.hex in {name.scope for name in shop.state.living}
    assert shop.world.sweep().toll.fresh == 0


def test_the_tables_name_every_account_that_the_log_does(world: Sweeping, store_settings) -> None:  # type: ignore[no-untyped-def]
    """A sweep by the read side looks at each account of which something is due, and at no other."""
    quoted, closed, kept, idle = (Shop(world) for _ in range(4))
    own, alone = Shop(world, "person"), Shop(world, "person")
    for one in (quoted, own, alone):
        one.paper("quote-issued")
    kept.paper("quote-issued")
    world.do("request_erasure", subject=own.member)
    database = engine_for(store_settings)
    try:
        engine, source = Engine(database, world.ledger.recorder), Candidates(database)

        def looked_at() -> set[UUID]:
            engine.catch_up()
            pages = source.accounts([world.ledger.policy()], world.time().date())
            return {account for page in pages for account in page}

        assert looked_at() == {own.account}
        closed.do("close_account")
        assert looked_at() == {own.account}
        world.time.passes(days=3 * 366 + 1)
        assert looked_at() == {s.account for s in (own, alone, quoted, kept, closed)}
        world.ledger.sweep().run(source, clocks=world.clocks)
        world.time.passes(hours=25)
        engine.catch_up()
        swept = world.ledger.sweep().run(source, clocks=world.clocks)
        assert swept.erased >= 5
        assert closed.living == own.living == set()
        assert idle.living == {EVIDENCE}
    finally:
        database.dispose()
