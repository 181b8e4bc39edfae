"""A life of random acts on one ledger, and what must be true of its tables at the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from ledger.config import Settings
from ledger.vault.database import engine_for
from projections import history
from projections.engine import Engine
from projections.moments import AsOf
from tests import canaries
from tests.projections.processes import dump
from tests.stories.any_order import (
    asking,
    books,
    checks,
    data,
    documents,
    endings,
    outside,
    runs,
    tables,
    words,
)
from tests.stories.any_order.game import Game

Act = Callable[[Game], None]
ACTS: dict[Act, int] = {}
for part in (data, words, outside, runs, endings, books, documents, asking):
    ACTS |= part.ACTS
"""What can happen, and how often it does."""


class Broken(AssertionError):
    """Something that should hold does not: after which acts."""


class Life:
    """A ledger under a document, lived in."""

    def __init__(self, settings: Settings, document: Path, seed: object) -> None:
        self.game = Game(settings, document.read_text("utf-8"), seed)
        self.seed, self.done = seed, list[str]()
        self.moments: list[tuple[int, UUID, dict[str, Any]]] = []

    def live(self, acts: int) -> None:
        """So many acts; after each one everything is looked at."""
        kinds, weights = list(ACTS), list(ACTS.values())
        for act in (data.register, data.register, outside.agreement):
            self.step(act)
        for _ in range(acts):
            self.step(self.game.rng.choices(kinds, weights)[0])

    def step(self, act: Act) -> None:
        """One act, and what must hold after it."""
        g = self.game
        self.done.append(act.__name__)
        try:
            act(g)
            checks.after(g, act.__name__)
        except AssertionError as broken:
            told = f"seed {self.seed}, act {len(self.done)}: {act.__name__}: {broken}"
            raise Broken(f"{told}\nbefore it: {g.trace[-12:]}") from broken
        if g.rng.random() < 0.1 and g.people:
            person = g.rng.choice(list(g.people.values()))
            self.moments.append((g.position, person.id, checks.snapshot(person)))

    def look_back(self, settings: Settings) -> None:
        """The read side built anew is the live one, and tells every moment as it was known then."""
        g, database = self.game, engine_for(settings)
        engine = Engine(database, g.ledger.recorder)
        try:
            engine.catch_up()
            live = dump(engine)
            engine.rebuild()
            assert dump(engine) == live, "a rebuild tells something else"
            with engine.reading() as connection:
                tables.agree(g, engine, connection)
                for position, subject, expected in self.moments[-12:]:
                    as_of = AsOf("known", position, g.time())
                    with history.at(connection, g.ledger.recorder, subject, as_of) as past:
                        assert checks.seen(past, subject) == expected, (position, subject)
        finally:
            database.dispose()

    def look_for_texts(self, settings: Settings) -> None:
        """No value stands in clear in any file, or in any row of any table."""
        looked_for = canaries.patterns([*self.game.texts, "Xylophontaler"])
        files = list(canaries.files_below(settings.home.parent))
        assert canaries.found(looked_for, files) == []
        if settings.database_url is None:
            return
        database = engine_for(settings)
        with closing(database.connect()) as connection:
            tables = connection.execute(
                text("SELECT tablename FROM pg_tables WHERE schemaname = :name"),
                {"name": settings.schema_name},
            ).scalars()
            for table in tables.all():
                rows = connection.execute(text(f'SELECT t::text FROM "{table}" t')).scalars()
                whole = "\n".join(rows).encode()
                found = [value for pattern, value in looked_for.items() if pattern in whole]
                assert not found, table
        database.dispose()

    def close(self) -> None:
        """Let go of the ledger."""
        self.game.close()
