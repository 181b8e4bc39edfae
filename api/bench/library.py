"""The event-sourcing library as it comes: its own recorders and runner, with its default settings."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from eventsourcing.persistence import ApplicationRecorder, InfrastructureFactory
from eventsourcing.utils import Environment
from psycopg.conninfo import conninfo_to_dict

from api.bench.places import Place

_DATABASE = {"postgresql": "eventsourcing.postgres", "sqlite": "eventsourcing.sqlite"}


def environment(place: Place) -> dict[str, str]:
    """The library's settings for a place's database: beside the ledger, never in its tables."""
    found = {"PERSISTENCE_MODULE": _DATABASE[place.store]}
    if place.store == "sqlite":
        return {**found, "SQLITE_DBNAME": f"file:{place.directory / 'library.db'}"}
    assert place.settings.owner_url is not None
    given = conninfo_to_dict(place.settings.owner_url.get_secret_value())
    return {
        **found,
        "POSTGRES_DBNAME": str(given.get("dbname", "postgres")),
        "POSTGRES_HOST": str(given.get("host", "localhost")),
        "POSTGRES_PORT": str(given.get("port", "5432")),
        "POSTGRES_USER": str(given.get("user", "")),
        "POSTGRES_PASSWORD": str(given.get("password", "")),
        "POSTGRES_SCHEMA": place.settings.schema_name,
    }


@contextlib.contextmanager
def recorder(place: Place) -> Iterator[ApplicationRecorder]:
    """The library's application recorder, on tables that it makes itself."""
    named = Environment("bench_library", environment(place))
    factory: InfrastructureFactory[Any] = InfrastructureFactory.construct(named)
    try:
        yield factory.application_recorder()
    finally:
        factory.close()
