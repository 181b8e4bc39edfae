"""How fast an import is, and how much memory it takes. Run it alone; nothing is asserted.

    python -m tests.benchmarks.bench_import 1000 10000 100000
    python -m tests.benchmarks.bench_import --postgres 10000

Each size runs in a process of its own, on a fresh ledger: first the file, then the same file again.
PostgreSQL is the embedded server of the tests, or `LEDGER_TEST_POSTGRES_URL`.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import os
import resource
import tempfile
import time
import uuid
from pathlib import Path

from sqlalchemy import make_url

from api.importing import load_mapping, run_import
from ledger.application import Ledger
from ledger.config import Settings
from ledger.genesis import create
from tests.api.importing.people_of_fiction import COLUMNS, customers
from tests.api.importing.sample import MAPPING
from tests.postgres import Server


def write_export(path: Path, count: int) -> None:
    """A file of that many fictional customers, without faults."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(customers(count))


def measure(home: Path, postgres: str | None, count: int) -> None:
    """Import `count` lines into a fresh ledger and print rows a second and peak memory."""
    settings = _settings(home, postgres)
    create(settings)
    file = home.with_suffix(".csv")
    write_export(file, count)
    ledger = Ledger.open(settings)
    before = _peak()
    for run in ("first", "again"):
        started = time.perf_counter()
        result = run_import(
            ledger,
            file,
            load_mapping(MAPPING.read_text("utf-8")),
            by=ledger.recorder.genesis().actor_stream,
            import_id=None,
            progress=lambda done, lines: None,
        )
        took = time.perf_counter() - started
        events = ledger.recorder.last()[0]
        print(
            f"{count:>8,} rows {run}: {took:7.2f} s {result.lines / took:7,.0f} rows/s, "
            f"{events / took:7,.0f} events/s, {events:,} events, {result.refused} refused, "
            f"peak {_peak()} MiB (start {before} MiB)",
            flush=True,
        )
    ledger.close()


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _settings(home: Path, postgres: str | None) -> Settings:
    if postgres is None:
        return Settings(home=home)
    name = f"b{uuid.uuid4().hex[:16]}"
    runtime = make_url(postgres).set(username=name, password=uuid.uuid4().hex)
    return Settings(
        home=home,
        database_url=runtime.render_as_string(hide_password=False),
        owner_url=postgres,
        schema_name=name,
    )


def main() -> None:
    """Each size in a fresh process, so that one peak does not hide the next."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", type=int, nargs="+")
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    given = os.environ.get("LEDGER_TEST_POSTGRES_URL")
    server = Server() if asked.postgres and not given else None
    try:
        for count in asked.sizes:
            with tempfile.TemporaryDirectory(prefix="ledger-bench-") as place:
                url = (server.url() if server else given) if asked.postgres else None
                context = multiprocessing.get_context("spawn")
                run = context.Process(target=measure, args=(Path(place) / "home", url, count))
                run.start()
                run.join()
    finally:
        if server:
            server.stop()


if __name__ == "__main__":
    main()
