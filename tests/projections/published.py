"""Documents to publish after the shipped one, and a ledger that takes them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml

from ledger.application import Ledger
from ledger.config import Settings
from ledger.genesis import create
from ledger.policy import document, tree
from ledger.vault.database import engine_for
from projections.engine import Engine
from tests.ledger.world import World

SHIPPED = document.DEFAULT.read_text("utf-8")
_labels = itertools.count(1)


class Office(World):
    """A ledger with its tables, and somebody who publishes documents."""

    def __init__(self, ledger: Ledger, engine: Engine) -> None:
        row = ledger.recorder.genesis()
        assert row is not None
        super().__init__(ledger, row.actor_stream)
        self.engine = engine

    def publish(self, text: str) -> int:
        answer = self.do("publish_policy", text=text)
        assert answer.outcome == "recorded", answer
        return self.ledger.policy_version()

    def tables(self) -> Any:
        """A connection on tables that have seen everything."""
        self.engine.catch_up()
        return self.engine.reading()


@contextmanager
def office(settings: Settings) -> Iterator[Office]:
    create(settings)
    ledger, database = Ledger.open(settings), engine_for(settings)
    try:
        yield Office(ledger, Engine(database, ledger.recorder))
    finally:
        ledger.close()
        database.dispose()


def changed(values: dict[str, Any], text: str = SHIPPED) -> str:
    """The text of a document with other values at dotted keys (None: without the key), under a label
    of its own."""
    data: Any = tree.read(text).data
    data["policy"]["label"] = f"another-{next(_labels)}"
    for key, value in values.items():
        *above, last = key.split(".")
        inner = data
        for part in above:
            inner = inner[part]
        if value is None:
            del inner[last]
        else:
            inner[last] = value
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=100_000)
