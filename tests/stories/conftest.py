"""A ledger under either policy document, and real processes that serve it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from api.demo import local, plot
from api.demo.plot import Plot
from api.demo.teller import Teller
from ledger.application import Ledger
from ledger.config import Settings, variable
from ledger.genesis import create
from ledger.policy.document import DEFAULT

HERE = Path(__file__).parent
DOCUMENTS = {
    "shipped": (DEFAULT, plot.SHIPPED),
    "school": (HERE / "school.yaml", HERE / "school-story.yaml"),
}


class Stage(NamedTuple):
    """A ledger, a story for its policy, and where the processes log to."""

    document: str
    settings: Settings
    plot: Plot
    logs: Path


@pytest.fixture(params=list(DOCUMENTS))
def stage(request: pytest.FixtureRequest, store_settings: Settings, tmp_path: Path) -> Stage:
    """Both documents, each on both databases."""
    policy, story = DOCUMENTS[request.param]
    given = {name: getattr(store_settings, name) for name in ("home", "schema_name")}
    for name in ("database_url", "owner_url"):
        secret = getattr(store_settings, name)
        given[name] = secret.get_secret_value() if secret else None
    create(Settings(**given, policy=policy))
    logs = tmp_path / "logs"
    logs.mkdir()
    settings = Settings(**given, port=local.free_port())
    return Stage(request.param, settings, plot.load(story), logs)


def environment(settings: Settings) -> dict[str, str]:
    """The settings as variables, for another process; the owner's address is not given away."""
    given = {"home": str(settings.home), "schema_name": settings.schema_name}
    given["port"] = str(settings.port)
    if settings.database_url is not None:
        given["database_url"] = settings.database_url.get_secret_value()
    python = os.pathsep.join(place for place in sys.path if place)
    named = {variable(name): value for name, value in given.items()}
    return named | {"PATH": os.defpath, "PYTHONPATH": python}


@contextmanager
def running(*words: str, settings: Settings, logs: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`ledger WORDS` as a process of its own; ended politely, and it must end well."""
    with (logs / f"{words[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", *words],
            env=environment(settings),
            stdout=log,
            stderr=log,
            cwd=logs,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                code = process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
    assert code in (0, -15), (logs / f"{words[0]}.log").read_text()


@pytest.fixture
def teller(stage: Stage) -> Iterator[Teller]:
    """Clients of a served ledger; on PostgreSQL a projector runs beside the server."""
    ledger = Ledger.open(stage.settings)
    try:
        tokens = local.tokens(ledger, stage.settings, stage.plot)
    finally:
        ledger.close()
    address = f"http://{stage.settings.host}:{stage.settings.port}"
    with running("serve", settings=stage.settings, logs=stage.logs) as server:
        local.wait_for(lambda: _ready(address, server))
        made = Teller(address, tokens)
        try:
            if stage.settings.database_url is None:
                yield made
            else:
                with running("project", settings=stage.settings, logs=stage.logs):
                    yield made
        finally:
            made.close()


def _ready(address: str, server: subprocess.Popen[bytes]) -> bool:
    assert server.poll() is None, "the server ended"
    try:
        return httpx2.get(f"{address}/readyz").is_success
    except httpx2.TransportError:
        return False
