"""Objections, restrictions and the laws that protect a person: what they stop, and until when."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger import events
from ledger.errors import InvalidInput, NotFound
from ledger.looking import Look
from ledger.sealing import Opened
from tests.ledger.world import BILLING, EMAIL, NAME, NEWS, RESEARCH, YEAR_1, World

LAYOUT, HELP, LEGAL = "personal-layout", "customer-helpdesk-service", "legal-requests"
LANGUAGE, COUNTRY = "preferred-language", "residence-country"
EUROPE, CALIFORNIA = "eu-gdpr", "california-ccpa"


def run(world: World, subject: UUID, purpose: str, *attributes: str, **fields: Any) -> UUID:
    """A run over this one person."""
    wanted = {"purpose": purpose, "country": "ireland", "attributes": attributes, **fields}
    return world.do("start_run", **wanted, subjects=(subject,)).ids["run"]


def barred(world: World, subject: UUID, purpose: str, *attributes: str) -> str | None:
    """The rule that bars a run for the purpose, or None: asked for real."""
    started = run(world, subject, purpose, *attributes or ("feature-usage",))
    excluded = world.bodies(started, events.SubjectsExcluded)
    return excluded[0].rule if excluded else None


def of(world: World, *regimes: str) -> UUID:
    """A person whom these laws protect."""
    subject = world.person()
    world.do("determine_regimes", subject=subject, regimes=regimes)
    return subject


def opened(world: World, subject: UUID, reason: str, kids: set[bytes]) -> set[bytes]:
    """Those of these keys whose values may be looked at for a reason."""
    rules = world.ledger.withheld(Look(subject, world.by, reason), kids)
    return {kid for kid, rule in rules.items() if rule is None}


# ---- objections --------------------------------------------------------------------------------


def test_an_objection_stops_the_purpose_until_the_person_undoes_it(world: World) -> None:
    """From its event on; a service switched on does not undo it, nor does anybody else."""
    subject = of(world, EUROPE)
    assert barred(world, subject, RESEARCH) is None
    told = world.do("raise_objection", subject=subject, purpose=RESEARCH, statement="No more.")
    assert (told.outcome, told.rules) == ("recorded", ())
    (said,) = world.bodies(subject, events.ObjectionRaised)
    assert said.purpose == RESEARCH
    assert said.statement is not None
    assert barred(world, subject, RESEARCH) == "objected"
    flip = {"subject": subject, "purpose": RESEARCH, "state": "on"}
    world.do("switch_processing", **flip, services=("web-site",), **world.herself(subject))
    assert barred(world, subject, RESEARCH) == "objected"
    asked = world.do("switch_processing", **flip)
    assert (asked.outcome, asked.rules) == ("refused", ("objected",))
    assert world.do("switch_processing", **flip, **world.herself(subject)).rules == ()
    assert barred(world, subject, RESEARCH) is None


def test_a_consent_of_after_undoes_an_objection_and_one_of_before_does_not(world: World) -> None:
    """A grant that is dated before it is refused, as after a withdrawal."""
    subject = world.person()
    world.do("raise_objection", subject=subject, purpose=NEWS)
    assert world.consent(subject, occurred_at=YEAR_1).rules == ("grant-before-protection",)
    assert world.state(subject).objected(NEWS)
    assert world.consent(subject).rules == ()
    assert not world.state(subject).objected(NEWS)


@pytest.mark.parametrize(
    ("purpose", "rule"),
    [
        ("misuse-prevention", "required-purpose"),
        (LAYOUT, "objection-not-possible"),
        ("old-newsletter", "purpose-unlisted"),
    ],
)
def test_an_objection_is_never_refused(world: World, purpose: str, rule: str) -> None:
    """Where the law does not give it, somebody has to look; what is not listed is kept sealed."""
    subject = world.person()
    told = world.do("raise_objection", subject=subject, purpose=purpose)
    assert (told.outcome, told.rules) == ("recorded", (rule,))
    (said,) = world.bodies(subject, events.ObjectionRaised)
    unlisted = rule == "purpose-unlisted"
    assert said.purpose == (None if unlisted else purpose)
    assert (said.unlisted is not None) == unlisted
    assert isinstance(world.last(subject), events.IrregularityFound)


def test_an_objection_to_what_is_prohibited_anyway_breaks_nothing(world: World) -> None:
    """It is named, and nobody has to look at it."""
    subject = world.person()
    assert world.do("raise_objection", subject=subject, purpose="sale-of-data").rules == ()
    assert world.last(subject).purpose == "sale-of-data"


def test_a_required_purpose_goes_on_in_spite_of_an_objection(world: World) -> None:
    """What must go on for the contract is not the person's to stop alone."""
    subject = world.person()
    world.do("raise_objection", subject=subject, purpose=HELP)
    assert barred(world, subject, HELP, NAME) is None


