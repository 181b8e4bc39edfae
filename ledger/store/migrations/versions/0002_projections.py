"""The tables of the read side."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0002"
down_revision = "0001"

_TABLES = (
    "projection_progress",
    "policies",
    "actors",
    "recipients",
    "standing_access",
    "subjects",
    "profile_items",
    "collections",
    "consents",
    "switches",
    "disclosures",
    "authorisations",
    "runs",
    "run_steps",
    "claims",
    "erasures",
    "retained_slots",
    "orders",
    "openings",
    "irregularities",
    "audit_trail",
    "key_states",
)

GRANTS = dict.fromkeys(_TABLES, "SELECT, INSERT, UPDATE, DELETE")
"""The projector is the runtime role: what it wrote it may write again."""


def upgrade() -> None:
    run(op.get_bind(), revision)
