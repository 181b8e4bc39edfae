"""G11: what a decision costs for a person whose state is at hand.

May this person's data be used for this purpose, in this service? Asked of somebody with 100 events,
for every purpose of the policy, with all the attributes that the purpose uses: where their values
lie, where they came from, and the order of precedence. The slowest purpose counts. It is CPU time:
a decision waits for nothing.
"""

from __future__ import annotations

import datetime as dt
import time
from functools import partial

from api.bench.measure import Goal, Ratio, duration, interleaved
from api.bench.places import Place
from api.bench.population import Population, load
from ledger.chunks import weigh
from ledger.policy.model import PolicyDocument
from ledger.subject import DataSubject

EVENTS = 100
"""Of the person who is decided on."""
TARGET = 20.0
"""µs."""


def run(place: Place, size: int, repeats: int) -> list[Goal]:
    """`size` is how many decisions are made in a repeat, shared out among the purposes."""
    loaded = load(place, Population(events=2 * EVENTS, long=(EVENTS,)))
    with place.ledger() as ledger:
        policy, today = ledger.policy(), ledger.clock().date()
        (person,) = ledger.subjects([loaded.population.chosen(0)])
    each = max(1, size // len(policy.purposes))
    runs = {
        purpose: partial(_deciding, policy, person, purpose, today, each)
        for purpose in policy.purposes
    }
    figures = interleaved(runs, repeats, "decide")
    slowest = max(figures, key=lambda purpose: sum(figures[purpose]))
    every = [value for values in figures.values() for value in values]
    return [
        Goal.at_most(
            "G11", place.store, f"a decision on a person with {EVENTS} events, slowest purpose",
            Ratio.of(value * 1e6 for value in figures[slowest]), TARGET, "µs",
            measured=duration(figures[slowest]), ceiling=f"{duration(every)} (all purposes)",
            note=f"the slowest of {len(figures)} purposes is {slowest}",
        )
    ]  # fmt: skip


def _deciding(
    policy: PolicyDocument, person: DataSubject, purpose: str, today: dt.date, times: int
) -> float:
    """Seconds of CPU a decision."""
    classes = policy.purposes[purpose].classes
    names = tuple(name for name, one in policy.attributes.items() if one.class_ in classes)
    service = next(iter(policy.services))
    started = time.process_time()
    for _ in range(times):
        weigh(policy, person, purpose, service, names, today)
    return (time.process_time() - started) / times
