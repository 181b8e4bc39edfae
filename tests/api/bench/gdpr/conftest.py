"""Small shapes, in which people share records."""

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


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Place]:
    """A place on SQLite alone, for what does not depend on the database."""
    with fresh("sqlite", Settings(home=tmp_path / "given")) as place:
        yield place
