"""Accounts: members, facts, and what these keep of whom, on either database."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger import states
from ledger.account import Account
from ledger.commands.accounting import Membership
from ledger.errors import InvalidInput, NotFound
from ledger.events import (
    AccountClosed,
    AccountOpened,
    CaseOpened,
    ClaimPlaced,
    ClaimReleased,
    CommandRefused,
    Coverage,
    CreditOpened,
    DataErased,
    IrregularityFound,
    MemberJoined,
    MemberLeft,
    QuoteIssued,
    SlotName,
)
from ledger.sealing import Opened
from ledger.vault.opening import SealedAt
from tests.ledger.world import BILLING, CONTACT, DOCUMENTS, EMAIL, EVIDENCE, INVOICE, World

OWNER, PAYER, TECHNICIAN = "account-owner", "billing-contact", "technical-contact"
CREDIT, PAID, CASE, INCIDENT, DISPUTE = (
    "credit-until-settled",
    "paid-licence-documents",
    "misuse-while-open",
    "incident-while-open",
    "dispute-while-open",
)
NUMBER, AMOUNT = "invoice-number", "open-credit"
TODAY = dt.datetime.now(dt.UTC).date()


class Desk:
    """An account of an organisation with three members."""

    def __init__(self, world: World, kind: str = "organisation") -> None:
        self.world = world
        self.owner, self.payer, self.technician = (world.person() for _ in range(3))
        for person in (self.owner, self.payer, self.technician):
            world.bill(person, dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
        roles = {self.owner: OWNER, self.payer: PAYER, self.technician: TECHNICIAN}
        members = tuple(Membership(subject=one, roles=(role,)) for one, role in roles.items())
        opened = world.do("open_account", kind=kind, name="Example Ltd.", members=members)
        self.account = opened.ids["account"]

    def fact(self, fact: str, **fields: Any) -> UUID:
        answer = self.world.do("record_fact", account=self.account, fact=fact, **fields)
        assert answer.outcome in ("recorded", "unchanged"), answer
        return answer.ids["about"]

    def join(self, person: UUID, *roles: str) -> Any:
        return self.world.do("join_account", account=self.account, subject=person, roles=roles)

    def document(self, person: UUID, document: UUID, value: str) -> None:
        """The person's own copy of what a document states, under that document's key."""
        from ledger.commands.collecting import Notice
        from ledger.commands.values import Value

        answer = self.world.do(
            "collect",
            subject=person,
            values=(Value(attribute=NUMBER, value=value, scope=document.hex),),
            source="purchase-form",
            country="india",
            purposes=("quotes-and-invoices",),
            notice=Notice(version="purchase-notice-1", language="en"),
        )
        assert answer.outcome == "recorded", answer

    def rules(self, person: UUID) -> list[str | None]:
        """The rules whose claims hold data of this person now."""
        return sorted(claim.rule or "" for claim in self.world.state(person).claims.values())

    def living(self, person: UUID) -> set[str]:
        return {name.class_ for name in self.world.state(person).living}

    def state(self) -> Account:
        return Account.fold(self.world.entries(self.account), self.account)


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


# ---- opening, joining, leaving, closing --------------------------------------------------------


def test_an_account_opens_with_its_members_and_says_so_in_both_streams(desk: Desk) -> None:
    """The account's stream tells who is in it; each member's stream tells of the account."""
    opened, *joined = (entry.body for entry in desk.world.entries(desk.account))
    assert isinstance(opened, AccountOpened) and opened.name is not None
    assert [(body.subject, body.roles) for body in joined] == [
        (desk.owner, (OWNER,)),
        (desk.payer, (PAYER,)),
        (desk.technician, (TECHNICIAN,)),
    ]
    for person in (desk.owner, desk.payer, desk.technician):
        (own,) = desk.world.bodies(person, MemberJoined)
        assert (own.account, own.subject) == (desk.account, person)
        assert desk.world.state(person).accounts == [desk.account]


@pytest.mark.parametrize(
    ("fields", "rules"),
    [
        ({"service": "no-such-service"}, ("service-unlisted",)),
        ({"service": "partner-marketplace"}, ("service-has-own-statement",)),
        ({"members": ("nobody",)}, ("role-unlisted",)),
        ({"members": ()}, ("role-unlisted",)),
    ],
)
def test_an_account_that_the_policy_does_not_allow_is_refused(
    world: World, fields: dict[str, Any], rules: tuple[str, ...]
) -> None:
    """The refusal is a fact in the stream of who asked, and no account is there."""
    if "members" in fields:
        member = Membership(subject=world.person(), roles=fields["members"])
        fields = {"members": (member,)}
    answer = world.do("open_account", kind="person", **fields)
    assert (answer.outcome, answer.rules) == ("refused", rules)
    refused = world.last(world.by)
    assert isinstance(refused, CommandRefused)
    assert refused.command == "open-account"


def test_joining_in_a_role_the_policy_does_not_list_is_refused(desk: Desk) -> None:
    """And so is joining an account that is closed."""
    person = desk.world.person()
    assert desk.join(person, "shareholder").rules == ("role-unlisted",)
    desk.world.do("close_account", account=desk.account)
    assert desk.join(person, OWNER).rules == ("account-closed",)
    refused = desk.world.bodies(desk.account, CommandRefused)
    assert [body.findings[0].rule for body in refused] == ["role-unlisted", "account-closed"]
    assert desk.world.bodies(person, MemberJoined) == []


def test_whoever_was_erased_joins_no_account(desk: Desk) -> None:
    """They return as a new subject."""
    person = desk.world.person()
    desk.world.do("request_erasure", subject=person)
    assert desk.join(person, OWNER).rules == ("subject-erased",)


@pytest.mark.parametrize(
    ("command", "field"), [("join_account", "since"), ("leave_account", "until")]
)
def test_nobody_joins_or_leaves_on_a_day_that_has_not_come(
    desk: Desk, command: str, field: str
) -> None:
    """What retention looks at has happened; the field is named."""
    person = desk.world.person() if field == "since" else desk.payer
    fields: dict[str, Any] = {field: TODAY + dt.timedelta(days=2)}
    if field == "since":
        fields["roles"] = (OWNER,)
    before = len(desk.world.entries(desk.account))
    with pytest.raises(InvalidInput) as told:
        desk.world.do(command, account=desk.account, subject=person, **fields)
    assert told.value.facts["field"] == field
    assert len(desk.world.entries(desk.account)) == before


def test_joining_again_in_the_same_role_changes_nothing(desk: Desk) -> None:
    """In another role it does."""
    assert desk.join(desk.payer, PAYER).outcome == "unchanged"
    assert desk.join(desk.payer, TECHNICIAN).outcome == "recorded"
    assert desk.state().members[desk.payer].roles == (TECHNICIAN,)


def test_leaving_and_closing_are_told_to_the_member_too(desk: Desk) -> None:
    """Retention of what ends with an account looks at the last day."""
    leave = {"account": desk.account, "subject": desk.technician}
    desk.world.do("leave_account", **leave, until=dt.date(2026, 1, 31))
    assert desk.world.last(desk.technician) == desk.world.last(desk.account)
    assert isinstance(desk.world.last(desk.technician), MemberLeft)
    gone = desk.world.state(desk.technician)
    assert (gone.accounts, gone.accounts_ended) == ([], dt.date(2026, 1, 31))
    with pytest.raises(NotFound):
        desk.world.do("leave_account", **leave)
    desk.world.do("close_account", account=desk.account)
    assert isinstance(desk.world.last(desk.owner), AccountClosed)
    assert desk.world.state(desk.owner).accounts_ended == TODAY
    assert desk.world.bodies(desk.technician, AccountClosed) == []
    assert desk.world.do("close_account", account=desk.account).outcome == "unchanged"


def test_a_stream_that_is_no_account_is_none(desk: Desk) -> None:
    """Not a person's, and not nobody's."""
    for stream in (desk.owner, uuid4()):
        with pytest.raises(NotFound):
            desk.world.do("record_fact", account=stream, fact="quote-issued")


# ---- P22: a credit ------------------------------------------------------------------------------


def test_a_credit_keeps_what_settling_it_needs_of_who_answers_for_it(desk: Desk) -> None:
    """Of owner and billing contact, not of the technical contact; the claim says why."""
    credit = desk.fact("credit-opened", number="1250.00", attribute=AMOUNT)
    assert desk.rules(desk.owner) == desk.rules(desk.payer) == [CREDIT]
    assert desk.rules(desk.technician) == []
    (claim,) = desk.world.bodies(desk.payer, ClaimPlaced)
    assert (claim.account, claim.matter, claim.rule) == (desk.account, credit, CREDIT)
    assert claim.covers == (Coverage(CONTACT, "*"), Coverage(BILLING, "*"))
    assert (claim.ground, claim.law) == ("outstanding-credit", "contract-act")
    assert claim.until is None and claim.review is not None


def test_the_technical_contact_of_a_debtor_is_erased_at_once_and_the_billing_contact_waits(
    desk: Desk,
) -> None:
    """Settling the credit carries on with the erasure, in the same append, without being asked."""
    credit = desk.fact("credit-opened")
    for person in (desk.technician, desk.payer):
        desk.world.do("request_erasure", subject=person)
    assert desk.living(desk.technician) <= {EVIDENCE}
    assert desk.living(desk.payer) >= {CONTACT, BILLING}
    settled = desk.world.do(
        "record_fact", account=desk.account, fact="credit-settled", about=credit
    )
    assert desk.living(desk.payer) <= {EVIDENCE}
    (released,) = [e for e in desk.world.entries(desk.payer) if isinstance(e.body, ClaimReleased)]
    erased = [e for e in desk.world.entries(desk.payer) if isinstance(e.body, DataErased)][-1]
    assert isinstance(erased.body, DataErased) and erased.body.cause == "claim-ended"
    (fact,) = [e for e in desk.world.entries(desk.account) if e.body.TOPIC == "credit-settled"]
    together = [fact.position, released.position, erased.position]
    assert together == sorted(together) and erased.position in range(settled.position + 1)
    assert {fact.recorded_at} == {released.recorded_at, erased.recorded_at}  # one append


def test_two_credits_hold_until_both_are_settled(desk: Desk) -> None:
    """Each is a claim of its own."""
    first, second = desk.fact("credit-opened"), desk.fact("credit-opened")
    desk.world.do("request_erasure", subject=desk.payer)
    desk.fact("credit-settled", about=first)
    assert CONTACT in desk.living(desk.payer)
    desk.fact("credit-settled", about=second)
    assert CONTACT not in desk.living(desk.payer)


def test_a_credit_may_name_whom_it_concerns(desk: Desk) -> None:
    """Then it is nobody else's."""
    desk.fact("credit-opened", members=(desk.payer,))
    assert (desk.rules(desk.owner), desk.rules(desk.payer)) == ([], [CREDIT])
    assert desk.world.bodies(desk.account, CreditOpened)[0].members == (desk.payer,)


