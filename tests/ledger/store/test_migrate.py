"""Migration: who may run it, and what it leaves."""

from __future__ import annotations

import re
import uuid

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from ledger.config import Settings
from ledger.errors import StoreUnavailable, UnsafeSettings
from ledger.store import open_recorder
from ledger.store.migrate import migrate
from ledger.store.migrations.script import SQL, statements
from tests.ledger.store.processes import start


def test_a_second_migration_changes_nothing(store_settings, opened):
    """Migrating twice is migrating once; what was recorded stays."""
    before = opened.select_rows(0, 100)
    migrate(store_settings)
    assert opened.select_rows(0, 100) == before
    opened.check()


def test_many_migrations_at_once(tmp_path):
    """In threads and processes: one does the work, the others wait and find it done."""
    settings = Settings(home=tmp_path / "home")
    processes = [start(settings, "tests.ledger.store.migrator") for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    recorder = open_recorder(settings)
    recorder.check()
    recorder.close()


def test_a_home_is_its_owner_s_alone(tmp_path):
    """Only the user may look into it."""
    settings = Settings(home=tmp_path / "home")
    migrate(settings)
    assert settings.home.stat().st_mode & 0o777 == 0o700


def test_without_an_owner_nothing_is_created(postgres_settings):
    """The runtime role does not migrate."""
    settings = postgres_settings.model_copy(update={"owner_url": None})
    with pytest.raises(UnsafeSettings, match="LEDGER_OWNER_URL"):
        migrate(settings)


def test_owner_and_runtime_role_are_two(postgres_settings):
    """Who writes must not own."""
    settings = postgres_settings.model_copy(update={"owner_url": postgres_settings.database_url})
    with pytest.raises(UnsafeSettings, match="LEDGER_DATABASE_URL"):
        migrate(settings)


def test_an_owner_that_may_not_create_roles(postgres_settings, postgres_url):
    """It is told the SQL to have run; the password is not in it."""
    owner, missing = f"o{uuid.uuid4().hex[:12]}", f"m{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {owner} LOGIN PASSWORD 'of-the-owner'")
        try:
            settings = Settings(
                home=postgres_settings.home,
                owner_url=_as(postgres_url, owner, "of-the-owner"),
                database_url=_as(postgres_url, missing, "not-to-be-shown"),
            )
            with pytest.raises(UnsafeSettings, match=f'CREATE ROLE "{missing}"') as raised:
                migrate(settings)
        finally:
            connection.execute(f"DROP ROLE {owner}")
    assert "not-to-be-shown" not in str(raised.value)


def test_an_owner_that_may_not_create_the_schema(postgres_settings, postgres_url):
    """It is told which right is missing, and nothing is there afterwards."""
    owner = f"o{uuid.uuid4().hex[:12]}"
    address = _as(postgres_settings.owner_url.get_secret_value(), owner, "of-the-owner")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {owner} LOGIN PASSWORD 'of-the-owner'")
        try:
            settings = postgres_settings.model_copy(
                update={
                    "owner_url": SecretStr(address),
                    "schema_name": owner,
                }
            )
            with pytest.raises(UnsafeSettings, match="LEDGER_OWNER_URL"):
                migrate(settings)
        finally:
            connection.execute(f"DROP ROLE {owner}")


def test_a_database_that_does_not_answer(tmp_path):
    """It is said without the password."""
    url = f"postgresql://owner:hidden@/none?host={tmp_path}"
    settings = Settings(
        home=tmp_path, owner_url=url, database_url=url.replace("owner:", "runtime:")
    )
    with pytest.raises(StoreUnavailable) as raised:
        migrate(settings)
    assert "hidden" not in str(raised.value)


def test_two_ledgers_in_one_database(postgres_settings):
    """A schema is a ledger: a lock, a log and rights of its own."""
    other = f"t{uuid.uuid4().hex[:16]}"
    settings = postgres_settings.model_copy(update={"schema_name": other})
    migrate(settings)
    recorder = open_recorder(settings)
    recorder.check()
    recorder.close()


def test_both_dialects_have_the_same_tables_and_columns():
    """One vault, one log: a column of one database is a column of the other."""
    revisions = {file.name.split("_")[0] for file in SQL.glob("*.sql")}
    for revision in revisions:
        scripts = [
            "\n".join(f.read_text() for f in sorted(SQL.glob(f"{revision}_{d}*.sql")))
            for d in ("sqlite", "postgres")
        ]
        sqlite, postgres = map(_columns, scripts)
        assert sqlite == postgres
        assert sqlite or all(_only_indexes(script) for script in scripts), revision


def _only_indexes(script):
    code = "".join(line for line in script.splitlines() if not line.startswith("--"))
    made = [one.strip() for one in code.split(";") if one.strip()]
    return bool(made) and all(one.startswith("CREATE INDEX") for one in made)


def test_statements_keep_triggers_whole():
    """A semicolon inside a trigger does not end it."""
    script = "CREATE TABLE a (b);\nCREATE TRIGGER t BEFORE INSERT ON a\nBEGIN SELECT 1; END;\n"
    assert len(list(statements(script))) == 2


def _columns(script):
    tables = re.findall(r"^CREATE TABLE (\w+) \((.*?)^\)", script, re.MULTILINE | re.DOTALL)
    return {name: re.findall(r"^    ([a-z_]+) ", body, re.MULTILINE) for name, body in tables}


def _as(url, user, password):
    return make_url(url).set(username=user, password=password).render_as_string(hide_password=False)
