"""The migration's literal tables are those that the projections write to."""

from __future__ import annotations

from sqlalchemy import inspect

from ledger.vault.database import engine_for
from projections.columns import metadata
from projections.registry import PROJECTIONS

assert PROJECTIONS, "importing them fills the metadata"


def _as_declared(table):
    return {
        "columns": {c.name: c.nullable for c in table.columns},
        "key": [c.name for c in table.primary_key.columns],
        "indexes": {i.name: ([c.name for c in i.columns], bool(i.unique)) for i in table.indexes},
    }


def _as_migrated(inspector, name):
    """A table's key is a unique index; those that a rebuild made end in `_b` every second time."""
    key = inspector.get_pk_constraint(name)["constrained_columns"]
    indexes = {
        i["name"].removesuffix("_b"): (i["column_names"], bool(i["unique"]))
        for i in inspector.get_indexes(name)
    }
    return {
        "columns": {c["name"]: c["nullable"] for c in inspector.get_columns(name)},
        "key": indexes.pop(f"{name}_key", (key, True))[0],
        "indexes": indexes,
    }


def assert_as_declared(engine):
    """The tables of this database are those of the metadata."""
    inspector = inspect(engine)
    declared = {name: _as_declared(table) for name, table in metadata.tables.items()}
    assert {name: _as_migrated(inspector, name) for name in declared} == declared


def test_tables_are_migrated_as_declared(store_settings):
    """Columns, which of them may be empty, keys and indexes, table by table."""
    engine = engine_for(store_settings)
    assert_as_declared(engine)
    engine.dispose()
