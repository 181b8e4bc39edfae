"""Values carried into a case: opened under their own key, sealed under the case's, kept for it alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger import states
from ledger.commands.accounting import Membership
from ledger.errors import InvalidInput, NotFound
from ledger.events import (
    ClaimPlaced,
    CommandRefused,
    DataErased,
    DataResealed,
    SlotName,
)
from ledger.policy import decisions
from ledger.sealing import Erased, Opened
from ledger.vault.opening import SealedAt
from tests.ledger.world import BILLING, CONTACT, EMAIL, EVIDENCE, NAME, World

CASES, FRAUD = "misuse-cases", "misuse-prevention"


class Inquiry:
    """An account with a suspect and a bystander, and a case that names the suspect."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.suspect, self.bystander = world.person(), world.person()
        members = tuple(
            Membership(subject=one, roles=("account-owner",))
            for one in (self.suspect, self.bystander)
        )
        self.account = world.do("open_account", kind="person", members=members).ids["account"]
        self.case = self.fact(
            "case-opened", matter="payment-fraud", members=(self.suspect,), number="F-1"
        )

    def fact(self, fact: str, **fields: Any) -> UUID:
        return self.world.do("record_fact", account=self.account, fact=fact, **fields).ids["about"]

    def carry(self, *attributes: str, **fields: Any) -> Any:
        defaults = {"account": self.account, "case": self.case, "subject": self.suspect}
        return self.world.do("carry_into_case", attributes=attributes, **(defaults | fields))

    def copies(self) -> list[Any]:
        """What was carried, opened."""
        sealed = [
            SealedAt(self.suspect, entry.event, item.attribute, item.value)
            for entry in self.world.entries(self.suspect)
            if isinstance(entry.body, DataResealed)
            for item in entry.body.items
        ]
        opened = self.world.ledger.open_values(sealed)
        return [one.value if isinstance(one, Opened) else one for one in opened]

    def living(self) -> set[str]:
        living = {name.class_ for name in self.world.state(self.suspect).living}
        return living - {EVIDENCE}


@pytest.fixture
def inquiry(world: World) -> Inquiry:
    return Inquiry(world)


def test_a_carried_value_is_the_same_under_the_cases_own_key(inquiry: Inquiry) -> None:
    """The event names what it was opened from; the original stands where it was."""
    entry = inquiry.carry(NAME).ids["entry"]
    (body,) = inquiry.world.bodies(inquiry.suspect, DataResealed)
    (item,) = body.items
    assert (body.account, body.case) == (inquiry.account, inquiry.case)
    assert (item.class_, item.scope) == (CASES, inquiry.case.hex)
    assert [key.class_ for key in body.minted] == [CASES]
    assert inquiry.copies() == ["Zoë Example"] == inquiry.world.values(inquiry.suspect)[NAME]
    state = inquiry.world.state(inquiry.suspect)
    assert [(one.attribute, one.event) for one in state.carried] == [(NAME, entry)]
    newest = state.newest(NAME)
    assert newest is not None and newest.slot == SlotName(CONTACT, "")
    assert item.from_event == newest.event


def test_what_was_carried_outlives_the_erasure_and_serves_the_case_alone(
    inquiry: Inquiry,
) -> None:
    """Everything else goes; the copy stays on the case's ground until the case is closed."""
    inquiry.carry(NAME, EMAIL)
    inquiry.world.do("request_erasure", subject=inquiry.suspect)
    assert inquiry.living() == {CASES}
    assert inquiry.copies() == ["Zoë Example", f"{inquiry.suspect.hex}@example.org"]
    assert all(isinstance(v[0], Erased) for v in inquiry.world.values(inquiry.suspect).values())
    state, policy = inquiry.world.state(inquiry.suspect), inquiry.world.ledger.policy()
    today = inquiry.world.ledger.clock().date()
    slot = [SlotName(CASES, inquiry.case.hex)]
    assert decisions.use(policy, state, FRAUD, None, today, slot) == ()
    assert decisions.use(policy, state, "legal-requests", None, today, slot) != ()
    inquiry.fact("case-closed", about=inquiry.case)
    assert inquiry.living() == set()
    assert all(isinstance(one, Erased) for one in inquiry.copies())
    assert inquiry.world.state(inquiry.suspect).carried == []


def test_a_closed_case_keeps_nothing_of_whoever_stays(inquiry: Inquiry) -> None:
    """The copies end with it, nobody asks; the originals are still there."""
    inquiry.carry(NAME)
    inquiry.fact("case-closed", about=inquiry.case)
    (erased,) = inquiry.world.bodies(inquiry.suspect, DataErased)
    assert erased.slots == (SlotName(CASES, inquiry.case.hex),)
    assert isinstance(inquiry.copies()[0], Erased)
    assert inquiry.living() == {CONTACT}


