"""Accounts as their people live them, under two policies that share no word, on both databases.

P07: an account opens, people join it. P22: what is owed waits for who answers for it, and for nobody
else. P24: what a paid licence rests on stays; what nobody paid for goes. P23: a case keeps what was
named for it, and no longer than it is open. P02: what a customer stores is the customer's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from ledger.account import Account
from ledger.application import Ledger
from ledger.commands.accounting import Membership
from ledger.commands.collecting import Notice
from ledger.commands.values import Value
from ledger.events import (
    ClaimPlaced,
    ContentStored,
    CreditSettled,
    DataErased,
    DataResealed,
    Event,
    LicencePaid,
    MemberJoined,
    RequestPassedOn,
    SlotName,
)
from ledger.sealing import Erased, Opened
from ledger.vault.opening import SealedAt
from tests.ledger.world import World
from tests.stories.conftest import Stage


class Words(NamedTuple):
    """What a document calls the things of these stories."""

    service: str
    answers: str
    is_billed: str
    is_asked: str
    contact: tuple[str, str]
    billing: tuple[str, str]
    paper: tuple[str, str]
    amount: str
    source: str
    notice: Notice
    country: str
    purpose: str
    bought_for: str
    bought_under: Notice
    papers_for: str
    evidence: str
    owed: str
    taxed: str
    fraud: tuple[str, str]
    content: tuple[str, str]
    stored_in: str
    stored_at: str
    to_provide: str
    to_look: str
    channel: str


WORDS = {
    "shipped": Words(
        service="licence-portal",
        answers="account-owner",
        is_billed="billing-contact",
        is_asked="technical-contact",
        contact=("full-name", "contact-data"),
        billing=("billing-address", "billing-data"),
        paper=("invoice-number", "tax-documents"),
        amount="open-credit",
        source="signup-form",
        notice=Notice(version="signup-notice-1", language="en"),
        country="india",
        purpose="account-keeping",
        bought_for="quotes-and-invoices",
        bought_under=Notice(version="purchase-notice-1", language="en"),
        papers_for="quotes-and-invoices",
        evidence="accountability-records",
        owed="outstanding-credit",
        taxed="tax-record-keeping",
        fraud=("payment-fraud", "misuse-cases"),
        content=("stored-content", "customer-content"),
        stored_in="online-products",
        stored_at="ireland",
        to_provide="provide-service",
        to_look="audit-review",
        channel="sealed-letter",
    ),
    "school": Words(
        service="schulportal",
        answers="zahlungspflichtig",
        is_billed="rechnungsempfang",
        is_asked="klassenpflegschaft",
        contact=("rufname", "stammdaten"),
        billing=("kassenzeichen", "beitraege"),
        paper=("zeugnisnummer", "zeugnisse"),
        amount="essensgeld",
        source="anmeldebogen",
        notice=Notice(version="anmeldung-2026", language="de"),
        country="deutschland",
        purpose="beschulung",
        bought_for="essensversorgung",
        bought_under=Notice(version="anmeldung-2026", language="de"),
        papers_for="beschulung",
        evidence="nachweise",
        owed="offene-forderung",
        taxed="zeugnisfrist",
        fraud=("kassenbetrug", "vorfaelle"),
        content=("abgelegtes", "portalablage"),
        stored_in="schulportal",
        stored_at="deutschland",
        to_provide="ablageauftrag",
        to_look="pruefung",
        channel="hauspost",
    ),
}


class Troupe:
    """An organisation's account and three people in it: Odile answers for it, Bruno is sent what is
    billed, Tara is asked about what was bought."""

    def __init__(self, ledger: Ledger, words: Words) -> None:
        row = ledger.recorder.genesis()
        assert row is not None
        self.world, self.words = World(ledger, row.actor_stream), words
        self.odile, self.bruno, self.tara = (
            self.person(name) for name in ("Odile Example", "Bruno Example", "Tara Example")
        )
        roles = {
            self.odile: words.answers,
            self.bruno: words.is_billed,
            self.tara: words.is_asked,
        }
        members = tuple(Membership(subject=one, roles=(role,)) for one, role in roles.items())
        opened = self.world.do(
            "open_account", kind="organisation", service=words.service, members=members
        )
        assert opened.outcome == "recorded", opened
        self.account: UUID = opened.ids["account"]

    def person(self, name: str) -> UUID:
        subject = self.world.do("register_subject").ids["subject"]
        words = self.words
        self.collect(subject, words.contact[0], name, words.purpose, words.notice)
        self.collect(subject, words.billing[0], f"Ref {name}", words.bought_for, words.bought_under)
        return subject

    def collect(
        self,
        subject: UUID,
        attribute: str,
        value: str,
        purpose: str,
        notice: Notice,
        scope: str | None = None,
    ) -> None:
        answer = self.world.do(
            "collect",
            subject=subject,
            values=(Value(attribute=attribute, value=value, scope=scope),),
            source=self.words.source,
            country=self.words.country,
            purposes=(purpose,),
            notice=notice,
        )
        assert answer.outcome == "recorded", answer

    def happens(self, fact: str, **fields: Any) -> UUID:
        """A fact of the account; what it is about."""
        answer = self.world.do("record_fact", account=self.account, fact=fact, **fields)
        assert (answer.outcome, answer.rules) == ("recorded", ()), answer
        return answer.ids["about"]

    def paper(self, fact: str, subject: UUID, **fields: Any) -> UUID:
        """A document of the account, with its number, of which a person has a copy on record."""
        number = f"No. {fact}"
        document = self.happens(fact, number=number, attribute=self.words.paper[0], **fields)
        words, hex_ = self.words, document.hex
        self.collect(subject, words.paper[0], number, words.papers_for, words.bought_under, hex_)
        return document

    def was_an_error(self, kind: type[Event]) -> None:
        """What was last said of this kind is annulled, for a reason of the document."""
        entries = self.world.entries(self.account)
        said = [entry.event for entry in entries if isinstance(entry.body, kind)][-1]
        reason = next(iter(self.world.ledger.policy().reasons))
        answer = self.world.do("annul_fact", account=self.account, entry=said, reason=reason)
        assert answer.outcome == "recorded", answer

    def asks_to_be_forgotten(self, subject: UUID) -> UUID:
        return self.world.do("request_erasure", subject=subject).ids["erasure"]

    def left(self, subject: UUID) -> set[str]:
        """The classes of which anything of this person can still be read, evidence aside."""
        living = {name.class_ for name in self.world.state(subject).living}
        return living - {self.words.evidence}

    def event_of(self, body: ContentStored) -> UUID:
        entries = self.world.entries(self.account)
        return next(entry.event for entry in entries if entry.body == body)

    def grounds(self, subject: UUID) -> set[str]:
        return {claim.ground for claim in self.world.state(subject).claims.values()}


@pytest.fixture
def troupe(stage: Stage) -> Iterator[Troupe]:
    ledger = Ledger.open(stage.settings)
    try:
        yield Troupe(ledger, WORDS[stage.document])
    finally:
        ledger.close()


def test_p07_people_share_an_account_and_each_can_be_told_of_it(troupe: Troupe) -> None:
    """An account opens with its members; what they are in it stands in its stream and in theirs."""
    account = Account.fold(troupe.world.entries(troupe.account), troupe.account)
    words = troupe.words
    assert {one: member.roles for one, member in account.members.items()} == {
        troupe.odile: (words.answers,),
        troupe.bruno: (words.is_billed,),
        troupe.tara: (words.is_asked,),
    }
    for person in (troupe.odile, troupe.bruno, troupe.tara):
        (told,) = troupe.world.bodies(person, MemberJoined)
        assert told.account == troupe.account
    nobody = troupe.person("Nobody Example")
    refused = troupe.world.do(
        "join_account", account=troupe.account, subject=nobody, roles=("grandparent",)
    )
    assert (refused.outcome, refused.rules) == ("refused", ("role-unlisted",))


def test_p22_what_is_owed_waits_for_who_answers_for_it(troupe: Troupe) -> None:
    """Tara is forgotten at once; Bruno when the credit is settled, and nobody asks again."""
    words = troupe.words
    credit = troupe.happens("credit-opened", number="1250.00", attribute=words.amount)

    troupe.asks_to_be_forgotten(troupe.tara)
    assert troupe.left(troupe.tara) == set()

    asked = troupe.asks_to_be_forgotten(troupe.bruno)
    assert troupe.left(troupe.bruno) == {words.contact[1], words.billing[1]}
    assert troupe.grounds(troupe.bruno) == {words.owed}

    troupe.world.do("leave_account", account=troupe.account, subject=troupe.bruno)
    assert troupe.grounds(troupe.bruno) == {words.owed}

    troupe.happens("credit-settled", about=credit)
    assert troupe.left(troupe.bruno) == set()
    last = troupe.world.bodies(troupe.bruno, DataErased)[-1]
    assert (last.erasure, last.cause) == (asked, "claim-ended")
    opened = [one for many in troupe.world.values(troupe.bruno).values() for one in many]
    assert opened and all(isinstance(one, Erased) for one in opened)

    assert troupe.left(troupe.odile) == {words.contact[1], words.billing[1]}
    assert troupe.grounds(troupe.odile) == set()


def test_p22_who_joins_a_debtor_answers_too(troupe: Troupe) -> None:
    """Noor joins after the credit was opened, in a role that answers for it."""
    credit = troupe.happens("credit-opened")
    noor = troupe.person("Noor Example")
    troupe.world.do(
        "join_account", account=troupe.account, subject=noor, roles=(troupe.words.answers,)
    )
    troupe.asks_to_be_forgotten(noor)
    assert troupe.words.contact[1] in troupe.left(noor)
    troupe.world.do("close_account", account=troupe.account)
    assert troupe.words.contact[1] in troupe.left(noor)
    troupe.happens("credit-settled", about=credit)
    assert troupe.left(noor) == set()


def test_p22_a_settling_that_was_an_error_holds_again_what_is_left(troupe: Troupe) -> None:
    """Somebody else's payment was booked. Bruno was forgotten by it, and stays forgotten; Odile, who
    asks later, waits until the credit is settled indeed."""
    words = troupe.words
    credit = troupe.happens("credit-opened", number="1250.00", attribute=words.amount)
    troupe.asks_to_be_forgotten(troupe.bruno)
    troupe.happens("credit-settled", about=credit)
    troupe.was_an_error(CreditSettled)
    assert troupe.left(troupe.bruno) == set() == troupe.grounds(troupe.bruno)
    assert troupe.grounds(troupe.odile) == {words.owed}
    troupe.asks_to_be_forgotten(troupe.odile)
    assert troupe.left(troupe.odile) == {words.contact[1], words.billing[1]}
    troupe.happens("credit-settled", about=credit)
    assert troupe.left(troupe.odile) == set()


def test_p24_a_payment_that_was_an_error_keeps_nothing(troupe: Troupe) -> None:
    """The licence was never paid: what only tax law had kept of Bruno goes, and nobody asks again."""
    words, bruno = troupe.words, troupe.bruno
    licence = troupe.paper("licence-generated", bruno)
    troupe.happens("licence-paid", about=licence)
    troupe.asks_to_be_forgotten(bruno)
    assert troupe.left(bruno) == {words.paper[1]}
    troupe.was_an_error(LicencePaid)
    assert troupe.left(bruno) == set()
    opened = [one for many in troupe.world.values(bruno).values() for one in many]
    assert opened and all(isinstance(one, Erased) for one in opened)


def test_p24_a_quote_goes_and_with_a_paid_licence_stays(troupe: Troupe) -> None:
    """Two quotes. One became an invoice and a licence that was paid; of the other nothing came."""
    words, bruno = troupe.words, troupe.bruno
    idle = troupe.paper("quote-issued", bruno)
    quote = troupe.paper("quote-issued", bruno)
    invoice = troupe.paper("invoice-issued", bruno, refers=(quote,))
    licence = troupe.paper("licence-generated", bruno, refers=(invoice,))
    troupe.happens("licence-paid", about=licence)
    troupe.asks_to_be_forgotten(bruno)

    living = {n for n in troupe.world.state(bruno).living if n.class_ == words.paper[1]}
    assert living == {SlotName(words.paper[1], one.hex) for one in (quote, invoice, licence)}
    assert idle.hex not in {name.scope for name in living}
    assert troupe.left(bruno) == {words.paper[1]}
    (claim,) = troupe.world.bodies(bruno, ClaimPlaced)
    assert (claim.ground, claim.matter) == (words.taxed, licence)
    assert claim.until is not None and claim.until.year > dt.date.today().year + 5
    assert troupe.grounds(troupe.tara) == set()


def test_a_number_of_the_account_opens_under_its_own_key(troupe: Troupe) -> None:
    """Sealed in the account's stream, in the class of its attribute, a key for each document."""
    words = troupe.words
    troupe.happens("quote-issued", number="Q-4711", attribute=words.paper[0])
    (entry,) = troupe.world.entries(troupe.account)[-1:]
    number = getattr(entry.body, "number", None)
    assert number is not None
    (opened,) = troupe.world.ledger.open_values(
        [SealedAt(troupe.account, entry.event, "@number", number)]
    )
    assert isinstance(opened, Opened) and opened.value == "Q-4711"
    assert [minted.class_ for minted in entry.body.minted] == [words.paper[1]]


