"""Where a sweep looks by the tables of the read side: everybody of whom something is due is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from ledger.commands.claiming import Covers
from ledger.genesis import create
from ledger.vault.database import engine_for
from projections import outstanding
from projections.candidates import Candidates
from projections.engine import Engine
from projections.outstanding import Due
from tests.ledger.sweeps import Sweeping
from tests.ledger.world import BILLING, CONTACT, PAYMENTS

LONG_AGO = dt.datetime(2020, 6, 1, tzinfo=dt.UTC)


@pytest.fixture
def world(store_settings) -> Iterator[Sweeping]:
    create(store_settings)
    made = Sweeping(store_settings)
    yield made
    made.ledger.close()


@pytest.fixture
def engine(store_settings, world) -> Iterator[Engine]:
    database = engine_for(store_settings)
    yield Engine(database, world.ledger.recorder)
    database.dispose()


def looked_at(world: Sweeping, engine: Engine) -> set[object]:
    engine.catch_up()
    source = Candidates(engine._engine)
    pages = source.candidates([world.ledger.policy()], world.time().date())
    return {subject for page in pages for subject in page}


def listed(engine: Engine, today: dt.date, days: int = 0, **asked: object) -> list[Due]:
    engine.catch_up()
    with engine.reading() as tables:
        until = today + dt.timedelta(days=days)
        return outstanding.by_a_day(tables, until, today, **asked).rows  # type: ignore[arg-type]


def test_whoever_has_something_that_ended_is_looked_at(world, engine) -> None:
    """By birth or scope, by an account, by what an erasure left; nobody else."""
    old, new, erased, claimed = (world.person() for _ in range(4))
    world.bill(old, LONG_AGO)
    world.bill(new, world.time())
    world.consent(erased, statement="I agree")
    world.do("request_erasure", subject=erased)
    covers = (Covers(class_=CONTACT),)
    until = world.time().date() + dt.timedelta(days=10)
    world.do(
        "place_claim", subject=claimed, ground="outstanding-credit", covers=covers, until=until
    )
    world.do("request_erasure", subject=claimed)
    found = looked_at(world, engine)
    assert old in found and new not in found
    world.time.passes(days=11)
    found = looked_at(world, engine)
    assert {old, claimed} <= found and new not in found
    world.time.passes(days=4 * 366)
    assert {old, new, claimed, erased} <= looked_at(world, engine)


def test_a_sweep_by_the_tables_is_one_by_the_log(world, engine) -> None:
    """Two phases, and what they did is counted."""
    old = world.person()
    world.bill(old, LONG_AGO)
    source = Candidates(engine._engine)
    alive = len(world.state(old).living)

    def sweep():
        engine.catch_up()
        return world.ledger.sweep().run(source, clocks=world.clocks)

    assert sweep().scheduled == 1
    engine.catch_up()
    since = world.time() - dt.timedelta(days=1)
    assert source.lately(since) == (1, 0)
    assert old in looked_at(world, engine)
    today = world.time().date()
    (shown,) = listed(engine, today, 1, kind="erasure")
    assert (shown.stream, shown.keys, shown.due) == (old, 1, today + dt.timedelta(days=1))
    living = source.living()
    world.time.passes(hours=25)
    assert sweep().erased == 1
    engine.catch_up()
    assert source.lately(since) == (1, 1)
    assert source.living() == living - 1
    assert len(world.state(old).living) == alive - 1
    assert listed(engine, today, 30, kind="erasure") == []
    assert old not in looked_at(world, engine)


def test_what_is_to_be_done_by_a_day_is_listed_until_it_is(world, engine) -> None:
    """A decision, a review, an agreement, a silent holder, a pause."""
    today = world.time().date()
    soon = today + dt.timedelta(days=20)
    recipient = world.recipient(PAYMENTS, valid_until=soon)
    (agreement,) = listed(engine, today, 20, kind="agreement")
    assert (agreement.ref, agreement.due, agreement.about) == (recipient, soon, PAYMENTS)
    assert listed(engine, today, 19, kind="agreement") == []
    world.recipient(PAYMENTS, valid_until=soon + dt.timedelta(days=365))
    assert listed(engine, today, 30, kind="agreement") == []

    subject = world.person()
    world.bill(subject, world.time())
    asked = world.do("request_erasure", subject=subject, service="online-products")
    (decision,) = listed(engine, today, 30, kind="decision")
    assert (decision.ref, decision.owner) == (asked.ids["erasure"], "data-protection-lead")
    told = {"recipient": PAYMENTS, "purpose": "quotes-and-invoices"}
    world.do(
        "record_disclosure", **world.disclosure(subject, attributes=("billing-address",), **told)
    )
    covers = (Covers(class_=BILLING),)
    claim = world.do("place_claim", subject=subject, ground="outstanding-credit", covers=covers)
    (review,) = listed(engine, today, 366, kind="review")
    assert (review.ref, review.owner) == (claim.ids["claim"], "finance-lead")
    world.do("release_claim", subject=subject, claim=claim.ids["claim"])
    assert listed(engine, today, 366, kind="review") == []

    world.do("erase", subject=subject, erasure=asked.ids["erasure"])
    assert listed(engine, today, 30, kind="decision") == []
    (order,) = listed(engine, today, 30, kind="holder")
    assert (order.recipient, order.due) == (recipient, today + dt.timedelta(days=30))
    assert listed(engine, today, 29, kind="holder") == []
    assert [o.due for o in listed(engine, today, 7, kind="holder", answer_days={recipient: 7})] == [
        today + dt.timedelta(days=7)
    ]
    world.do("record_answer", subject=subject, order=order.ref, answer="confirmed")
    assert listed(engine, today, 30, kind="holder") == []


def test_a_pause_is_listed_until_two_people_agreed(world, engine) -> None:
    """One is not enough."""
    today = world.time().date()
    old = world.person()
    world.bill(old, LONG_AGO)
    pause = world.sweep(gap=dt.timedelta(days=40)).pause
    assert [one.ref for one in listed(engine, today, kind="pause")] == [pause]
    world.agree(pause, world.staff())
    assert [one.ref for one in listed(engine, today, kind="pause")] == [pause]
    world.agree(pause, world.staff())
    assert listed(engine, today, kind="pause") == []
