"""Objections, restrictions and regimes: what was said, and what still holds."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

from ledger.events import (
    ConsentGiven,
    EntryAnnulled,
    Moment,
    ObjectionRaised,
    ProcessingRestricted,
    ProcessingSwitched,
    RegimesDetermined,
    RestrictionLifted,
)
from ledger.mapper import entry_of
from ledger.subject import DataSubject
from projections import history, rights
from projections.moments import AsOf

from .conftest import BROKEN, NOTICE, WHEN

FLIP = {"purpose": "a", "all_services": True, "services": (), "state": "on"}


def _standing(engine, person):
    engine.catch_up()
    with engine.reading() as connection:
        return {purpose: row.event for purpose, row in rights.standing(connection, person).items()}


def _entries(log, person):
    return [entry_of(row) for row in log.recorder.select_events(person)]


def test_an_objection_stands_until_the_person_agrees_again(log, engine):
    """A consent that counts, or the purpose on for all services; nothing less."""
    person = log.person()
    log.tell(person, ConsentGiven, purpose="a", notice=NOTICE)
    first = log.tell(person, ObjectionRaised, purpose="a", findings=BROKEN)
    other = log.tell(person, ObjectionRaised, purpose="b")
    assert _standing(engine, person) == {"a": first, "b": other}
    log.tell(person, ConsentGiven, purpose="a", notice=NOTICE, findings=BROKEN)
    log.tell(person, ProcessingSwitched, **FLIP | {"all_services": False, "services": ("web",)})
    log.tell(person, ProcessingSwitched, **FLIP, findings=BROKEN)
    log.tell(person, ProcessingSwitched, **FLIP | {"state": "off"})
    assert _standing(engine, person) == {"a": first, "b": other}
    log.tell(person, ProcessingSwitched, **FLIP)
    assert _standing(engine, person) == {"b": other}
    log.tell(person, ConsentGiven, purpose="b", notice=NOTICE)
    assert _standing(engine, person) == {}
    again = log.tell(person, ObjectionRaised, purpose="a")
    assert _standing(engine, person) == {"a": again}
    with engine.reading() as connection:
        said = rights.objections_of(connection, person)
    assert [row.purpose for row in said] == ["a", "b", "a"]
    assert said[0].findings == BROKEN


def test_a_word_annulled_undoes_no_objection(log, engine):
    """What somebody switched on by mistake leaves the objection standing."""
    person = log.person()
    raised = log.tell(person, ObjectionRaised, purpose="a")
    wrong = log.tell(person, ProcessingSwitched, **FLIP)
    agreed = log.tell(person, ConsentGiven, purpose="a", notice=NOTICE)
    assert _standing(engine, person) == {}
    log.tell(person, EntryAnnulled, entry=wrong, reason="mistake")
    assert _standing(engine, person) == {}
    log.tell(person, EntryAnnulled, entry=agreed, reason="mistake")
    assert _standing(engine, person) == {"a": raised}


def test_the_read_side_and_decisions_agree_on_what_stands(log, engine):
    """Both folds, after every one of these words."""
    person = log.person()
    for kind, fields in (
        (ObjectionRaised, {"purpose": "a"}),
        (ConsentGiven, {"purpose": "a", "notice": NOTICE}),
        (ObjectionRaised, {"purpose": "b"}),
        (ObjectionRaised, {"purpose": None}),
        (ProcessingSwitched, FLIP | {"purpose": "b"}),
        (ObjectionRaised, {"purpose": "a"}),
        (ConsentGiven, {"purpose": "a", "notice": NOTICE, "findings": BROKEN}),
    ):
        log.tell(person, kind, **fields)
        state = DataSubject.fold(_entries(log, person), person)
        assert set(_standing(engine, person)) == set(state.kept.objections)


def test_a_restriction_is_in_force_until_it_is_lifted(log, engine):
    """Each by itself; its end is marked with when and why."""
    person, one, other = log.person(), uuid4(), uuid4()
    log.tell(person, ProcessingRestricted, restriction=one, ground="accuracy", classes=("x",))
    log.tell(person, ProcessingRestricted, restriction=other, ground="objection")
    lifted = log.tell(person, RestrictionLifted, restriction=one, reason="r")
    engine.catch_up()
    with engine.reading() as connection:
        found = rights.restrictions_of(connection, person)
    assert [(r.restriction, r.ground, r.classes, r.lifted_event) for r in found] == [
        (one, "accuracy", ("x",), lifted),
        (other, "objection", (), None),
    ]
    assert found[0].lifted_reason == "r"
    assert found[0].lifted_at is not None


def test_the_last_word_on_the_laws_holds(log, engine):
    """Of nobody else, and none until somebody found out."""
    person, other = log.person(), log.person()
    log.tell(person, RegimesDetermined, regimes=("x", "y"))
    log.tell(person, RegimesDetermined, regimes=("y",), reason="r")
    engine.catch_up()
    with engine.reading() as connection:
        found = rights.regimes_of(connection, person)
        assert (found.regimes, found.reason) == (("y",), "r")
        assert rights.regimes_of(connection, other) is None


def test_a_word_that_counts_from_the_past_is_read_in_the_order_of_the_world(log, engine):
    """By the clock of the world, a consent told late of before an objection does not undo it."""
    person = log.person()
    raised = log.tell(person, ObjectionRaised, purpose="a")
    early = Moment(2020, 1, 1, tzinfo=dt.UTC)
    log.tell(person, ConsentGiven, purpose="a", notice=NOTICE, occurred_at=early)
    engine.catch_up()
    position = engine.position()
    with engine.reading() as live:
        assert rights.standing(live, person) == {}
        moment = AsOf(clock="true", position=position, at=WHEN + dt.timedelta(days=1))
        with history.at(live, log.recorder, person, moment) as tables:
            found = rights.standing(tables, person)
    assert {purpose: row.event for purpose, row in found.items()} == {"a": raised}
