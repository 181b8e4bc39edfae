"""Which benchmarks there are: where each is, what it shows, and how large it is unless told."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple, Protocol

from api.bench.measure import Goal
from api.bench.places import Place


class Benchmark(Protocol):
    """A benchmark's function: in this place, of this size, so often; and what it alone can be told."""

    def __call__(self, place: Place, size: int, repeats: int, **own: int) -> list[Goal]: ...


class Listed(NamedTuple):
    """A benchmark: its module, the size it has unless told, and what the size counts."""

    module: str
    size: int
    counts: str


BENCHMARKS = {
    "append": Listed("api.bench.append", 20_000, "events a repeat"),
    "callers": Listed("api.bench.callers", 10_000, "commands a repeat"),
    "decide": Listed("api.bench.decide", 20_000, "decisions a repeat"),
    "crypto": Listed("api.bench.crypto", 20_000, "commands profiled"),
    "rebuild": Listed("api.bench.rebuild", 1_000_000, "events in the log"),
    "access": Listed("api.bench.access", 1_000_000, "events in the larger ledger"),
    "erase": Listed("api.bench.erase", 100_000, "events of the longer stream"),
    "disclosures": Listed("api.bench.disclosures", 1_000_000, "disclosures"),
    "http": Listed("api.bench.http", 4_000, "requests a repeat"),
    "gdprbench": Listed("api.bench.gdpr", 10_000, "records"),
    "scale": Listed("api.bench.scale", 10_000_000, "events in the largest ledger"),
}
"""`all` runs every one of them but `scale`, which takes hours."""


def benchmark(name: str) -> Benchmark:
    """The function of a benchmark; its module is loaded now, not with the command line."""
    run: Benchmark = import_module(BENCHMARKS[name].module).run
    return run
