"""Decision states are checked against their streams: what is wrong is found, what is old is not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from ledger import events, states
from ledger.config import Settings
from ledger.mapper import entry_of
from ledger.subject import DataSubject
from projections import workers
from projections.checking import check_states
from tests.ledger.world import MAILER, World

Alter = Callable[..., None]


@pytest.fixture
def alter(store_settings: Settings, world: World) -> Alter:
    """Change the table as somebody who holds the database: `?` for parameters."""

    def on_sqlite(statement: str, *params: Any) -> None:
        bound = [param.bytes if isinstance(param, UUID) else param for param in params]
        with sqlite3.connect(store_settings.database_path) as connection:
            assert connection.execute(statement, bound).rowcount == 1

    def on_postgres(statement: str, *params: Any) -> None:
        assert store_settings.owner_url is not None
        owner = store_settings.owner_url.get_secret_value()
        path = f"-c search_path={store_settings.schema_name}"
        with psycopg.connect(owner, options=path) as connection:
            cursor = connection.execute(statement.replace("?", "%s"), params)  # type: ignore[call-overload]
            assert cursor.rowcount == 1

    return on_sqlite if store_settings.database_url is None else on_postgres


@pytest.fixture
def person(world: World) -> UUID:
    """Somebody with values, a consent that was annulled, and a disclosure."""
    person = world.person()
    world.recipient(MAILER)
    world.consent(person)
    (given,) = [e for e in world.entries(person) if isinstance(e.body, events.ConsentGiven)]
    world.do("annul_entry", subject=person, entry=given.event, reason="entered-by-mistake")
    world.do("record_disclosure", **world.disclosure(person))
    return person


def test_a_healthy_ledger_has_no_fault(world: World, person: UUID) -> None:
    """Every stream but that of the epochs has a row, and each is the fold of its stream."""
    found = states.check(world.ledger.recorder)
    assert (found.wrong, found.lagging, found.older, found.missing) == (0, 0, 0, 1)
    assert found.rows >= 4


@pytest.mark.parametrize("events_at_once", [1, 3, 5000])
def test_streams_are_read_in_groups_and_long_ones_in_pages(
    world: World, person: UUID, monkeypatch: pytest.MonkeyPatch, events_at_once: int
) -> None:
    """Whatever the size of a page, the same is found; annulments too far back count."""
    monkeypatch.setattr(states, "EVENTS", events_at_once)
    monkeypatch.setattr(states, "STREAMS", 2)
    found = states.check(world.ledger.recorder)
    assert (found.wrong, found.missing) == (0, 1)


@pytest.mark.parametrize(
    ("change", "value", "column"),
    [
        ("state = ?", b"\x92\x90\x90", "state"),
        ("version = ?", 1, "state"),
        ("version = ?", 1000, "version"),
        ("form = ?", 990, "form"),
    ],
)
def test_an_altered_row_is_found(
    world: World, person: UUID, alter: Alter, change: str, value: Any, column: str
) -> None:
    """By its stream and the column."""
    alter(f"UPDATE decision_states SET {change} WHERE stream = ?", value, person)
    found = states.check(world.ledger.recorder)
    assert found.examples == [(person, column)]
    assert found.wrong == 1


def test_a_row_of_a_stream_that_never_was_is_found(
    world: World, person: UUID, alter: Alter
) -> None:
    """It would be read as if somebody were known."""
    nobody = uuid4()
    state = DataSubject.fold(world.entries(person), person)
    alter(
        "INSERT INTO decision_states (stream, version, form, state) VALUES (?, ?, ?, ?)",
        nobody,
        1,
        state.FORM,
        state.dump(),
    )
    assert states.check(world.ledger.recorder).examples == [(nobody, "stream")]


def test_a_row_that_nobody_reads_is_no_fault(world: World, person: UUID, alter: Alter) -> None:
    """Missing, lagging or of an older form: decisions read the events instead."""
    other, third = world.do("register_subject").ids["subject"], world.person()
    rows = world.ledger.recorder.select_events(third, lte=1)
    before = DataSubject.fold(map(entry_of, rows), third)
    alter("DELETE FROM decision_states WHERE stream = ?", person)
    older = DataSubject.FORM // 10 * 10
    alter("UPDATE decision_states SET form = ? WHERE stream = ?", older, other)
    change = "UPDATE decision_states SET version = 1, state = ? WHERE stream = ?"
    alter(change, before.dump(), third)
    found = states.check(world.ledger.recorder)
    assert (found.wrong, found.missing, found.older, found.lagging) == (0, 2, 1, 1)


def test_many_wrong_rows_are_counted_and_the_first_named(world: World, alter: Alter) -> None:
    """A list of ten, whatever the number."""
    people = [world.do("register_subject").ids["subject"] for _ in range(12)]
    for person in people:
        alter("UPDATE decision_states SET state = ? WHERE stream = ?", b"\x00", person)
    found = states.check(world.ledger.recorder)
    assert found.wrong == 12
    assert [stream for stream, _ in found.examples] == sorted(people)[:10]


def test_slices_are_all_streams_and_none_twice(world: World, person: UUID) -> None:
    """Every id falls into one slice, and what is found in all of them is what is found at once."""
    edges = [edge.int for number in range(states.SLICES) for edge in states.slice_of(number)]
    assert edges[0] == 0
    assert edges[-1] == 2**128 - 1
    assert all(edges[n] + 1 == edges[n + 1] for n in range(1, len(edges) - 1, 2))
    found = states.Checked()
    for number in range(states.SLICES):
        found += states.check(world.ledger.recorder, among=states.slice_of(number))
    assert found == states.check(world.ledger.recorder)


def test_several_processes_find_the_same(
    world: World,
    person: UUID,
    alter: Alter,
    store_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also what is wrong, and a state of a stream in which nothing happened."""
    alter("UPDATE decision_states SET state = ? WHERE stream = ?", b"", person)
    nobody = uuid4()
    row = "INSERT INTO decision_states (stream, version, form, state) VALUES (?, 1, 11, ?)"
    alter(row, nobody, b"")
    alone = states.check(world.ledger.recorder)
    monkeypatch.setattr(workers, "WORTH", 1)
    shared = check_states(world.ledger.recorder, store_settings)
    assert alone.wrong == 2
    assert sorted(shared.examples) == sorted(alone.examples)
    shared.examples, alone.examples = [], []
    assert shared == alone
