"""`ledger policy check` and `schema`: what is wrong with a document, what it is silent on, its form."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands import console
from api.commands.console import Exit
from api.commands.publishing import Json, read_text
from ledger.policy.law import Law

if TYPE_CHECKING:
    from ledger.policy.document import Located
    from ledger.policy.gaps import Gap
    from ledger.policy.model import PolicyDocument

Checked = Annotated[Path | None, typer.Argument(help="A policy document.", dir_okay=False)]
Against = Annotated[
    list[Law] | None,
    typer.Option(
        "--against", help="Also list what it is silent on that this law asks for; repeatable."
    ),
]


def register(app: typer.Typer) -> None:
    """The commands of this file, on the command line of the policy."""
    app.command()(check)
    app.command()(schema)


def check(file: Checked = None, against: Against = None, as_json: Json = False) -> None:
    """Name everything that is wrong with a document (without FILE: the one that is shipped).

    What it is silent on are warnings; only what is wrong refuses it.
    """
    from ledger.policy import document

    file = file or document.DEFAULT
    text = read_text(file)
    found = document.problems(text)
    silent = {} if found else _silent(document.load(text), against or [])
    if as_json:
        console.write_json({"file": str(file), **_told(found, silent)})
    elif found:
        rows = ((str(p.line or ""), p.key, p.rule, p.remedy) for p in found)
        console.table(f"{file}: not valid", ("Line", "Key", "Rule", "Remedy"), rows)
    else:
        console.facts(f"{file}: valid", _facts(document.load(text), document.digest(text)))
        for law, listed in silent.items():
            _warn(law, listed)
    raise typer.Exit(Exit.REFUSED if found else Exit.OK)


def schema() -> None:
    """Print the form of a document as JSON Schema, for an editor.

    Name the file on a document's first line: # yaml-language-server: $schema=policy.schema.json
    """
    from ledger.policy.schema import schema as made

    console.write_json(made())


def _silent(read: PolicyDocument, against: list[Law]) -> dict[Law, list[Gap]]:
    from ledger.policy.gaps import gaps

    today = dt.datetime.now(dt.UTC).date()
    return {law: gaps(read, law, today) for law in dict.fromkeys(against)}


def _told(found: list[Located], silent: dict[Law, list[Gap]]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "valid": not found,
        "problems": [problem._asdict() for problem in found],
    }
    if silent:
        told["gaps"] = {law: [gap._asdict() for gap in listed] for law, listed in silent.items()}
    return told


def _facts(read: PolicyDocument, digest: bytes) -> dict[str, object]:
    return {
        "title": read.policy.title,
        "label": read.policy.label,
        "effective": read.policy.effective,
        "holds": f"{len(read.purposes)} purposes, {len(read.classes)} retention classes, "
        f"{len(read.attributes)} attributes, {len(read.recipients)} recipients, "
        f"{len(read.notices)} notices",
        "sha256": digest.hex(),
    }


def _warn(law: Law, listed: list[Gap]) -> None:
    if not listed:
        console.facts(f"Against {law}", {"silent on": "nothing that is looked for"})
        return
    console.line(f"Against {law}: silent on {len(listed)} things")
    for one in listed:
        console.line(f"{one.article}: {one.says}")
        console.line(f"    {one.remedy}")
        if one.places:
            console.line(f"    at {one.places}")
