"""How alembic runs here: only from `ledger.store.migrate`, which names the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import context

from ledger.errors import UnsafeSettings
from ledger.store.migrations.grants import grant


@contextmanager
def _sqlite(path: str) -> Iterator[sa.Connection]:
    """One writing transaction on the file, which is created with its lasting settings."""
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: sa.engine.interfaces.DBAPIConnection, _: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in ("busy_timeout=60000", "journal_mode=WAL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        yield connection


@contextmanager
def _postgres(url: str, schema: str) -> Iterator[sa.Connection]:
    """One transaction of the owner in the ledger's schema; two migrations wait for each other."""
    engine = sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"), poolclass=sa.NullPool
    )
    with _refusals(), engine.begin() as connection:
        lock = sa.text(
            "SELECT pg_advisory_xact_lock(hashtextextended('ledger/migrate/' || :schema, 0))"
        )
        connection.execute(lock, {"schema": schema})
        connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        connection.exec_driver_sql(f'SET LOCAL search_path TO "{schema}", pg_temp')
        yield connection


@contextmanager
def _refusals() -> Iterator[None]:
    """The owner's missing rights in the ledger's words."""
    try:
        yield
    except sa.exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":
            raise
        raise UnsafeSettings(setting="LEDGER_OWNER_URL", why=str(error.orig).strip()) from error


def main() -> None:
    attributes = context.config.attributes
    schema, role = attributes.get("schema"), attributes.get("role")
    opened = _postgres(attributes["url"], schema) if schema else _sqlite(attributes["path"])
    with opened as connection:
        context.configure(connection=connection, version_table_schema=schema)
        context.run_migrations()
        if schema and role:
            grant(connection, schema, role, context.script)


main()
