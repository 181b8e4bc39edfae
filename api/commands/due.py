"""`ledger due`: what is to be done by a day; `ledger policy sweep`: erase what is due."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import structlog
import typer

from api.commands import console
from api.commands.console import Exit
from api.commands.places import opened
from ledger.config import Settings

if TYPE_CHECKING:
    from ledger.application import Ledger
    from ledger.sweep import Swept
    from projections.outstanding import Due

Json = Annotated[bool, typer.Option("--json", help="For a program.")]
DAYS = 30
FIRST = 60.0
"""Seconds before the first sweep of a process: whoever started it by mistake can stop it."""
EVERY = 3600.0
"""Seconds between two sweeps."""


def due(
    days: Annotated[int, typer.Option(help="How many days ahead.", min=0, max=3660)] = DAYS,
    kind: Annotated[str | None, typer.Option(help="Only these: erasure, review, holder …")] = None,
    as_json: Json = False,
) -> None:
    """List what is due or overdue: erasures, reviews, agreements, answers, duties, gags that end."""
    from ledger.vault.database import engine_for
    from projections.engine import Engine

    settings = Settings()
    with opened(settings) as ledger:
        database = engine_for(settings)
        try:
            Engine(database, ledger.recorder).catch_up()
            found = list(_due(database, ledger, days, kind))
        finally:
            database.dispose()
        today = ledger.clock().date()
    if as_json:
        console.write_json([{**vars(one), "overdue": one.due < today} for one in found])
        return
    rows = (
        (
            one.due.isoformat() + (" overdue" if one.due < today else ""),
            one.kind,
            one.about or "",
            one.owner or "",
            str(one.ref),
        )
        for one in sorted(found, key=lambda one: (one.due, one.position))
    )
    console.table(f"Due within {days} days", ("Day", "What", "About", "Who decides", "Id"), rows)


def sweep(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Schedule what is due, and erase what was scheduled a day ago; or say why nothing dies."""
    settings = Settings()
    with opened(settings) as ledger:
        swept = swept_once(settings, ledger, dry=dry_run)
    told = {**vars(swept), "toll": swept.toll._asdict()}
    if as_json:
        console.write_json(told)
    else:
        shown = {"why": swept.why, "pause": swept.pause, "scheduled": swept.scheduled}
        shown |= {"erased": swept.erased, "called off": swept.cancelled}
        shown |= {"due now": swept.toll.fresh, "may die now": swept.toll.ripe}
        console.facts(f"Sweep: {swept.state}", {k: v for k, v in shown.items() if v is not None})
    if swept.state in ("held-back", "doubtful"):
        raise typer.Exit(Exit.REFUSED)


def swept_once(settings: Settings, ledger: Ledger, *, dry: bool = False) -> Swept:
    """One sweep by the tables of the read side, which follow the log first; alone of all processes.

    Raises:
        StoreUnavailable: another process sweeps, or the database does not answer.
        KeyServiceUnavailable: its clock cannot be asked.
    """
    from ledger.errors import StoreUnavailable
    from ledger.vault.database import engine_for
    from projections.candidates import Candidates
    from projections.engine import Engine
    from projections.lead import lead_of

    database = engine_for(settings)
    alone = lead_of(database, "sweep")
    try:
        if not alone.take():
            raise StoreUnavailable(reason="another process sweeps")
        Engine(database, ledger.recorder).catch_up()
        return ledger.sweep().run(Candidates(database), dry=dry)
    finally:
        alone.leave()
        database.dispose()


def _due(database: Any, ledger: Ledger, days: int, kind: str | None) -> Iterator[Due]:
    from api.due import answer_days
    from projections import database as connections
    from projections import outstanding

    today, cursor = ledger.clock().date(), None
    silent: dict[UUID, int] = answer_days(ledger)
    with connections.reading(database) as tables:
        while True:
            page = outstanding.by_a_day(
                tables,
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


# ---- by itself ---------------------------------------------------------------------------------


def sweep_beside(settings: Settings, stop: threading.Event) -> threading.Thread:
    """A thread that sweeps now and then until `stop` is set, beside whoever projects.

    Whatever goes wrong is told in the log, and tried again the next time: nothing dies meanwhile.
    """
    thread = threading.Thread(target=_sweep_until, args=(settings, stop), name="sweep", daemon=True)
    thread.start()
    return thread


def _sweep_until(settings: Settings, stop: threading.Event) -> None:
    from ledger.errors import LedgerError

    log = structlog.get_logger(__name__)
    pause = FIRST
    while not stop.wait(pause):
        pause = EVERY
        try:
            with opened(settings) as ledger:
                swept = swept_once(settings, ledger)
        except LedgerError as error:
            log.warning("nothing is swept", why=error.sentence)
            continue
        tell = log.info if swept.why is None else log.warning
        told = {"scheduled": swept.scheduled, "erased": swept.erased, "pause": swept.pause}
        tell("swept", state=swept.state, why=swept.why, **told)
