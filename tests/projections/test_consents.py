"""Consents and switches: what was said, and what holds."""

from __future__ import annotations

from ledger.events import ConsentGiven, ConsentWithdrawn, EntryAnnulled, ProcessingSwitched
from projections import consents

from .conftest import BROKEN, NOTICE


def _holding(engine, person):
    engine.catch_up()
    with engine.reading() as connection:
        words = consents.in_force(connection, person)
    return {purpose: word.given for purpose, word in words.items()}


def _switched(engine, person):
    engine.catch_up()
    with engine.reading() as connection:
        found = consents.switches_in_force(connection, person)
    return [(row.purpose, row.service, row.state) for row in found]


def test_the_last_word_on_a_purpose_holds(log, engine):
    """Given, then withdrawn: no consent; another purpose is not concerned."""
    person = log.person()
    log.tell(person, ConsentGiven, purpose="a", notice=NOTICE)
    log.tell(person, ConsentGiven, purpose="b", notice=NOTICE)
    assert _holding(engine, person) == {"a": True, "b": True}
    log.tell(person, ConsentWithdrawn, purpose="a")
    assert _holding(engine, person) == {"a": False, "b": True}


def test_a_told_grant_that_broke_a_rule_permits_nothing(log, engine):
    """It stands in the history with its findings, and the withdrawal before it holds."""
    person = log.person()
    log.tell(person, ConsentWithdrawn, purpose="a", findings=BROKEN)
    log.tell(person, ConsentGiven, purpose="a", notice=NOTICE, findings=BROKEN)
    assert _holding(engine, person) == {"a": False}
    with engine.reading() as connection:
        assert [word.findings for word in consents.of_subject(connection, person)] == [BROKEN] * 2


def test_an_annulled_word_leaves_the_one_before_it(log, engine):
    """A withdrawal recorded for the wrong person takes no consent away."""
    person = log.person()
    log.tell(person, ConsentGiven, purpose="a", notice=NOTICE)
    wrong = log.tell(person, ConsentWithdrawn, purpose="a")
    log.tell(person, EntryAnnulled, entry=wrong, reason="mistake")
    assert _holding(engine, person) == {"a": True}


def test_off_for_all_outranks_the_switch_of_one_service(log, engine):
    """A service switched on again stays off until the person undoes it for all."""
    person = log.person()
    one = {"purpose": "a", "services": ("web",), "all_services": False}
    everywhere = {"purpose": "a", "services": (), "all_services": True}
    log.tell(person, ProcessingSwitched, state="off", **one)
    assert _switched(engine, person) == [("a", "web", "off")]
    off = log.tell(person, ProcessingSwitched, state="off", **everywhere)
    log.tell(person, ProcessingSwitched, state="on", **one)
    assert _switched(engine, person) == [("a", None, "off")]
    log.tell(person, EntryAnnulled, entry=off, reason="mistake")
    assert _switched(engine, person) == [("a", "web", "on")]
