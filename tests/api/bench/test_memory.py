"""Memory does not grow with the ledger: the same work on eight times as much, in a fresh process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import make_url

from api.bench.places import Place, fresh, store_of
from ledger.config import Settings
from tests.benchmarks.bench_import import write_export

from .at_work import WORKS, peak

EVENTS = 1_200
LINES = 500
TIMES = 8
GROWTH = 6 * 1024
"""KiB that the larger work may hold more. All of its events, kept, are 10 MiB and more."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class Held(NamedTuple):
    """A loaded ledger, and what loading it held at most (KiB)."""

    place: Place
    peak: int


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def given(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Where fresh ledgers are made."""
    home = tmp_path_factory.mktemp("mine") / "home"
    if request.param == "sqlite":
        return Settings(home=home)
    owner = request.getfixturevalue("postgres_url")
    runtime = make_url(owner).set(username="ledger_runtime", password="unused")
    address = runtime.render_as_string(hide_password=False)
    return Settings(home=home, database_url=address, owner_url=owner)


@pytest.fixture(scope="module")
def loaded(given: Settings) -> Iterator[list[Held]]:
    """A small and a large ledger, projected, and what loading them held at most."""
    with ExitStack() as stack:
        held = []
        for events in (EVENTS, TIMES * EVENTS):
            place = stack.enter_context(fresh(store_of(given), given))
            held.append(Held(place, peak("load", place, events)))
        yield held


def test_loading(loaded: list[Held]) -> None:
    """What a benchmark begins with."""
    small, large = loaded
    assert large.peak - small.peak < GROWTH


@pytest.mark.parametrize("work", [work for work in WORKS if work not in ("load", "import")])
def test_reading_the_whole_log(loaded: list[Held], work: str) -> None:
    """Whatever is made of it."""
    for place, _ in loaded:
        with place.views() as views:
            if work != "project":
                views.catch_up()
    small, large = (peak(work, place) for place, _ in loaded)
    assert large - small < GROWTH


def test_an_import(given: Settings, tmp_path: Path) -> None:
    """A file is read as it is recorded."""
    peaks = []
    for lines in (LINES, TIMES * LINES):
        file = tmp_path / f"{lines}.csv"
        write_export(file, lines)
        with fresh(store_of(given), given) as place:
            peaks.append(peak("import", place, file))
    assert peaks[1] - peaks[0] < GROWTH