def test_what_is_restricted_outlives_its_case_until_the_restriction_is_lifted(
    inquiry: Inquiry,
) -> None:
    """The person needs the copies for a claim of her own: they are stored, and nobody uses them."""
    inquiry.carry(NAME)
    asked = inquiry.world.do("restrict", subject=inquiry.suspect, ground="legal-claims")
    inquiry.fact("case-closed", about=inquiry.case)
    assert inquiry.copies() == ["Zoë Example"]
    lift = {"subject": inquiry.suspect, "restriction": asked.ids["restriction"]}
    inquiry.world.do("lift_restriction", **lift)
    assert isinstance(inquiry.copies()[0], Erased)
    assert inquiry.living() == {CONTACT}
    assert states.check(inquiry.world.ledger.recorder).wrong == 0


def test_a_restriction_that_is_lifted_ends_no_open_case(inquiry: Inquiry) -> None:
    """What the case still claims stays."""
    inquiry.carry(NAME)
    asked = inquiry.world.do("restrict", subject=inquiry.suspect, ground="legal-claims")
    lift = {"subject": inquiry.suspect, "restriction": asked.ids["restriction"]}
    inquiry.world.do("lift_restriction", **lift)
    assert inquiry.copies() == ["Zoë Example"]


def test_a_second_case_keeps_its_own_copy(inquiry: Inquiry) -> None:
    """Each case has a key of its own."""
    other = inquiry.fact("case-opened", matter="payment-fraud", members=(inquiry.suspect,))
    inquiry.carry(NAME)
    inquiry.carry(NAME, case=other)
    inquiry.fact("case-closed", about=inquiry.case)
    gone, kept = inquiry.copies()
    assert isinstance(gone, Erased) and kept == "Zoë Example"


@pytest.mark.parametrize(
    ("attributes", "who", "rule"),
    [
        ((NAME,), "bystander", "member-unknown"),
        (("job-title",), "suspect", "item-missing"),
        (("case-message",), "suspect", "attribute-not-for-purpose"),
        (("shoe-size",), "suspect", "attribute-unlisted"),
    ],
)
def test_what_is_not_the_cases_business_is_refused(
    inquiry: Inquiry, attributes: tuple[str, ...], who: str, rule: str
) -> None:
    """Of whom it does not concern, what is not there, and what its purpose does not use."""
    subject = getattr(inquiry, who)
    answer = inquiry.carry(*attributes, subject=subject)
    assert answer.outcome == "refused" and rule in answer.rules
    refused = inquiry.world.last(subject)
    assert isinstance(refused, CommandRefused) and refused.command == "carry-into-case"
    assert inquiry.world.bodies(subject, DataResealed) == []


def test_a_case_of_a_kind_without_a_class_takes_nothing(inquiry: Inquiry) -> None:
    """An unlisted kind has no rule, and so no class."""
    odd = inquiry.fact("case-opened", matter="gossip", members=(inquiry.suspect,))
    assert inquiry.carry(NAME, case=odd).rules == ("case-without-class",)


def test_only_an_open_case_takes_anything(inquiry: Inquiry) -> None:
    """Not one that is closed, not a credit, not nothing."""
    credit = inquiry.fact("credit-opened")
    inquiry.fact("case-closed", about=inquiry.case)
    for case in (inquiry.case, credit, uuid4()):
        with pytest.raises(NotFound):
            inquiry.carry(NAME, case=case)
    with pytest.raises(InvalidInput):
        inquiry.carry(case=inquiry.fact("case-opened", matter="payment-fraud"))


def test_whoever_was_erased_has_nothing_to_carry(inquiry: Inquiry) -> None:
    """What a credit keeps of them is not the case's either."""
    inquiry.world.bill(inquiry.suspect, inquiry.world.ledger.clock())
    inquiry.fact("credit-opened", members=(inquiry.suspect,))
    inquiry.world.do("request_erasure", subject=inquiry.suspect)
    assert BILLING in inquiry.living()
    answer = inquiry.carry(NAME)
    assert (answer.outcome, answer.rules) == ("refused", ("retained-for-its-ground-only",))


def test_the_claim_is_placed_once_and_the_states_are_right(inquiry: Inquiry) -> None:
    """By the case, not by each thing that is carried into it."""
    inquiry.carry(NAME)
    inquiry.carry(EMAIL)
    assert len(inquiry.world.bodies(inquiry.suspect, ClaimPlaced)) == 1
    assert states.check(inquiry.world.ledger.recorder).wrong == 0
