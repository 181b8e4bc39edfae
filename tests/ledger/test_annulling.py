"""Annulment: what hung on the entry goes with it, in the same append."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from ledger import events
from ledger.commands.claiming import Covers
from ledger.commands.values import Value, mark_content, mark_kind
from ledger.sealing import Erased
from tests.ledger.world import BILLING, EMAIL, INVOICE, NAME, NEWS, RESEARCH, YEAR_1, World

WRONG = "taken@example.org"


def annul(world: World, subject: UUID, kind: type) -> None:
    """Annul the last entry of this kind."""
    entry = [e for e in world.entries(subject) if isinstance(e.body, kind)][-1]
    answer = world.do(
        "annul_entry", subject=subject, entry=entry.event, reason="entered-by-mistake"
    )
    assert answer.outcome == "recorded"


def test_an_annulled_claim_finishes_the_erasure_that_waited_for_it(world: World) -> None:
    """It never was a reason to keep: what only it held dies with the annulment."""
    subject = world.person()
    world.bill(subject, YEAR_1)
    covers = (Covers(class_=BILLING),)
    world.do("place_claim", subject=subject, ground="outstanding-credit", covers=covers)
    world.do("request_erasure", subject=subject)
    assert world.values(subject)[INVOICE] == ["1 Example Street, 2024"]
    annul(world, subject, events.ClaimPlaced)
    assert isinstance(world.values(subject)[INVOICE][0], Erased)
    assert not world.state(subject).living
    assert world.bodies(subject, events.DataErased)[-1].cause == "claim-ended"


def test_an_entry_is_annulled_once(world: World) -> None:
    """Again is no change, and no event."""
    subject = world.person()
    annul(world, subject, events.DataCollected)
    entry = world.last(subject).entry
    end = world.ledger.recorder.last()
    again = world.do("annul_entry", subject=subject, entry=entry, reason="entered-by-mistake")
    assert again.outcome == "unchanged"
    assert world.ledger.recorder.last() == end


@pytest.mark.parametrize(
    "kind",
    [
        events.SubjectRegistered,
        events.ConsentWithdrawn,
        events.ErasureRequested,
        events.DataErased,
        events.DataRetained,
        events.PersonalDataOpened,
        events.EntryAnnulled,
    ],
)
def test_what_cannot_have_been_an_error_stands(world: World, kind: type) -> None:
    """What protects the person, what an erasure did, what was seen: asking for it is refused."""
    subject = world.person()
    world.do("withdraw_consent", subject=subject, purpose=NEWS)
    opened = {"access": "profile", "reason": "answer-customer"}
    world.do("open_personal_data", subject=subject, **opened)
    annul(world, subject, events.DataCollected)
    world.collect(subject, {NAME: "Zoë Example"})
    world.consent(subject, statement="I agree")
    world.do("request_erasure", subject=subject)
    entry = next(e.event for e in world.entries(subject) if isinstance(e.body, kind))
    asked = world.do("annul_entry", subject=subject, entry=entry, reason="entered-by-mistake")
    assert (asked.outcome, asked.rules) == ("refused", ("entry-stands",))


def test_an_annulled_switching_on_leaves_it_off(world: World) -> None:
    """Switched on by mistake: the word before it holds again."""
    subject = world.person()
    flip = {"subject": subject, "purpose": RESEARCH}
    world.do("switch_processing", **flip, state="off")
    world.do("switch_processing", **flip, state="on", **world.herself(subject))
    assert world.state(subject).switch(RESEARCH, None) == ("on", True)
    annul(world, subject, events.ProcessingSwitched)
    assert world.state(subject).switch(RESEARCH, None) == ("off", True)


def test_a_value_entered_for_the_wrong_person_finds_nobody(world: World) -> None:
    """Nor does it keep its true owner out; what stands beside it under the key is still found."""
    subject = world.person()
    own = f"{subject.hex}@example.org"
    owner = world.do("register_subject").ids["subject"]
    stranger = world.do("register_subject").ids["subject"]
    world.collect(stranger, {EMAIL: WRONG, NAME: "Entered Wrong"})
    annul(world, stranger, events.DataCollected)
    assert world.ledger.vault.find("email/1", WRONG) == []
    world.collect(owner, {EMAIL: WRONG})
    assert [f.stream for f in world.ledger.vault.find("email/1", WRONG)] == [owner]
    world.collect(subject, {NAME: "Another Name"})
    annul(world, subject, events.DataCollected)
    assert [f.stream for f in world.ledger.vault.find("email/1", own)] == [subject]


def test_an_annulled_correction_leaves_its_address_to_its_owner(world: World) -> None:
    """The address that was corrected in by mistake is free again."""
    subject, owner = world.person(), world.do("register_subject").ids["subject"]
    world.do("correct", subject=subject, values=(Value(attribute=EMAIL, value=WRONG),))
    annul(world, subject, events.DataCorrected)
    assert world.state(subject).current(EMAIL)
    world.collect(owner, {EMAIL: WRONG})


def test_an_import_tells_an_annulled_value_again(world: World) -> None:
    """Its mark goes too: the value is not known any more."""
    kind = mark_kind("earlier-records", NAME)
    told: dict[str, Any] = {
        "values": (Value(attribute=NAME, value="Told Once", mark=kind),),
        "source": "earlier-records",
        "country": "india",
        "purposes": ("account-keeping",),
    }
    subject = world.do("record_collection", **told).ids["subject"]
    mark = (kind, mark_content(subject, "", "Told Once"))
    assert world.ledger.vault.find(*mark)
    annul(world, subject, events.DataCollected)
    assert not world.ledger.vault.find(*mark)


def test_an_annulled_late_disclosure_does_not_keep_its_erasure_open(world: World) -> None:
    """Its order goes with it, and nobody waits for an answer to what was never passed on."""
    subject = world.person()
    world.recipient()
    world.consent(subject)
    erasure = world.do("request_erasure", subject=subject).ids["erasure"]
    world.do("record_disclosure", **world.disclosure(subject))
    assert not world.state(subject).erasures[erasure].closed
    annul(world, subject, events.DisclosureRecorded)
    assert world.state(subject).erasures[erasure].closed
    assert isinstance(world.last(subject), events.ErasureClosed)
