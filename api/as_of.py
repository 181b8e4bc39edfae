"""`?as_of=`: what a read answers of a moment of the past, by one of two clocks.

A subject's past is folded into scratch tables when it is asked for, and the same queries read it; a
list over the whole ledger is read from the live tables, each row by its own entry's time. The answer
says which moment it speaks of: in the header `Ledger-As-Of`, and as `as_of` where it is an object.
`projections/moments.py` defines moments and clocks.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from typing import Annotated, NamedTuple, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Response
from fastapi.concurrency import run_in_threadpool

from api.dependencies import After, House, TheHouse, tables
from api.problems import FieldError, InvalidRequest
from api.schemas import View
from projections import history, queries
from projections.moments import Asked, AsOf, Clock, resolve

T = TypeVar("T")

HEADER = "Ledger-As-Of"


class AsOfView(View):
    """The moment an answer speaks of: what counts was recorded up to `position`, by either clock.

    `at`: with `true` the time in the world; with `known` until when this was all that was known.
    """

    clock: Clock
    position: int
    at: dt.datetime


class Past(NamedTuple):
    """Tables to read from, and the moment they speak of: None is now."""

    tables: queries.Tables
    live: queries.Tables
    as_of: AsOf | None
    today: dt.date
    """The day that a claim's end is held against: the moment's, or today."""

    @property
    def view(self) -> AsOfView | None:
        """The moment, as the answer says it."""
        return AsOfView.of(self.as_of) if self.as_of else None


async def asked(
    as_of: Annotated[
        str | None,
        Query(
            max_length=40,
            description="A moment of the past: a position, a date (whole, in UTC) or an instant.",
            openapi_examples={
                "now": {"summary": "What is known now", "value": None},
                "position": {"summary": "A position of the log", "value": "4711"},
                "date": {"summary": "A day, until its end in UTC", "value": "2026-03-01"},
                "instant": {"summary": "An instant", "value": "2026-03-01T09:30:00Z"},
            },
        ),
    ] = None,
    clock: Annotated[
        Clock | None,
        Query(
            description="With `as_of`: what was `known` then (if left out), or what was `true` then"
            " by what is known now."
        ),
    ] = None,
    known_at: Annotated[
        str | None,
        Query(
            max_length=40,
            description="With `clock=true`: by what was known at this moment, instead of now.",
            openapi_examples={"date": {"summary": "A day", "value": "2026-06-30"}},
        ),
    ] = None,
) -> Asked | None:
    """The moment that is asked for; None for now.

    Raises:
        InvalidRequest: `clock` or `known_at` without `as_of`.
    """
    if as_of is not None:
        return Asked(as_of, clock or "known", known_at)
    given = {"clock": clock, "known_at": known_at}
    wrong = [
        FieldError(name, "only with `as_of`", "Name the moment, or leave it out.")
        for name, value in given.items()
        if value is not None
    ]
    if wrong:
        raise InvalidRequest(wrong)
    return None


TheMoment = Annotated[Asked | None, Depends(asked)]

_live = contextlib.contextmanager(tables)


def _resolve(built: House, moment: Asked, after: int | None) -> AsOf:
    last = max(built.views.position(), after or 0)
    return resolve(moment, built.ledger.recorder, built.ledger.clock(), last)


@contextlib.contextmanager
def _listed(built: House, moment: Asked | None, after: int | None) -> Iterator[Past]:
    as_of = _resolve(built, moment, after) if moment else None
    if as_of:
        after = max(as_of.position, after or 0)
    today = as_of.day if as_of else built.ledger.clock().date()
    with _live(built, after) as live:
        yield Past(live, live, as_of, today)


@contextlib.contextmanager
def _about(built: House, about: UUID, moment: Asked | None, after: int | None) -> Iterator[Past]:
    with _listed(built, moment, after) as now:
        if now.as_of is None:
            yield now
            return
        with history.at(now.tables, built.ledger.recorder, about, now.as_of) as then:
            yield now._replace(tables=then)


def _told(response: Response, past: Past) -> Past:
    if past.as_of:
        at = past.as_of.at.isoformat().replace("+00:00", "Z")
        told = f'clock={past.as_of.clock}, position={past.as_of.position}, at="{at}"'
        response.headers[HEADER] = told
    return past


# ---- what routes ask for -----------------------------------------------------------------------


def of_list(
    built: TheHouse, response: Response, moment: TheMoment, after: After = None
) -> Iterator[Past]:
    """The live tables, and the moment for the query to narrow its rows by.

    Raises:
        MomentUnreadable, MomentAhead, MomentNotATime, ProjectionLagging.
    """
    with _listed(built, moment, after) as past:
        yield _told(response, past)


def of_subject(
    subject: UUID, built: TheHouse, response: Response, moment: TheMoment, after: After = None
) -> Iterator[Past]:
    """The tables as of the moment, as far as they concern the subject in the path.

    Raises:
        MomentUnreadable, MomentAhead, MomentNotATime, ProjectionLagging.
    """
    with _about(built, subject, moment, after) as past:
        yield _told(response, past)


def of_run(
    run: UUID, built: TheHouse, response: Response, moment: TheMoment, after: After = None
) -> Iterator[Past]:
    """The same for the processing run in the path."""
    with _about(built, run, moment, after) as past:
        yield _told(response, past)


AsOfList = Annotated[Past, Depends(of_list)]
AsOfSubject = Annotated[Past, Depends(of_subject)]
AsOfRun = Annotated[Past, Depends(of_run)]


async def read_past(
    built: House,
    about: UUID,
    moment: Asked | None,
    after: int | None,
    response: Response,
    query: Callable[[Past], T],
) -> T:
    """The same for a route that also commands, beside the event loop."""

    def run() -> T:
        with _about(built, about, moment, after) as past:
            return query(_told(response, past))

    return await run_in_threadpool(run)