def test_whoever_joins_later_answers_for_what_is_open(desk: Desk) -> None:
    """In the roles concerned; a settled credit is nobody's."""
    settled, still = desk.fact("credit-opened"), desk.fact("credit-opened")
    desk.fact("credit-settled", about=settled)
    late, technician = desk.world.person(), desk.world.person()
    desk.join(late, PAYER)
    desk.join(technician, TECHNICIAN)
    assert [claim.matter for claim in desk.world.state(late).claims.values()] == [still]
    assert desk.rules(technician) == []
    desk.join(technician, TECHNICIAN, PAYER)
    assert desk.rules(technician) == [CREDIT]
    desk.fact("credit-settled", about=still)
    assert desk.rules(late) == desk.rules(technician) == []


def test_whoever_leaves_still_answers_until_it_is_settled(desk: Desk) -> None:
    """And is set free with the others then."""
    credit = desk.fact("credit-opened")
    desk.world.do("leave_account", account=desk.account, subject=desk.payer)
    desk.fact("credit-opened")
    assert [claim.matter for claim in desk.world.state(desk.payer).claims.values()] == [credit]
    desk.fact("credit-settled", about=credit)
    assert desk.rules(desk.payer) == []


def test_a_credit_of_a_closed_account_is_settled_like_any_other(desk: Desk) -> None:
    """Closing an account settles nothing."""
    credit = desk.fact("credit-opened")
    desk.world.do("close_account", account=desk.account)
    assert desk.rules(desk.payer) == [CREDIT]
    desk.fact("credit-settled", about=credit)
    assert desk.rules(desk.payer) == []


