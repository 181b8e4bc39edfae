"""Projector processes of the tests, and what is compared: every row of every table."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from ledger.config import Settings
from projections.columns import metadata
from projections.engine import Engine


def dump(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as the driver gives it, in the order of its key."""
    with engine.reading() as connection:
        return {
            name: [tuple(row) for row in connection.execute(select(t).order_by(*t.primary_key))]
            for name, t in sorted(metadata.tables.items())
        }


@contextlib.contextmanager
def worker(settings: Settings, mode: str) -> Iterator[subprocess.Popen[bytes]]:
    """A projector in a process of its own; it is gone when the block ends."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LEDGER_")}
    environment |= {"LEDGER_HOME": str(settings.home), "LEDGER_SCHEMA": settings.schema_name}
    if settings.database_url is not None:
        environment["LEDGER_DATABASE_URL"] = settings.database_url.get_secret_value()
    command = [sys.executable, "-m", "tests.projections.worker", mode]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()
