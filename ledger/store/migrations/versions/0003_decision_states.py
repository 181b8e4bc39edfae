"""One row of decision state per stream, written by the append that changes the stream."""

from __future__ import annotations

from alembic import op

from ledger.store.migrations.script import run

revision = "0003"
down_revision = "0002"

GRANTS = {"decision_states": "SELECT, INSERT, UPDATE"}
"""Derived from the events and never trusted beyond them: `ledger replay verify` compares."""


def upgrade() -> None:
    run(op.get_bind(), revision)
