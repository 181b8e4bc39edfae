"""Interleaved repeats, the ratio of what was measured to its ceiling, and what a goal's line says."""

from __future__ import annotations

import gc
import json
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from api.commands import console

Store = Literal["sqlite", "postgresql"]
Run = Callable[[], float]
"""One measurement; gives its figure: seconds, or things a second, as its benchmark says."""


@dataclass(frozen=True)
class Ratio:
    """Median and range of the ratios of single repeats."""

    median: float
    min: float
    max: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Of at least one value."""
        listed = sorted(values)
        return cls(statistics.median(listed), listed[0], listed[-1])

    @classmethod
    def between(cls, measured: Sequence[float], ceiling: Sequence[float]) -> Self:
        """Of figures of the same repeats: each measured one divided by its own ceiling."""
        return cls.of(one / other for one, other in zip(measured, ceiling, strict=True))


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A line of the result. Without a target it is shown for orientation and is no goal.

    `ratio` is always the quantity that the target speaks of, in `unit`; `measured` and `ceiling` say
    in words what stood above and below the line.
    """

    goal: str
    store: Store
    what: str
    ratio: Ratio
    unit: str
    target: float | None = None
    reached: bool | None = None
    most: bool = False  # whether the target may not be exceeded; otherwise it is to be reached
    measured: str = ""
    ceiling: str = ""
    note: str = ""

    @classmethod
    def against(
        cls,
        goal: str,
        store: Store,
        what: str,
        ratio: Ratio,
        target: float | None,
        unit: str,
        *,
        most: bool = False,
        measured: str = "",
        ceiling: str = "",
        note: str = "",
    ) -> Self:
        """A goal judged by its median: the target or more, or with `most` the target or less."""
        reached = None
        if target is not None:
            reached = ratio.median <= target if most else ratio.median >= target
        return cls(
            goal=goal, store=store, what=what, ratio=ratio, unit=unit, target=target,
            reached=reached, most=most, measured=measured, ceiling=ceiling, note=note,
        )  # fmt: skip

    @classmethod
    def at_least(
        cls,
        goal: str,
        store: Store,
        what: str,
        ratio: Ratio,
        target: float,
        unit: str,
        *,
        measured: str = "",
        ceiling: str = "",
        note: str = "",
    ) -> Self:
        """The median has to be the target or more."""
        return cls.against(
            goal, store, what, ratio, target, unit,
            measured=measured, ceiling=ceiling, note=note,
        )  # fmt: skip

    @classmethod
    def at_most(
        cls,
        goal: str,
        store: Store,
        what: str,
        ratio: Ratio,
        target: float,
        unit: str,
        *,
        measured: str = "",
        ceiling: str = "",
        note: str = "",
    ) -> Self:
        """The median has to be the target or less."""
        return cls.against(
            goal, store, what, ratio, target, unit, most=True,
            measured=measured, ceiling=ceiling, note=note,
        )  # fmt: skip

    def line(self) -> str:
        """The goal as one line of JSON."""
        ratio = {"median": self.ratio.median, "min": self.ratio.min, "max": self.ratio.max}
        return json.dumps(
            {
                "goal": self.goal,
                "store": self.store,
                "ratio": {name: round(value, 6) for name, value in ratio.items()},
                "target": self.target,
                "reached": self.reached,
                "unit": self.unit,
            }
        )


def interleaved(runs: Mapping[str, Run], repeats: int, title: str = "") -> dict[str, list[float]]:
    """Each run's figures, one a repeat, after one round that is thrown away.

    A round runs each of them once; every other round in the opposite order, so that what the machine
    does meanwhile strikes all alike. What a run left behind is collected before the
    next one begins, so that nobody pays for another's garbage.
    """
    figures: dict[str, list[float]] = {name: [] for name in runs}
    total = (repeats + 1) * len(runs)
    done = 0
    with console.progress(title) as moved:
        for repeat in range(repeats + 1):
            for name in list(runs) if repeat % 2 else reversed(list(runs)):
                moved(done, total)
                gc.collect()
                figure = runs[name]()
                if repeat:
                    figures[name].append(figure)
                done += 1
        moved(done, total)
    return figures


def seconds(work: Callable[[], object]) -> float:
    """How long it took, wall clock."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def p50(values: Iterable[float]) -> float:
    """The median."""
    return statistics.median(values)


def peak() -> int:
    """MiB that this process, or the largest that it started and that has ended, has held at most."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in whose) // 1024


def per_second(values: Sequence[float]) -> str:
    """A median rate, for people."""
    return f"{p50(values):,.0f}/s"


def duration(values: Sequence[float]) -> str:
    """A median time, for people; the values are seconds."""
    value = p50(values)
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if value * factor >= 1:
            return f"{value * factor:,.2f} {unit}"
    return f"{value * 1e6:,.1f} µs"