# ---- restrictions ------------------------------------------------------------------------------


def test_what_is_restricted_is_stored_and_no_more(world: World) -> None:
    """Required purposes included; not other classes, nor what the law excepts; until it is lifted."""
    subject = world.person()
    fields = {"subject": subject, "ground": "accuracy", "classes": ("contact-data",)}
    restriction = world.do("restrict", **fields, statement="Wrong name.").ids["restriction"]
    assert barred(world, subject, HELP, NAME) == "processing-restricted"
    assert barred(world, subject, HELP, "feature-usage") is None
    assert barred(world, subject, LEGAL, NAME) is None
    lift = {"subject": subject, "restriction": restriction}
    assert world.do("lift_restriction", **lift, reason="answer-request").outcome == "recorded"
    assert barred(world, subject, HELP, NAME) is None
    with pytest.raises(NotFound):
        world.do("lift_restriction", **lift)


def test_a_chunk_opened_under_a_restriction_leaves_the_person_out(world: World) -> None:
    """Admitted at the start, restricted before the opening, and again before a value is open."""
    subject, other = world.person(), world.person()
    wanted = {"purpose": HELP, "country": "ireland", "attributes": (NAME,)}
    started = world.do("start_run", **wanted, subjects=(subject, other)).ids["run"]
    opening = world.do("open_chunk", run=started, chunk=1).ids["opening"]
    assert set(world.ledger.open_chunk_values(started, opening)) == {subject, other}
    world.do("restrict", subject=subject, ground="unlawful")
    assert set(world.ledger.open_chunk_values(started, opening)) == {other}
    world.do("open_chunk", run=started, chunk=1)
    (left,) = world.bodies(started, events.SubjectsExcluded)
    assert (left.stage, left.rule) == ("opening", "processing-restricted")


def test_restricted_values_are_not_opened_but_for_what_the_law_excepts(world: World) -> None:
    """Staff who answer a customer do not see them; who answers the person's request does."""
    subject = world.person()
    kids = {value.sealed.kid for _, value in world.sealed(subject)}
    assert opened(world, subject, "answer-customer", kids) == kids
    world.do("restrict", subject=subject, ground="accuracy", classes=("contact-data",))
    assert opened(world, subject, "answer-customer", kids) == set()
    assert opened(world, subject, "audit-review", kids) == set()
    assert opened(world, subject, "answer-request", kids) == kids
    own = Look(subject, world.by, "answer-customer", on_behalf_of=subject)
    rules = set(world.ledger.withheld(own, kids).values())
    assert rules == {"processing-restricted"}  # staff are not the person, whoever they act for


def test_restrictions_stand_beside_each_other(world: World) -> None:
    """Lifting one leaves the other; one of everything holds for what comes later."""
    subject = world.person()
    one = world.do("restrict", subject=subject, ground="objection", classes=(BILLING,))
    everything = world.do("restrict", subject=subject, ground="legal-claims")
    assert barred(world, subject, HELP) == "processing-restricted"
    world.do("lift_restriction", subject=subject, restriction=everything.ids["restriction"])
    assert barred(world, subject, HELP) is None
    assert set(world.state(subject).restrictions) == {one.ids["restriction"]}


def test_a_restriction_names_a_ground_of_the_law_and_a_class_that_is_there(world: World) -> None:
    """A ground that is none is malformed; an unlisted class is refused, on record."""
    subject = world.person()
    with pytest.raises(InvalidInput) as wrong:
        world.do("restrict", subject=subject, ground="because")
    assert wrong.value.facts["field"] == "ground"
    asked = world.do("restrict", subject=subject, ground="accuracy", classes=("elsewhere",))
    assert (asked.outcome, asked.rules) == ("refused", ("class-unlisted",))
    assert isinstance(world.last(subject), events.CommandRefused)
    with pytest.raises(NotFound):
        world.do("restrict", subject=uuid4(), ground="accuracy")
    with pytest.raises(InvalidInput):
        made = world.do("restrict", subject=subject, ground="accuracy").ids["restriction"]
        world.do("lift_restriction", subject=subject, restriction=made, reason="elsewhere")


# ---- the laws ----------------------------------------------------------------------------------


