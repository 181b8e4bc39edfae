"""Facts of an account that were told in error: what hung on them goes, and what they ended returns."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from ledger import events, states
from ledger.events import ClaimPlaced, DataErased, Event
from tests.ledger.test_accounting import (
    CREDIT,
    OWNER,
    PAID,
    PAYER,
    TECHNICIAN,
    Desk,
)
from tests.ledger.world import BILLING, CONTACT, DOCUMENTS, World


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def last(desk: Desk, kind: type[Event]) -> UUID:
    """The last entry of the account of this kind."""
    return [e for e in desk.world.entries(desk.account) if isinstance(e.body, kind)][-1].event


def annul(desk: Desk, kind: type[Event]) -> Any:
    return desk.world.do(
        "annul_fact", account=desk.account, entry=last(desk, kind), reason="entered-by-mistake"
    )


def right(desk: Desk) -> None:
    """Every state that was written is the fold of its stream."""
    found = states.check(desk.world.ledger.recorder)
    assert (found.wrong, found.lagging) == (0, 0), found.examples


def licence(desk: Desk) -> tuple[UUID, UUID]:
    """A quote and the licence that came of it, each with the payer's own copy."""
    quote = desk.fact("quote-issued")
    paper = desk.fact("licence-generated", refers=(quote,))
    desk.document(desk.payer, quote, "Q-1")
    desk.document(desk.payer, paper, "L-1")
    return quote, paper


def test_a_licence_that_was_never_paid_keeps_nothing(desk: Desk) -> None:
    """What waited for the tax period's end is erased with the annulment, and only once."""
    _, paper = licence(desk)
    desk.fact("licence-paid", about=paper)
    desk.world.do("request_erasure", subject=desk.payer)
    assert DOCUMENTS in desk.living(desk.payer)
    assert annul(desk, events.LicencePaid).outcome == "recorded"
    assert desk.rules(desk.payer) == desk.rules(desk.owner) == []
    assert DOCUMENTS not in desk.living(desk.payer)
    assert desk.state().papers[paper].paid is None
    assert desk.world.bodies(desk.payer, DataErased)[-1].cause == "claim-ended"
    assert annul(desk, events.LicencePaid).outcome == "unchanged"
    right(desk)


def test_what_was_annulled_may_be_told_again_and_rightly(desk: Desk) -> None:
    """The licence was paid after all, on another day."""
    _, paper = licence(desk)
    desk.fact("licence-paid", about=paper)
    annul(desk, events.LicencePaid)
    desk.fact("licence-paid", about=paper, day=dt.date(2026, 2, 1))
    assert desk.rules(desk.payer) == desk.rules(desk.owner) == [PAID]
    (claim,) = desk.world.state(desk.payer).claims.values()
    assert claim.until == dt.date(2032, 12, 31)


def test_a_credit_that_was_not_settled_holds_again(desk: Desk) -> None:
    """Of everybody whom the settling set free: who left meanwhile, and who joined since."""
    credit = desk.fact("credit-opened")
    desk.world.do("leave_account", account=desk.account, subject=desk.payer)
    desk.fact("credit-settled", about=credit)
    late = desk.world.person()
    desk.join(late, OWNER)
    assert desk.rules(desk.owner) == desk.rules(desk.payer) == desk.rules(late) == []
    annul(desk, events.CreditSettled)
    for one in (desk.owner, desk.payer, late):
        assert desk.rules(one) == [CREDIT]
    assert desk.rules(desk.technician) == []
    assert credit in desk.state().matters
    desk.fact("credit-settled", about=credit)
    assert desk.rules(desk.owner) == desk.rules(desk.payer) == desk.rules(late) == []
    right(desk)


def test_what_was_erased_stays_erased(desk: Desk) -> None:
    """The settling let the payer be forgotten; a new claim finds nothing to hold, and does not wait."""
    credit = desk.fact("credit-opened")
    desk.world.do("request_erasure", subject=desk.payer)
    assert desk.living(desk.payer) >= {CONTACT, BILLING}
    desk.fact("credit-settled", about=credit)
    gone = desk.living(desk.payer)
    annul(desk, events.CreditSettled)
    assert desk.living(desk.payer) == gone and not gone & {CONTACT, BILLING}
    assert desk.rules(desk.payer) == []
    assert desk.rules(desk.owner) == [CREDIT]


def test_a_settling_that_was_wrong_holds_an_erasure_back_again(desk: Desk) -> None:
    """Who asks to be forgotten after the annulment waits as before."""
    credit = desk.fact("credit-opened")
    desk.fact("credit-settled", about=credit)
    annul(desk, events.CreditSettled)
    desk.world.do("request_erasure", subject=desk.payer)
    assert desk.living(desk.payer) >= {CONTACT, BILLING}
    desk.fact("credit-settled", about=credit)
    assert not desk.living(desk.payer) & {CONTACT, BILLING}


