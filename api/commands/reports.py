"""`ledger records | transfers`: reports for whoever has to answer for what is done with data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.commands import console
from api.commands.views import viewed

if TYPE_CHECKING:
    from api.transfers import TransferView
    from projections.records import Record

Json = Annotated[bool, typer.Option("--json", help="For a program.")]
Format = Literal["text", "json", "csv", "html"]


def records(
    format_: Annotated[
        Format, typer.Option("--format", help="A short list, JSON, a table, or a page to print.")
    ] = "text",
    output: Annotated[
        Path | None, typer.Option(help="Write to this file instead.", dir_okay=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the record of processing activities (GDPR Art. 30): from the policy in force and the
    registers; no personal value is in it."""
    from api.records import written_from

    with viewed() as place:
        record = written_from(place.tables)
    wanted: Format = "json" if as_json else format_
    if wanted == "text" and output is None:
        _print_record(record)
        return
    text = _rendered(record, "html" if wanted == "text" else wanted)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
        console.line(f"{output}: written")


def transfers(as_json: Json = False) -> None:
    """List what went to which country, or is reached or worked on there, and the safeguard for it."""
    from api.policy_diffs import in_force
    from api.transfers import views
    from projections import transfers as of

    with viewed() as place:
        policy = in_force(place.tables).document
        codes = {id_: code for code, id_ in place.recorder.registers("recipient").items()}
        shown = views(of.by_country(place.tables), policy, codes)
    if as_json:
        console.write_json([one.model_dump(mode="json") for one in shown])
        return
    rows = [
        (
            country.name or "not listed",
            row.safeguard or country.safeguard or "none named",
            row.way,
            (row.recipient.name or "named in words") if row.recipient else "",
            row.purpose or "",
            str(row.number),
            _until(row),
        )
        for country in shown
        for row in country.transfers
    ]
    columns = ("Country", "Safeguard", "Way", "Recipient", "Purpose", "Number", "Last")
    console.table("Transfers", columns, iter(rows))


def _until(row: TransferView) -> str:
    if row.last is not None:
        return row.last.date().isoformat()
    return f"since {row.since}" if row.since else ""


def _rendered(record: Record, format_: Format) -> str:
    from pydantic import TypeAdapter

    from api import record_page
    from projections.records import Record

    if format_ == "csv":
        return record_page.as_csv(record)
    if format_ == "html":
        return record_page.as_html(record)
    return TypeAdapter(Record).dump_json(record, indent=2).decode() + "\n"


def _print_record(record: Record) -> None:
    from api.record_page import activities

    rows = (
        (
            article,
            one.label,
            one.basis,
            ", ".join(kind.label for kind in one.data),
            ", ".join(party.label for party in one.parties),
        )
        for article, _, one in activities(record)
    )
    columns = ("Art.", "Purpose", "Basis", "Data", "Recipients")
    console.table(f"Record of processing activities, version {record.policy}", columns, rows)
    console.line("Write it whole with --format html|csv|json.")
