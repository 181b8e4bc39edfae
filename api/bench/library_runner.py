"""The library's ProjectionRunner: one event a transaction, into one table, with its position.

Its recorder for SQLite has no subscription, so there the runner's loop is driven by hand. Its events
are its own smallest ones, and its view keeps one row an event: less than the ledger does for one.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import InfrastructureFactory, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.sqlite import SQLiteTrackingRecorder
from eventsourcing.utils import Environment

from api.bench.library import environment
from api.bench.places import Place

_AT_ONCE = 500
_TIMEOUT = 600.0


class Past(Application[UUID]):
    """An application of the library whose aggregates are only created."""

    name = "bench_past"


class PostgresSeen(PostgresTrackingRecorder):
    """A view on PostgreSQL: one row an event, and the position, in one transaction."""

    def see(self, event: Any, tracking: Tracking) -> None:
        """Write both."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                f"INSERT INTO {self.datastore.schema}.bench_seen VALUES (%s, %s)",  # noqa: S608
                (tracking.notification_id, event.originator_id),
            )


class SQLiteSeen(SQLiteTrackingRecorder):
    """The same on SQLite."""

    def see(self, event: Any, tracking: Tracking) -> None:
        """Write both."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            values = (tracking.notification_id, event.originator_id.bytes)
            cursor.execute("INSERT INTO bench_seen VALUES (?, ?)", values)


class Seen(Projection[Any]):
    """Which aggregate each event was about."""

    name = "bench_view"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """One event, one transaction."""
        self.view.see(domain_event, tracking)


@contextlib.contextmanager
def runner(place: Place) -> Iterator[Callable[[int], float]]:
    """A function that lets the library project so many new events; how many a second it did."""
    env = environment(place)
    with contextlib.ExitStack() as stack:
        past = Past(env)
        stack.callback(past.close)
        project = _runner if place.store == "postgresql" else _by_hand
        _make_table(place, env)

        def measured(events: int) -> float:
            last = _happen(past, events)
            return events / project(past, env, last)

        yield measured


def _happen(past: Past, events: int) -> int:
    """So many aggregates are created; the position of the last."""
    last = 0
    for start in range(0, events, _AT_ONCE):
        made = [Aggregate() for _ in range(min(_AT_ONCE, events - start))]
        recorded: list[Any] = past.save(*made)
        last = recorded[-1].notification.id
    return last


def _runner(past: Past, env: dict[str, str], last: int) -> float:
    started = time.perf_counter()
    running: ProjectionRunner[Past, PostgresSeen] = ProjectionRunner(
        application_class=Past, projection_class=Seen, view_class=PostgresSeen, env=env
    )
    try:
        with running:
            running.wait(last, timeout=_TIMEOUT)
            return time.perf_counter() - started
    finally:
        running.view.datastore.close()  # which the runner opens, and leaves open


def _by_hand(past: Past, env: dict[str, str], last: int) -> float:
    factory: Any = InfrastructureFactory.construct(Environment(Seen.name, env))
    view: SQLiteSeen = factory.tracking_recorder(SQLiteSeen)
    projection = Seen(view)
    started = time.perf_counter()
    position = view.max_tracking_id(past.name) or 0
    while position < last:
        for event in past.recorder.select_notifications(position + 1, 10):  # as the library reads
            position = event.id
            projection.process_event(
                past.mapper.to_domain_event(event), Tracking(past.name, position)
            )
    took = time.perf_counter() - started
    factory.close()
    return took


def _make_table(place: Place, env: dict[str, str]) -> None:
    if place.store == "postgresql":
        with place.owner() as connection:
            connection.execute("CREATE TABLE bench_seen (position bigint PRIMARY KEY, stream uuid)")
        return
    factory: Any = InfrastructureFactory.construct(Environment(Seen.name, env))
    with factory.datastore.transaction(commit=True) as cursor:
        cursor.execute("CREATE TABLE bench_seen (position INTEGER PRIMARY KEY, stream BLOB)")
    factory.close()
