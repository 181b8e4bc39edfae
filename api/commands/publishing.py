"""`ledger policy publish | show`: put a document in force, print one that was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from api.commands import console
from api.commands.places import command_line_actor, opened
from ledger.config import Settings
from ledger.errors import NotFound, PolicyInvalid

if TYPE_CHECKING:
    from ledger.application import Ledger
    from ledger.events import PolicyPublished

File = Annotated[Path, typer.Argument(help="A policy document (YAML).", dir_okay=False)]
Json = Annotated[bool, typer.Option("--json", help="For a program.")]


def register(app: typer.Typer) -> None:
    """Give these commands to the group `ledger policy`."""
    for command in (show, publish):
        app.command()(command)


def show(
    version: Annotated[
        int | None, typer.Argument(help="Which version; without, the one in force.", min=1)
    ] = None,
    as_json: Json = False,
) -> None:
    """Print a published document as it was published."""
    with opened(Settings()) as ledger:
        published = published_in(ledger)
    found = [body for body in published if version in (None, body.version)]
    if not found:
        raise NotFound(version=version, newest=published[-1].version)
    body = found[-1]
    if as_json:
        told = {"version": body.version, "label": body.label, "effective": body.effective}
        console.write_json({**told, "sha256": body.digest.hex(), "document": body.document})
    else:
        typer.echo(body.document, nl=False)


def publish(file: File, as_json: Json = False) -> None:
    """Put a document in force from here on; the same document again changes nothing."""
    from ledger.policy import document

    text = read_text(file)
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


def published_in(ledger: Ledger) -> list[PolicyPublished]:
    """Every version there was, oldest first, from the log itself."""
    from ledger.events import PolicyPublished
    from ledger.mapper import entry_of

    row = ledger.recorder.genesis()
    assert row is not None  # `opened` has checked
    stored = ledger.recorder.select_events(row.policy_stream)
    bodies = [entry_of(one).body for one in stored]
    return [body for body in bodies if isinstance(body, PolicyPublished)]


def read_text(file: Path) -> str:
    """The text of a document.

    Raises:
        PolicyInvalid: it cannot be read, or is not UTF-8.
    """
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise PolicyInvalid(key=file, rule="cannot be read") from error
    except UnicodeDecodeError as error:
        raise PolicyInvalid(key=file, rule="is not UTF-8") from error
