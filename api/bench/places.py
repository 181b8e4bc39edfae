"""A fresh ledger for one benchmark, gone afterwards: never the user's own.

On SQLite a temporary home beside the one the settings name, so on the same disk. On PostgreSQL a
schema and a role of its own, made by the owner (`LEDGER_OWNER_URL`) on the server of the settings.
Whoever kills the process at once (SIGKILL) leaves them behind; both are called `ledger_bench_…`.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from api.bench.measure import Store
from ledger.application import Ledger
from ledger.config import Settings
from ledger.errors import StoreUnavailable, UnsafeSettings
from ledger.genesis import create
from ledger.store import open_recorder
from ledger.vault.database import engine_for
from projections.engine import Engine

PREFIX = "ledger_bench_"


@dataclass(frozen=True)
class Place:
    """A ledger that exists and has its first three events. `directory` is for files beside it."""

    store: Store
    settings: Settings
    directory: Path
    given: Settings

    @contextmanager
    def another(self, document: str | None = None) -> Iterator[Place]:
        """One more fresh ledger on the same database, as long as this lasts; `document`: its policy."""
        with fresh(self.store, self.given, document) as place:
            yield place

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, opened as any process does, and closed."""
        ledger = Ledger.open(self.settings)
        try:
            yield ledger
        finally:
            ledger.close()

    @contextmanager
    def views(self) -> Iterator[Engine]:
        """The projections, to be filled and asked; no thread follows the log."""
        recorder, database = open_recorder(self.settings), engine_for(self.settings)
        try:
            yield Engine(database, recorder)
        finally:
            database.dispose()
            recorder.close()

    def analyze(self) -> None:
        """Statistics of all tables, whoever made them: what a server does by itself within a minute
        of a bulk load, and a benchmark's may not."""
        if self.store == "postgresql":
            with self.owner() as connection:
                connection.execute("ANALYZE")

    def owner(self) -> psycopg.Connection[Any]:
        """On PostgreSQL: an autocommit connection of the owner in the ledger's schema."""
        assert self.settings.owner_url is not None
        connection = psycopg.connect(self.settings.owner_url.get_secret_value(), autocommit=True)
        connection.execute(
            "SELECT set_config('search_path', %s, false)", [self.settings.schema_name]
        )
        return connection


def store_of(settings: Settings) -> Store:
    """The database that the settings name."""
    return "sqlite" if settings.database_url is None else "postgresql"


@contextmanager
def fresh(store: Store, given: Settings, document: str | None = None) -> Iterator[Place]:
    """A new ledger with this policy, or the default one, removed at the end, whatever ends it.

    Raises:
        UnsafeSettings: PostgreSQL is asked for and the settings do not name it, or not its owner.
        StoreUnavailable: it does not answer.
    """
    beside = given.home.absolute().parent
    with tempfile.TemporaryDirectory(
        prefix="ledger-bench-", dir=beside if beside.is_dir() else None, ignore_cleanup_errors=True
    ) as name:
        directory, own = Path(name), dict[str, Path]()
        if document is not None:
            own["policy"] = directory / "policy.yaml"
            own["policy"].write_text(document, "utf-8")
        if store == "sqlite":
            settings = _settings(directory, **own)
            create(settings)
            yield Place(store, settings, directory, given)
            return
        with _schema(given, directory, own) as settings:
            yield Place(store, settings, directory, given)


def _settings(directory: Path, **own: str | Path) -> Settings:
    """Settings that take nothing from the environment or a file: a benchmark measures defaults."""
    plain: dict[str, Any] = {"keyring": None, "journal": None, "policy": None, "tokens": ()}
    nowhere = {"database_url": None, "owner_url": None}
    return Settings(home=directory / "home", **{**plain, **nowhere, **own})


@contextmanager
def _schema(given: Settings, directory: Path, own: Mapping[str, Path]) -> Iterator[Settings]:
    """A ledger in a schema of its own; schema and role are dropped afterwards."""
    runtime, owner = _addresses(given)
    name = PREFIX + uuid.uuid4().hex[:12]
    address = make_conninfo(runtime, user=name, password=uuid.uuid4().hex)
    database = {"database_url": address, "owner_url": owner, "schema_name": name}
    settings = _settings(directory, **database, **own)
    try:
        create(settings)
        yield settings
    finally:
        _drop(owner, name)


def _addresses(given: Settings) -> tuple[str, str]:
    if given.database_url is None or given.owner_url is None:
        missing = "LEDGER_DATABASE_URL" if given.database_url is None else "LEDGER_OWNER_URL"
        why = "a benchmark on PostgreSQL makes a schema and a role of its own, as the owner"
        raise UnsafeSettings(setting=missing, why=why, look="or run it with --store sqlite")
    runtime, owner = given.database_url.get_secret_value(), given.owner_url.get_secret_value()
    places = [
        {name: conninfo_to_dict(address).get(name) for name in ("host", "port", "dbname")}
        for address in (runtime, owner)
    ]
    if places[0] != places[1]:
        why = "it and LEDGER_DATABASE_URL name different databases"
        raise UnsafeSettings(setting="LEDGER_OWNER_URL", why=why)
    return runtime, owner


def _drop(owner: str, name: str) -> None:
    """Remove schema and role, also with sessions left in them."""
    role = sql.Identifier(name)
    try:
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [name]
            )
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(role))
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
                connection.execute(sql.SQL("DROP OWNED BY {}").format(role))
                connection.execute(sql.SQL("DROP ROLE {}").format(role))
    except psycopg.OperationalError as error:
        raise StoreUnavailable(left_behind=name) from error
