"""G4: how long an access report takes, in ledgers of unlike size.

The whole answer of `POST …/access-reports`: the opening on record, everything gathered, opened at
the edge, written, its digest on record; of people with 100 events each. The ledgers take turns.
"""

from __future__ import annotations

from contextlib import ExitStack
from itertools import count

from api.bench.measure import Goal, Ratio, Run, duration, interleaved, p50, seconds
from api.bench.places import Place
from api.bench.population import Loaded, Population, load
from api.bench.rebuild import rebuilt
from api.bench.serving import Served, served

EVENTS = 100
"""Of each person whose report is asked for."""
PEOPLE = 40
REPORTS = 9
"""Asked for in a repeat; the figure is their median."""
SMALL = 10_000
MIDDLE = 1_000_000
TARGET = 2.0


def run(place: Place, size: int, repeats: int) -> list[Goal]:
    """`size` is how many events the largest ledger has."""
    with ExitStack() as stack:
        runs: dict[str, Run] = {}
        for events in sizes(size):
            own = stack.enter_context(place.another())
            loaded = load(own, population(events))
            with own.views() as views:
                rebuilt(own, views, loaded.last)
            client = stack.enter_context(served(own, loaded.cast.actor))
            runs[f"{events:,}"] = Reports(client, loaded).measured
        figures = interleaved(runs, repeats, "access")
    return goals(place, figures)


def sizes(size: int) -> list[int]:
    """The ledgers that are compared: small, a million where the largest is larger, the largest."""
    small = min(SMALL, max(size // 4, 1))
    return [small, MIDDLE, size] if size > MIDDLE else [small, size]


def population(events: int) -> Population:
    """Of so many events, with some people of 100 events each."""
    people = max(1, min(PEOPLE, events // (2 * EVENTS)))
    return Population(events=events, long=(EVENTS,) * people)


def goals(place: Place, figures: dict[str, list[float]]) -> list[Goal]:
    """Each larger ledger against the smallest; the largest is the goal."""
    small, *larger = figures
    return [
        Goal.against(
            "G4" if events == larger[-1] else "",
            place.store,
            f"access report among {events} events",
            Ratio.between(figures[events], figures[small]),
            TARGET if events == larger[-1] else None,
            f"p50, x of {small} events",
            most=True,
            measured=duration(figures[events]),
            ceiling=duration(figures[small]),
        )
        for events in larger
    ]


class Reports:
    """Asks for reports about the chosen people in turn."""

    def __init__(self, client: Served, loaded: Loaded) -> None:
        self._client = client
        self._population = loaded.population
        self._reason = loaded.cast.script.reason
        self._numbers = count()

    def measured(self) -> float:
        """The median time of a few reports (s)."""
        return p50(seconds(self.report) for _ in range(REPORTS))

    def report(self) -> None:
        """One report about the next person; it has to hold what is known of them."""
        number = next(self._numbers) % len(self._population.long)
        path = f"/v1/subjects/{self._population.chosen(number)}/access-reports"
        answer = self._client.post(path, {"reason": self._reason})
        if not answer["report"]["items"]:
            raise AssertionError("a report without items")
