"""A fresh ledger of a benchmark on either database, and small shapes in which people share records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.bench.gdpr.records import Shape
from api.bench.places import Place, fresh
from ledger.config import Settings

COMPAT = Shape(60, users=20, purposes=5)
"""Three records a person, twelve a purpose: each person's are all of one purpose."""
REALISTIC = Shape(60, users=20, purposes=5, modular=False)
"""As many, but everything is drawn on its own: a person's records are of several purposes."""


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place for a benchmark; the test runs once on each database."""
    address = {}
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        address = {"database_url": url, "owner_url": url}
    with fresh(request.param, Settings(home=tmp_path / "given", **address)) as place:
        yield place


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Place]:
    """A place on SQLite alone, for what does not depend on the database."""
    with fresh("sqlite", Settings(home=tmp_path / "given")) as place:
        yield place
