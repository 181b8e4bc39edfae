"""Reserved: tables of the read side (duties)."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0010"
down_revision = "0009"

GRANTS: dict[str, str] = {}


def upgrade() -> None:
    run(op.get_bind(), revision)
