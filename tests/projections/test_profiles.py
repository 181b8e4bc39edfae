"""Profiles, collections and keys."""

from __future__ import annotations

from uuid import uuid4

from ledger.events import CorrectedItem, DataCorrected, EntryAnnulled, ErasureRequested
from projections import collections, keys, profiles

from .conftest import BROKEN, NOTICE, sealed_under


def _fields(items):
    return [(item.event, item.field) for item in items]


def test_an_item_keeps_all_that_opening_it_needs(log, engine):
    """Event, field and ciphertext stand together, with source and purposes beside them."""
    person = log.person()
    event, key = log.collect(person, "class-a", "name", "email", "email", source="source-b")
    engine.catch_up()
    with engine.reading() as connection:
        items = profiles.of_subject(connection, person)
    assert [item.field for item in items] == ["email", "email/2", "name"]
    assert {
        (item.event, item.kid, item.value.kid, item.source, item.purposes) for item in items
    } == {(event, key.kid, key.kid, "source-b", ("purpose-a",))}


def test_a_correction_supersedes_exactly_the_item_it_names(log, engine):
    """The new value stands with the purposes of the old; the old one is history."""
    person = log.person()
    event, key = log.collect(person, "class-a", "email", "email")
    new = CorrectedItem("email", 1, "class-a", "", sealed_under(key.kid), event, 2)
    fixed = log.tell(person, DataCorrected, items=(new,), source="source-c")
    engine.catch_up()
    with engine.reading() as connection:
        standing = profiles.of_subject(connection, person)
        history = profiles.of_subject(connection, person, history=True)
    assert _fields(standing) == [(event, "email"), (fixed, "email")]
    assert (standing[1].source, standing[1].purposes) == ("source-c", ("purpose-a",))
    assert standing[1].collection == event
    assert [item.superseded_event for item in history] == [None, fixed, None]


def test_annulling_a_correction_lets_the_old_value_stand_again(log, engine):
    """What was superseded in error is current again, and what superseded it is not."""
    person = log.person()
    event, key = log.collect(person, "class-a", "email")
    new = CorrectedItem("email", 1, "class-a", "", sealed_under(key.kid), event, 1)
    fixed = log.tell(person, DataCorrected, items=(new,))
    log.tell(person, EntryAnnulled, entry=fixed, reason="mistake")
    engine.catch_up()
    with engine.reading() as connection:
        assert _fields(profiles.of_subject(connection, person)) == [(event, "email")]


def test_the_profile_version_is_the_last_event_that_changed_it(log, engine):
    """Registered, collected, annulled: each is a new version, in one batch or in several."""
    person = log.person()
    event, _ = log.collect(person, "class-a", "email")
    engine.catch_up()
    with engine.reading() as connection:
        assert profiles.subject(connection, person).changed_event == event
    annulment = log.tell(person, EntryAnnulled, entry=event, reason="mistake")
    engine.catch_up()
    with engine.reading() as connection:
        found = profiles.subject(connection, person)
        assert profiles.of_subject(connection, person) == []
        (collection,) = collections.of_subject(connection, person)
    assert (found.changed_event, found.changed_position) == (annulment, 6)
    assert collection.annulled_position == 6


def test_a_collection_keeps_notice_and_findings(log, engine):
    """What was told and broke a rule stands with the rule."""
    person = log.person()
    log.collect(person, "class-a", "email", told=True, notice=NOTICE, findings=BROKEN)
    engine.catch_up()
    with engine.reading() as connection:
        (found,) = collections.of_subject(connection, person)
    assert (found.told, found.findings, found.notice_version) == (True, BROKEN, "notice-a")
    assert found.notice_digest == NOTICE.digest


def test_only_the_items_under_a_dead_key_are_erased(log, engine):
    """One year ends, the other stays; the row of the ended one says where in the log."""
    person, erasure = log.person(), uuid4()
    _, old = log.collect(person, "class-b", "invoice", scope="2025-01-01")
    log.collect(person, "class-b", "invoice", scope="2026-01-01")
    log.tell(person, ErasureRequested, erasure=erasure, whole=False)
    log.say(person, log.erase(person, erasure, old))
    engine.catch_up()
    with engine.reading() as connection:
        first, second = profiles.of_subject(connection, person)
        states = keys.of_stream(connection, person)
        subject = profiles.subject(connection, person)
    assert (first.erased_position, second.erased_position) == (8, None)
    assert first.erased_at is not None and subject.erased_position is None
    assert [(key.kid == old.kid, key.dead_position, key.cause) for key in states] == [
        (True, 8, "request"),
        (False, None, None),
    ]


def test_a_subject_erased_as_a_whole_says_since_when(log, engine):
    """The first death of an erasure of everything marks the subject."""
    person, erasure = log.person(), uuid4()
    _, key = log.collect(person, "class-a", "email")
    log.tell(person, ErasureRequested, erasure=erasure, whole=True)
    log.say(person, log.erase(person, erasure, key))
    engine.catch_up()
    with engine.reading() as connection:
        assert profiles.subject(connection, person).erased_position == 7


def test_subjects_are_listed_in_pages_without_repeating(log, engine):
    """A page's cursor continues behind its last row."""
    people = [log.person() for _ in range(5)]
    engine.catch_up()
    with engine.reading() as connection:
        first = profiles.all_subjects(connection, limit=3)
        second = profiles.all_subjects(connection, limit=3, cursor=first.cursor)
    assert [row.subject for row in first.rows + second.rows] == people[::-1]
    assert second.cursor is None