def test_nothing_is_claimed_of_who_was_erased_before(desk: Desk) -> None:
    """Of them nothing comes any more."""
    desk.world.do("request_erasure", subject=desk.payer)
    desk.fact("credit-opened")
    assert desk.rules(desk.payer) == []
    assert desk.rules(desk.owner) == [CREDIT]


# ---- P24: a paid licence ------------------------------------------------------------------------


def test_a_quote_without_a_paid_licence_goes_and_with_one_stays(desk: Desk) -> None:
    """The licence's invoice and, by way of that, the quote: just these keys, until the tax period
    ends; another quote goes with everything else."""
    alone = desk.fact("quote-issued", number="Q-1", attribute=NUMBER)
    quote = desk.fact("quote-issued", number="Q-2", attribute=NUMBER)
    invoice = desk.fact("invoice-issued", number="I-2", attribute=NUMBER, refers=(quote,))
    licence = desk.fact("licence-generated", refers=(invoice,))
    for document in (alone, quote, invoice, licence):
        desk.document(desk.payer, document, document.hex[:8])
        assert desk.rules(desk.payer) == []
    desk.fact("licence-paid", about=licence, day=dt.date(2026, 3, 1))
    (claim,) = desk.world.bodies(desk.payer, ClaimPlaced)
    paid = {Coverage(DOCUMENTS, document.hex) for document in (licence, invoice, quote)}
    assert set(claim.covers) == paid
    assert claim.until == dt.date(2032, 12, 31)  # 72 months from the 31 December after March 2026
    desk.world.do("request_erasure", subject=desk.payer)
    left = {name for name in desk.world.state(desk.payer).living if name.class_ == DOCUMENTS}
    assert left == {SlotName(DOCUMENTS, one.hex) for one in (licence, invoice, quote)}
    assert CONTACT not in desk.living(desk.payer)
    assert desk.rules(desk.technician) == []


