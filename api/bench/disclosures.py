"""G7: does the history of disclosures stay as quick, however far back one pages?

Page 10,000 of 100 rows against page 1, newest first, by the query that the API asks: of the whole
ledger, and of one recipient.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from api.bench.measure import Goal, Ratio, Run, duration, interleaved, p50, seconds
from api.bench.places import Place
from api.bench.population import Loaded, Population, load
from api.bench.rebuild import rebuilt
from projections.disclosures import Filter, search
from projections.engine import Engine

PAGE = 100
DEEPEST = 10_000
QUERIES = 15
"""Asked in a repeat; the figure is their median."""
EACH = 100
TARGET = 1.2


def run(place: Place, size: int, repeats: int) -> list[Goal]:
    """`size` is how many disclosures there are."""
    loaded = load(place, population(size))
    with place.views() as views:
        rebuilt(place, views, loaded.last)
        return measured(place, views, loaded, repeats)


def population(disclosures: int) -> Population:
    """People to whom nothing happens but disclosures, after they have registered."""
    people = -(-disclosures // (EACH - 2))
    return Population(events=disclosures + 2 * people, each=EACH, pattern="D")


class _Pages(NamedTuple):
    """A list, the position that its far page follows, and which page that is."""

    goal: str
    what: str
    sought: Filter
    cursor: int
    number: int


def measured(place: Place, views: Engine, loaded: Loaded, repeats: int) -> list[Goal]:
    """Both lists of a ledger whose tables are filled."""
    lists = [
        _pages(views, "G7a", "disclosures", Filter()),
        _pages(
            views, "G7b", "disclosures to one recipient", Filter(recipient=loaded.cast.recipient)
        ),
    ]
    goals = []
    for pages in lists:
        runs: dict[str, Run] = {
            "first": partial(_asked, views, pages.sought, None),
            "far": partial(_asked, views, pages.sought, pages.cursor),
        }
        figures = interleaved(runs, repeats, "disclosures")
        goals.append(
            Goal.at_most(
                pages.goal, place.store, f"page {pages.number:,} of {pages.what}",
                Ratio.between(figures["far"], figures["first"]), TARGET, "p50, x page 1",
                measured=duration(figures["far"]), ceiling=duration(figures["first"]),
            )
        )  # fmt: skip
    return goals


def _pages(views: Engine, goal: str, what: str, sought: Filter) -> _Pages:
    """Where the far page begins. Everybody's disclosures went to the one recipient."""
    with views.reading() as tables:
        (rows,) = tables.exec_driver_sql("SELECT count(*) FROM disclosures").one()
        number = min(rows // PAGE, DEEPEST)
        before = max((number - 1) * PAGE - 1, 0)
        newest_first = "SELECT position FROM disclosures ORDER BY position DESC"
        (cursor,) = tables.exec_driver_sql(f"{newest_first} LIMIT 1 OFFSET {before}").one()
    return _Pages(goal, what, sought, cursor, number)


def _asked(views: Engine, sought: Filter, cursor: int | None) -> float:
    return p50(seconds(lambda: _page(views, sought, cursor)) for _ in range(QUERIES))


def _page(views: Engine, sought: Filter, cursor: int | None) -> None:
    with views.reading() as tables:
        page = search(tables, sought, cursor=cursor, limit=PAGE)
    if len(page.rows) != PAGE:
        raise AssertionError(f"a page of {len(page.rows)} rows")
