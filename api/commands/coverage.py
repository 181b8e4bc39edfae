"""`ledger policy coverage`: the reference policy statement by statement, and what proves it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from api.commands import console
from api.commands.publishing import Json

if TYPE_CHECKING:
    from ledger.policy.statements import Statement


def register(app: typer.Typer) -> None:
    """Give this command to the group `ledger policy`."""
    app.command()(coverage)


def coverage(as_json: Json = False) -> None:
    """Print P01 to P30 with the rules and the tests that prove each, or what is still open."""
    from ledger.policy import statements

    found = statements.coverage()
    if as_json:
        console.write_json([one._asdict() for one in found])
        return
    for one in found:
        for line in _lines(one):
            typer.echo(line)
    whole = sum(one.open is None for one in found)
    console.line(
        f"{whole} of {len(found)} statements hold as a whole; of the others, what is open."
    )


def _lines(one: Statement) -> Iterator[str]:
    yield f"{one.id}  {one.title}"
    if one.rules:
        listed = textwrap.wrap(", ".join(one.rules), 80, break_on_hyphens=False)
        yield from (
            f"     {'rules' if not i else '     '}  {line}" for i, line in enumerate(listed)
        )
    yield from (f"     test   {test.removeprefix('tests/')}" for test in one.tests)
    if one.open is not None:
        yield f"     open   {one.open}"