def test_a_credit_that_never_was_sets_free_whoever_it_held(desk: Desk) -> None:
    """Who joined after it, too; another credit goes on holding."""
    desk.fact("credit-opened")
    late = desk.world.person()
    desk.join(late, PAYER)
    desk.world.do("request_erasure", subject=late)
    assert CONTACT in desk.living(late)
    annul(desk, events.CreditOpened)
    assert desk.rules(late) == desk.rules(desk.owner) == []
    assert CONTACT not in desk.living(late)
    other, _ = desk.fact("credit-opened"), desk.fact("credit-opened")
    annul(desk, events.CreditOpened)
    assert [c.matter for c in desk.world.state(desk.owner).claims.values()] == [other]


def test_a_quote_that_never_was_is_no_part_of_a_paid_licence(desk: Desk) -> None:
    """The licence goes on holding its own document, and the quote's goes; told again, it is held."""
    quote, paper = licence(desk)
    desk.fact("licence-paid", about=paper)
    annul(desk, events.QuoteIssued)
    (claim,) = desk.world.state(desk.payer).claims.values()
    assert [cover.scope for cover in claim.covers] == [paper.hex]
    desk.world.do("request_erasure", subject=desk.payer)
    left = {n.scope for n in desk.world.state(desk.payer).living if n.class_ == DOCUMENTS}
    assert left == {paper.hex}
    desk.fact("quote-issued", about=quote)
    right(desk)


def test_a_document_that_is_told_again_is_held_by_the_paid_licence_again(desk: Desk) -> None:
    """A quote with a wrong number is annulled and told again under its id."""
    quote, paper = licence(desk)
    desk.fact("licence-paid", about=paper)
    annul(desk, events.QuoteIssued)
    desk.fact("quote-issued", about=quote)
    covered = {
        cover.scope for c in desk.world.state(desk.payer).claims.values() for cover in c.covers
    }
    assert covered == {quote.hex, paper.hex}
    desk.world.do("request_erasure", subject=desk.payer)
    left = {n.scope for n in desk.world.state(desk.payer).living if n.class_ == DOCUMENTS}
    assert left == {quote.hex, paper.hex}


def test_who_never_joined_owes_nothing(desk: Desk) -> None:
    """The wrong person was put into a debtor's account: neither there nor in the person's own stream
    do they count as a member, and nothing of them is held."""
    credit = desk.fact("credit-opened")
    wrong = desk.world.person()
    desk.join(wrong, OWNER)
    assert desk.rules(wrong) == [CREDIT]
    annul(desk, events.MemberJoined)
    assert desk.rules(wrong) == []
    assert wrong not in desk.state().everybody
    assert desk.world.state(wrong).accounts == []
    assert desk.world.state(wrong).closed_on is None
    desk.world.do("request_erasure", subject=wrong)
    assert CONTACT not in desk.living(wrong)
    desk.fact("credit-settled", about=credit)
    right(desk)


def test_what_was_opened_while_somebody_was_no_member_does_not_hold_them(desk: Desk) -> None:
    """The credit came after the wrong joining, and placed its claim by itself."""
    wrong = desk.world.person()
    desk.join(wrong, OWNER)
    desk.fact("credit-opened")
    assert desk.rules(wrong) == [CREDIT]
    annul(desk, events.MemberJoined)
    assert desk.rules(wrong) == []
    assert desk.rules(desk.owner) == [CREDIT]


def test_a_role_that_was_wrong_answers_no_more(desk: Desk) -> None:
    """The technician was made an owner by mistake and is a technician again."""
    desk.fact("credit-opened")
    desk.join(desk.technician, OWNER)
    assert desk.rules(desk.technician) == [CREDIT]
    annul(desk, events.MemberJoined)
    assert desk.rules(desk.technician) == []
    assert desk.state().members[desk.technician].roles == (TECHNICIAN,)
    assert desk.rules(desk.owner) == [CREDIT]


def test_who_did_not_leave_is_a_member(desk: Desk) -> None:
    """In both streams, so what ends with the account does not end."""
    desk.world.do("leave_account", account=desk.account, subject=desk.payer)
    assert desk.world.state(desk.payer).closed_on is not None
    annul(desk, events.MemberLeft)
    assert desk.state().members[desk.payer].roles == (PAYER,)
    assert desk.world.state(desk.payer).accounts == [desk.account]
    assert desk.world.state(desk.payer).closed_on is None
    right(desk)


def test_an_account_that_was_not_closed_goes_on(desk: Desk) -> None:
    """For itself and for each member; whoever is new may join."""
    desk.world.do("close_account", account=desk.account)
    annul(desk, events.AccountClosed)
    assert desk.state().closed is None
    for one in (desk.owner, desk.payer, desk.technician):
        assert desk.world.state(one).closed_on is None
    assert desk.join(desk.world.person(), PAYER).outcome == "recorded"
    right(desk)


