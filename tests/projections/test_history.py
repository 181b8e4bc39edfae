"""Time travel: a person's past, by both clocks, is what a naive fold of the stream says."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ledger import events
from ledger.application import Ledger
from ledger.commands.claiming import Covers
from ledger.commands.collecting import Notice
from ledger.commands.erasing import Part
from ledger.commands.values import Value
from ledger.config import Settings
from ledger.errors import InvalidInput, NotFound, SubjectErased
from ledger.genesis import create
from ledger.vault.database import engine_for
from projections import claims, consents, disclosures, history, profiles
from projections.engine import Engine
from projections.moments import AsOf
from tests.ledger.world import BILLING, CONTACT, EMAIL, MAILER, NAME, NEWS, RESEARCH, World
from tests.projections import naive

START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
NOTICE = Notice(version="signup-notice-1", language="en")
TICK = dt.timedelta(microseconds=1)
EXAMPLES = int(20 * float(os.environ.get("LEDGER_TEST_SCALE", "1")))


class Life:
    """One person, to whom things happen; what the ledger does not take did not happen."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.subject: UUID = world.do("register_subject").ids["subject"]

    def happen(self, what: str, day: int, which: int) -> None:
        """One thing, told as of a day after START; `which` chooses among what there is."""
        told = {"subject": self.subject, "occurred_at": START + dt.timedelta(days=day)}
        with contextlib.suppress(NotFound, InvalidInput, SubjectErased, IndexError):
            getattr(self, f"_{what}")(told, which)

    def _collect(self, told: dict[str, Any], which: int) -> None:
        attribute = (EMAIL, NAME)[which % 2]
        text = f"{self.subject.hex}.{which}@example.org" if attribute == EMAIL else f"N {which}"
        values = (Value(attribute=attribute, value=text),)
        purposes, sign_up = ("account-keeping",), {"source": "signup-form", "country": "india"}
        self.world.do(
            "record_collection", **told, values=values, purposes=purposes, notice=NOTICE, **sign_up
        )

    def _correct(self, told: dict[str, Any], which: int) -> None:
        standing = list(self.world.state(self.subject).current(NAME))
        item = standing[which % len(standing)].event if standing else None
        values = (Value(attribute=NAME, value=f"Corrected {which}"),)
        self.world.do("correct", **told, values=values, item=item)

    def _consent(self, told: dict[str, Any], which: int) -> None:
        purpose = (NEWS, RESEARCH)[which % 2]
        self.world.do("record_consent", **told, purpose=purpose, notice=NOTICE)

    def _withdraw(self, told: dict[str, Any], which: int) -> None:
        self.world.do("withdraw_consent", **told, purpose=(NEWS, RESEARCH)[which % 2])

    def _switch(self, told: dict[str, Any], which: int) -> None:
        services = ((), ("web-site",), ("web-site", "mobile-app"))[which % 3]
        state = "on" if which % 2 else "off"
        own = self.world.herself(self.subject)
        self.world.do(
            "switch_processing", **told, **own, purpose=NEWS, state=state, services=services
        )

    def _claim(self, told: dict[str, Any], which: int) -> None:
        covers = (Covers(class_=(CONTACT, BILLING)[which % 2]),)
        day = dt.date(2030 + which, 1, 1)
        self.world.do("place_claim", **told, ground="outstanding-credit", covers=covers, until=day)

    def _release(self, told: dict[str, Any], which: int) -> None:
        placed = self.world.bodies(self.subject, events.ClaimPlaced)
        self.world.do("release_claim", **told, claim=placed[which % (len(placed) or 1)].claim)

    def _disclose(self, told: dict[str, Any], which: int) -> None:
        self.world.do("record_disclosure", **self.world.disclosure(**told))

    def _annul(self, told: dict[str, Any], which: int) -> None:
        entries = self.world.entries(self.subject)
        entry = entries[which % len(entries)].event
        self.world.do("annul_entry", **told, entry=entry, reason="entered-by-mistake")

    def _erase(self, told: dict[str, Any], which: int) -> None:
        slots = (Part(class_=CONTACT),) if which % 2 else ()
        self.world.do("request_erasure", **told, slots=slots)


