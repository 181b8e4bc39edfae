"""G5: an erasure of somebody with a long history against one of somebody with a short one.

The whole command: loaded, planned, keys destroyed, orders written, durable and answered. Afterwards
the database is asked, and on SQLite its file is searched, for keys of the erased that still open
anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from api.bench.measure import Goal, Ratio, Run, duration, interleaved, p50, seconds
from api.bench.places import Place
from api.bench.population import Loaded, Population, load
from ledger.application import Ledger
from ledger.commands.erasing import RequestErasure
from ledger.store.sqlite import connect

PATTERN = "GSDDDDCO"
"""No claims: everything but the evidence goes."""
SHORT = 10
SHORTS = 9
"""People with short histories erased in a repeat; the figure is their median."""
TARGET = 1.2


def run(place: Place, size: int, repeats: int) -> list[Goal]:
    """`size` is how many events the long histories have."""
    people = SHORTS * (repeats + 1)
    population = Population(
        events=(repeats + 1) * size + people * SHORT,
        each=SHORT,
        long=(size,) * (repeats + 1),
        pattern=PATTERN,
    )
    loaded = load(place, population)
    with place.ledger() as ledger:
        erasing = Erasing(place, ledger, loaded)
        runs: dict[str, Run] = {"long": erasing.long, "short": erasing.short}
        figures = interleaved(runs, repeats, "erase")
        left = erasing.left()
    return [
        Goal.at_most(
            "G5a", place.store, f"erasure after {size:,} events",
            Ratio.between(figures["long"], figures["short"]), TARGET, f"x after {SHORT} events",
            measured=duration(figures["long"]), ceiling=duration(figures["short"]),
        ),
        Goal.at_most(
            "G5b", place.store, "usable keys left of the erased", Ratio.of([left]), 0,
            f"of {len(erasing.killed)}", measured=f"{left}",
            note="in the live database; what backups hold dies with the epoch's root",
        ),
    ]  # fmt: skip


class Erasing:
    """Erases people in turn, and remembers the keys that had to die."""

    def __init__(self, place: Place, ledger: Ledger, loaded: Loaded) -> None:
        self._place = place
        self._ledger = ledger
        self._population = loaded.population
        self._actor = loaded.cast.actor
        self._kept = loaded.cast.policy.evidence_class
        self._long, self._short = count(), count()
        self.killed: dict[bytes, bytes] = {}  # kid → the wrapped key it had

    def long(self) -> float:
        """The next person with a long history (s)."""
        return self._erased(self._population.chosen(next(self._long)))

    def short(self) -> float:
        """Some people with a short one: their median (s)."""
        people = [self._population.ordinary(next(self._short)) for _ in range(SHORTS)]
        return p50([self._erased(person) for person in people])

    def _erased(self, person: UUID) -> float:
        self.killed.update(self._keys(person))
        command = RequestErasure(by=self._actor, key=uuid4().hex, subject=person)
        return seconds(lambda: self._ledger.submit(command).result())

    def _keys(self, person: UUID) -> dict[bytes, bytes]:
        """The person's living keys but the evidence's, which is retained."""
        found = self._rows(
            "SELECT kid, wrapped FROM data_keys WHERE stream = ? AND class <> ?",
            [person, self._kept],
        )
        return {bytes(kid): bytes(wrapped) for kid, wrapped in found}

    def left(self) -> int:
        """How many of the keys still have a row with a key, a look-up, or their bytes in the file."""
        usable = set()
        for kid in self.killed:
            rows = self._rows(
                "SELECT 1 FROM data_keys WHERE kid = ? AND (wrapped IS NOT NULL OR dead_at IS NULL)"
                " UNION ALL SELECT 1 FROM lookups WHERE kid = ?",
                [kid, kid],
            )
            if rows:
                usable.add(kid)
        return len(usable | self._in_file())

    def _in_file(self) -> set[bytes]:
        """Keys whose wrapped bytes stand anywhere in SQLite's file; its WAL is written back first."""
        if self._place.store != "sqlite":
            return set()
        path = self._place.settings.database_path
        connection = connect(path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        found: set[bytes] = set()
        overlap = b""
        with path.open("rb") as file:
            while block := file.read(1 << 22):
                text = overlap + block
                found |= {kid for kid, wrapped in self.killed.items() if wrapped in text}
                overlap = block[-64:]
        return found

    def _rows(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Rows of the vault's tables, as anybody with the database sees them."""
        if self._place.store == "sqlite":
            connection = connect(self._place.settings.database_path)
            bound = [value.bytes if isinstance(value, UUID) else value for value in values]
            try:
                return connection.execute(statement, bound).fetchall()
            finally:
                connection.close()
        with self._place.owner() as owner:
            return owner.execute(statement.replace("?", "%s"), values).fetchall()
