"""What a ledger of ten million events does to everything: loaded once, measured from every side.

Access reports, pages of disclosures, erasures, rebuild and `replay verify` in the largest ledger,
against 10,000 and a million events; disk space an event; and the peak of this process's memory after
each ledger, which does not grow with it. Loading, rebuild and verify are done once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from api.bench import access, disclosures, erase, loading
from api.bench.measure import Goal, Ratio, Run, duration, interleaved, peak, per_second, seconds
from api.bench.places import Place
from api.bench.population import Loaded, Population, load
from api.bench.rebuild import rebuilt, without_keys
from api.bench.serving import served
from api.commands import console
from ledger.store import open_recorder
from projections.verifying import verify


@dataclass
class _Ledger:
    """One of the ledgers, and what was measured while it was made."""

    place: Place
    loaded: Loaded
    rebuild: float  # events a second
    verify: float  # events a second
    bytes: int  # on disk, with all tables
    peak: int  # MiB


def run(place: Place, size: int, repeats: int) -> list[Goal]:
    """`size` is how many events the largest ledger has."""
    with ExitStack() as stack:
        ledgers = [_made(stack, place, events) for events in access.sizes(size)]
        goals = [goal for one in ledgers for goal in _alone(one, ledgers[0])]
        goals += access.goals(place, _reports(ledgers, repeats))
        goals += _erasures(stack, place, ledgers, repeats)
        largest = ledgers[-1]
        with largest.place.views() as views:
            goals += disclosures.measured(place, views, largest.loaded, repeats)
    return goals


def _made(stack: ExitStack, place: Place, events: int) -> _Ledger:
    """Load, rebuild and verify a ledger of so many events."""
    own = stack.enter_context(place.another())
    chosen = access.population(events)
    population = Population(events=events, long=chosen.long, pattern=erase.PATTERN)
    with console.progress(f"Load {events:,} events") as moved:
        loaded = load(own, population, moved)
    with own.views() as views, without_keys(own):
        rebuild = loaded.last / rebuilt(own, views, loaded.last)
    return _Ledger(own, loaded, rebuild, loaded.last / _verified(own), loading.size(own), peak())


def _verified(place: Place) -> float:
    """How long it took to prove that the live tables are what the log says (s)."""
    recorder = open_recorder(place.settings)
    try:
        with place.views() as views, tempfile.TemporaryDirectory(dir=place.directory) as folder:
            found = []
            settings = place.settings
            took = seconds(
                lambda: found.append(verify(views, recorder, Path(folder), settings=settings))
            )
    finally:
        recorder.close()
    if not found[0].same:
        raise AssertionError("the live tables are not what the log says")
    return took


def _alone(one: _Ledger, smallest: _Ledger) -> list[Goal]:
    """What one ledger shows by itself; rates are compared with the smallest's."""
    store, events = one.place.store, f"{one.loaded.last:,} events"
    mib = f"{one.bytes / 2**20:,.0f} MiB"

    def rate(what: str, of: Callable[[_Ledger], float]) -> Goal:
        return Goal.against(
            "", store, f"{what}, {events}", Ratio.of([of(one) / of(smallest)]), None,
            "x the smallest's rate", measured=per_second([of(one)]),
            ceiling=per_second([of(smallest)]),
        )  # fmt: skip

    return [
        Goal.against(
            "", store, f"load, {events}", Ratio.of([one.loaded.population.events / one.loaded.seconds]),
            None, "events/s", measured=f"{one.loaded.seconds:,.0f} s",
        ),
        Goal.against(
            "", store, f"disk, {events}", Ratio.of([one.bytes / one.loaded.last]), None,
            "bytes an event", measured=mib,
            ceiling=f"{one.loaded.per_event:,.0f} without projections",
        ),
        rate("rebuild", lambda ledger: ledger.rebuild),
        rate("replay verify", lambda ledger: ledger.verify),
        Goal.against(
            "", store, f"memory, {events}", Ratio.of([one.peak]), None, "MiB at most so far",
        ),
    ]  # fmt: skip


def _reports(ledgers: list[_Ledger], repeats: int) -> dict[str, list[float]]:
    """The applications end with this: each follows the log. On SQLite, which has one writer, the next
    erasure would wait until the projector has written what the one before it changed."""
    runs: dict[str, Run] = {}
    with ExitStack() as stack:
        for one in ledgers:
            client = stack.enter_context(served(one.place, one.loaded.cast.actor))
            runs[f"{one.loaded.population.events:,}"] = access.Reports(client, one.loaded).measured
        return interleaved(runs, repeats, "access reports")


def _erasures(stack: ExitStack, place: Place, ledgers: list[_Ledger], repeats: int) -> list[Goal]:
    runs: dict[str, Run] = {}
    for one in ledgers:
        opened = stack.enter_context(one.place.ledger())
        name = f"{one.loaded.population.events:,}"
        runs[name] = erase.Erasing(one.place, opened, one.loaded).short
    figures = interleaved(runs, repeats, "erasures")
    small, *larger = figures
    return [
        Goal.at_most(
            "G5c", place.store, f"erasure among {events} events",
            Ratio.between(figures[events], figures[small]), erase.TARGET,
            f"p50, x of {small} events",
            measured=duration(figures[events]), ceiling=duration(figures[small]),
            note="no projector writes meanwhile",
        )
        for events in larger[-1:]
    ]  # fmt: skip
