"""What a result was measured on: without it, no figure means anything."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
from collections.abc import Callable
from importlib.metadata import version

from api.bench import slow_sync
from api.bench.measure import p50, seconds
from api.bench.places import Place

_SYNCS = 21


def facts(place: Place) -> dict[str, str]:
    """The machine and the versions, for people."""
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} "
        f"{platform.release()}",
        "python": platform.python_version(),
        "database": _database(place),
        "eventsourcing": version("eventsourcing"),
        "sync" if place.store == "sqlite" else "one-row commit": f"{sync(place):.3f} ms"
        + (f" (delayed by {slow_sync.loaded():g} ms)" if slow_sync.loaded() else ""),
    }


def sync(place: Place) -> float:
    """ms that the place's disk takes to acknowledge a sync, as a rule: of a file, or of a commit."""
    return p50(_syncs(place)) * 1e3


def fastest_sync(place: Place) -> float:
    """The same at its best: what else goes on cannot make it look slower than it is."""
    return min(_syncs(place)) * 1e3


def _syncs(place: Place) -> list[float]:
    if place.store == "sqlite":
        with tempfile.TemporaryFile(dir=place.directory) as file:

            def once() -> None:
                file.write(b"x" * 4096)
                file.flush()
                os.fsync(file.fileno())

            return _timed(once)
    with place.owner() as connection:
        connection.execute("CREATE TABLE bench_sync (n integer)")
        found = _timed(lambda: connection.execute("INSERT INTO bench_sync VALUES (1)"))
        connection.execute("DROP TABLE bench_sync")
    return found


def _timed(once: Callable[[], object]) -> list[float]:
    once()
    return [seconds(once) for _ in range(_SYNCS)]


def _database(place: Place) -> str:
    if place.store == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with place.owner() as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return f"PostgreSQL {row[0] if row else '?'}"
