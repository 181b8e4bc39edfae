"""A database that would break a promise is refused before anything is written."""

from __future__ import annotations

import pytest
from sqlalchemy import make_url

from ledger.config import Settings
from ledger.errors import NotMigrated, StoreUnavailable, UnsafeSettings
from ledger.store import open_recorder
from ledger.store.postgres import PostgresLedgerRecorder

sqlite_only = pytest.mark.parametrize("store_settings", ["sqlite"], indirect=True)
postgres_only = pytest.mark.parametrize("store_settings", ["postgres"], indirect=True)


def checked(settings, url=None):
    """What `check` of a new recorder says: None, or the error."""
    try:
        if url is None:
            recorder = open_recorder(settings)
        else:
            recorder = PostgresLedgerRecorder(url, settings.schema_name)
    except (NotMigrated, StoreUnavailable) as error:
        return error
    try:
        return recorder.check()
    except (NotMigrated, UnsafeSettings) as error:
        return error
    finally:
        recorder.close()


def test_a_migrated_place_is_accepted(store_settings):
    """Nothing to object to."""
    assert checked(store_settings) is None


def test_an_older_schema_is_refused(store_settings, execute):
    """Workers never migrate; they say who does."""
    execute("UPDATE alembic_version SET version_num = '0000'")
    error = checked(store_settings)
    assert isinstance(error, NotMigrated) and "ledger migrate" in str(error)


def test_a_place_that_was_never_migrated(tmp_path):
    """No file appears because somebody looked."""
    settings = Settings(home=tmp_path / "nowhere")
    assert isinstance(checked(settings), NotMigrated)
    assert not settings.home.exists()


@postgres_only
def test_a_schema_that_was_never_migrated(store_settings):
    """The role exists, the schema does not."""
    nowhere = store_settings.model_copy(update={"schema_name": "nowhere"})
    assert isinstance(checked(nowhere), NotMigrated)


@postgres_only
@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE", "UPDATE (state)"])
def test_a_role_that_may_change_events_is_refused(store_settings, execute, right):
    """Also when it may change one column only."""
    execute(f'GRANT {right} ON events TO "{store_settings.schema_name}"')
    error = checked(store_settings)
    assert isinstance(error, UnsafeSettings) and right.split()[0] in str(error)


@postgres_only
def test_the_owner_is_refused_as_runtime_role(store_settings):
    """Whoever owns the tables can drop their triggers."""
    error = checked(store_settings, store_settings.owner_url.get_secret_value())
    assert isinstance(error, UnsafeSettings) and "owns" in str(error)


@postgres_only
@pytest.mark.parametrize("setting", ["synchronous_commit"])
def test_a_role_without_durable_commits_is_refused(store_settings, execute, setting):
    """An acknowledged append must survive a crash of the server."""
    execute(f'ALTER ROLE "{store_settings.schema_name}" SET {setting} = off')
    error = checked(store_settings)
    assert isinstance(error, UnsafeSettings) and setting in str(error)


@postgres_only
def test_a_trigger_that_was_switched_off_is_noticed(store_settings, execute):
    """Somebody opened the table to change."""
    execute("ALTER TABLE events DISABLE TRIGGER events_no_change")
    error = checked(store_settings)
    assert isinstance(error, UnsafeSettings) and "events_no_change" in str(error)


@sqlite_only
def test_a_trigger_that_was_dropped_is_noticed(store_settings, execute):
    """The same on a file."""
    execute("DROP TRIGGER events_only_grow")
    error = checked(store_settings)
    assert isinstance(error, UnsafeSettings) and "events_only_grow" in str(error)


@sqlite_only
def test_a_file_that_left_the_write_ahead_log_is_refused(store_settings, execute):
    """Readers would lock out writers, and a tool that changed this may have changed more."""
    assert execute("PRAGMA journal_mode = DELETE") == [("delete",)]
    error = checked(store_settings)
    assert isinstance(error, UnsafeSettings) and "journal_mode" in str(error)


@postgres_only
def test_a_stranger_is_told_that_the_store_does_not_answer(store_settings):
    """A wrong address says so in our words, and which setting to look at."""
    url = make_url(store_settings.database_url.get_secret_value()).set(username="nobody-here")
    error = checked(store_settings, url.render_as_string(hide_password=False))
    assert isinstance(error, StoreUnavailable)
    assert "LEDGER_DATABASE_URL" in error.facts["look"]
