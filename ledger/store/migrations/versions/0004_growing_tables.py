"""Tables of the read side that only grow, and their rebuild beside the live ones."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0004"
down_revision = "0003"

_TABLES = (
    "annulments",
    "actors",
    "disclosures",
    "authorisations",
    "key_states",
    "key_deaths",
    "erasures",
    "retained_slots",
    "recipients",
    "standing_access",
    "orders",
    "order_words",
    "irregularities",
    "audit_trail",
    "claims",
    "claim_releases",
    "collections",
    "collection_purposes",
    "consents",
    "switches",
    "openings",
    "policies",
    "runs",
    "run_steps",
    "run_ends",
    "subjects",
    "profile_items",
)

GRANTS = dict.fromkeys(_TABLES, "SELECT, INSERT") | {"projection_progress": "SELECT, UPDATE"}
"""The projector is the runtime role: it adds rows. What it wrote wrongly, a rebuild replaces."""


def upgrade() -> None:
    run(op.get_bind(), revision)
