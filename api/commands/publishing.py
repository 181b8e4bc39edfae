"""`ledger policy publish | show | diff | consents`: put a document in force, print one that was, say
what another changes for people, and which consents have no valid notice any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from api.commands import console
from api.commands.places import command_line_actor, is_new, opened
from api.commands.views import viewed
from ledger.config import Settings
from ledger.errors import NotFound, PolicyInvalid

if TYPE_CHECKING:
    from api.policy_diffs import ChangeView, DiffView, Side, WordsView
    from ledger.application import Ledger
    from ledger.events import PolicyPublished
    from projections.queries import Tables

File = Annotated[Path, typer.Argument(help="A policy document (YAML).", dir_okay=False)]
Json = Annotated[bool, typer.Option("--json", help="For a program.")]


def register(app: typer.Typer) -> None:
    """Give these commands to the group `ledger policy`."""
    for command in (show, publish, diff, consents):
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
    """Put a document in force from here on, and say what that changes; the same one changes nothing."""
    from api.policy_diffs import Side, worded
    from ledger.policy import document

    text = read_text(file)
    document.load(text)
    with opened(Settings()) as ledger:
        earlier = published_in(ledger)[-1]
        by = command_line_actor(ledger)
        answer = ledger.publish_policy(by=by, key=uuid4().hex, text=text).result()
        version = ledger.policy_version()
    changes = worded(Side.of(earlier.document, earlier.version), Side.of(text, version)).changes
    told = {"outcome": answer.outcome, "version": version, "position": answer.position}
    if as_json:
        console.write_json({**told, "changes": [one.model_dump() for one in changes]})
        return
    console.facts(str(file), told)
    _print_changes(changes)


def diff(
    first: Annotated[str, typer.Argument(help="A published version, by its number, or a file.")],
    second: Annotated[
        str | None,
        typer.Argument(help="Another; if left out, FIRST is held against the version in force."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what changes for people from one document to another: in words, in consents left without a
    valid notice, and in keys that fall due in thirty days. Two files need no ledger."""
    from api.policy_diffs import worded

    if second is not None and not (first.isdigit() or second.isdigit()) and is_new(Settings()):
        shown: WordsView | DiffView = worded(_from_file(first), _from_file(second))
    else:
        shown = _diff_in_ledger(first, second)
    if as_json:
        console.write_json(shown.model_dump(mode="json"))
        return
    _print_changes(shown.changes)
    _print_consequences(shown)


def consents(
    subjects: Annotated[
        bool, typer.Option("--subjects", help="Name the people, too, by their ids.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Count the consents that have no valid notice in the policy in force."""
    from api.policy_diffs import in_force, left_view
    from ledger.policy.names import Names
    from projections import invalid_consents

    with viewed() as place:
        policy = in_force(place.tables).document
        left = invalid_consents.left_by(place.tables, policy)
        people = _people(place.tables, left) if subjects else []
    names = Names(policy)
    shown = [left_view(one, names) for one in left]
    if as_json:
        listed = {"subjects": people} if subjects else {}
        console.write_json({"consents": [one.model_dump() for one in shown], **listed})
        return
    _print_left(shown)
    for subject in people:
        console.line(f"  {subject}")


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
    """The text of a document, as it is in the file: its SHA-256 is that of the file.

    Raises:
        PolicyInvalid: it cannot be read, is too large to be one, or is not UTF-8.
    """
    from ledger.policy.tree import MOST_BYTES

    try:
        with file.open("rb") as opened_file:
            written = opened_file.read(MOST_BYTES + 1)
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
        raise PolicyInvalid(key=file, rule=why, remedy="name a file that can be read") from error
    if len(written) > MOST_BYTES:
        why = f"is larger than {MOST_BYTES // 1024} KiB"
        raise PolicyInvalid(key=file, rule=why, remedy="shorten the texts")
    try:
        return written.decode()
    except UnicodeDecodeError as error:
        line = written.count(b"\n", 0, error.start) + 1
        raise PolicyInvalid(
            line=line, key=file, rule="is not UTF-8", remedy="save it as UTF-8"
        ) from error


# ---- two documents -----------------------------------------------------------------------------


def _from_file(name: str) -> Side:
    """A candidate: it is checked as for publishing. Raises PolicyInvalid."""
    from api.policy_diffs import Side
    from ledger.policy import document

    text = read_text(Path(name))
    document.load(text)
    return Side.of(text)


def _diff_in_ledger(first: str, second: str | None) -> DiffView:
    from api.policy_diffs import compared, in_force, side
    from ledger.policy import document

    with viewed() as place:
        sides = [
            side(place.tables, int(name)) if name.isdigit() else _from_file(name)
            for name in (first, second)
            if name is not None
        ]
        if second is None:
            sides.insert(0, in_force(place.tables))
        before, after = sides
        if second is None and after.version is None and after.text != before.text:
            document.load(after.text, before.document)  # it is to follow that one
        return compared(place.tables, before, after, dt.datetime.now(dt.UTC).date())


def _people(tables: Tables, left: Sequence[Any]) -> list[str]:
    from projections import invalid_consents

    found: dict[str, None] = {}
    page = invalid_consents.page(tables, left, limit=1000)
    while True:
        found.update(dict.fromkeys(str(row.subject) for row in page.rows))
        if page.cursor is None:
            return list(found)
        page = invalid_consents.page(tables, left, cursor=page.cursor, limit=1000)


def _print_changes(changes: Sequence[ChangeView]) -> None:
    if not changes:
        console.line("Nothing changes.")
    for title, effect in _EFFECTS:
        told = [one.says for one in changes if (one.effect, one.kind == "fresh-consent") == effect]
        if told:
            console.line(title)
            for says in told:
                console.line(f"  {says}")


_EFFECTS = (
    ("People have to be asked anew:", ("other", True)),
    ("More is done with people's data:", ("wider", False)),
    ("Less is done with it:", ("narrower", False)),
    ("Also different:", ("other", False)),
)


def _print_consequences(shown: WordsView | DiffView) -> None:
    from api.policy_diffs import DiffView

    if not isinstance(shown, DiffView):
        return
    _print_left(shown.consents)
    keys = shown.keys
    console.line(f"Keys due within {keys.days} days: {keys.before} before, {keys.after} after.")
    if keys.shortened_from is not None:
        console.line(f"Published today, what is shortened counts from {keys.shortened_from} on.")
    rows = [
        (one.label, str(one.living), str(one.before), str(one.after), "a slip?" * one.slipped)
        for one in keys.classes
        if one.before or one.after
    ]
    if rows:
        columns = ("Class", "Living keys", "Before", "After", "")
        console.table(f"Keys due within {keys.days} days, by class", columns, iter(rows))


def _number(one: Any) -> str:
    return f"{one.consents} or more" if one.more else str(one.consents)


def _print_left(left: Sequence[Any]) -> None:
    rows = [(one.label, f"{one.notice}, {one.language}", _number(one), one.says) for one in left]
    title = "Consents without a valid notice" if rows else "Every consent has a valid notice."
    if rows:
        console.table(title, ("Purpose", "Notice", "Consents", "Why"), iter(rows))
    else:
        console.line(title)
