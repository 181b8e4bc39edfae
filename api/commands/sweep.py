"""`ledger policy sweep`: erase what is due, once or now and then; and beside whoever projects.

It needs the key service, whose clock is one of the three that have to agree; `ledger project` without
it folds the log, and sweeps nothing.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from api.commands import console
from api.commands.console import Exit
from api.commands.places import opened
from api.commands.views import database_of
from ledger.config import Settings

if TYPE_CHECKING:
    from ledger.application import Ledger
    from ledger.sweep import Swept

Json = Annotated[bool, typer.Option("--json", help="For a program.")]
FIRST = 60.0
"""Seconds before the first sweep of a process: whoever started it by mistake can stop it."""
EVERY = 3600.0
"""Seconds between two sweeps."""


def sweep(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    every: Annotated[
        int | None,
        typer.Option(
            help="Sweep again each so many seconds, until stopped; what it did goes to the log.",
            min=60,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Schedule what is due, and erase what was scheduled a day ago; or say why nothing dies."""
    settings = Settings()
    if every is not None:
        if dry_run:
            raise typer.BadParameter("once, not --every", param_hint="--dry-run")
        _sweep_until_stopped(settings, every)
        return
    with opened(settings) as ledger:
        swept = swept_once(settings, ledger, dry=dry_run)
    if as_json:
        toll = {**swept.toll._asdict(), "due": swept.toll.due}
        console.write_json({**vars(swept), "toll": toll})
    else:
        _tell(swept)
    if swept.state in ("held-back", "doubtful"):
        raise typer.Exit(Exit.REFUSED)
    if swept.failed:
        raise typer.Exit(Exit.ALARM)


def _tell(swept: Swept) -> None:
    shown = {"why": swept.why, "pause": swept.pause, "scheduled": swept.scheduled}
    shown |= {"erased": swept.erased, "called off": swept.cancelled}
    shown |= {"due now": swept.toll.fresh, "may die now": swept.toll.ripe}
    shown |= {"could not be done": swept.failed or None}
    console.facts(f"Sweep: {swept.state}", {k: v for k, v in shown.items() if v is not None})


def swept_once(settings: Settings, ledger: Ledger, *, dry: bool = False) -> Swept:
    """One sweep by the tables of the read side, which follow the log first; alone of all processes.

    Raises:
        StoreUnavailable: another process sweeps, or the database does not answer.
        KeyServiceUnavailable: its clock cannot be asked.
    """
    from ledger.errors import StoreUnavailable
    from projections.candidates import Candidates
    from projections.engine import Engine
    from projections.lead import lead_of

    with database_of(settings) as database:
        alone = lead_of(database, "sweep")
        try:
            if not alone.take():
                raise StoreUnavailable(reason="another process sweeps")
            Engine(database, ledger.recorder).catch_up()
            return ledger.sweep().run(Candidates(database), dry=dry)
        finally:
            alone.leave()


# ---- now and then ------------------------------------------------------------------------------


def sweep_beside(settings: Settings, stop: threading.Event) -> threading.Thread | None:
    """A thread that sweeps now and then until `stop` is set, beside whoever projects.

    Whatever goes wrong is told in the log, and tried again the next time: nothing dies meanwhile.
    None, and a warning, where the keyring is not to be seen: then another process has to sweep.
    """
    if not settings.keyring_path.exists():
        console.warn(
            "this process does not see the keyring, so it erases nothing that is due: let one that "
            "does run `ledger policy sweep --every 3600`."
        )
        return None
    given = (settings, stop, FIRST, EVERY)
    thread = threading.Thread(target=_sweep_until, args=given, name="sweep", daemon=True)
    thread.start()
    return thread


def _sweep_until_stopped(settings: Settings, every: float) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with opened(settings) as ledger:  # what is wrong from the start is told at once
        ledger.vault.key_service_now()
    console.err.print(f"Sweeping every {every:.0f} seconds.")
    _sweep_until(settings, stop, 0, every)


def _sweep_until(settings: Settings, stop: threading.Event, first: float, every: float) -> None:
    from ledger.errors import LedgerError

    log = structlog.get_logger(__name__)
    pause = first
    while not stop.wait(pause):
        pause = every
        try:
            with opened(settings) as ledger:
                swept = swept_once(settings, ledger)
        except Exception as error:  # the next one may go well; one that ends silently never does
            known = isinstance(error, LedgerError)
            log.warning("nothing is swept", why=str(error) if known else type(error).__name__)
            continue
        tell = log.info if swept.why is None else log.warning
        told = {"scheduled": swept.scheduled, "erased": swept.erased, "pause": swept.pause}
        tell("swept", state=swept.state, why=swept.why, failed=swept.failed, **told)
