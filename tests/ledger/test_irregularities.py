"""Irregularities are closed once, by somebody who says what came of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger.commands.values import Value
from ledger.errors import InvalidInput, NotFound
from ledger.events import IrregularityClosed, IrregularityFound
from tests.ledger.world import World

MAIL = (Value(attribute="job-title", value="Engineer"),)


@pytest.fixture
def subject(world: World) -> UUID:
    """A person of whom something was told without a notice."""
    person = world.person()
    told = {"source": "signup-form", "country": "india", "purposes": ("account-keeping",)}
    assert world.do("record_collection", subject=person, values=MAIL, **told).rules
    return person


def found_in(world: World, stream: UUID) -> UUID:
    body = world.bodies(stream, IrregularityFound)[-1]
    assert isinstance(body.irregularity, UUID)
    return body.irregularity


def test_it_is_closed_with_a_reason_and_a_sealed_note(world: World, subject: UUID) -> None:
    """It is open no more, and the entry it is about stands as it is."""
    name = found_in(world, subject)
    assert world.state(subject).irregularities == [name]
    closing = {"concerns": subject, "irregularity": name, "reason": "put-right"}
    assert world.do("close_irregularity", note="Asked her again.", **closing).outcome == "recorded"
    closed = world.last(subject)
    assert isinstance(closed, IrregularityClosed)
    assert (closed.irregularity, closed.reason) == (name, "put-right")
    assert closed.note is not None
    assert world.state(subject).irregularities == []


def test_a_long_stream_costs_no_more_than_a_short_one(
    world: World, subject: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first entry says what the stream is of, and the state what is open; no other is read."""
    for _ in range(5):
        world.consent(subject)
    read: list[int] = []
    select = type(world.ledger.recorder).select_events

    def counted(recorder: Any, originator_id: UUID, **bounds: Any) -> Any:
        rows = select(recorder, originator_id, **bounds)
        read.append(len(rows) if originator_id == subject else 0)
        return rows

    monkeypatch.setattr(type(world.ledger.recorder), "select_events", counted)
    closing = {"concerns": subject, "irregularity": found_in(world, subject)}
    read.clear()
    assert world.do("close_irregularity", **closing, reason="put-right").outcome == "recorded"
    assert sum(read) == 1


def test_closing_it_twice_changes_nothing(world: World, subject: UUID) -> None:
    """The first word stands."""
    closing = {"concerns": subject, "irregularity": found_in(world, subject)}
    world.do("close_irregularity", reason="put-right", **closing)
    again = world.do("close_irregularity", reason="nothing-to-put-right", **closing)
    assert again.outcome == "unchanged"
    assert len(world.bodies(subject, IrregularityClosed)) == 1


def test_it_is_closed_where_it_was_found(world: World, subject: UUID) -> None:
    """Not in another stream, nor where there is nothing, and only for a reason of the policy."""
    name = found_in(world, subject)
    for concerns, wanted in ((world.person(), name), (subject, uuid4()), (uuid4(), name)):
        with pytest.raises(NotFound):
            world.do(
                "close_irregularity", concerns=concerns, irregularity=wanted, reason="put-right"
            )
    with pytest.raises(InvalidInput):
        world.do("close_irregularity", concerns=subject, irregularity=name, reason="because")
    assert world.state(subject).irregularities == [name]


def test_one_of_a_run_is_closed_in_the_run(world: World) -> None:
    """Somebody who was not admitted was processed: the run's own stream says so."""
    person = world.person()
    run = world.do(
        "start_run",
        purpose="product-research",
        country="india",
        attributes=("product-interest",),
        subjects=(person,),
    ).ids["run"]
    world.do("record_outcome", run=run, chunk=1, processed=(uuid4(),))
    name = found_in(world, run)
    answer = world.do("close_irregularity", concerns=run, irregularity=name, reason="put-right")
    assert answer.outcome == "recorded"
    assert isinstance(world.last(run), IrregularityClosed)
    again = world.do("close_irregularity", concerns=run, irregularity=name, reason="put-right")
    assert again.outcome == "unchanged"


def test_one_of_an_erased_person_is_closed_too(world: World, subject: UUID) -> None:
    """What was irregular has to be looked at all the same."""
    name = found_in(world, subject)
    world.do("request_erasure", subject=subject)
    closing = {"concerns": subject, "irregularity": name, "reason": "nothing-to-put-right"}
    assert world.do("close_irregularity", note="She is gone.", **closing).outcome == "recorded"
