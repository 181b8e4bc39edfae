"""Reserved: tables of the read side (rights)."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0005"
down_revision = "0004"

GRANTS: dict[str, str] = {}


def upgrade() -> None:
    run(op.get_bind(), revision)