def test_p23_a_case_keeps_what_was_named_for_it_until_it_is_closed(troupe: Troupe) -> None:
    """Bruno is suspected of something, and asks to be forgotten meanwhile."""
    words, bruno = troupe.words, troupe.bruno
    kind, class_ = words.fraud
    case = troupe.happens("case-opened", matter=kind, members=(bruno,), number="Inquiry 7")
    which = {"account": troupe.account, "case": case}
    named = {"subject": bruno, "attributes": (words.contact[0],)}
    assert troupe.world.do("carry_into_case", **which, **named).outcome == "recorded"
    (carried,) = troupe.world.bodies(bruno, DataResealed)
    assert (carried.items[0].class_, carried.items[0].scope) == (class_, case.hex)

    nobody = {"subject": troupe.tara, "attributes": (words.contact[0],)}
    refused = troupe.world.do("carry_into_case", **which, **nobody)
    assert refused.rules == ("member-unknown",)

    troupe.asks_to_be_forgotten(bruno)
    assert troupe.left(bruno) == {class_}
    (claim,) = troupe.world.bodies(bruno, ClaimPlaced)
    assert claim.review is not None and claim.decided_by

    troupe.happens("case-closed", about=case)
    assert troupe.left(bruno) == set()


def test_p02_what_a_customer_stores_is_the_customers(troupe: Troupe) -> None:
    """Stored on instruction, opened to provide the service alone, and a request about it is passed
    on: Tara is in somebody's stored document, which is not the company's to answer for."""
    words = troupe.words
    place = {"service": words.stored_in, "country": words.stored_at}
    content = troupe.world.do(
        "store_content",
        account=troupe.account,
        attribute=words.content[0],
        value="Minutes that name Tara Example",
        **place,
    ).ids["content"]
    stored = troupe.world.last(troupe.account)
    assert isinstance(stored, ContentStored) and stored.controller_role == "processor"
    assert [key.class_ for key in stored.minted] == [words.content[1]]

    which = {"account": troupe.account, "content": content}
    looked = troupe.world.do("open_content", **which, reason=words.to_look)
    assert (looked.outcome, looked.rules) == ("refused", ("content-on-instruction-only",))
    assert troupe.world.do("open_content", **which, reason=words.to_provide).outcome == "recorded"

    troupe.asks_to_be_forgotten(troupe.tara)
    troupe.world.do(
        "pass_request_on",
        subject=troupe.tara,
        account=troupe.account,
        request="erasure",
        channel=words.channel,
    )
    passed = troupe.world.last(troupe.tara)
    assert isinstance(passed, RequestPassedOn) and passed.account == troupe.account

    at = SealedAt(troupe.account, troupe.event_of(stored), "@value", stored.value)
    (opened,) = troupe.world.ledger.open_values([at])
    assert isinstance(opened, Opened)
    troupe.world.do("remove_content", **which)
    (gone,) = troupe.world.ledger.open_values([at])
    assert isinstance(gone, Erased)
