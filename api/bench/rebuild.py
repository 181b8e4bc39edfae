"""G3: a rebuild of all projections against the rate at which the rows can be read at all.

The ceiling is a binary cursor on the server that reads every event and keeps none (SQLite: a plain
SELECT). The keyring is away while it is measured: a rebuild needs no key. The library's runner does
a sample; its rate is per event, so the comparison extrapolates it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from api.bench.ceilings import read_all
from api.bench.library_runner import runner
from api.bench.measure import Goal, Ratio, Run, interleaved, per_second, seconds
from api.bench.places import Place
from api.bench.population import Population, load
from projections.engine import Engine

SAMPLE = 2_000
"""Events that the library's runner is given in a repeat."""


def run(place: Place, size: int, repeats: int) -> list[Goal]:
    """`size` is how many events the log has."""
    loaded = load(place, Population(events=size))
    with place.views() as views, without_keys(place), runner(place) as library:
        sample = min(SAMPLE, max(size, 50))
        runs: dict[str, Run] = {
            "rebuild": lambda: loaded.last / rebuilt(place, views, loaded.last),
            "read": lambda: loaded.last / seconds(lambda: read_all(place)),
            "library": lambda: library(sample),
        }
        figures = interleaved(runs, repeats, "rebuild")
    return goals(place, figures, loaded.last, sample)


def goals(place: Place, figures: dict[str, list[float]], events: int, sample: int) -> list[Goal]:
    """Both halves of G3."""
    measured = per_second(figures["rebuild"])
    return [
        Goal.at_least(
            "G3a", place.store, f"rebuild from {events:,} events",
            Ratio.between(figures["rebuild"], figures["read"]), 0.5, "of reading",
            measured=measured, ceiling=per_second(figures["read"]),
        ),
        Goal.at_least(
            "G3b", place.store, "rebuild", Ratio.between(figures["rebuild"], figures["library"]),
            100, "x ProjectionRunner", measured=measured, ceiling=per_second(figures["library"]),
            note=f"the library's runner was given {sample:,} events; its rate is extrapolated",
        ),
    ]  # fmt: skip


def rebuilt(place: Place, views: Engine, last: int) -> float:
    """Rebuild every table as `ledger project --rebuild` does; how long it took (s)."""
    took = seconds(lambda: views.rebuild(settings=place.settings))
    if views.position() != last:
        raise AssertionError(f"rebuilt to {views.position()} of {last}")
    return took


@contextlib.contextmanager
def without_keys(place: Place) -> Iterator[None]:
    """The keyring is elsewhere as long as this lasts."""
    keyring = place.settings.keyring_path
    away = keyring.rename(keyring.with_name("away"))
    try:
        yield
    finally:
        away.rename(keyring)
