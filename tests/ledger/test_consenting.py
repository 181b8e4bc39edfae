"""Consent and switches: the last word counts, and protection is never overtaken by a late grant."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from ledger import events
from ledger.commands.collecting import Notice
from ledger.policy import document
from tests.ledger.world import EMAIL, MAILER, NEWS, RESEARCH, World, relabelled
from tests.projections.published import changed

NOW = dt.datetime.now(dt.UTC)


def european(world: World) -> UUID:
    """A person of whom research needs no consent: it rests on an interest under that law."""
    subject = world.person()
    world.do("determine_regimes", subject=subject, regimes=("eu-gdpr",))
    return subject


def may(world: World, subject, purpose: str = NEWS, **fields) -> str | None:
    """The rule that bars a run for the purpose, or None: asked for real, as a run is."""
    attributes = (EMAIL,) if purpose == NEWS else ("feature-usage",)
    wanted = {"purpose": purpose, "country": "ireland", "attributes": attributes} | fields
    sent = {NEWS: "product-newsletter", "service-messages": "technical-notice"}
    wanted["template"] = sent.get(purpose)
    run = world.do("start_run", **wanted, subjects=(subject,)).ids["run"]
    excluded = world.bodies(run, events.SubjectsExcluded)
    return excluded[0].rule if excluded else None


def test_the_last_word_counts(world: World) -> None:
    """Given, withdrawn, given again."""
    subject = world.person()
    assert may(world, subject) == "consent-missing"
    world.consent(subject)
    assert may(world, subject) is None
    world.do("withdraw_consent", subject=subject, purpose=NEWS)
    assert may(world, subject) == "consent-withdrawn"
    world.consent(subject)
    assert may(world, subject) is None


@pytest.mark.parametrize("protection", ["withdrawal", "switch-off"])
def test_a_grant_dated_before_a_protective_event(world: World, protection: str) -> None:
    """Asked: refused. Told: stored with the finding, and permits nothing."""
    subject = world.person()
    world.consent(subject, occurred_at=NOW - dt.timedelta(days=9))
    if protection == "withdrawal":
        world.do("withdraw_consent", subject=subject, purpose=NEWS)
    else:
        world.do("switch_processing", subject=subject, purpose=NEWS, state="off")
    late = {"occurred_at": NOW - dt.timedelta(days=1)}
    asked = world.consent(subject, **late)
    told = world.do(
        "record_consent",
        subject=subject,
        purpose=NEWS,
        notice=Notice(version="signup-notice-1", language="en"),
        **late,
    )
    assert (asked.outcome, asked.rules) == ("refused", ("grant-before-protection",))
    assert (told.outcome, told.rules) == ("recorded", ("grant-before-protection",))
    assert may(world, subject) is not None


def test_a_consent_names_the_text_that_was_shown(world: World) -> None:
    """Version, language and the digest of the published text."""
    subject = world.person()
    world.consent(subject)
    shown = world.last(subject).notice
    text = world.ledger.policy().notices["signup-notice-1"]
    assert (shown.version, shown.language) == ("signup-notice-1", "en")
    assert shown.digest == text.digest("en")


def test_a_withdrawal_is_never_refused(world: World) -> None:
    """Not even of a purpose the policy does not list: that one is kept sealed, and looked at."""
    subject = world.person()
    told = world.do("withdraw_consent", subject=subject, purpose="old-newsletter")
    (body,) = world.bodies(subject, events.ConsentWithdrawn)
    assert told.outcome == "recorded"
    assert told.rules == ("purpose-unlisted",)
    assert body.purpose is None
    assert body.unlisted is not None


def test_a_withdrawal_holds_whatever_the_purpose_rests_on(world: World) -> None:
    """Found to be protected by another law, or never asked: a no is a no, until it is taken back."""
    subject = world.person()
    world.consent(subject, RESEARCH)
    world.do("withdraw_consent", subject=subject, purpose=RESEARCH)
    world.do("determine_regimes", subject=subject, regimes=("eu-gdpr",))
    assert may(world, subject, RESEARCH) == "consent-withdrawn"
    assert world.consent(subject, RESEARCH).rules == ()
    assert may(world, subject, RESEARCH) is None
    never_asked = european(world)
    assert may(world, never_asked, RESEARCH) is None
    world.do("withdraw_consent", subject=never_asked, purpose=RESEARCH)
    assert may(world, never_asked, RESEARCH) == "consent-withdrawn"
    assert world.consent(european(world), RESEARCH).rules == ("consent-not-a-basis",)


def test_a_withdrawal_stops_no_required_purpose(world: World) -> None:
    """What must go on for the contract is not the person's to stop alone (P12)."""
    subject = world.person()
    world.do("withdraw_consent", subject=subject, purpose="account-keeping")
    assert may(world, subject, "account-keeping", attributes=(EMAIL,)) is None


def test_off_for_all_outranks_on_for_one(world: World) -> None:
    """Once off for all services, a service's own switch changes nothing until it is on for all."""
    subject = european(world)
    flip = {"subject": subject, "purpose": RESEARCH}
    one = {"services": ("web-site",)}
    assert may(world, subject, RESEARCH, service="web-site") is None
    world.do("switch_processing", **flip, **one, state="off")
    assert may(world, subject, RESEARCH, service="web-site") == "switched-off-for-service"
    assert may(world, subject, RESEARCH, service="licence-portal") is None
    world.do("switch_processing", **flip, state="off")
    world.do("switch_processing", **flip, **one, state="on")
    assert may(world, subject, RESEARCH, service="web-site") == "switched-off-for-all"
    world.do("switch_processing", **flip, state="on", **world.herself(subject))
    assert may(world, subject, RESEARCH, service="web-site") is None


