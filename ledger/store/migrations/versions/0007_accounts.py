"""Tables of the read side: accounts, what customers store in them, and what cases hold."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0007"
down_revision = "0006"

_TABLES = (
    "accounts",
    "account_members",
    "account_facts",
    "contents",
    "requests_passed_on",
    "case_values",
)

GRANTS = dict.fromkeys(_TABLES, "SELECT, INSERT")


def upgrade() -> None:
    run(op.get_bind(), revision)
