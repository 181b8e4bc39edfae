"""Migration: who may run it, and what it leaves."""

from __future__ import annotations

from ledger.store.migrate import migrate


def test_a_second_migration_changes_nothing(store_settings):
    """Migrating twice is migrating once."""
    migrate(store_settings)
