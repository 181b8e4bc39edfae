"""What others supplied: the duty to tell the person opens by itself, and is met in time or late."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

import pytest

from ledger import events
from ledger.commands.collecting import Notice
from ledger.commands.values import Value
from ledger.errors import InvalidInput, NotFound
from ledger.subject import DataSubject
from tests.ledger.world import EMAIL, NAME, World

NOTICE = Notice(version="purchase-notice-1", language="en")
SUPPLIER = "Brightline Resellers, Pune"


def order(world: World, subject: UUID | None, **said):
    """A reseller's order for a person, reported; changed in one respect."""
    fields = {
        "values": (Value(attribute=NAME, value="Bought For"),),
        "source": "reseller-order",
        "country": "india",
        "purposes": ("account-keeping",),
        "supplier": SUPPLIER,
    }
    return world.do("record_collection", subject=subject, **(fields | said))


def open_duties(world: World, subject: UUID) -> list[UUID]:
    """As decisions see them now, and as they are folded from the beginning: the same."""
    (state,) = world.ledger.subjects([subject])
    assert state.duties == DataSubject.fold(world.entries(subject), subject).duties
    return list(state.duties)


def test_what_others_supply_opens_a_duty_by_itself(world: World) -> None:
    """In the same append, due a month after it came, under the law of the document's default."""
    came = dt.datetime(2026, 1, 31, 9, tzinfo=dt.UTC)
    subject = order(world, None, occurred_at=came).ids["subject"]
    collected = next(e for e in world.entries(subject) if e.body.TOPIC == "data-collected")
    (duty,) = world.bodies(subject, events.InformDutyOpened)
    assert (duty.entry, duty.due) == (collected.event, dt.date(2026, 2, 28))
    assert open_duties(world, subject) == [duty.duty]


def test_an_asked_collection_opens_one_too_and_a_refused_one_does_not(world: World) -> None:
    """Without a supplier's name it is refused when asked, and a finding when told."""
    subject = world.person()
    values = (Value(attribute=NAME, value="Bought For"),)
    asked = {"source": "reseller-order", "country": "india", "purposes": ("account-keeping",)}
    refused = world.do("collect", subject=subject, values=values, **asked)
    assert (refused.outcome, refused.rules) == ("refused", ("supplier-missing",))
    assert open_duties(world, subject) == []
    world.do("collect", subject=subject, values=values, supplier=SUPPLIER, **asked)
    assert len(open_duties(world, subject)) == 1
    told = order(world, subject, supplier=None)
    assert told.rules == ("supplier-missing",)
    assert len(open_duties(world, subject)) == 2


def test_what_the_person_says_opens_none(world: World) -> None:
    """Nor does a report that brought nothing that could be kept."""
    subject = world.person()
    order(world, subject, values=())
    assert open_duties(world, subject) == []


def test_the_strictest_law_of_the_person_sets_the_day(world: World) -> None:
    """A person of whom laws were determined is told by theirs."""
    subject = world.person()
    world.do("determine_regimes", subject=subject, regimes=("eu-gdpr", "california-ccpa"))
    came = dt.datetime(2026, 3, 31, tzinfo=dt.UTC)
    order(world, subject, occurred_at=came)
    assert world.bodies(subject, events.InformDutyOpened)[0].due == dt.date(2026, 4, 30)


def test_telling_in_time_meets_it(world: World) -> None:
    """Under a notice of the policy; a second time there is nothing to meet."""
    subject = world.person()
    order(world, subject)
    (duty,) = open_duties(world, subject)
    told = world.do(
        "meet_inform_duty", subject=subject, duty=duty, notice=NOTICE, channel="sealed-letter"
    )
    assert (told.outcome, told.rules) == ("recorded", ())
    fact = world.last(subject)
    assert isinstance(fact, events.InformDutyMet)
    assert (fact.duty, fact.notice.version, fact.channel) == (duty, NOTICE.version, "sealed-letter")
    assert open_duties(world, subject) == []
    with pytest.raises(NotFound):
        world.do("meet_inform_duty", subject=subject, duty=duty)
    assert world.do("meet_inform_duty", subject=subject).outcome == "unchanged"


