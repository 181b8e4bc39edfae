"""Where benchmarks are tested: settings that name a database, and fresh places on it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from api.bench.places import Place, fresh, store_of
from ledger.config import Settings


@pytest.fixture(autouse=True)
def _own_heap() -> Iterator[None]:
    """What pytest holds is left out when a benchmark collects garbage between its rounds."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(params=["sqlite", "postgresql"])
def given(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of somebody who measures: nothing exists there yet. Once on each database."""
    home = tmp_path / "mine" / "home"
    home.parent.mkdir()
    if request.param == "sqlite":
        return Settings(home=home)
    owner = request.getfixturevalue("postgres_url")
    runtime = make_url(owner).set(username="ledger_runtime", password="unused")
    return Settings(
        home=home,
        database_url=runtime.render_as_string(hide_password=False),
        owner_url=owner,
    )


@pytest.fixture
def place(given: Settings) -> Iterator[Place]:
    """A fresh ledger."""
    with fresh(store_of(given), given) as made:
        yield made