def test_a_paid_licence_keeps_the_earlier_invoices_of_what_it_rests_on(desk: Desk) -> None:
    """Of its quote, of itself, and one that is told only later; not one of a day after the payment,
    nor another licence of the same quote."""
    march, later = dt.date(2026, 3, 1), dt.date(2026, 3, 2)
    quote = desk.fact("quote-issued", day=march)
    licence = desk.fact("licence-generated", refers=(quote,), day=march)
    of_quote = desk.fact("invoice-issued", refers=(quote,), day=march)
    of_licence = desk.fact("invoice-issued", refers=(licence,), day=march)
    desk.fact("licence-generated", refers=(quote,), day=march)
    desk.fact("invoice-issued", refers=(quote,), day=later)
    desk.fact("licence-paid", about=licence, day=march)
    (claim,) = desk.world.bodies(desk.payer, ClaimPlaced)
    kept = {Coverage(DOCUMENTS, one.hex) for one in (licence, quote, of_quote, of_licence)}
    assert set(claim.covers) == kept
    told = desk.fact("invoice-issued", refers=(of_licence,), day=march)
    (_, more) = desk.world.bodies(desk.payer, ClaimPlaced)
    assert more.covers == (Coverage(DOCUMENTS, told.hex),)
    assert (more.matter, more.until) == (claim.matter, claim.until)
    other = desk.world.person()
    desk.join(other, "billing-contact")
    (whole,) = desk.world.bodies(other, ClaimPlaced)
    assert set(whole.covers) == kept | {Coverage(DOCUMENTS, told.hex)}


def test_a_licence_whose_tax_period_is_over_keeps_nothing(desk: Desk) -> None:
    """It may be told all the same."""
    licence = desk.fact("licence-generated", day=dt.date(2015, 1, 1))
    desk.fact("licence-paid", about=licence, day=dt.date(2015, 1, 2))
    assert desk.rules(desk.payer) == []