def test_telling_late_is_recorded_and_irregular(world: World) -> None:
    """Of several that are met at once, those that are late."""
    subject = world.person()
    long_ago = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    order(world, subject, occurred_at=long_ago)
    order(world, subject)
    told = world.do("meet_inform_duty", subject=subject)
    assert told.rules == ("inform-overdue",)
    assert open_duties(world, subject) == []
    met = [e for e in world.entries(subject) if e.body.TOPIC == "inform-duty-met"]
    (irregular,) = world.bodies(subject, events.IrregularityFound)
    assert irregular.entry == met[0].event
    assert len(met) == 2


def test_the_day_it_was_told_counts_and_not_the_day_it_was_noted(world: World) -> None:
    """A letter of last year was in time, though it is noted today."""
    subject = world.person()
    order(world, subject, occurred_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    written = dt.datetime(2025, 1, 20, tzinfo=dt.UTC)
    assert world.do("meet_inform_duty", subject=subject, occurred_at=written).rules == ()


def test_a_collection_that_was_never_made_leaves_no_duty(world: World) -> None:
    """Annulled with the entry it is about."""
    subject = world.person()
    order(world, subject)
    (duty,) = world.bodies(subject, events.InformDutyOpened)
    world.do("annul_entry", subject=subject, entry=duty.entry, reason="wrong-person")
    assert open_duties(world, subject) == []


def test_what_cannot_be_right_is_an_error_and_no_event(world: World) -> None:
    """An unknown duty, a notice or a channel that is not listed, a market without a service."""
    subject = world.person()
    order(world, subject)
    before = world.ledger.recorder.last()
    for error, said in (
        (NotFound, {"duty": uuid4()}),
        (InvalidInput, {"notice": Notice(version="purchase-notice-1", language="eo")}),
        (InvalidInput, {"channel": "pigeon"}),
    ):
        with pytest.raises(error):
            world.do("meet_inform_duty", subject=subject, **said)
    for said in ({"market": "IN"}, {"market": "India", "service": "web-site"}):
        with pytest.raises(InvalidInput) as caught:
            order(world, subject, **said)
        assert caught.value.facts["field"] == "market"
    assert world.ledger.recorder.last() == before


def test_a_click_is_kept_with_the_message_it_came_from(world: World) -> None:
    """Asked for while its purpose is off it is refused; told it is stored, with what it breaks."""
    subject = world.person()
    click = {
        "values": (Value(attribute="newsletter-click", value="https://example.org/offer"),),
        "source": "click-tracking",
        "country": "india",
        "purposes": ("click-analysis",),
        "template": "product-newsletter",
    }
    assert world.do("collect", subject=subject, **click).rules == ("consent-missing",)
    world.consent(subject, "click-analysis")
    assert world.do("collect", subject=subject, **click).outcome == "recorded"
    stored = world.bodies(subject, events.DataCollected)[-1]
    assert (stored.template, stored.findings) == ("product-newsletter", ())
    bad = click | {"template": "security-notice"}
    assert world.do("record_collection", subject=subject, **bad).rules == (
        "click-from-mandatory-message",
    )
    unlisted = click | {"template": "zoe@example.org"}
    world.do("record_collection", subject=subject, **unlisted)
    assert world.bodies(subject, events.DataCollected)[-1].template is None


def test_content_of_customers_is_not_collected_of_a_person(world: World) -> None:
    """Asked: refused. Told: stored under its class, with the finding, for somebody to look at."""
    subject = world.person()
    content = {
        "values": (Value(attribute="stored-content", value="their files", scope=uuid4().hex),),
        "source": "self-service",
        "country": "india",
        "purposes": ("hosted-content",),
    }
    assert world.do("collect", subject=subject, **content).rules == ("content-not-ours",)
    told = world.do("record_collection", subject=subject, **content)
    assert told.rules == ("content-not-ours",)
    assert isinstance(world.last(subject), events.IrregularityFound)
    assert world.values(subject)[EMAIL]
