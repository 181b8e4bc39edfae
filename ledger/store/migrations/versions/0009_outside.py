"""Reserved: tables of the read side (outside)."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0009"
down_revision = "0008"

GRANTS: dict[str, str] = {}


def upgrade() -> None:
    run(op.get_bind(), revision)