def test_paying_twice_is_once(desk: Desk) -> None:
    """The second word changes nothing."""
    licence = desk.fact("licence-generated")
    desk.fact("licence-paid", about=licence)
    before = len(desk.world.entries(desk.account))
    desk.fact("licence-paid", about=licence)
    assert len(desk.world.entries(desk.account)) == before
    assert desk.rules(desk.payer) == [PAID]


def test_whoever_joins_later_keeps_the_documents_of_a_paid_licence(desk: Desk) -> None:
    """As those do who were there."""
    licence = desk.fact("licence-generated", refers=(desk.fact("quote-issued"),))
    desk.fact("licence-paid", about=licence)
    late = desk.world.person()
    desk.join(late, PAYER)
    (theirs,) = desk.world.bodies(late, ClaimPlaced)
    (others,) = desk.world.bodies(desk.payer, ClaimPlaced)
    assert (theirs.covers, theirs.until) == (others.covers, others.until)


# ---- cases and holds ----------------------------------------------------------------------------


def test_a_case_holds_its_own_class_of_whom_it_names(desk: Desk) -> None:
    """Under its own scope, until it is closed; a case of another kind by that kind's rule."""
    case = desk.fact("case-opened", matter="payment-fraud", members=(desk.technician,))
    desk.fact("case-opened", matter="security-incident", members=(desk.owner,))
    (claim,) = desk.world.bodies(desk.technician, ClaimPlaced)
    assert claim.covers == (Coverage("misuse-cases", case.hex),)
    assert (desk.rules(desk.payer), desk.rules(desk.technician)) == ([], [CASE])
    assert desk.rules(desk.owner) == [INCIDENT]
    desk.fact("case-closed", about=case)
    assert (desk.rules(desk.owner), desk.rules(desk.technician)) == ([INCIDENT], [])


def test_a_hold_is_released_like_a_credit_is_settled(desk: Desk) -> None:
    """Further blocking kinds are declared in the document."""
    hold = desk.fact("hold-placed", matter="legal-dispute")
    assert desk.rules(desk.technician) == [DISPUTE]
    with pytest.raises(NotFound):
        desk.fact("credit-settled", about=hold)
    desk.fact("hold-released", about=hold)
    assert desk.rules(desk.technician) == []


def test_what_the_policy_does_not_list_is_told_with_findings(desk: Desk) -> None:
    """An unlisted kind stays sealed; a stranger is not concerned; somebody looks at it."""
    stranger = desk.world.person()
    answer = desk.world.do(
        "record_fact",
        account=desk.account,
        fact="case-opened",
        matter="mueller-case",
        members=(stranger, desk.owner),
    )
    assert answer.rules == ("matter-unlisted", "member-unknown")
    (case,) = desk.world.bodies(desk.account, CaseOpened)
    assert (case.kind, case.members) == (None, (desk.owner,))
    assert case.unlisted is not None
    (found,) = desk.world.bodies(desk.account, IrregularityFound)
    assert found.findings == desk.world.bodies(desk.account, IrregularityFound)[0].findings
    assert desk.state().irregularities == [found.irregularity]


def test_a_quote_after_the_account_was_closed_is_irregular(desk: Desk) -> None:
    """One of the days before is not, whenever it is told."""
    desk.world.do("close_account", account=desk.account, day=dt.date(2026, 6, 30))
    told = {"account": desk.account, "fact": "quote-issued"}
    assert desk.world.do("record_fact", **told, day=dt.date(2026, 6, 30)).rules == ()
    assert desk.world.do("record_fact", **told, day=dt.date(2026, 7, 1)).rules == (
        "account-closed",
    )


# ---- numbers, ids, form -------------------------------------------------------------------------


def test_a_number_is_sealed_under_its_attributes_class_and_its_documents_own_key(
    desk: Desk,
) -> None:
    """So that each ends on its own; without an attribute it is evidence."""
    first = desk.fact("quote-issued", number="Q-4711", attribute=NUMBER)
    desk.fact("quote-issued", number="Q-4712")
    quotes = [e for e in desk.world.entries(desk.account) if isinstance(e.body, QuoteIssued)]
    slots = []
    for entry, number in zip(quotes, ("Q-4711", "Q-4712"), strict=True):
        assert isinstance(entry.body, QuoteIssued) and entry.body.number is not None
        at = SealedAt(desk.account, entry.event, "@number", entry.body.number)
        (opened,) = desk.world.ledger.open_values([at])
        assert isinstance(opened, Opened) and opened.value == number
        slots.append(desk.state().slot_of(entry.body.number.kid))
    assert slots == [SlotName(DOCUMENTS, first.hex), SlotName(EVIDENCE, "")]