@pytest.mark.parametrize(
    ("opens", "ends", "opened", "ended"),
    [
        ("case-opened", "case-closed", events.CaseOpened, events.CaseClosed),
        ("hold-placed", "hold-released", events.HoldPlaced, events.HoldReleased),
    ],
)
def test_a_case_or_hold_comes_back_or_never_was(
    desk: Desk, opens: str, ends: str, opened: type[Event], ended: type[Event]
) -> None:
    """Of just the member it named."""
    matter = "security-incident" if opens == "case-opened" else "legal-dispute"
    about = desk.fact(opens, matter=matter, members=(desk.technician,))
    (rule,) = desk.rules(desk.technician)
    desk.fact(ends, about=about)
    assert desk.rules(desk.technician) == []
    annul(desk, ended)
    assert desk.rules(desk.technician) == [rule]
    assert desk.rules(desk.owner) == []
    annul(desk, opened)
    assert desk.rules(desk.technician) == []
    assert desk.state().matters == {}
    right(desk)


def test_what_was_carried_into_a_case_that_never_was_goes(desk: Desk) -> None:
    """Nothing else it was kept for."""
    about = desk.fact("case-opened", matter="security-incident", members=(desk.payer,))
    which = {"account": desk.account, "case": about, "subject": desk.payer}
    carried = desk.world.do("carry_into_case", **which, attributes=("full-name",))
    assert carried.outcome == "recorded"
    assert "misuse-cases" in desk.living(desk.payer)
    annul(desk, events.CaseOpened)
    assert "misuse-cases" not in desk.living(desk.payer)
    assert CONTACT in desk.living(desk.payer)


def test_a_claim_placed_by_a_rule_that_went_away_goes_with_its_fact(desk: Desk) -> None:
    """What a fact did is read from its own append, not from the policy of today."""
    _, paper = licence(desk)
    desk.fact("licence-paid", about=paper)
    published = desk.world.publish("  paid-licence-documents:\n", "  papers-of-licences:\n")
    assert published.outcome == "recorded"
    annul(desk, events.LicencePaid)
    assert desk.rules(desk.payer) == desk.rules(desk.owner) == []


def test_what_a_rule_that_went_away_had_held_is_held_by_the_one_that_came(desk: Desk) -> None:
    """A wrong settling is annulled under a document that calls the rule otherwise."""
    credit = desk.fact("credit-opened")
    desk.world.do("leave_account", account=desk.account, subject=desk.payer)
    desk.fact("credit-settled", about=credit)
    desk.world.publish("  credit-until-settled:\n", "  owed-until-settled:\n")
    annul(desk, events.CreditSettled)
    assert desk.rules(desk.owner) == desk.rules(desk.payer) == ["owed-until-settled"]


@pytest.mark.parametrize("kind", [events.AccountOpened, events.EntryAnnulled])
def test_what_cannot_have_been_an_error_stands(desk: Desk, kind: type[Event]) -> None:
    """An account that was opened is closed; an annulment is final."""
    desk.fact("credit-opened")
    annul(desk, events.CreditOpened)
    refused = annul(desk, kind)
    assert (refused.outcome, refused.rules) == ("refused", ("entry-stands",))


def test_a_members_own_entry_is_annulled_in_the_account(desk: Desk) -> None:
    """Alone it is not: the two streams would disagree."""
    entries = desk.world.entries(desk.payer)
    joined = next(e.event for e in entries if isinstance(e.body, events.MemberJoined))
    refused = desk.world.do(
        "annul_entry", subject=desk.payer, entry=joined, reason="entered-by-mistake"
    )
    assert refused.rules == ("entry-stands",)


def test_a_fact_about_a_thousand_members_is_annulled_in_one_append(world: World) -> None:
    """Every one of them is held again, or set free."""
    desk = Desk(world)
    for _ in range(3):
        desk.join(world.person(), OWNER)
    credit = desk.fact("credit-opened")
    before = world.ledger.recorder.last()[0]
    annul(desk, events.CreditOpened)
    rows = world.ledger.recorder.select_rows(before, 100)
    assert len({row.recorded_at for row in rows}) == 1
    released = [row for row in rows if row.topic == events.ClaimReleased.TOPIC]
    assert len(released) == 5
    assert credit not in desk.state().matters


def test_nobodys_claim_by_hand_is_touched(desk: Desk) -> None:
    """What was decided for another reason stays."""
    from ledger.commands.claiming import Covers

    desk.fact("credit-opened")
    covers = (Covers(class_=BILLING),)
    ground = "outstanding-credit"
    desk.world.do("place_claim", subject=desk.owner, ground=ground, covers=covers)
    annul(desk, events.CreditOpened)
    (claim,) = desk.world.state(desk.owner).claims.values()
    assert claim.account is None
    assert len(desk.world.bodies(desk.owner, ClaimPlaced)) == 2
