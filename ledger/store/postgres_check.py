"""Whether a PostgreSQL database keeps the ledger's promises: durable, and closed to its own writer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ledger.errors import NotMigrated, UnsafeSettings
from ledger.store.revision import newest

Query = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

TRIGGERS = frozenset(
    (
        "events_no_change",
        "events_no_truncate",
        "ledger_no_change",
        "ledger_no_truncate",
        "epochs_no_delete",
        "epochs_no_truncate",
        "data_keys_no_delete",
        "data_keys_no_truncate",
        "data_keys_guard",
    )
)


def check(query: Query, schema: str) -> None:
    """See `LedgerRecorder.check`."""
    _schema(query, schema)
    _durability(query)
    _role(query)
    _triggers(query)


def _schema(query: Query, schema: str) -> None:
    found = query("SELECT version_num FROM alembic_version", [])
    if found != [(newest(),)]:
        raise NotMigrated(schema=schema, found=found, needed=newest())


def _durability(query: Query) -> None:
    """An acknowledged append survives a crash of the server, and keys come from the primary only."""
    settings = "fsync", "full_page_writes", "synchronous_commit"
    for setting in settings:
        ((value,),) = query("SELECT current_setting(?)", [setting])
        if value == "off":
            raise UnsafeSettings(setting=setting, why="an acknowledged append could be lost")
    if query("SELECT pg_is_in_recovery()", []) == [(True,)]:
        raise UnsafeSettings(setting="LEDGER_DATABASE_URL", why="it names a standby")


def _role(query: Query) -> None:
    """The runtime role owns nothing here and can neither change nor remove an event."""
    owns = "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
    if query(f"{owns} AND pg_has_role(relowner, 'MEMBER') LIMIT 1", []):
        why = "its role is a superuser or owns the ledger's tables; name a role of its own"
        raise UnsafeSettings(setting="LEDGER_DATABASE_URL", why=why)
    for right in ("UPDATE", "DELETE", "TRUNCATE"):
        may = query("SELECT has_table_privilege('events', ?)", [right])
        if may == [(True,)]:
            raise UnsafeSettings(setting="LEDGER_DATABASE_URL", why=f"its role may {right} events")
    if query("SELECT has_any_column_privilege('events', 'UPDATE')", []) == [(True,)]:
        raise UnsafeSettings(setting="LEDGER_DATABASE_URL", why="its role may UPDATE events")


def _triggers(query: Query) -> None:
    always = (
        "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE relnamespace = current_schema()::regnamespace AND tgenabled = 'A'"
    )
    missing = TRIGGERS - {name for (name,) in query(always, [])}
    if missing:
        why = "it is missing or off: somebody opened the tables to change"
        raise UnsafeSettings(setting=f"trigger {min(missing)}", why=why)
