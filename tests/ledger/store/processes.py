"""Starts a Python process of the tests on a ledger's location, as another process of it would run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ledger.config import Settings

ROOT = Path(__file__).parents[3]


def environment(settings: Settings) -> dict[str, str]:
    """The environment that leads to the same location."""
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH")) if part)
    variables = {**os.environ, "LEDGER_HOME": str(settings.home), "PYTHONPATH": path}
    if settings.database_url is not None:
        variables["LEDGER_DATABASE_URL"] = settings.database_url.get_secret_value()
        variables["LEDGER_SCHEMA"] = settings.schema_name
    return variables


def start(settings: Settings, module: str, *arguments: object) -> subprocess.Popen[bytes]:
    """A process that runs a module of the tests; its errors go to ours."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.Popen(command, env=environment(settings), cwd=ROOT)
