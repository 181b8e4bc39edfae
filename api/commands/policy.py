"""`ledger policy`: check a document; what is published is in `publishing.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands import console, coverage, publishing
from api.commands.console import Exit
from api.commands.publishing import Json, read_text

app = typer.Typer(no_args_is_help=True, help="Check, show and publish policy documents.")
publishing.register(app)
coverage.register(app)


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="A policy document.", dir_okay=False)] = None,
    as_json: Json = False,
) -> None:
    """Name everything that is wrong with a document (without FILE: the one that is shipped)."""
    from ledger.policy import document

    file = file or document.DEFAULT
    found = document.problems(read_text(file))
    if as_json:
        told = [problem._asdict() for problem in found]
        console.write_json({"file": str(file), "valid": not found, "problems": told})
    elif found:
        rows = ((str(p.line or ""), p.key, p.rule, p.remedy) for p in found)
        console.table(f"{file}: not valid", ("Line", "Key", "Rule", "Remedy"), rows)
    else:
        read = document.load(read_text(file))
        console.facts(
            f"{file}: valid",
            {
                "title": read.policy.title,
                "label": read.policy.label,
                "effective": read.policy.effective,
                "holds": f"{len(read.purposes)} purposes, {len(read.classes)} retention classes, "
                f"{len(read.attributes)} attributes, {len(read.recipients)} recipients, "
                f"{len(read.notices)} notices",
                "sha256": document.digest(read_text(file)).hex(),
            },
        )
    raise typer.Exit(Exit.REFUSED if found else Exit.OK)
