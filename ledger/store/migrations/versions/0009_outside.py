"""Tables of the read side: standing accesses that were closed, and acts over many people."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0009"
down_revision = "0008"

GRANTS = dict.fromkeys(("standing_closings", "handovers"), "SELECT, INSERT")


def upgrade() -> None:
    run(op.get_bind(), revision)
