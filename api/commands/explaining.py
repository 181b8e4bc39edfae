"""`ledger policy explain`: may this be done, and if not, by which rule? Nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from api.commands import console
from api.commands.console import Exit
from api.commands.places import command_line_actor, opened
from ledger.config import Settings

if TYPE_CHECKING:
    from ledger.explaining import Explained


def register(app: typer.Typer) -> None:
    """Put the command on `ledger policy`."""
    app.command()(explain)


def explain(
    subject: Annotated[UUID, typer.Argument(help="The person, by id.")],
    purpose: Annotated[str, typer.Argument(help="What for, as the policy names it.")],
    service: Annotated[str | None, typer.Option(help="In which service.")] = None,
    attribute: Annotated[
        list[str] | None, typer.Option(help="Which values; again for each attribute.")
    ] = None,
    recipient: Annotated[
        str | None, typer.Option(help="To whom it would be passed on; else it is used here.")
    ] = None,
    ground: Annotated[str, typer.Option(help="On which ground it would be passed on.")] = "",
    country: Annotated[str, typer.Option(help="To which country it would be passed on.")] = "",
    reference: Annotated[
        str | None, typer.Option(help="The reference of the ground, if it needs one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Say whether a person's data may be used for a purpose now, or passed on; exit 1 if not.

    With the rule, the statement of the policy it carries out, what was looked at, the law that
    decided, and what to do about it.
    """
    from ledger.commands.disclosing import AuthoriseDisclosure

    if recipient is not None and not attribute:
        raise typer.BadParameter("name what would be passed on", param_hint="--attribute")
    with opened(Settings()) as ledger:
        explainer = ledger.explainer()
        if recipient is None:
            told = explainer.use(subject, purpose, service=service, attributes=attribute or ())
        else:
            command = AuthoriseDisclosure(
                by=command_line_actor(ledger),
                key="explain",
                subject=subject,
                recipient=recipient,
                purpose=purpose,
                ground=ground,
                country=country,
                attributes=tuple(attribute or ()),
                reference=reference,
            )
            told = explainer.command(command)
    if as_json:
        console.write_json(_told(told))
    else:
        _show(told)
    raise typer.Exit(Exit.OK if told.permitted else Exit.REFUSED)


def _told(told: Explained) -> dict[str, Any]:
    from ledger.policy.rules import RULES

    return {
        "permitted": told.permitted,
        "outcome": told.outcome,
        "rules": [
            {
                "rule": finding.rule,
                "about": finding.about,
                "says": RULES[finding.rule].says,
                "statements": list(RULES[finding.rule].statements),
                "remedy": RULES[finding.rule].remedy,
            }
            for finding in told.findings
        ],
        "regime": told.regime,
        "volunteered_only": told.volunteered,
        "facts": dict(told.facts),
        "policy": told.policy,
    }


def _show(told: Explained) -> None:
    written = _told(told)
    rows = (
        (rule["rule"], ", ".join(rule["statements"]), rule["says"], rule["remedy"])
        for rule in written["rules"]
    )
    if told.findings:
        console.table("No", ("Rule", "Statement", "What it says", "What to do"), rows)
    facts = {name.replace("_", " "): _plain(value) for name, value in told.facts.items()}
    title = "Looked at" if told.findings else "Yes"
    if told.volunteered:
        title = "Yes, for what the person volunteered alone"
    console.facts(title, {**facts, "law": told.regime or "-", "policy version": told.policy})


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return {True: "yes", False: "no", None: "-"}.get(value, str(value))  # type: ignore[call-overload,no-any-return]
