"""The three places of an embedded ledger, and opening the ledger that the settings name.

Heavy packages are imported where they are used, here and in the other files of the command line:
`ledger --help` does not wait for a database library.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from ledger.config import Settings
from ledger.errors import NotMigrated

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
