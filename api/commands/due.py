"""`ledger due`: what is to be done by a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands import console
from api.commands.views import Viewed, viewed

if TYPE_CHECKING:
    from projections.outstanding import Due

Json = Annotated[bool, typer.Option("--json", help="For a program.")]
DAYS = 30


def due(
    days: Annotated[int, typer.Option(help="How many days ahead.", min=0, max=3660)] = DAYS,
    kind: Annotated[str | None, typer.Option(help="Only these: erasure, review, holder …")] = None,
    as_json: Json = False,
) -> None:
    """List what is due or overdue: erasures, reviews, agreements, answers, duties, gags that end."""
    from typing import get_args

    from api.due import Kind

    if kind is not None and kind not in get_args(Kind):
        raise typer.BadParameter(f"one of {', '.join(get_args(Kind))}", param_hint="--kind")
    today = dt.datetime.now(dt.UTC).date()
    with viewed() as place:
        found = list(_due(place, today, days, kind))
    if as_json:
        console.write_json([{**vars(one), "overdue": one.due < today} for one in found])
        return
    rows = (
        (
            one.due.isoformat() + ("\noverdue" if one.due < today else ""),
            one.kind,
            "\n".join(_about(one)),
        )
        for one in sorted(found, key=lambda one: (one.due, one.position))
    )
    console.table(f"Due within {days} days", ("Day", "What", "About, who decides, id"), rows)


def _about(one: Due) -> Iterator[str]:
    """Lines of their own: an id that is broken cannot be copied."""
    if one.about:
        yield one.about
    if one.owner:
        yield one.owner
    yield str(one.ref)


def _due(place: Viewed, today: dt.date, days: int, kind: str | None) -> Iterator[Due]:
    from api.due import answer_days
    from api.policy_diffs import in_force
    from projections import outstanding

    policy = in_force(place.tables).document
    silent = answer_days(policy, place.recorder.registers("recipient"))
    cursor = None
    while True:
        page = outstanding.by_a_day(
            place.tables,
            today + dt.timedelta(days=days),
            today,
            kind=kind,
            answer_days=silent,
            cursor=cursor,
            limit=1000,
        )
        yield from page.rows
        cursor = page.cursor
        if cursor is None:
            return
