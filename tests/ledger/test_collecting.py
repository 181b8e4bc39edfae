"""Registering, collecting, correcting: what is asked, what is told, and what cannot be right."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

import pytest

from ledger import events
from ledger.commands.claiming import Covers
from ledger.commands.collecting import Notice
from ledger.commands.erasing import Part
from ledger.commands.values import Value
from ledger.errors import (
    CommandReused,
    IdentifierTaken,
    InvalidInput,
    LedgerError,
    MomentOutOfBounds,
    NotFound,
    StaleVersion,
    SubjectErased,
)
from ledger.sealing import Opened
from ledger.vault.opening import SealedAt
from tests.ledger.world import EMAIL, NAME, World

NOTICE = Notice(version="signup-notice-1", language="en")


def asked(world: World, **fields):
    """A collection of a name that is asked for, changed in one respect."""
    defaults = {
        "values": (Value(attribute=NAME, value="Asked For"),),
        "source": "signup-form",
        "country": "india",
        "purposes": ("account-keeping",),
        "notice": NOTICE,
    }
    return defaults | fields


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        ({"source": "somewhere"}, "source-unlisted"),
        ({"country": "atlantis"}, "country-unlisted"),
        ({"purposes": ("no-such-purpose",)}, "purpose-unlisted"),
        ({"service": "partner-marketplace"}, "service-has-own-statement"),
        ({"notice": None}, "notice-missing"),
        ({"notice": Notice(version="signup-notice-1", language="tlh")}, "notice-unlisted"),
        ({"purposes": ("tax-compliance",)}, "notice-silent-on-purpose"),
        ({"values": (Value(attribute="shoe-size", value="43"),)}, "attribute-unlisted"),
        ({"values": (Value(attribute="tax-number", value="1"),)}, "attribute-not-for-purpose"),
    ],
)
def test_what_the_policy_does_not_allow(world: World, broken: dict, rule: str) -> None:
    """Asked: refused by that rule, no value kept. Told: stored with the finding."""
    subject = world.person()
    ask = world.do("collect", subject=subject, **asked(world, **broken))
    refusal = world.last(subject)
    told = world.do("record_collection", subject=subject, **asked(world, **broken))
    assert ask.outcome == "refused"
    assert rule in ask.rules
    assert isinstance(refusal, events.CollectionRefused)
    assert told.outcome == "recorded"
    assert rule in told.rules
    stored = world.bodies(subject, events.DataCollected)[-1]
    assert rule in {finding.rule for finding in stored.findings}
    assert isinstance(world.last(subject), events.IrregularityFound)


def test_what_is_told_and_not_listed_is_kept_sealed(world: World) -> None:
    """Name and value of an unlisted attribute are sealed together, under the unlisted class."""
    subject = world.person()
    value = Value(attribute="shoe-size", value="43")
    world.do("record_collection", subject=subject, **asked(world, values=(value,)))
    entry = next(e for e in reversed(world.entries(subject)) if e.body.TOPIC == "data-collected")
    sealed = SealedAt(subject, entry.event, "@unlisted", entry.body.unlisted)
    (opened,) = world.ledger.open_values([sealed])
    assert isinstance(opened, Opened)
    assert opened.value == {"shoe-size": "43"}
    assert entry.body.items == ()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (EMAIL, "not-an-address"),
        (EMAIL, "a@b@c"),
        ("phone-number", "12345"),
        (NAME, "nul\x00byte"),
        (NAME, ""),
        (NAME, "x" * 201),
        ("last-sign-in", "2026-13-01"),
        ("residence-country", "Atlantis"),
        ("preferred-language", "Klingon"),
    ],
)
def test_a_malformed_value_is_an_error_and_no_event(
    world: World, attribute: str, value: str
) -> None:
    """Neither stored nor refused as a fact; the error names field and rule, never the value."""
    subject = world.person()
    before = world.ledger.recorder.last()
    for method in ("collect", "record_collection"):
        with pytest.raises(InvalidInput) as caught:
            values = (Value(attribute=attribute, value=value),)
            world.do(method, subject=subject, **asked(world, values=values))
        assert caught.value.facts["field"] == attribute
        assert not value or value not in str(caught.value)
    assert world.ledger.recorder.last() == before


@pytest.mark.parametrize(
    "moment",
    [
        dt.datetime.now(dt.UTC) + dt.timedelta(days=1),
        dt.datetime(1969, 12, 31, tzinfo=dt.UTC),
    ],
)
def test_a_date_out_of_bounds_is_an_error(world: World, moment: dt.datetime) -> None:
    """Nothing happens in the future, and nothing before 1970."""
    before = world.ledger.recorder.last()
    with pytest.raises(MomentOutOfBounds):
        world.do("register_subject", occurred_at=moment)
    with pytest.raises(InvalidInput):
        world.do("register_subject", occurred_at=dt.datetime(2026, 1, 1))
    assert world.ledger.recorder.last() == before


def test_the_same_actor_and_id_twice_is_the_same_answer_and_one_event(world: World) -> None:
    """A repeated command is told its first answer; another body under its id is an error."""
    subject, key = world.person(), world.key()
    first = world.do("collect", subject=subject, **asked(world), **key)
    before = world.ledger.recorder.last()
    assert world.do("collect", subject=subject, **asked(world), **key) == first
    with pytest.raises(CommandReused):
        world.do("collect", subject=subject, **asked(world, country="ireland"), **key)
    with pytest.raises(CommandReused):
        world.do("withdraw_consent", subject=subject, purpose="promotional-news", **key)
    assert world.ledger.recorder.last() == before


def test_another_actor_may_use_the_same_id(world: World) -> None:
    """Ids are scoped to the actor."""
    key = world.key()["key"]
    other = world.do("register_actor", kind="system").ids["actor"]
    one = world.do("register_subject", key=key)
    two = world.do("register_subject", by=other, key=key)
    assert one.ids["subject"] != two.ids["subject"]


def test_an_act_without_a_registered_actor_does_not_exist(world: World) -> None:
    """`by` is an id of the register."""
    with pytest.raises(NotFound):
        world.do("register_subject", by=uuid4())


def test_an_identifier_belongs_to_one_active_subject(world: World) -> None:
    """The second person with the same address is an error; corrected away, it is free."""
    taken = {EMAIL: "zoe@example.org"}
    first = world.person(**taken)
    with pytest.raises(IdentifierTaken):
        world.person(**taken)
    value = Value(attribute=EMAIL, value="zoe@elsewhere.example")
    world.do("correct", subject=first, values=(value,))
    second = world.person(**taken)
    assert second != first


def test_a_correction_supersedes_and_the_old_value_stays_in_the_history(world: World) -> None:
    """One value stands; the other is still there, sealed, and dies with the same key."""
    subject = world.person()
    world.do("correct", subject=subject, values=(Value(attribute=NAME, value="Zoë New"),))
    assert len(world.state(subject).current(NAME)) == 1
    assert world.values(subject)[NAME] == ["Zoë Example", "Zoë New"]
    assert len({one.sealed.kid for _, one in world.sealed(subject)}) == 1


def test_a_correction_of_what_has_changed_meanwhile_is_refused_as_stale(world: World) -> None:
    """`seen` is the tag of the profile that was read; whoever reads again may correct."""
    subject = world.person()
    tag = world.state(subject).profile_tag
    new = (Value(attribute=NAME, value="Zoë New"),)
    world.do("correct", subject=subject, values=new, seen=tag)
    with pytest.raises(StaleVersion):
        world.do("correct", subject=subject, values=new, seen=tag)


def test_an_opening_does_not_make_a_profile_stale(world: World) -> None:
    """Looking at a profile is not changing it."""
    subject = world.person()
    tag = world.state(subject).profile_tag
    world.do("open_personal_data", subject=subject, access="profile", reason="answer-customer")
    new = (Value(attribute=NAME, value="Zoë New"),)
    assert world.do("correct", subject=subject, values=new, seen=tag).outcome == "recorded"


def test_of_two_standing_values_the_wrong_one_is_named(world: World) -> None:
    """A second telephone number is a value of its own; correcting needs to know which."""
    subject = world.person()
    first = world.collect(subject, {"phone-number": "+14155550100"})
    world.collect(subject, {"phone-number": "+14155550101"})
    new = (Value(attribute="phone-number", value="+14155550102"),)
    with pytest.raises(InvalidInput):
        world.do("correct", subject=subject, values=new)
    entry = world.entries(subject)[first.first_version - 1].event
    assert world.do("correct", subject=subject, values=new, item=entry).outcome == "recorded"


def test_what_is_told_of_an_erased_subject_is_an_error(world: World) -> None:
    """A returning person is a new subject; nothing is collected on the old one."""
    subject = world.person()
    world.do("request_erasure", subject=subject)
    assert "subject-erased" in world.do("collect", subject=subject, **asked(world)).rules
    with pytest.raises(SubjectErased):
        world.do("record_collection", subject=subject, **asked(world))


def test_a_told_value_does_not_come_back_into_an_erased_slot(world: World) -> None:
    """An import of the erased year is stored without its values, as a finding; asking mints anew."""
    from ledger.commands.erasing import Part
    from tests.ledger.world import BILLING, INVOICE, YEAR_1

    subject = world.person()
    world.bill(subject, YEAR_1)
    scope = world.ledger.policy().scope_of(BILLING, YEAR_1.date())
    world.do("request_erasure", subject=subject, slots=(Part(class_=BILLING, scope=scope),))
    told = world.do(
        "record_collection",
        subject=subject,
        values=(Value(attribute=INVOICE, value="1 Example Street"),),
        source="earlier-records",
        country="india",
        purposes=("quotes-and-invoices",),
        occurred_at=YEAR_1,
    )
    assert told.rules == ("slot-erased",)
    assert not world.state(subject).current(INVOICE)
    world.bill(subject, YEAR_1)
    assert len(world.state(subject).current(INVOICE)) == 1
    generations = [key.generation for e in world.entries(subject) for key in e.body.minted]
    assert max(generations) == 2


def test_errors_never_carry_a_value(world: World) -> None:
    """Whatever goes wrong, the sentence holds codes and ids only."""
    subject = world.person()
    canary = "canary-value-8471"
    for attribute in (EMAIL, "phone-number", "residence-country", "invoice-number"):
        values = (Value(attribute=attribute, value=canary),)
        with pytest.raises(LedgerError) as caught:
            world.do("collect", subject=subject, **asked(world, values=values))
        assert canary not in repr(caught.value) + str(caught.value)
        assert caught.value.__cause__ is None or canary not in repr(caught.value.__cause__)


def test_what_is_told_brings_no_erased_slot_back(world: World) -> None:
    """Not the one of what is not listed either: it is left out, with the finding that says why."""
    subject = world.person()
    told = {
        "subject": subject,
        "values": (Value(attribute="shoe-size", value="43"),),
        "source": "earlier-records",
        "country": "india",
        "purposes": ("account-keeping",),
    }
    world.do("record_collection", **told)
    world.do("request_erasure", subject=subject, slots=(Part(class_="unsorted-data"),))
    again = world.do("record_collection", **told)
    assert set(again.rules) == {"attribute-unlisted", "slot-erased"}
    *_, body = world.bodies(subject, events.DataCollected)
    assert body.unlisted is None
    assert body.minted == ()
    assert "unsorted-data" not in {name.class_ for name in world.state(subject).living}


def test_a_told_correction_is_stored_with_the_rules_it_breaks(world: World) -> None:
    """Nothing but corrections in a telling: its findings stand with them, and are looked at."""
    subject = world.person()
    told = world.do(
        "record_collection",
        subject=subject,
        values=(),
        corrections=(Value(attribute=NAME, value="Zoë New"),),
        source="earlier-records",
        country="atlantis",
        purposes=("account-keeping",),
    )
    (corrected,) = world.bodies(subject, events.DataCorrected)
    assert told.rules == ("country-unlisted",)
    assert [finding.rule for finding in corrected.findings] == ["country-unlisted"]
    assert isinstance(world.last(subject), events.IrregularityFound)


def test_who_ticks_nothing_signs_up_all_the_same(world: World) -> None:
    """The sign-up may name what is optional; without a consent it is collected for the rest, and
    nothing optional may use it (P04)."""
    subject = world.do("register_subject").ids["subject"]
    signed = asked(world, subject=subject, purposes=("account-keeping", "promotional-news"))
    assert world.do("collect", **signed).outcome == "recorded"
    assert world.bodies(subject, events.ConsentGiven) == []
    explain = world.ledger.explainer()
    assert explain.use(subject, "account-keeping", attributes=(NAME,)).findings == ()
    refused = explain.use(subject, "promotional-news", attributes=(NAME,))
    assert [finding.rule for finding in refused.findings] == ["consent-missing"]


def test_nothing_new_is_laid_where_an_erasure_waits(world: World) -> None:
    """It could serve nothing, and would die with what nobody asked to keep. Asked: refused; told:
    kept with the finding; what lies elsewhere comes in, and all of it once the slot is erased."""
    subject = world.person()
    covers = (Covers(class_="contact-data"),)
    world.do("place_claim", subject=subject, ground="outstanding-credit", covers=covers)
    slots = (Part(class_="contact-data"),)
    erasure = world.do("request_erasure", subject=subject, slots=slots).ids["erasure"]
    ask = world.do("collect", subject=subject, **asked(world))
    assert (ask.outcome, ask.rules) == ("refused", ("erasure-requested",))
    assert world.values(subject)[NAME] == ["Zoë Example"]
    (refused,) = world.bodies(subject, events.CollectionRefused)
    assert [finding.about for finding in refused.findings] == ["contact-data"]
    told = world.do("record_collection", subject=subject, **asked(world))
    assert (told.outcome, told.rules) == ("recorded", ("erasure-requested",))
    world.bill(subject, dt.datetime(2026, 6, 1, tzinfo=dt.UTC))
    (claim,) = world.state(subject).claims
    world.do("release_claim", subject=subject, claim=claim)
    world.do("erase", subject=subject, erasure=erasure)
    assert world.do("collect", subject=subject, **asked(world)).outcome == "recorded"
