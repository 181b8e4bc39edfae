"""What a result was measured on: without it, no figure means anything."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
from importlib.metadata import version

import psycopg

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
        "sync": f"{sync(place):.3f} ms"
        + (f" (delayed by {slow_sync.loaded():g} ms)" if slow_sync.loaded() else ""),
    }


def sync(place: Place) -> float:
    """ms that the place's disk takes to acknowledge a sync: of a file, or a commit's share of it."""
    return _file_sync(place) if place.store == "sqlite" else _commit_sync(place)


def _file_sync(place: Place) -> float:
    with tempfile.TemporaryFile(dir=place.directory) as file:

        def once() -> None:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())

        return p50(seconds(once) for _ in range(_SYNCS)) * 1e3


def _commit_sync(place: Place) -> float:
    """What a one-row commit takes longer with the disk than without it."""
    with place.owner() as connection:
        connection.execute("CREATE TABLE bench_sync (n integer)")
        took = {
            mode: _commits(connection, mode)  # each of them one row and one commit
            for mode in ("off", "on")
        }
        connection.execute("DROP TABLE bench_sync")
    return max(took["on"] - took["off"], 0.0)


def _commits(connection: psycopg.Connection[object], mode: str) -> float:
    connection.execute(f"SET synchronous_commit = {mode}")
    insert = "INSERT INTO bench_sync VALUES (1)"
    return p50(seconds(lambda: connection.execute(insert)) for _ in range(_SYNCS)) * 1e3


def _database(place: Place) -> str:
    if place.store == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with place.owner() as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return f"PostgreSQL {row[0] if row else '?'}"
