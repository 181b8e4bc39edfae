"""The command line: `ledger demo | migrate | serve | project | import | bench | replay |
policy | records | transfers | settings`.

It translates and decides nothing. Exit codes: 0 done, 1 refused or not valid, 2 not understood,
3 an import refused lines, 4 try again later, 5 an alarm.
"""

from __future__ import annotations

import gc
import sys
from importlib.metadata import version
from typing import Annotated

import typer
from typer.main import get_command

from api.commands import (
    bench,
    console,
    demo,
    due,
    importing,
    policy,
    replaying,
    reports,
    serving,
    settings,
    sweep,
)
from ledger.errors import LedgerError

SELDOM = (50_000, 20, 50)
"""When Python looks for cycles among new objects, and among older ones. Hundreds of commands on
their way are thousands of young objects without a cycle: with the defaults (700, 10, 10), a fifth of
a command's time went into looking at them again and again, and a twentieth with 20,000."""

_HELP = "A data-protection ledger: every act on personal data is an immutable event."

app = typer.Typer(
    name="ledger",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=_HELP,
)


def _version(wanted: bool) -> None:
    if wanted:
        console.out.print(f"ledger {version('data-protection-ledger')}", highlight=False)
        raise typer.Exit()


@app.callback(help=_HELP)
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """What stands before every command."""


app.command("demo")(demo.demo)
app.command("migrate")(serving.migrate)
app.command("serve")(serving.serve)
app.command("project")(serving.project)
app.command("import")(importing.import_file)
app.command("bench")(bench.bench)
app.command("due")(due.due)
policy.app.command("sweep")(sweep.sweep)
app.command("records")(reports.records)
app.command("transfers")(reports.transfers)
app.add_typer(replaying.app, name="replay")
app.add_typer(policy.app, name="policy")
app.add_typer(settings.app, name="settings")


def main() -> None:
    """Run the command that was typed; whatever goes wrong ends in one panel and an exit code."""
    gc.set_threshold(*SELDOM)
    as_json = "--json" in sys.argv
    try:
        get_command(app)(prog_name="ledger")
    except LedgerError as error:
        console.show_error(error, as_json=as_json)
        sys.exit(console.exit_code(error))
    except OSError as error:
        console.show_system(error)
        sys.exit(console.Exit.REFUSED)
    except Exception as error:
        console.show_defect(error)
        sys.exit(console.Exit.REFUSED)


if __name__ == "__main__":
    main()
