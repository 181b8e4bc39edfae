"""The engine on the ledger's database: what survives, what is refused, what an error shows."""

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import OperationalError

from ledger.config import Settings
from ledger.errors import StoreUnavailable
from ledger.vault.database import engine_for, fetch
from ledger.vault.tables import metadata
from tests.ledger.vault.conftest import House


def test_a_lost_connection_is_replaced(house: House, postgres_url: str) -> None:
    """A fail-over or a restart of the database costs no caller an error."""
    if house.engine.dialect.name == "sqlite":
        house.engine.dispose()
    else:
        (role,) = fetch(house.engine, text("SELECT current_user"))[0]
        with psycopg.connect(postgres_url, autocommit=True) as owner:
            ended = owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [role]
            ).fetchall()
        assert ended == [(True,)]
    house.vault.forget_epochs()
    assert house.vault.open_epoch() == 1


def test_a_database_that_does_not_answer_is_unavailable(postgres_settings: Settings) -> None:
    """By name, and without its password."""
    closed = SecretStr("postgresql://somebody:hush@127.0.0.1:1/postgres")
    engine = engine_for(postgres_settings.model_copy(update={"database_url": closed}))
    with pytest.raises(StoreUnavailable) as caught:
        fetch(engine, text("SELECT 1"))
    assert "hush" not in f"{caught.value} {caught.value.__cause__} {engine.url}"


def test_an_error_does_not_show_what_was_asked(house: House) -> None:
    """Parameters of a statement are hidden, whoever uses the engine."""
    statement = text("SELECT :value FROM no_table").bindparams(value="somebody@example.org")
    with pytest.raises(Exception, match="no_table") as caught, house.engine.connect() as connection:
        connection.execute(statement)
    assert "somebody" not in str(caught.value)


def test_sqlite_keeps_its_promises_on_every_connection(sqlite_settings: Settings) -> None:
    """Durable commits, deleted bytes overwritten, references checked."""
    engine = engine_for(sqlite_settings)
    asked = ("synchronous", "secure_delete", "foreign_keys", "journal_mode")
    with engine.connect(), engine.connect() as second:
        found = [second.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    engine.dispose()
    assert found == [2, 1, 1, "wal"]


def test_an_immediate_transaction_holds_the_write_lock(sqlite_settings: Settings) -> None:
    """Whoever reads and then writes waits at its first statement, not half-way."""
    engine = engine_for(sqlite_settings)
    with engine.connect().execution_options(sqlite_immediate=True) as first:
        first.execute(text("SELECT 1"))
        with pytest.raises(OperationalError, match="locked"):
            _begin_immediately(engine)
    _begin_immediately(engine)
    engine.dispose()


def _begin_immediately(engine: Engine) -> None:
    with engine.connect() as plain:
        plain.exec_driver_sql("PRAGMA busy_timeout = 1")
    with engine.connect().execution_options(sqlite_immediate=True) as second:
        second.execute(text("SELECT 1"))


def test_postgres_speaks_to_the_ledgers_own_schema(postgres_settings: Settings) -> None:
    """Whatever else lies in the database."""
    engine = engine_for(postgres_settings)
    assert fetch(engine, text("SELECT current_schema()")) == [(postgres_settings.schema_name,)]
    engine.dispose()


def test_the_tables_are_the_migrations(house: House) -> None:
    """Column for column, on both databases: the migration makes them, the vault only names them."""
    for name, table in metadata.tables.items():
        made = {column["name"] for column in inspect(house.engine).get_columns(name)}
        assert made == {column.name for column in table.columns}
