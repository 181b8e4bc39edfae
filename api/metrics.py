"""Metrics for Prometheus: how far behind, how much to do, how fast. Numbers alone.

Labels are methods, route templates and statuses: never an id, a code of the policy or a value. All is
read when it is asked for; only the durations of requests are counted as they happen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.types import Scope

from api.dependencies import House, permitted
from ledger.errors import LedgerError

router = APIRouter(tags=["health"])

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, float("inf"))
"""Upper bounds of the buckets of durations, seconds."""
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"))


def labels_of(scope: Scope, status: int) -> tuple[str, str, str]:
    """Method, route template and status. What no route was found for is one route, `none`."""
    method, route = scope["method"], scope.get("route")
    return (
        method if method in METHODS else "other",
        getattr(route, "path", "none"),
        str(status),
    )


class Durations:
    """How long requests took, by method, route template and status. Fed by the event loop alone."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str], list[int]] = {}
        self._sums: dict[tuple[str, str, str], float] = {}

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        """A request was answered."""
        named = labels_of(scope, status)
        if named not in self._counts:
            self._counts[named] = [0] * len(BOUNDS)
        self._counts[named][bisect_left(BOUNDS, seconds)] += 1
        self._sums[named] = self._sums.get(named, 0.0) + seconds

    def family(self) -> Metric:
        """As Prometheus has it: each bucket counts what took no longer than its bound."""
        family = HistogramMetricFamily(
            "ledger_http_request_seconds",
            "Duration of requests, from the first byte handed over to the last one answered.",
            labels=("method", "route", "status"),
        )
        bounds = [str(bound) for bound in BOUNDS[:-1]] + ["+Inf"]
        for named, counts in list(self._counts.items()):
            buckets = list(zip(bounds, accumulate(counts), strict=True))
            family.add_metric(named, buckets, self._sums[named])
        return family


class LedgerCollector(Collector):
    """Asks the ledger and the tables of one application for what stands there now."""

    def __init__(self, house: House, durations: Durations) -> None:
        self._house = house
        self._durations = durations

    def collect(self) -> Iterator[Metric]:
        """Every family; without those that need the database, when it does not answer."""
        yield self._durations.family()
        yield from self._load()
        try:
            yield from self._positions()
            up = 1
        except LedgerError:
            up = 0
        yield _gauge("ledger_database_up", "Whether the database answers (1) or not (0).", up)

    def _load(self) -> Iterator[Metric]:
        load = self._house.ledger.load()
        unanswered = "Commands that were taken and have no answer yet."
        yield _gauge("ledger_commands_unanswered", unanswered, load.unanswered)
        yield _counter("ledger_commands_appended", "Commands this process appended.", load.commands)
        yield _counter("ledger_events_appended", "Events this process appended.", load.events)
        groups = "Transactions of this process in which commands were appended together."
        yield _counter("ledger_append_groups", groups, load.groups)

    def _positions(self) -> Iterator[Metric]:
        views = self._house.views
        last, _ = self._house.ledger.recorder.last()
        read, lag = views.position(), views.lag()
        yield _gauge("ledger_log_position", "Where the log ends.", last)
        yield _gauge("ledger_projection_position", "Up to where the tables have read it.", read)
        entries = "Entries that are not in the tables yet."
        yield _gauge("ledger_projection_lag_positions", entries, lag.positions)
        seconds = "Age of the oldest entry that is not in the tables yet."
        yield _gauge("ledger_projection_lag_seconds", seconds, lag.seconds)
        stopped = "Whether the projector of this process has stopped (1): see its log."
        yield _gauge("ledger_projector_failed", stopped, views.failure is not None)


def registry(house: House, durations: Durations) -> CollectorRegistry:
    """All that `/metrics` tells; one for an application."""
    made = CollectorRegistry()
    made.register(LedgerCollector(house, durations))
    ProcessCollector(registry=made)
    return made


@router.get(
    "/metrics",
    operation_id="metrics",
    dependencies=[permitted("metrics:read")],
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)
def metrics(request: Request) -> Response:
    """The state of this process, in the text format of Prometheus."""
    told: CollectorRegistry = request.app.state.metrics
    return Response(generate_latest(told), media_type=CONTENT_TYPE_LATEST)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value=value)


def _counter(name: str, says: str, value: float) -> Metric:
    return CounterMetricFamily(name, says, value=value)
