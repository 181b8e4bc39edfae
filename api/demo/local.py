"""What the demo needs around the story: a home of its own, a token a role, a server on loopback."""

from __future__ import annotations

import csv
import random
import shlex
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from uuid import uuid4

from api.commands import serving
from api.commands.places import served_alone
from api.commands.tokens import grant
from api.demo.plot import PERMISSIONS, Plot, Role
from api.demo.teller import Teller
from api.importing.mapping import Mapping
from ledger.application import Ledger
from ledger.config import Settings
from ledger.errors import LedgerError, StoreUnavailable, UnsafeSettings

PORTS = range(20_000, 32_768)
"""Below the range from which systems take ports of their own."""
READY = 30.0
"""Seconds a server may take to answer."""
OTHERS = 24
"""People of the sample that the run asks for, too."""


def check_home(settings: Settings) -> None:
    """The demo makes a ledger of its own and touches no other.

    Raises:
        UnsafeSettings: one is there already, or the settings name another place or policy.
    """
    for name in ("database_url", "policy"):
        if getattr(settings, name) is not None:
            why = "the demo makes an embedded ledger with the policy that is shipped; unset it"
            raise UnsafeSettings(setting=f"LEDGER_{name.upper()}", why=why)
    if settings.database_path.exists():
        there = shlex.join(map(str, (settings.home, settings.keyring_path)))
        raise UnsafeSettings(
            setting="LEDGER_HOME",
            why=f"there is a ledger in {settings.home} already",
            again=f"LEDGER_HOME=./another ledger demo, or rm -r {there}",
            look="ledger serve",
        )


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise StoreUnavailable(why="no free port on 127.0.0.1")


def tokens(ledger: Ledger, settings: Settings, plot: Plot) -> dict[Role, str]:
    """A token for each role of the story; the settings file keeps their SHA-256 only."""
    made: dict[Role, str] = {}
    for role, permissions in PERMISSIONS.items():
        granted = grant(
            ledger,
            settings,
            kind="system" if role == "site" else "staff",
            function=plot.functions.get(role),
            permissions=permissions,
        )
        made[role] = granted.token
    return made


@contextmanager
def serving_at(settings: Settings) -> Iterator[str]:
    """A real server in a thread of this process; yields its address, stops it afterwards."""
    with served_alone(settings):
        server = serving.server(settings, level="warning")
        thread = threading.Thread(target=server.run, name="server", daemon=True)
        thread.start()
        try:
            wait_for(lambda: server.started or not thread.is_alive())
            if not server.started:
                raise StoreUnavailable(why="the server did not start")
            yield f"http://{settings.host}:{settings.port}"
        finally:
            server.should_exit = True
            thread.join(READY)


def wait_for(ready: Callable[[], bool]) -> None:
    """Return when it is so. Raises StoreUnavailable after `READY` seconds."""
    deadline = time.monotonic() + READY
    while not ready():
        if time.monotonic() > deadline:
            raise StoreUnavailable(why="the server did not answer in time")
        time.sleep(0.02)


def look_up(teller: Teller, file: Path, mapping: Mapping, reason: str) -> list[str]:
    """Ids of some people of the sample, found as staff would: by a value, on record."""
    attribute = mapping.recognise_by[0]
    column = mapping.attributes[attribute]
    found: list[str] = []
    with file.open(encoding=mapping.encoding, errors="replace", newline="") as opened:
        for row in islice(csv.DictReader(opened, delimiter=mapping.delimiter), OTHERS):
            body = {"kind": attribute, "value": row[column] or uuid4().hex, "reason": reason}
            try:
                found += teller.tell("desk", "POST", "/v1/subjects/lookups", body)["subjects"]
            except LedgerError:
                continue  # a planted fault: not a value of this kind
    return list(dict.fromkeys(found))
