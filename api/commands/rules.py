"""`ledger policy refusals`: how often each rule was broken, by asking and by telling."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands import console
from api.commands.views import viewed


def refusals(
    version: Annotated[
        int | None, typer.Option(help="Only under this policy version.", min=1)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Count refusals and irregularities by rule and policy version, the newest version first."""
    from api.refusals import rule_view
    from projections import refusals as of

    with viewed() as place:
        shown = [rule_view(row) for row in of.by_rule(place.tables, version=version)]
    if as_json:
        console.write_json([one.model_dump(mode="json") for one in shown])
        return
    rows = (
        (
            str(one.policy),
            one.rule,
            ", ".join(one.statements),
            str(one.refused),
            str(one.irregular),
            str(one.open),
        )
        for one in shown
    )
    columns = ("Version", "Rule", "Statements", "Refused", "Irregular", "Open")
    console.table("Rules that were broken", columns, rows)
