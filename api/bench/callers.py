"""G2: 256 callers at once, one durable event each.

At the recorder (a prepared event), and as whole commands (load, policy, seal, append), both against
the library's own recorder with its defaults and as many threads. What the database itself can take
is a plain INSERT of the same rows by group commit. Under `--sync-delay` the native rate and the wait
of one caller are goals; on a fast disk they are shown.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from typing import NamedTuple, TypeVar
from uuid import uuid4

from eventsourcing.persistence import ApplicationRecorder, StoredEvent

from api.bench import library
from api.bench.ceilings import plain
from api.bench.crowd import GroupCommit, Rush, alone, at_once, grouped, in_threads, in_turns
from api.bench.disclosing import Disclosing
from api.bench.machine import fastest_sync
from api.bench.measure import Goal, Ratio, Run, duration, interleaved, per_second
from api.bench.places import Place
from api.bench.population import Loaded, Population, load
from ledger.application import Ledger
from ledger.store.append import Answer, StoredRow, Submission

Asked = TypeVar("Asked")
CALLERS = 256
LONE = 50
A_PROCESS = 20_000
"""Whole commands a second that one process is to reach."""
SLOW = 1.5
"""ms: a sync that takes longer is a production disk's, whose goals hold."""


def run(place: Place, size: int, repeats: int) -> list[Goal]:
    """`size` is how many commands the callers give in a repeat; the library gets a tenth of them."""
    loaded = load(place, Population(events=3 * size, each=3, pattern="D"))
    slow = fastest_sync(place) >= SLOW
    with (
        place.ledger() as ledger,
        plain(place) as table,
        library.recorder(place) as theirs,
        grouped(ledger.recorder.append) as appending,
        grouped(table.insert) as inserting,
    ):
        crowd = _Crowd(ledger, loaded, size, theirs)
        fewer = max(size // 10, min(size, CALLERS))
        rushes = _Rushes()
        runs: dict[str, Run] = {
            "commands": lambda: rushes.note("commands", in_turns(size, crowd.commands)),
            "recorder": lambda: rushes.note(
                "recorder", in_turns(size, partial(crowd.recorder, appending))
            ),
            "native": lambda: rushes.note(
                "native", in_turns(size, partial(crowd.native, inserting))
            ),
            "library": lambda: rushes.note("library", in_turns(fewer, crowd.library)),
            "lone": crowd.lone,
        }
        figures = interleaved(runs, repeats, "callers")
    waits = {name: found[1:] for name, found in rushes.waits.items()}  # the first is thrown away
    return _goals(place, figures, waits, slow)


class _Rushes:
    """The rates are the figures; the waits are kept beside."""

    def __init__(self) -> None:
        self.waits: dict[str, list[float]] = {}

    def note(self, name: str, rush: Rush) -> float:
        self.waits.setdefault(name, []).append(rush.wait)
        return rush.rate


class _Line(NamedTuple):
    """A goal of G2: what is divided by what, and the least the median may be."""

    goal: str
    what: str
    above: str
    below: str
    target: float | None
    unit: str


def _goals(
    place: Place, figures: dict[str, list[float]], waits: dict[str, list[float]], slow: bool
) -> list[Goal]:
    times = "x library"
    lines = [
        _Line("G2a", "callers at the recorder", "recorder", "library", 50, times),
        _Line("G2b", "callers with whole commands", "commands", "library", 25, times),
        _Line(
            "G2d", "whole commands", "commands", "native", 0.85 if slow else None,
            "of native",
        ),
        _Line("", "at the recorder", "recorder", "native", None, "of native"),
    ]  # fmt: skip
    goals = [
        Goal.against(
            line.goal, place.store, line.what,
            Ratio.between(figures[line.above], figures[line.below]), line.target, line.unit,
            measured=per_second(figures[line.above]), ceiling=per_second(figures[line.below]),
        )
        for line in lines
    ]  # fmt: skip
    return [*goals, *_own_goals(place, figures, waits, slow)]


def _own_goals(
    place: Place, figures: dict[str, list[float]], waits: dict[str, list[float]], slow: bool
) -> list[Goal]:
    shares = Ratio.of(value / A_PROCESS for value in figures["commands"])
    rate = Goal.at_least(
        "G2c", place.store, "whole commands a process", shares, 1, f"of {A_PROCESS:,}/s",
        measured=per_second(figures["commands"]), ceiling=f"{A_PROCESS:,}/s",
    )  # fmt: skip
    wait = Goal.against(
        "G2e", place.store, "wait of one of 256 callers",
        Ratio.between(waits["commands"], figures["lone"]), 5 if slow else None,
        "x lone", most=True,
        measured=duration(waits["commands"]), ceiling=duration(figures["lone"]),
    )  # fmt: skip
    return [rate, wait]


class _Crowd:
    """The same callers at four counters. Everything they bring is made before they are let in."""

    def __init__(
        self, ledger: Ledger, loaded: Loaded, size: int, theirs: ApplicationRecorder
    ) -> None:
        self._ledger = ledger
        self._theirs = theirs
        self._disclosing = Disclosing(loaded, size)
        self._row = ledger.recorder.select_events(loaded.population.ordinary(0), gt=2)[0]
        self._actor = loaded.cast.actor
        self._free = count(10 * loaded.last)  # positions that no event has

    def commands(self, number: int) -> Rush:
        """Whole commands, one a caller at a time."""
        brought = iter(self._disclosing.commands(number))

        async def ask() -> None:
            await self._ledger.submit(next(brought))

        return at_once(CALLERS, number, ask)

    def recorder(self, appending: GroupCommit[Submission], number: int) -> Rush:
        """Prepared events through the ledger's append."""
        return self._served(appending, self._submission, number)

    def native(self, inserting: GroupCommit[StoredRow], number: int) -> Rush:
        """The same rows by plain INSERT."""
        return self._served(inserting, self._plain_row, number)

    def _served(self, group: GroupCommit[Asked], make: Callable[[], Asked], number: int) -> Rush:
        brought = iter([make() for _ in range(number)])

        def ask() -> Awaitable[None]:
            return group.ask(next(brought))

        return at_once(CALLERS, number, ask)

    def library(self, number: int) -> Rush:
        """The same bytes through the library's recorder, a thread for each caller."""
        brought = iter([self._stored() for _ in range(number)])
        return in_threads(CALLERS, number, lambda: self._theirs.insert_events([next(brought)]))

    def lone(self) -> float:
        """The wait of one command, with nobody else there."""
        brought = iter(self._disclosing.commands(LONE))
        return alone(LONE, lambda: self._ledger.submit(next(brought)).result())

    def _plain_row(self) -> StoredRow:
        return StoredRow(
            originator_id=uuid4(),
            originator_version=1,
            topic=self._row.topic,
            state=self._row.state,
            event=uuid4(),
            recorded_at=self._row.recorded_at,
            position=next(self._free),
        )

    def _submission(self) -> Submission:
        return Submission(
            actor=self._actor,
            command=uuid4().bytes,
            fingerprint=bytes(16),
            epoch=1,
            answer=Answer(outcome="recorded"),
            rows=[self._plain_row()],
        )

    def _stored(self) -> StoredEvent:
        return StoredEvent(
            originator_id=uuid4(),
            originator_version=1,
            topic=self._row.topic,
            state=self._row.state,
        )
