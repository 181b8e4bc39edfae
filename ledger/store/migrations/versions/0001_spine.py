"""Events, the vault's tables, and what an append writes beside them."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0001"
down_revision = None

GRANTS = {
    "alembic_version": "SELECT",
    "ledger": "SELECT, INSERT",
    "events": "SELECT, INSERT",
    "commands": "SELECT, INSERT",
    "registers": "SELECT, INSERT",
    "epochs": "SELECT, INSERT, UPDATE (wrapped, state, destroyed_at, effective_at, gone_at)",
    "data_keys": "SELECT, INSERT, UPDATE (wrapped, dead_at, epoch)",
    "secrets": "SELECT, INSERT, UPDATE (wrapped, epoch)",
    "lookups": "SELECT, INSERT, DELETE, UPDATE (idx, epoch)",
    "suppressions": "SELECT, INSERT, DELETE, UPDATE (idx, epoch)",
    "stops": "SELECT, INSERT, DELETE",
}
"""What the runtime role may do with each table this revision creates; nothing else is granted."""


def upgrade() -> None:
    run(op.get_bind(), revision)
