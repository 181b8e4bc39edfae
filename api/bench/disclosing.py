"""The command that benchmarks give by the thousand: a disclosure of one person's data is recorded."""

from __future__ import annotations

from itertools import count
from uuid import uuid4

from api.bench.population import Loaded
from ledger.commands.disclosing import RecordDisclosure


class Disclosing:
    """Commands on people in turn: the next `people` commands are about as many people."""

    def __init__(self, loaded: Loaded, people: int) -> None:
        self._population = loaded.population
        self._fields = loaded.cast.disclosure()
        self._people = min(people, loaded.population.others)
        self._numbers = count()

    def command(self) -> RecordDisclosure:
        """One on the next person, with a key of its own."""
        person = self._population.ordinary(next(self._numbers) % self._people)
        return RecordDisclosure(key=uuid4().hex, subject=person, **self._fields)

    def commands(self, number: int) -> list[RecordDisclosure]:
        """As many of them."""
        return [self.command() for _ in range(number)]
