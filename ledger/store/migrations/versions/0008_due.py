"""Tables of the read side: what is due, and where a sweep looks for it."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0008"
down_revision = "0007"

GRANTS = dict.fromkeys(("dues", "dues_met", "due_keys", "due_marks"), "SELECT, INSERT")


def upgrade() -> None:
    run(op.get_bind(), revision)
