"""The three places of an embedded ledger, and opening the ledger that the settings name.

Heavy packages are imported where they are used, here and in the other files of the command line:
`ledger --help` does not wait for a database library.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from ledger.config import Settings
from ledger.errors import NotMigrated, UnsafeSettings

if TYPE_CHECKING:
    from ledger.application import Ledger

ACTOR_KEY = "command-line"
"""The command id under which the command line is registered as an actor, once for each ledger."""


def nested(settings: Settings) -> list[str]:
    """Sentences about places that lie inside another: whoever copies the outer takes the inner."""
    places = {
        "LEDGER_HOME": settings.home,
        "LEDGER_KEYRING": settings.keyring_path,
        "LEDGER_JOURNAL": settings.journal_path,
    }
    full = {name: Path(path).resolve() for name, path in places.items()}
    return [
        f"{inner} ({full[inner]}) lies inside {outer} ({full[outer]}): a copy of one takes the other."
        for inner, outer in permutations(full, 2)
        if full[inner].is_relative_to(full[outer])
    ]


def is_new(settings: Settings) -> bool:
    """Whether the settings name an embedded ledger that does not exist yet."""
    return settings.database_url is None and not settings.database_path.exists()


def create_if_new(settings: Settings) -> bool:
    """Make the embedded ledger if its home is new; PostgreSQL is for `ledger migrate` alone."""
    from ledger.genesis import create

    return create(settings) if is_new(settings) else False


@contextmanager
def served_alone(settings: Settings) -> Iterator[None]:
    """On SQLite one process serves HTTP: holds the lock of the home for as long as this lasts.

    The lock is the system's and goes with the process, however that ends; the file may stay.

    Raises:
        UnsafeSettings: another process serves this home.
    """
    if settings.database_url is not None:
        yield
        return
    with (settings.home / "serving").open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            raise UnsafeSettings(
                setting="LEDGER_HOME",
                why=f"process {held.read().strip()} serves {settings.home} already, and on SQLite "
                "one does",
                look="stop that one, name another home, or serve a ledger on PostgreSQL",
            ) from None
        held.truncate(0)
        held.write(f"{os.getpid()}\n")
        held.flush()
        yield


@contextmanager
def opened(settings: Settings) -> Iterator[Ledger]:
    """The ledger, closed afterwards.

    Raises:
        NotMigrated: there is none.
    """
    from ledger.application import Ledger

    if is_new(settings):
        raise NotMigrated(home=settings.home)
    ledger = Ledger.open(settings)
    try:
        yield ledger
    finally:
        ledger.close()


def ledgers_own_actor(ledger: Ledger) -> UUID:
    """The ledger as its own first actor: for the acts of whoever holds the machine."""
    row = ledger.recorder.genesis()
    if row is None:
        raise NotMigrated()
    return row.actor_stream


def command_line_actor(ledger: Ledger) -> UUID:
    """The actor as which commands are given from here; registered at the first use."""
    receipt = ledger.register_actor(by=ledgers_own_actor(ledger), key=ACTOR_KEY, kind="system")
    return receipt.result().ids["actor"]