KINDS = ("collect", "collect", "correct", "consent", "withdraw", "switch", "switch", "claim")
KINDS += ("release", "disclose", "annul", "annul", "erase")
lives = some.lists(
    some.tuples(some.sampled_from(KINDS), some.integers(0, 900), some.integers(0, 11)),
    min_size=4,
    max_size=16,
)


@pytest.fixture
def views(store_settings: Settings) -> Iterator[Engine]:
    create(store_settings)
    ledger = Ledger.open(store_settings)
    database = engine_for(store_settings)
    yield Engine(database, ledger.recorder)
    database.dispose()
    ledger.close()


@pytest.fixture
def world(views: Engine, store_settings: Settings) -> Iterator[World]:
    ledger = Ledger.open(store_settings)
    row = ledger.recorder.genesis()
    assert row is not None
    own = World(ledger, row.actor_stream)
    own.recipient(MAILER)
    yield own
    ledger.close()


def shown(connection: Any, subject: UUID, today: dt.date) -> dict[str, Any]:
    """The answers of the read side, in the words of the naive fold."""
    found = profiles.subject(connection, subject)
    assert found is not None
    holding = {row.event for row in claims.in_force(connection, subject, today)}
    return {
        "profile": {
            (row.event, row.attribute, row.number, row.value.raw, row.erased_position)
            for row in profiles.of_subject(connection, subject)
        },
        "erased": found.erased_position is not None,
        "consents": {
            purpose: (word.given, word.event)
            for purpose, word in consents.in_force(connection, subject).items()
        },
        "said": [
            (row.event, row.annulled_position) for row in consents.of_subject(connection, subject)
        ],
        "switches": {
            (row.purpose, row.service, row.state)
            for row in consents.switches_in_force(connection, subject)
        },
        "claims": [
            (row.claim, row.released_event, row.annulled_position, row.event in holding)
            for row in claims.of_subject(connection, subject)
        ],
        "disclosures": [
            (row.event, row.annulled_position)
            for row in disclosures.of_subject(connection, subject)
        ],
    }


def told(entries: list[events.Entry], today: dt.date) -> dict[str, Any]:
    """The same of the naive fold."""
    person = naive.Person(entries, today)
    names = ("profile", "erased", "consents", "said", "switches", "claims", "disclosures")
    return {name: getattr(person, name)() for name in names}


def moments(entries: list[events.Entry], draw: Any) -> Iterator[AsOf]:
    """Moments at, just before and between the entries, by both clocks."""
    positions = [entry.position for entry in entries]
    for _ in range(4):
        position = draw(some.sampled_from(positions))
        yield AsOf("known", position, dt.datetime.now(dt.UTC))
    times = sorted({entry.body.occurred_at for entry in entries})
    for _ in range(4):
        at = draw(some.sampled_from(times)) - draw(some.sampled_from((0 * TICK, TICK)))
        yield AsOf("true", draw(some.sampled_from((positions[-1], *positions))), at)
    yield AsOf("true", positions[-1], dt.datetime.now(dt.UTC))


@given(life=lives, data=some.data())
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_past_is_what_a_naive_fold_of_the_stream_says(
    world: World, views: Engine, life: list[tuple[str, int, int]], data: Any
) -> None:
    """Random lives with late reports, corrections, annulments and erasures; random moments."""
    person = Life(world)
    for what, day, which in life:
        person.happen(what, day, which)
    views.catch_up()
    entries = world.entries(person.subject)
    with views.reading() as live:
        for as_of in moments(entries, data.draw):
            if as_of.clock == "known":
                counted = naive.known(entries, as_of.position)
            else:
                counted = naive.true(entries, as_of.at, as_of.position)
            with history.at(live, world.ledger.recorder, person.subject, as_of) as past:
                assert shown(past, person.subject, as_of.day) == told(counted, as_of.day)
