"""`ledger import`: take a customer export into the ledger; safe to repeat or to interrupt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands import console
from api.commands.console import Exit
from api.commands.places import command_line_actor, opened
from ledger.config import Settings
from ledger.errors import InvalidInput

if TYPE_CHECKING:
    from api.importing.mapping import Mapping
    from api.importing.report import ImportResult
    from ledger.application import Ledger


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or JSON lines.", exists=True, dir_okay=False)],
    mapping: Annotated[
        Path, typer.Option(help="What the columns mean (YAML).", exists=True, dir_okay=False)
    ],
    import_id: Annotated[
        str | None, typer.Option(help="Your own id; the same id is the same import.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Refused lines go here; default: FILE.refused.csv in ./")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Take a customer export. Twice is once; the exit code is 3 if lines were refused."""
    told = read_mapping(mapping)
    with opened(Settings()) as ledger:
        result = take(ledger, file, told, import_id, report or Path(f"{file.name}.refused.csv"))
    if as_json:
        console.write_json(counts(result))
    else:
        console.facts(f"Imported {file}", counts(result))
    raise typer.Exit(Exit.LINES_REFUSED if result.exit_code else Exit.OK)


def read_mapping(path: Path) -> Mapping:
    """The mapping in this file. Raises InvalidInput."""
    from api.importing.mapping import load_mapping

    try:
        return load_mapping(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(field="mapping", rule="a UTF-8 file that can be read") from error


def take(
    ledger: Ledger, file: Path, mapping: Mapping, import_id: str | None, report: Path
) -> ImportResult:
    """Import with a progress bar, as the command line's own actor."""
    from api.importing.importer import run_import

    by = command_line_actor(ledger)
    try:
        with console.progress("Import") as moved:
            return run_import(
                ledger, file, mapping, by=by, import_id=import_id, progress=moved, report=report
            )
    except KeyboardInterrupt:
        console.warn("interrupted; what was taken stays. The same command goes on from there.")
        raise


def counts(result: ImportResult) -> dict[str, object]:
    """What became of the lines, in words."""
    return {
        "import": result.import_id,
        "lines": result.lines,
        "registered": result.registered,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "repeated": result.repeated,
        "consents": result.consents,
        "irregular": result.irregular,
        "withheld": result.withheld,
        "refused": result.refused,
        "report": str(result.report) if result.report else "-",
    }
