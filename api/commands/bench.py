"""`ledger bench`: measure the ledger against the ceilings of this very machine."""

from __future__ import annotations

import sys
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from api.commands import console
from ledger.config import Settings

if TYPE_CHECKING:
    from api.bench.measure import Goal, Ratio, Store


class What(StrEnum):
    """What can be measured; `all` is each of them but `scale`."""

    APPEND = "append"
    CALLERS = "callers"
    DECIDE = "decide"
    CRYPTO = "crypto"
    REBUILD = "rebuild"
    ACCESS = "access"
    ERASE = "erase"
    DISCLOSURES = "disclosures"
    HTTP = "http"
    GDPRBENCH = "gdprbench"
    SCALE = "scale"
    ALL = "all"


class Database(StrEnum):
    """Where the ledger of a benchmark lives."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Measured(NamedTuple):
    """What one benchmark gave: its lines, the machine, and the most memory it held (MiB)."""

    goals: list[Goal]
    machine: dict[str, str]
    peak: int


def bench(
    what: Annotated[What, typer.Argument(help="What to measure.")],
    as_json: Annotated[bool, typer.Option("--json", help="One line a goal.")] = False,
    store: Annotated[
        Database | None, typer.Option(help="Default: the one the settings name.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=1, help="How large; each benchmark has its own default.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Rounds, after one that is dropped.")] = 5,
    sync_delay: Annotated[
        float, typer.Option(min=0, help="ms that every sync takes longer, as on a slower disk.")
    ] = 0,
    operations: Annotated[
        int | None, typer.Option(min=1, help="Operations of a run of gdprbench; default 1,000.")
    ] = None,
) -> None:
    """Measure the product and its ceiling in turns, and say how they compare (median and range).

    Works in a fresh ledger that is removed afterwards, never in yours. Whether a goal was reached
    does not change the exit code: this is a measurement.
    """
    from api.bench import slow_sync
    from api.bench.apart import apart, interruptible
    from api.bench.catalogue import BENCHMARKS
    from api.bench.places import store_of

    settings = Settings()
    chosen: Store = store.value if store else store_of(settings)
    if sync_delay and chosen == "sqlite" and slow_sync.loaded() != sync_delay:
        slow_sync.restart_under(sync_delay)
    names = [name for name in BENCHMARKS if name != What.SCALE] if what is What.ALL else [what]
    run = partial(apart, _measured) if what is What.ALL else _measured
    with interruptible():
        for name in names:
            own = {"operations": operations} if operations and name == What.GDPRBENCH else {}
            _show(name, run(name, chosen, settings, size, repeats, sync_delay, **own), as_json)


def _measured(
    name: str,
    store: Store,
    settings: Settings,
    size: int | None,
    repeats: int,
    delay: float,
    **own: int,
) -> Measured:
    """One benchmark in a fresh place; `own` is what it takes besides size and repeats."""
    from api.bench import machine, slow_sync
    from api.bench.catalogue import BENCHMARKS, benchmark
    from api.bench.measure import peak
    from api.bench.places import fresh

    run = benchmark(name)
    with fresh(store, settings) as place:
        if delay and store == "postgresql":
            slow_sync.require_server(machine.fastest_sync(place), delay)
        facts = machine.facts(place)
        goals = run(place, size or BENCHMARKS[name].size, repeats, **own)
    return Measured(goals, facts, peak())


def _show(name: str, measured: Measured, as_json: bool) -> None:
    if as_json:
        for goal in measured.goals:
            if goal.target is not None:
                sys.stdout.write(goal.line() + "\n")
        sys.stdout.flush()
        return
    columns = ("Goal", "What", "Ceiling", "Measured", "Ratio", "Target", "Reached")
    console.table(f"ledger bench {name}", columns, (_row(goal) for goal in measured.goals))
    for goal in measured.goals:
        if goal.note:
            console.out.print(f"{goal.goal}: {goal.note}", highlight=False)
    facts = {**measured.machine, "peak memory": f"{measured.peak} MiB"}
    console.facts("Measured on", facts)


def _row(goal: Goal) -> tuple[str, ...]:
    sign = "≤" if goal.most else "≥"
    return (
        goal.goal,
        goal.what,
        goal.ceiling,
        goal.measured,
        f"{_range(goal.ratio)} {goal.unit}",
        "" if goal.target is None else f"{sign} {goal.target:g}",
        "" if goal.reached is None else "yes" if goal.reached else "no",
    )


def _range(ratio: Ratio) -> str:
    """The median, and what it lies between where there is more than one value."""
    median, low, high = (
        f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
        for value in (ratio.median, ratio.min, ratio.max)
    )
    return median if ratio.min == ratio.max else f"{median} [{low} … {high}]"
