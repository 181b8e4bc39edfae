"""Tables of the read side: duties to inform; the messages of runs and collections."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0010"
down_revision = "0009"

GRANTS = dict.fromkeys(("duties", "duties_met"), "SELECT, INSERT")


def upgrade() -> None:
    run(op.get_bind(), revision)
