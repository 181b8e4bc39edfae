"""The tables of a ledger, opened to be read without any key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.commands import console
from api.commands.places import is_new
from ledger.config import Settings
from ledger.errors import NotMigrated

if TYPE_CHECKING:
    from ledger.store.recorder import LedgerRecorder
    from projections.queries import Tables


@dataclass
class Viewed:
    """The log, and the tables at one position."""

    recorder: LedgerRecorder
    tables: Tables


@contextmanager
def database_of(settings: Settings) -> Iterator[Any]:
    """The database of the read side, let go of afterwards."""
    from ledger.vault.database import engine_for

    database = engine_for(settings)
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def viewed() -> Iterator[Viewed]:
    """What the settings name. On SQLite, where nobody else may be there to do it, the tables are
    first brought up to the log; elsewhere it is said how far behind they are.

    Raises:
        NotMigrated: there is no ledger.
    """
    from ledger.store import open_recorder
    from projections.engine import Engine

    settings = Settings()
    if is_new(settings):
        raise NotMigrated(home=settings.home)
    with ExitStack() as closing:
        recorder = open_recorder(settings)
        closing.callback(recorder.close)
        database = closing.enter_context(database_of(settings))
        recorder.check()
        engine = Engine(database, recorder)
        if settings.database_url is None:
            with console.progress("Projections") as moved:
                engine.catch_up(moved)
        elif behind := engine.lag().positions:
            console.warn(f"The tables are {behind} entries behind the log.")
        yield Viewed(recorder, closing.enter_context(engine.reading()))
