"""`ledger policy`: check a document, show the one in force, publish another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from api.commands import console
from api.commands.console import Exit
from api.commands.places import command_line_actor, opened
from ledger.config import Settings
from ledger.errors import NotFound, PolicyInvalid

app = typer.Typer(no_args_is_help=True, help="Check, show and publish policy documents.")

File = Annotated[Path, typer.Argument(help="A policy document (YAML).", dir_okay=False)]
Json = Annotated[bool, typer.Option("--json", help="For a program.")]


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="A policy document.", dir_okay=False)] = None,
    as_json: Json = False,
) -> None:
    """Name everything that is wrong with a document (without FILE: the one that is shipped)."""
    from ledger.policy import document

    file = file or document.DEFAULT
    found = document.problems(_text(file))
    if as_json:
        told = [problem._asdict() for problem in found]
        console.write_json({"file": str(file), "valid": not found, "problems": told})
    elif found:
        rows = ((str(p.line or ""), p.key, p.rule, p.remedy) for p in found)
        console.table(f"{file}: not valid", ("Line", "Key", "Rule", "Remedy"), rows)
    else:
        read = document.load(_text(file))
        console.facts(
            f"{file}: valid",
            {
                "title": read.policy.title,
                "label": read.policy.label,
                "effective": read.policy.effective,
                "holds": f"{len(read.purposes)} purposes, {len(read.classes)} retention classes, "
                f"{len(read.attributes)} attributes, {len(read.recipients)} recipients, "
                f"{len(read.notices)} notices",
                "sha256": document.digest(_text(file)).hex(),
            },
        )
    raise typer.Exit(Exit.REFUSED if found else Exit.OK)


@app.command()
def show(
    version: Annotated[int | None, typer.Option(help="Default: the version in force.")] = None,
    as_json: Json = False,
) -> None:
    """Print a published document as it was published."""
    from ledger.events import PolicyPublished
    from ledger.mapper import entry_of

    with opened(Settings()) as ledger:
        row = ledger.recorder.genesis()
        assert row is not None  # `opened` has checked
        bodies = [
            entry_of(stored).body for stored in ledger.recorder.select_events(row.policy_stream)
        ]
    published = [body for body in bodies if isinstance(body, PolicyPublished)]
    found = [body for body in published if version in (None, body.version)]
    if not found:
        raise NotFound(version=version, newest=published[-1].version)
    body = found[-1]
    if as_json:
        told = {"version": body.version, "label": body.label, "effective": body.effective}
        console.write_json({**told, "sha256": body.digest.hex(), "document": body.document})
    else:
        typer.echo(body.document, nl=False)


@app.command()
def publish(file: File, as_json: Json = False) -> None:
    """Put a document in force from here on; the same document again changes nothing."""
    from ledger.policy import document

    text = _text(file)
    document.load(text)
    with opened(Settings()) as ledger:
        by = command_line_actor(ledger)
        answer = ledger.publish_policy(by=by, key=uuid4().hex, text=text).result()
        version = ledger.policy_version()
    told = {"outcome": answer.outcome, "version": version, "position": answer.position}
    if as_json:
        console.write_json(told)
    else:
        console.facts(str(file), told)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise PolicyInvalid(key=file, rule="cannot be read") from error
    except UnicodeDecodeError as error:
        raise PolicyInvalid(key=file, rule="is not UTF-8") from error
