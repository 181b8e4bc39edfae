"""Read side: consents by the text that was agreed to."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0014"
down_revision = "0010"

GRANTS: dict[str, str] = {}


def upgrade() -> None:
    run(op.get_bind(), revision)
