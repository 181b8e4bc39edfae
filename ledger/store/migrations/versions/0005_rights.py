"""Tables of the read side: objections, restrictions, the laws that protect a person."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0005"
down_revision = "0004"

_TABLES = ("objections", "restrictions", "restriction_lifts", "regimes_determined")
GRANTS = dict.fromkeys(_TABLES, "SELECT, INSERT")


def upgrade() -> None:
    run(op.get_bind(), revision)
