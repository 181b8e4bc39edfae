"""What a person is shown and what decisions are made on are two folds of one log: they agree."""

from __future__ import annotations

import pytest

from ledger.mapper import entry_of
from ledger.subject import DataSubject
from projections import claims, consents, disclosures, erasure_reports, erasures, keys, profiles

from .conftest import WHEN
from .story import Story


@pytest.fixture(params=["alive", "erased"])
def told(request, log, engine):
    """The person's state as decisions see it, on a connection that sees what is shown."""
    story = Story(log)
    story.live()
    if request.param == "erased":
        story.end()
    engine.catch_up()
    rows = log.recorder.select_events(story.person)
    with engine.reading() as connection:
        yield DataSubject.fold(map(entry_of, rows), story.person, whole=True), connection


def test_both_sides_know_the_same_items(told):
    """Which values stand, under which version of the profile, and whether all is erased."""
    state, connection = told
    shown = profiles.of_subject(connection, state.id)
    standing = {(item.event, item.field) for item in shown if item.erased_position is None}
    assert standing == {(item.event, item.field) for item in state.standing()}
    subject = profiles.subject(connection, state.id)
    assert subject.changed_event == state.profile_tag
    assert (subject.erased_position is not None) == state.erased
    living = {k.kid for k in keys.of_stream(connection, state.id) if k.dead_position is None}
    assert living == {slot.kid for slot in state.living.values()}


def test_both_sides_know_the_same_will(told):
    """Consents, switches and claims."""
    state, connection = told
    words = consents.in_force(connection, state.id)
    assert {name: word.given for name, word in words.items()} == {"news": state.consents("news")}
    (switch,) = consents.switches_in_force(connection, state.id)
    assert (switch.state, switch.service is None) == state.switch(switch.purpose, None)
    held = {claim.claim for claim in claims.in_force(connection, state.id, WHEN.date())}
    assert held == set(state.claims)


def test_both_sides_know_the_same_holders_and_erasures(told):
    """Disclosures that count, orders, and whether an erasure is closed."""
    state, connection = told
    shown = disclosures.of_subject(connection, state.id)
    counted = [row for row in shown if row.annulled_position is None]
    told = {(row.recipient, None if row.recipient else row.disclosure) for row in counted}
    assert told == {(recipient, disclosure) for recipient, disclosure, _ in state.holders}
    found = {row.erasure: row for row in erasures.of_subject(connection, state.id)}
    assert set(found) == set(state.erasures)
    for name, erasure in state.erasures.items():
        report = erasure_reports.report(connection, name)
        assert {order.order_id for order in report.ordered} == {
            *erasure.unanswered,
            *erasure.answered,
        }
        assert (report.erasure.closed_position is not None) == erasure.closed
