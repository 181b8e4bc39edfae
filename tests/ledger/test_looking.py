"""To look is to use: whose values may be looked at for a reason, before and after an erasure."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from ledger import events
from ledger.commands.claiming import Covers
from ledger.commands.erasing import Part
from ledger.looking import Look
from tests.ledger.world import EMAIL, NAME, World

REASONS = """
reasons:
  plan-a-mailing: {label: To plan a mailing, purpose: promotional-news}
  study-the-use: {label: To study the use, purpose: product-research}
  suit-the-page: {label: To suit the page, purpose: personal-layout}
"""


def seen_for(world: World, subject: UUID, reason: str, **look: Any) -> set[str | None]:
    """By which rules a look at everything the person has is withheld; None: it is open."""
    kids = {sealed.sealed.kid for _, sealed in world.sealed(subject)}
    by = look.pop("by", world.by)
    return set(world.ledger.withheld(Look(subject, by, reason, **look), kids).values())


def test_nobody_looks_for_a_purpose_that_the_person_stopped(world: World) -> None:
    """A reason is no way round a consent that is missing, a switch or an objection; the person
    looks at it all the same, and a ground of its own needs no word of the person."""
    world.publish("\nreasons:\n", REASONS)
    subject, site = world.person(), world.do("register_actor", kind="system").ids["actor"]
    world.do("determine_regimes", subject=subject, regimes=("eu-gdpr",))
    assert seen_for(world, subject, "plan-a-mailing") == {"consent-missing"}
    world.consent(subject)
    assert seen_for(world, subject, "plan-a-mailing") == {None}
    world.do("withdraw_consent", subject=subject, purpose="promotional-news")
    assert seen_for(world, subject, "plan-a-mailing") == {"consent-withdrawn"}
    assert seen_for(world, subject, "study-the-use") == {None}
    world.do("switch_processing", subject=subject, purpose="product-research", state="off")
    assert seen_for(world, subject, "study-the-use") == {"switched-off-for-all"}
    world.do("raise_objection", subject=subject, purpose="product-research")
    assert seen_for(world, subject, "study-the-use") == {"objected"}
    assert seen_for(world, subject, "study-the-use", ground="lawful-request") == {None}
    assert seen_for(world, subject, "study-the-use", by=site, on_behalf_of=subject) == {None}
    assert seen_for(world, subject, "answer-customer") == {None}


def test_what_was_volunteered_is_seen_where_nothing_else_lies_under_its_key(world: World) -> None:
    """P06: for purposes of the company itself; beside what was asked for, it is not told apart."""
    world.publish("\nreasons:\n", REASONS)
    subject = world.do("register_subject").ids["subject"]
    world.do("determine_regimes", subject=subject, regimes=("california-ccpa",))
    said = {
        "source": "incoming-message",
        "notice": None,
        "purposes": ("customer-helpdesk-service",),
    }
    world.collect(subject, {NAME: "Zoë"}, **said)
    assert seen_for(world, subject, "suit-the-page") == {None}
    assert seen_for(world, subject, "plan-a-mailing") == {"consent-missing"}
    world.collect(subject, {EMAIL: "zoe@example.org"})
    assert seen_for(world, subject, "suit-the-page") == {"consent-missing"}


def test_what_waits_for_its_erasure_is_seen_for_its_grounds_alone(world: World) -> None:
    """Before it is carried out as after it, and on a ground of disclosure, too. The person sees it,
    and who has to decide on the request."""
    subject = world.person()
    site = world.do("register_actor", kind="system").ids["actor"]
    covers = (Covers(class_="contact-data"),)
    world.do("place_claim", subject=subject, ground="outstanding-credit", covers=covers)
    world.do("request_erasure", subject=subject, carry_out=False)
    waits = {"erasure-requested"}
    assert seen_for(world, subject, "answer-customer") == waits
    assert seen_for(world, subject, "audit-review") == waits
    assert seen_for(world, subject, "answer-customer", ground="lawful-request") == waits
    assert seen_for(world, subject, "collect-credit") == {None}
    assert seen_for(world, subject, "answer-request") == {None}
    assert seen_for(world, subject, "answer-customer", by=site, on_behalf_of=subject) == {None}


@pytest.mark.parametrize("carry_out", [True, False])
def test_a_single_slot_that_waits_serves_its_grounds_alone(world: World, carry_out: bool) -> None:
    """Asked to go by itself, kept for a credit: nothing else uses it, by whichever way; the rest of
    the person's data serves what it served."""
    subject = world.person()
    world.bill(subject, dt.datetime(2026, 6, 1, tzinfo=dt.UTC))
    world.consent(subject)
    world.recipient()
    covers = (Covers(class_="contact-data"),)
    world.do("place_claim", subject=subject, ground="outstanding-credit", covers=covers)
    slots = (Part(class_="contact-data"),)
    asked = {"subject": subject, "slots": slots, "carry_out": carry_out}
    erasure = world.do("request_erasure", **asked).ids["erasure"]
    explain = world.ledger.explainer().use
    use = explain(subject, "promotional-news", attributes=(EMAIL,))
    assert [finding.rule for finding in use.findings] == ["erasure-requested"]
    asked = world.disclosure(subject)
    assert world.do("authorise_disclosure", **asked).rules == ("erasure-requested",)
    run = {"purpose": "customer-helpdesk-service", "country": "india", "attributes": (NAME,)}
    started = world.do("start_run", **run, subjects=(subject,)).ids["run"]
    (left,) = world.bodies(started, events.SubjectsExcluded)
    assert left.rule == "erasure-requested"
    assert seen_for(world, subject, "answer-customer") == {"erasure-requested", None}
    assert explain(subject, "debt-collection", attributes=(EMAIL, "billing-address")).findings == ()
    assert explain(subject, "service-messages", attributes=("billing-address",)).findings == ()
    mixed = explain(subject, "service-messages", attributes=(EMAIL, "billing-address"))
    assert [finding.rule for finding in mixed.findings] == ["erasure-requested"]
    (claim,) = world.state(subject).claims
    world.do("release_claim", subject=subject, claim=claim)
    world.do("erase", subject=subject, erasure=erasure)
    world.collect(subject, {EMAIL: "again@example.org"})
    assert explain(subject, "promotional-news", attributes=(EMAIL,)).findings == ()
