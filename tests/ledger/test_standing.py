"""Standing access asked and told: refused by its rules, or stored as irregular (P16, P17)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from ledger import events
from ledger.errors import InvalidInput
from tests.ledger.world import CONTACT, HOSTING, MAILER, PAYMENTS, World

REACH: dict[str, Any] = {
    "purpose": "account-keeping",
    "classes": (CONTACT,),
    "country": "ireland",
}
PAST = dt.date.today() - dt.timedelta(days=2)


def opened(world: World, recipient: UUID) -> list[events.StandingAccessOpened]:
    return world.bodies(recipient, events.StandingAccessOpened)


@pytest.mark.parametrize(
    ("code", "agreement", "said", "rule"),
    [
        (HOSTING, {}, {"purpose": "sale-of-data"}, "purpose-prohibited"),
        (HOSTING, {}, {"purpose": "third-party-advertising"}, "purpose-prohibited"),
        (PAYMENTS, {}, {"purpose": "promotional-news"}, "third-party-marketing"),
        (HOSTING, {"agreement": None}, {}, "agreement-missing"),
        (HOSTING, {"valid_until": PAST}, {}, "agreement-expired"),
        (HOSTING, {}, {"country": "india"}, "country-not-for-recipient"),
        (HOSTING, {}, {"purpose": "tax-compliance"}, "purpose-not-for-recipient"),
        (HOSTING, {}, {"classes": ("usage-data",)}, "attribute-not-for-recipient"),
        (MAILER, {}, {"country": "united-states"}, "standing-not-for-recipient"),
    ],
)
def test_what_the_policy_does_not_allow(
    world: World, code: str, agreement: dict[str, Any], said: dict[str, Any], rule: str
) -> None:
    """Asked: refused, a fact, nobody reaches anything. Told: stored, found irregular, looked at."""
    recipient = world.recipient(code, **agreement)
    asked = world.do("open_standing_access", recipient=recipient, **(REACH | said))
    assert (asked.outcome, rule in asked.rules) == ("refused", True)
    refusal = world.last(recipient)
    assert isinstance(refusal, events.CommandRefused)
    assert refusal.command == "open-standing-access"
    assert not opened(world, recipient)
    told = world.do("record_standing_access", recipient=recipient, **(REACH | said))
    assert (told.outcome, told.rules) == ("recorded", asked.rules)
    entry = world.entries(recipient)[-2]
    found = world.last(recipient)
    assert [entry.body] == opened(world, recipient)
    assert isinstance(found, events.IrregularityFound)
    rules = tuple(dict.fromkeys(one.rule for one in found.findings))
    assert (found.entry, rules) == (entry.event, told.rules)


def test_what_is_in_order_is_opened_both_ways(world: World) -> None:
    """Without a trace of a rule; a class named twice is one class."""
    host = world.recipient(HOSTING)
    assert world.do("open_standing_access", recipient=host, **REACH).rules == ()
    twice = REACH | {"classes": (CONTACT, CONTACT)}
    assert world.do("record_standing_access", recipient=host, **twice).rules == ()
    assert [one.classes for one in opened(world, host)] == [(CONTACT,)] * 2
    assert not world.bodies(host, events.IrregularityFound)


def test_a_country_of_no_list_is_refused_and_cannot_be_told_of(world: World) -> None:
    """P14: asked it is a fact; told there is no word for it, and nothing is stored."""
    host = world.recipient(HOSTING)
    for field, word, rule in (
        ("country", "atlantis", "country-unlisted"),
        ("purpose", "alchemy", "purpose-unlisted"),
    ):
        asked = world.do("open_standing_access", recipient=host, **(REACH | {field: word}))
        assert rule in asked.rules
        before = world.ledger.recorder.last()
        with pytest.raises(InvalidInput) as caught:
            world.do("record_standing_access", recipient=host, **(REACH | {field: word}))
        assert caught.value.facts["field"] == field
        assert world.ledger.recorder.last() == before
        states = [row.state for row in world.ledger.recorder.select_events(host)]
        assert not any(word.encode() in state for state in states)


def test_what_was_irregular_is_closed_in_the_recipients_stream(world: World) -> None:
    """Somebody looks at it, as at any other."""
    mailer = world.recipient(MAILER)
    world.do("record_standing_access", recipient=mailer, **REACH)
    irregularity = world.last(mailer).irregularity
    said = {"concerns": mailer, "irregularity": irregularity, "reason": "put-right"}
    assert world.do("close_irregularity", **said).outcome == "recorded"
    assert isinstance(world.last(mailer), events.IrregularityClosed)


def test_an_agreement_that_ends_does_not_make_an_access_of_before_unknown(world: World) -> None:
    """What was opened lawfully stays on record: orders still go to who reaches the class."""
    host = world.recipient(HOSTING)
    world.do("open_standing_access", recipient=host, **REACH)
    world.recipient(HOSTING, valid_until=PAST)
    subject = world.person()
    world.do("request_erasure", subject=subject)
    (erased,) = world.bodies(subject, events.DataErased)
    assert [order.recipient for order in erased.orders] == [host]


def test_an_agreement_is_asked_for_on_the_day_it_happened(world: World) -> None:
    """P17: what was passed on while it held is told without a finding after it ended; what was asked
    for, or happened later, is not."""
    subject = world.person()
    world.consent(subject)
    last = dt.date.today() - dt.timedelta(days=3)
    world.recipient(MAILER, valid_until=last)
    said = world.disclosure(subject)

    def told(day: dt.date) -> tuple[str, ...]:
        noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
        return world.do("record_disclosure", **said, occurred_at=noon).rules

    assert told(last) == ()
    assert told(last + dt.timedelta(days=1)) == ("agreement-expired",)
    assert world.do("authorise_disclosure", **said).rules == ("agreement-expired",)