def test_an_amount_is_validated_as_its_attribute(desk: Desk) -> None:
    """What cannot be right is an error, and no event."""
    before = len(desk.world.entries(desk.account))
    with pytest.raises(InvalidInput):
        desk.fact("credit-opened", number="plenty", attribute=AMOUNT)
    assert len(desk.world.entries(desk.account)) == before


@pytest.mark.parametrize(
    ("fact", "fields", "error"),
    [
        ("quote-issued", {"refers": (UUID(int=1),)}, InvalidInput),
        ("quote-issued", {"matter": "payment-fraud"}, InvalidInput),
        ("quote-issued", {"attribute": NUMBER}, InvalidInput),
        ("quote-issued", {"about": UUID(int=1)}, InvalidInput),
        ("quote-issued", {"day": TODAY + dt.timedelta(days=2)}, InvalidInput),
        ("credit-settled", {"number": "12"}, InvalidInput),
        ("credit-settled", {}, NotFound),
        ("credit-settled", {"about": UUID(int=1)}, NotFound),
        ("licence-paid", {}, NotFound),
        ("licence-generated", {"refers": (uuid4(),)}, NotFound),
    ],
)
def test_what_a_fact_cannot_have_is_an_error_and_no_event(
    desk: Desk, fact: str, fields: dict[str, Any], error: type[Exception]
) -> None:
    """Nothing is half-written."""
    before = len(desk.world.entries(desk.account))
    with pytest.raises(error):
        desk.fact(fact, **fields)
    assert len(desk.world.entries(desk.account)) == before


def test_a_document_may_have_the_id_its_values_are_kept_under_already(desk: Desk) -> None:
    """But no other document of the account has it, and an invoice pays nothing."""
    known = uuid4()
    assert desk.fact("invoice-issued", about=known) == known
    with pytest.raises(InvalidInput):
        desk.fact("quote-issued", about=known)
    with pytest.raises(NotFound):
        desk.fact("licence-paid", about=known)


# ---- the state ----------------------------------------------------------------------------------


def test_the_state_of_an_account_is_the_fold_of_its_stream(desk: Desk) -> None:
    """Every row of the decision states is right, of the account and of its members."""
    licence = desk.fact("licence-generated", refers=(desk.fact("quote-issued", number="Q"),))
    desk.fact("licence-paid", about=licence)
    credit = desk.fact("credit-opened", members=(desk.payer,))
    desk.fact("hold-placed", matter="legal-dispute")
    desk.world.do("leave_account", account=desk.account, subject=desk.owner)
    desk.fact("credit-settled", about=credit)
    desk.world.do("close_account", account=desk.account)
    checked = states.check(desk.world.ledger.recorder)
    assert (checked.wrong, checked.lagging, checked.older) == (0, 0, 0)
    row = desk.world.ledger.recorder.select_states([desk.account])[desk.account]
    assert Account.load(*row).dump() == desk.state().dump() == row.state


