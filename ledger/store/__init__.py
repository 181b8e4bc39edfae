"""Where events, keys and answers are written: one append, two databases, one interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.config import Settings
    from ledger.store.recorder import LedgerRecorder


def open_recorder(settings: Settings) -> LedgerRecorder:
    """The recorder of the database that the settings name; call `check()` before relying on it.

    Raises:
        NotMigrated: the embedded file does not exist.
        StoreUnavailable: PostgreSQL does not answer.
    """
    if settings.database_url is None:
        from ledger.store.sqlite import SQLiteLedgerRecorder

        return SQLiteLedgerRecorder(settings.database_path)
    from ledger.store.postgres import PostgresLedgerRecorder

    return PostgresLedgerRecorder(settings.database_url.get_secret_value(), settings.schema_name)
