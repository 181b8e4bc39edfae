"""Held values: what stands of a person, of a purpose, of a class; and nothing that does not."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from ledger.events import CorrectedItem, DataCorrected, EntryAnnulled
from projections import held_values

from .conftest import WHEN, sealed_under


def _named(values):
    return [(value.event, value.field, value.purposes) for value in values]


def _correct(log, person, event, key):
    new = CorrectedItem("email", 1, "class-a", "", sealed_under(key.kid), event, 1)
    return log.tell(person, DataCorrected, items=(new,))


def test_a_person_s_values_are_those_that_stand(log, engine):
    """Not what was corrected, annulled or erased; what was corrected keeps its purposes."""
    person = log.person()
    event, key = log.collect(person, "class-a", "email")
    fixed = _correct(log, person, event, key)
    again = _correct(log, person, fixed, key)
    wrong, _ = log.collect(person, "class-a", "email", scope="2026-01-01")
    log.tell(person, EntryAnnulled, entry=wrong, reason="mistake")
    dead, old = log.collect(person, "class-b", "invoice", scope="2025-01-01")
    kept, _ = log.collect(person, "class-b", "invoice", scope="2026-01-01")
    log.say(person, log.erase(person, uuid4(), old))
    engine.catch_up()
    with engine.reading() as connection:
        found = held_values.of_subject(connection, person)
        of_year = held_values.of_subject(connection, person, "2026-01-01")
        of_dead = held_values.of_subject(connection, person, "2025-01-01")
    purposes = ("purpose-a",)
    assert _named(found) == [(again, "email", purposes), (kept, "invoice", purposes)]
    assert (_named(of_year), of_dead) == ([(kept, "invoice", purposes)], [])
    assert dead not in {value.event for value in found}


def test_an_annulled_correction_gives_the_value_before_it_back(log, engine):
    """Also where a purpose is asked for: the last one that counts stands."""
    person = log.person()
    event, key = log.collect(person, "class-a", "email")
    log.tell(person, EntryAnnulled, entry=_correct(log, person, event, key), reason="mistake")
    engine.catch_up()
    with engine.reading() as connection:
        assert _named(held_values.of_subject(connection, person)) == [
            (event, "email", ("purpose-a",))
        ]
        found, _ = held_values.of_purpose(connection, "purpose-a")
    assert _named(found) == [(event, "email", ("purpose-a",))]


def test_a_purpose_is_read_page_by_page_from_its_newest_collection(log, engine):
    """Whoever it concerns; corrected values come with the page of their collection, once."""
    told = [(log.person(), purpose) for purpose in ("purpose-a", "purpose-b", "purpose-a")]
    events = [
        log.collect(person, "class-a", "email", purposes=(purpose, "purpose-c"))
        for person, purpose in told
    ]
    fixed = _correct(log, told[0][0], *events[0])
    engine.catch_up()
    with engine.reading() as connection:
        first, cursor = held_values.of_purpose(connection, "purpose-a", limit=1)
        second, cursor = held_values.of_purpose(connection, "purpose-a", before=cursor, limit=1)
        last, end = held_values.of_purpose(connection, "purpose-a", before=cursor, limit=1)
        every, none = held_values.of_purpose(connection, "purpose-c")
    both = ("purpose-a", "purpose-c")
    assert _named(first) == [(events[2][0], "email", both)]
    assert _named(second) == [(fixed, "email", both)]
    assert (last, end, none) == ([], None, None)
    assert {value.event for value in every} == {fixed, events[1][0], events[2][0]}


def test_a_class_is_read_by_when_its_values_came_to_be(log, engine):
    """Before a moment, and not at it; other classes are left out."""
    person = log.person()
    event, _ = log.collect(person, "class-a", "email")
    log.collect(person, "class-b", "invoice")
    engine.catch_up()
    with engine.reading() as connection:
        then = held_values.of_class(connection, "class-a", WHEN)
        after = held_values.of_class(connection, "class-a", WHEN + timedelta(microseconds=1))
    assert (then, _named(after)) == ([], [(event, "email", ("purpose-a",))])
