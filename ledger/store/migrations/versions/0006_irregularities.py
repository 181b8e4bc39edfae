"""Tables of the read side: closed irregularities, refusals, and the rules that were broken."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0006"
down_revision = "0005"

_TABLES = ("irregularity_closures", "refusals", "broken_rules")

GRANTS = dict.fromkeys(_TABLES, "SELECT, INSERT")


def upgrade() -> None:
    run(op.get_bind(), revision)