def test_of_very_many_documents_the_newest_are_kept_and_the_others_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A licence for an old quote keeps it all the same, and a state stays small."""
    monkeypatch.setattr("ledger.account.PAPERS", 3)
    monkeypatch.setattr("ledger.account.FORMER", 1)
    quote = desk.fact("quote-issued")
    licence = desk.fact("licence-generated", refers=(quote,))
    credit = desk.fact("credit-opened")
    for person in (desk.payer, desk.owner):
        desk.world.do("leave_account", account=desk.account, subject=person)
    late = desk.world.person()
    desk.join(late, PAYER)
    for _ in range(5):
        desk.fact("quote-issued")
    assert len(desk.state().papers) == 3 and len(desk.state().kept.former) == 1
    desk.fact("licence-paid", about=licence)
    covers = {cover.scope for c in desk.world.state(late).claims.values() for cover in c.covers}
    assert covers == {"*", licence.hex, quote.hex}
    desk.fact("credit-settled", about=credit)
    assert desk.rules(desk.payer) == desk.rules(desk.owner) == []
    assert states.check(desk.world.ledger.recorder).wrong == 0


def test_a_fact_of_an_account_with_a_thousand_members_is_one_append(world: World) -> None:
    """Each member's claim stands in their own stream; one member more is refused."""
    members = int(os.environ.get("LEDGER_TEST_MEMBERS", "1000"))
    from ledger.commands.collecting import RegisterSubject

    commands = [RegisterSubject(**world.key()) for _ in range(members + 1)]
    people = [r.result(120).ids["subject"] for r in world.ledger.batch(commands)]
    joining = tuple(Membership(subject=one, roles=(OWNER,)) for one in people[:members])
    account = world.do("open_account", kind="organisation", members=joining).ids["account"]
    answer = world.do("record_fact", account=account, fact="credit-opened")
    for person in (people[0], people[members - 1]):
        (claim,) = [e for e in world.entries(person) if isinstance(e.body, ClaimPlaced)]
        assert answer.position - members <= claim.position <= answer.position
    with pytest.raises(InvalidInput):
        world.do("join_account", account=account, subject=people[-1], roles=(OWNER,))


def test_an_address_of_a_kept_member_still_leads_to_them_and_of_a_freed_one_no_more(
    desk: Desk,
) -> None:
    """Look-ups die with their key, and a claim keeps the key."""
    credit = desk.fact("credit-opened")
    mail = desk.world.values(desk.payer)[EMAIL][0]
    desk.world.do("request_erasure", subject=desk.payer)
    find = desk.world.ledger.vault.find
    assert [found.stream for found in find("email/1", mail)] == [desk.payer]
    desk.fact("credit-settled", about=credit)
    assert list(find("email/1", mail)) == []
    assert INVOICE not in {item.attribute for item in desk.world.state(desk.payer).standing()}


def test_a_fact_and_an_erasure_at_once_leave_no_claim_on_what_is_gone(desk: Desk) -> None:
    """Whichever is first: the claim keeps the data, or there is nothing left to claim."""
    from ledger.commands.erasing import RequestErasure
    from ledger.commands.telling import RecordFact

    world, people = desk.world, [desk.world.person() for _ in range(12)]
    for person in people:
        desk.join(person, OWNER)
    commands: list[Any] = []
    for n, person in enumerate(people):
        told = {"account": desk.account, "fact": "credit-opened", "members": (person,)}
        both = [RecordFact(**world.key(), **told), RequestErasure(**world.key(), subject=person)]
        commands += both if n % 2 else reversed(both)
    for receipt in world.ledger.batch(commands):
        assert receipt.result(60).outcome == "recorded"
    for person in people:
        assert (desk.rules(person) == [CREDIT]) == (CONTACT in desk.living(person))
    assert states.check(world.ledger.recorder).wrong == 0


def test_the_number_of_a_card_is_kept_in_no_fact(desk: Desk) -> None:
    """Told: withheld, with a finding; in content that is asked to be stored: refused."""
    card = "4111 1111 1111 1111"
    told = {"account": desk.account, "fact": "quote-issued", "number": f"paid by {card}"}
    assert desk.world.do("record_fact", **told).rules == ("identifier-found",)
    quote = [e for e in desk.world.entries(desk.account) if isinstance(e.body, QuoteIssued)][-1]
    assert isinstance(quote.body, QuoteIssued)
    if quote.body.number is not None:
        at = SealedAt(desk.account, quote.event, "@number", quote.body.number)
        (opened,) = desk.world.ledger.open_values([at])
        assert isinstance(opened, Opened) and "4111" not in opened.value
    assert len(desk.world.bodies(desk.account, IrregularityFound)) == 1
    stored = {"service": "online-products", "country": "ireland", "attribute": "stored-content"}
    answer = desk.world.do("store_content", account=desk.account, **stored, value=card)
    assert (answer.outcome, answer.rules) == ("refused", ("identifier-found",))
