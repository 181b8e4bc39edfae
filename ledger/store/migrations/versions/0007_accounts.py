"""Reserved: tables of the read side (accounts)."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0007"
down_revision = "0006"

GRANTS: dict[str, str] = {}


def upgrade() -> None:
    run(op.get_bind(), revision)
