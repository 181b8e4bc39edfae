"""`ledger settings`: what is set and from where; `ledger settings token`: let somebody in."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from api.commands import console
from api.commands.places import nested, opened
from api.commands.tokens import Kind, grant
from ledger import config
from ledger.config import Permission, Settings

app = typer.Typer(help="Show the settings in use; make tokens.", invoke_without_command=True)

Json = Annotated[bool, typer.Option("--json", help="For a program.")]


@app.callback()
def show(context: typer.Context, as_json: Json = False) -> None:
    """Print each setting, its value (secrets masked) and where it comes from."""
    if context.invoked_subcommand is not None:
        return
    settings = Settings()
    values, origins = config.masked(settings), config.origins(settings)
    values["keyring"] = str(settings.keyring_path)
    values["journal"] = str(settings.journal_path)
    rows = [(config.variable(name), value, origins[name]) for name, value in values.items()]
    if as_json:
        console.write_json(
            {name: {"value": value, "origin": origin} for name, value, origin in rows}
        )
    else:
        console.table("Settings", ("Setting", "Value", "Origin"), iter(rows))
    for sentence in nested(settings):
        console.warn(sentence)


@app.command()
def token(
    permission: Annotated[
        list[str],
        typer.Option(help=f"May be repeated: {', '.join(get_args(Permission))}."),
    ],
    kind: Annotated[str, typer.Option(help=", ".join(get_args(Kind)))] = "staff",
    function: Annotated[str | None, typer.Option(help="A function the policy lists.")] = None,
    as_json: Json = False,
) -> None:
    """Register an actor and print its bearer token, once; only its SHA-256 is kept."""
    _one_of("--kind", [kind], get_args(Kind))
    _one_of("--permission", permission, get_args(Permission))
    settings = Settings()
    with opened(settings) as ledger:
        granted = grant(
            ledger,
            settings,
            kind=kind,  # type: ignore[arg-type]  # checked above
            function=function,
            permissions=permission,  # type: ignore[arg-type]
        )
    told = {"token": granted.token, "actor": str(granted.actor), "file": str(granted.file)}
    if as_json:
        console.write_json(told)
        return
    console.facts(
        "Keep this token: it is shown once. A running server knows it after a restart.", told
    )


def _one_of(option: str, given: list[str], listed: tuple[str, ...]) -> None:
    for value in given:
        if value not in listed:
            raise typer.BadParameter(f"use one of: {', '.join(listed)}", param_hint=option)