def test_leaving_the_service_out_is_no_way_round_its_switch(world: World) -> None:
    """A run for no service in particular leaves out whoever is off for one; named, others go on."""
    subject = european(world)
    flip = {"subject": subject, "purpose": RESEARCH}
    world.do("switch_processing", **flip, services=("web-site",), state="off")
    assert may(world, subject, RESEARCH) == "switched-off-for-service"
    assert may(world, subject, RESEARCH, service="licence-portal") is None
    told = world.ledger.explainer().use(subject, RESEARCH).facts["switch"]
    assert told == "off for a service"
    world.do("switch_processing", **flip, services=("web-site",), state="on")
    assert may(world, subject, RESEARCH) is None


def test_on_for_all_is_on_for_each(world: World) -> None:
    """A word for all services ends what was said for one of them."""
    subject = european(world)
    flip = {"subject": subject, "purpose": RESEARCH}
    world.do("switch_processing", **flip, services=("web-site",), state="off")
    world.do("switch_processing", **flip, state="on")
    assert may(world, subject, RESEARCH, service="web-site") is None


def test_off_for_all_is_undone_by_the_person_alone(world: World) -> None:
    """Whoever else asks is refused by that rule, staff in the person's name included."""
    subject = european(world)
    flip = {"subject": subject, "purpose": RESEARCH}
    world.do("switch_processing", **flip, state="off")
    for said in ({}, {"on_behalf_of": subject}):
        asked = world.do("switch_processing", **flip, state="on", **said)
        assert (asked.outcome, asked.rules) == ("refused", ("switched-off-for-all",))
    assert may(world, subject, RESEARCH) == "switched-off-for-all"
    assert world.do("switch_processing", **flip, state="on", **world.herself(subject)).rules == ()
    assert may(world, subject, RESEARCH) is None


def test_what_protects_outlives_the_end_of_its_purpose(world: World) -> None:
    """Withdrawn, or switched off, while the policy says that the purpose is over: it holds when it
    begins again. Sealed aside or refused, it would be lost, and the old word would count."""
    text = document.DEFAULT.read_text(encoding="utf-8")
    withdrew, switched = world.person(), world.person()
    for subject in (withdrew, switched):
        world.consent(subject)
    over: dict[str, Any] = {
        f"purposes.{NEWS}.ended": True,
        "templates.product-newsletter.purpose": "personal-layout",
        "templates.upgrade-offer.purpose": "personal-layout",
        f"recipients.{MAILER}.purposes": ["service-messages", "click-analysis"],
    }
    world.do("publish_policy", text=changed(over))
    (finding,) = world.ledger.explainer().use(world.person(), NEWS).findings
    assert finding.rule == "purpose-ended"
    told = world.do("withdraw_consent", subject=withdrew, purpose=NEWS)
    off = world.do("switch_processing", subject=switched, purpose=NEWS, state="off")
    assert told.outcome == off.outcome == "recorded"
    world.do("publish_policy", text=relabelled(text))
    assert may(world, withdrew) == "consent-withdrawn"
    assert may(world, switched) == "switched-off-for-all"


def test_a_required_purpose_stays_on(world: World) -> None:
    """Switching it off is told, so it is stored, with the finding that it has no effect."""
    subject = world.person()
    told = world.do("switch_processing", subject=subject, purpose="service-messages", state="off")
    assert told.rules == ("required-purpose",)
    assert may(world, subject, "service-messages", attributes=(EMAIL,)) is None


def test_consent_to_what_does_not_rest_on_consent_is_refused(world: World) -> None:
    """A contract is not a consent, and an unlisted purpose is nothing."""
    subject = world.person()
    assert "consent-not-a-basis" in world.consent(subject, "account-keeping").rules
    assert world.consent(subject, "no-such-purpose").rules == ("purpose-unlisted",)
    assert world.last(subject).purpose is None


def test_a_consent_told_of_an_erased_person_is_refused(world: World) -> None:
    """There is nobody left whom it could be a consent of."""
    subject = world.person()
    world.do("request_erasure", subject=subject)
    notice = Notice(version="signup-notice-1", language="en")
    told = world.do("record_consent", subject=subject, purpose=NEWS, notice=notice)
    assert (told.outcome, told.rules) == ("refused", ("subject-erased",))
    assert isinstance(world.last(subject), events.CommandRefused)


def test_an_annulled_grant_is_no_grant_and_protection_is_not_annulled(world: World) -> None:
    """What was recorded in error counts no more; what protects the person stands."""
    subject = world.person()
    grant = world.consent(subject).ids["consent"]
    wrong = {"subject": subject, "reason": "entered-by-mistake"}
    world.do("annul_entry", **wrong, entry=grant, note="clicked by a colleague")
    assert may(world, subject) == "consent-missing"
    withdrawal = world.do("withdraw_consent", subject=subject, purpose=NEWS)
    entry = world.entries(subject)[withdrawal.last_version - 1].event
    assert world.do("annul_entry", **wrong, entry=entry).rules == ("entry-stands",)
    assert may(world, subject) == "consent-withdrawn"
