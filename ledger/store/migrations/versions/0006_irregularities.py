"""Reserved: tables of the read side (irregularities)."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0006"
down_revision = "0005"

GRANTS: dict[str, str] = {}


def upgrade() -> None:
    run(op.get_bind(), revision)