def test_the_law_that_protects_a_person_decides_what_a_purpose_rests_on(world: World) -> None:
    """An interest under one, consent under the other: the stricter one wins."""
    subject = world.person()
    assert barred(world, subject, RESEARCH) == "consent-missing"  # India's law is the default
    for regimes, rule in (
        ((EUROPE,), None),
        ((EUROPE, "india-dpdp"), "consent-missing"),
        ((CALIFORNIA,), None),
        ((), "consent-missing"),
    ):
        assert world.do("determine_regimes", subject=subject, regimes=regimes).rules == ()
        assert barred(world, subject, RESEARCH) == rule
    assert world.consent(subject, RESEARCH).rules == ()
    assert barred(world, subject, RESEARCH) is None


def test_what_was_determined_already_changes_nothing(world: World) -> None:
    """And a law that the policy does not list is refused, on record."""
    subject = of(world, EUROPE)
    again = world.do("determine_regimes", subject=subject, regimes=(EUROPE, EUROPE))
    assert again.outcome == "unchanged"
    asked = world.do("determine_regimes", subject=subject, regimes=(EUROPE, "elsewhere"))
    assert (asked.outcome, asked.rules) == ("refused", ("regime-unlisted",))
    assert world.state(subject).regimes == (EUROPE,)


# ---- what was volunteered ----------------------------------------------------------------------


def volunteer(world: World, subject: UUID, **given: str) -> None:
    values = {name.replace("_", "-"): value for name, value in given.items()}
    world.collect(subject, values, source="incoming-message", notice=None)


def test_what_was_volunteered_serves_internal_purposes_and_nothing_beside_it(world: World) -> None:
    """That value from that source: another value of the same person stays shut (P06)."""
    subject = of(world, CALIFORNIA)
    assert barred(world, subject, LAYOUT, LANGUAGE) == "consent-missing"
    world.collect(subject, {COUNTRY: "IN"})
    volunteer(world, subject, preferred_language="Hindi")
    started = run(world, subject, LAYOUT, LANGUAGE, COUNTRY, EMAIL)
    opening = world.do("open_chunk", run=started, chunk=1).ids["opening"]
    opened = world.ledger.open_chunk_values(started, opening)[subject]
    assert set(opened) == {LANGUAGE}
    assert [one.value for one in opened[LANGUAGE] if isinstance(one, Opened)] == ["Hindi"]
    assert barred(world, subject, LAYOUT, COUNTRY) == "consent-missing"
    world.consent(subject, LAYOUT)
    everything = world.ledger.open_chunk_values(started, opening)[subject]
    assert set(everything) == {LANGUAGE, COUNTRY, EMAIL}


def test_what_was_volunteered_serves_no_other_purpose(world: World) -> None:
    """To follow links is no internal purpose."""
    subject = of(world, CALIFORNIA)
    volunteer(world, subject, preferred_language="Hindi")
    asked = world.ledger.subjects([subject])[0]
    assert asked.sources_of([LANGUAGE]) == {"incoming-message"}
    started = run(world, subject, "click-analysis", LANGUAGE)
    (left,) = world.bodies(started, events.SubjectsExcluded)
    assert left.rule == "consent-missing"


def test_the_person_and_the_law_override_what_was_volunteered(world: World) -> None:
    """A regime narrows it; an objection, a switch, a withdrawal, a restriction stop it."""
    subject = of(world, CALIFORNIA)
    volunteer(world, subject, preferred_language="Hindi")
    asked = (world, subject, LAYOUT, LANGUAGE)
    assert barred(*asked) is None
    world.do("determine_regimes", subject=subject, regimes=(CALIFORNIA, EUROPE))
    assert barred(*asked) == "volunteered-not-under-regime"
    world.do("determine_regimes", subject=subject, regimes=(CALIFORNIA,))
    flip = {"subject": subject, "purpose": LAYOUT, **world.herself(subject)}
    world.do("switch_processing", **flip, state="off")
    assert barred(*asked) == "switched-off-for-all"
    world.do("switch_processing", **flip, state="on")
    assert barred(*asked) is None
    world.do("withdraw_consent", subject=subject, purpose=LAYOUT)
    assert barred(*asked) == "consent-withdrawn"
    world.do("raise_objection", subject=subject, purpose=LAYOUT)
    assert barred(*asked) == "objected"
    world.do("restrict", subject=subject, ground="accuracy")
    assert barred(*asked) == "processing-restricted"
    erasure = world.do("request_erasure", subject=subject).ids["erasure"]
    world.do("erase", subject=subject, erasure=erasure)
    assert barred(*asked) == "subject-erased"
