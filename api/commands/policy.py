"""`ledger policy`: documents checked, published, shown, and what came of them."""

from __future__ import annotations

import typer

from api.commands import checking, coverage, explaining, publishing, rules

app = typer.Typer(no_args_is_help=True, help="Check, show and publish policy documents.")
publishing.register(app)
checking.register(app)
coverage.register(app)
explaining.register(app)
app.command()(rules.refusals)
