"""${message}"""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "${up_revision}"
down_revision = "${down_revision}"

GRANTS: dict[str, str] = {}


def upgrade() -> None:
    run(op.get_bind(), revision)
