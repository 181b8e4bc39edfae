"""A synthetic ledger of any size: seeded, valid in every way, and written as fast as it loads.

The lives are told in a process of their own, which seals and encodes them; this process loads what
it sends, batch by batch, so memory stays flat whatever the size. A few chosen people have longer
lives; they stand among the others, evenly spread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from uuid import UUID

from api.bench import loading
from api.bench.cast import Cast, convene
from api.bench.lives import PATTERN, Life, Told, identifier
from api.bench.loading import Batch
from api.bench.places import Place
from ledger.config import Settings
from ledger.mapper import encode
from ledger.subject import DataSubject
from ledger.vault.database import engine_for
from ledger.vault.keyring import open_key_service
from ledger.vault.vault import Vault

BATCH = 5_000
"""Events that are loaded in one transaction."""
ALONE = 20_000
"""Events from which on telling them in a process of its own is worth its start."""


@dataclass(frozen=True, kw_only=True)
class Population:
    """Whom a ledger is about. `long`: how many events each chosen person has; others have `each`."""

    events: int
    seed: int = 1
    each: int = 10
    long: tuple[int, ...] = ()
    pattern: str = PATTERN

    def chosen(self, number: int) -> UUID:
        """The id of the person with the life `long[number]`."""
        return identifier(self.seed, number, 0)

    def ordinary(self, number: int) -> UUID:
        """The id of one of the others, counted from 0."""
        return identifier(self.seed, len(self.long) + number, 0)

    @property
    def others(self) -> int:
        """How many ordinary people there are; the last one's life may be cut short."""
        return -(-max(self.events - sum(self.long), 0) // self.each)

    def lives(self) -> Iterator[tuple[int, int]]:
        """Each person's number and how many events there are, in the order of the log."""
        left = self.events - sum(self.long)
        gap = self.others // (len(self.long) + 1) + 1
        chosen = iter(enumerate(self.long))
        for number in range(self.others):
            if number % gap == gap - 1:
                yield from _next(chosen)
            yield len(self.long) + number, min(self.each, left)
            left -= self.each
        yield from chosen


def _next(chosen: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    found = next(chosen, None)
    if found is not None:
        yield found


@dataclass(frozen=True)
class Loaded:
    """A population in its ledger: where the log ends, how fast it came there, and how large it is."""

    population: Population
    cast: Cast
    last: int
    seconds: float
    bytes: int = field(default=0)

    @property
    def per_event(self) -> float:
        """Bytes on disk an event, with its keys, look-ups, states and all indexes."""
        return self.bytes / self.last


def load(
    place: Place, population: Population, progress: Callable[[int, int], None] | None = None
) -> Loaded:
    """Write the population into the place's ledger, behind what stands there. Returns what it made.

    A crash leaves whole batches; the place is thrown away anyway.
    """
    with place.ledger() as ledger:
        cast = convene(ledger)
        last, moment = ledger.recorder.last()
    task = _Task(place.settings, cast, population, last, moment)
    started = time.perf_counter()
    with loading.loader(place) as write, _batches(task, place.store) as batches:
        done = 0
        for batch in batches:
            write(batch)
            done += batch.length
            if progress is not None:
                progress(done, population.events)
    took = time.perf_counter() - started
    return Loaded(population, cast, last + done, took, loading.size(place))


@dataclass(frozen=True)
class _Task:
    """What the telling process is given."""

    settings: Settings
    cast: Cast
    population: Population
    last: int
    moment: int


@contextmanager
def _batches(task: _Task, store: str) -> Iterator[Iterator[Batch]]:
    """The batches, told here if they are few, else in another process that waits while we load."""
    if task.population.events < ALONE:
        yield tell(task, store)
        return
    context = get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    teller = context.Process(target=_send, args=(sending, task, store), daemon=True)
    teller.start()
    sending.close()
    try:
        yield _received(receiving)
    finally:
        receiving.close()
        teller.terminate()
        teller.join()


def _received(receiving: Connection) -> Iterator[Batch]:
    """Until the telling process says that it is through; raises EOFError if it died before."""
    while (batch := receiving.recv()) is not None:
        yield batch


def _send(sending: Connection, task: _Task, store: str) -> None:
    for batch in tell(task, store):
        sending.send(batch)
    sending.send(None)


def tell(task: _Task, store: str) -> Iterator[Batch]:
    """The whole population as batches, packed for the database."""
    vault = Vault(engine_for(task.settings), open_key_service(task.settings), task.cast.ledger)
    try:
        yield from _packed(task, vault, store)
    finally:
        vault.close()


def _packed(task: _Task, vault: Vault, store: str) -> Iterator[Batch]:
    population, position = task.population, task.last
    rows = loading.Rows()
    for person, count in population.lives():
        life = Life(task.cast, vault, population.seed, person, population.pattern)
        state = DataSubject(life.stream)
        for told in life.told(count):
            position += 1
            _add(rows, told, position, task.moment + position)
            state.apply(told.entry)
            if len(rows.events) == BATCH:
                yield rows.packed(store)
                rows = loading.Rows()
        rows.states.append((state.id.bytes, state.version, state.FORM, state.dump()))
    yield rows.packed(store)


def _add(rows: loading.Rows, told: Told, position: int, moment: int) -> None:
    entry = told.entry
    rows.events.append((
        position, entry.event.bytes, entry.stream.bytes, entry.version, entry.body.TOPIC, moment,
        encode(entry.body),
    ))  # fmt: skip
    for birth in told.births:
        rows.keys.append((
            birth.kid, birth.commitment, birth.stream.bytes, birth.class_, birth.scope,
            birth.generation, birth.epoch, birth.wrapped, position,
        ))  # fmt: skip
    for look in told.lookups:
        rows.lookups.append(
            (look.kind, look.idx, look.kid, look.epoch, look.stream.bytes, look.exclusive)
        )
