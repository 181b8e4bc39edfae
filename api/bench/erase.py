"""G5: an erasure of somebody with a long history against one of somebody with a short one.

The whole command: loaded, planned, keys destroyed, orders written, durable and answered. As many keys
die with a long history as with a short one. The first erasure after a pause finds the processor's
caches, threads and connections cold, whosoever's it is; so before anybody who counts, long or short,
the same number of people is erased who do not.

Afterwards the database is asked, and on SQLite its file is searched, for keys of the erased that
still open anything. At last the root of their epoch is destroyed, and rows that were copied before
the erasures, as a dead tuple, a WAL or a backup keeps them, are tried: before it, all of them open.
"""

from __future__ import annotations

from itertools import count
from uuid import UUID, uuid4

from api.bench.dead_keys import DeadKeys
from api.bench.measure import Goal, Ratio, Run, duration, interleaved, p50, seconds
from api.bench.places import Place
from api.bench.population import Loaded, Population, load
from ledger.application import Ledger
from ledger.commands.erasing import RequestErasure

PATTERN = "GSDDDDCO"
"""No claims: everything but the evidence goes."""
SHORT = 10
SHORTS = 9
"""People with short histories erased in a repeat; the figure is their median."""
BEFORE = 2
"""People with short histories erased before those who count."""
TARGET = 1.2


def run(place: Place, size: int, repeats: int) -> list[Goal]:
    """`size` is how many events the long histories have."""
    people = (SHORTS + 2 * BEFORE) * (repeats + 1)
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
    return [
        Goal.at_most(
            "G5a", place.store, f"erasure after {size:,} events",
            Ratio.between(figures["long"], figures["short"]), TARGET, f"x after {SHORT} events",
            measured=duration(figures["long"]), ceiling=duration(figures["short"]),
        ),
        usable(place, erasing.dead),
    ]  # fmt: skip


def usable(place: Place, dead: DeadKeys) -> Goal:
    """G5b. Destroys the roots of the place's ledger, of which nothing can be opened afterwards."""
    left, opened = dead.left(), dead.opening()
    if opened != len(dead):
        raise AssertionError(f"{opened} of {len(dead)} copies open, so that they prove nothing")
    dead.end_epochs()
    still = dead.opening()
    return Goal.at_most(
        "G5b", place.store, "usable keys left of the erased", Ratio.of([left + still]), 0,
        f"of {len(dead)}", measured=f"{left + still}",
        note=f"in the live database {left}; of copies made before, {opened} open until the epoch's"
        f" root is destroyed, {still} afterwards",
    )  # fmt: skip


class Erasing:
    """Erases people in turn, and remembers the keys that had to die."""

    def __init__(self, place: Place, ledger: Ledger, loaded: Loaded) -> None:
        self._ledger = ledger
        self._population = loaded.population
        self._actor = loaded.cast.actor
        self._kept = loaded.cast.policy.evidence_class
        self._long, self._short = count(), count()
        self.dead = DeadKeys(place, loaded.cast.ledger)

    def long(self) -> float:
        """The next person with a long history (s)."""
        self._shorts(BEFORE)
        return self._erased(self._population.chosen(next(self._long)))

    def short(self) -> float:
        """Some people with a short one: their median (s)."""
        self._shorts(BEFORE)
        return p50(self._shorts(SHORTS))

    def _shorts(self, people: int) -> list[float]:
        return [self._erased(self._population.ordinary(next(self._short))) for _ in range(people)]

    def _erased(self, person: UUID) -> float:
        self.dead.copy(person, self._kept)
        command = RequestErasure(by=self._actor, key=uuid4().hex, subject=person)
        return seconds(lambda: self._ledger.submit(command).result())
