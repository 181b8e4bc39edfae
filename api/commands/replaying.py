"""`ledger replay`: the tables as they were at any moment, what has changed since, and whether the
live ones are what the log says.

Works on the log and the tables alone, which hold ciphertext: the keyring may be somewhere else. The
scratch tables lie in a private folder (of TMPDIR) that is removed at the end, also on Ctrl-C.
"""

from __future__ import annotations

import datetime as dt
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

import typer

from api.commands import console, replay_report
from api.commands.places import is_new
from ledger.config import Settings
from ledger.errors import NotMigrated, ProjectionLagging

if TYPE_CHECKING:
    from ledger.store.recorder import LedgerRecorder
    from projections.engine import Engine
    from projections.moments import AsOf
    from projections.queries import Tables

app = typer.Typer(invoke_without_command=True, help="The past of the ledger, from its log alone.")

Json = Annotated[bool, typer.Option("--json", help="For a program.")]


@dataclass
class Opened:
    """Where the ledger is, its log, the live tables, and a private folder."""

    settings: Settings
    recorder: LedgerRecorder
    views: Engine
    folder: Path


@app.callback()
def replay(
    context: typer.Context,
    until: Annotated[
        str | None,
        typer.Option(help="A position, a date (whole, in UTC) or an instant."),
    ] = None,
    clock: Annotated[
        Literal["known", "true"],
        typer.Option(help="What was known then, or what was true then by what is known now."),
    ] = "known",
    subject: Annotated[
        UUID | None, typer.Option(help="Only what concerns this subject (or run).")
    ] = None,
    projection: Annotated[
        str | None, typer.Option(help="Only the tables of this noun, such as `consents`.")
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Say what is different now.")] = False,
    other: Annotated[
        str | None, typer.Option("--with", help="Compare with this moment instead of now.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Rebuild the tables as of a moment, beside the live ones; `verify` proves the live ones."""
    if context.invoked_subcommand is not None:
        return
    if until is None:
        raise typer.BadParameter("name the moment: --until 2026-03-01", param_hint="--until")
    with opened() as place:
        asked = _Asked(place, clock, subject, _chosen(projection))
        shown = asked.compare(until, other) if compare or other else asked.show(until)
    if as_json:
        console.write_json(shown)
    else:
        replay_report.print_moment(shown)


@app.command()
def verify(as_json: Json = False) -> None:
    """Prove that every live table, and what the next decisions rely on, is what the log says.

    Exit code 5 and a list of what differs (table, key, columns) where it is not.
    """
    from projections import verifying
    from projections.checking import check_states

    with opened() as place:
        with console.progress("Tables") as moved:
            found = verifying.verify(
                place.views, place.recorder, place.folder, moved, place.settings
            )
        with console.progress("Decision states") as moved:
            checked = check_states(place.recorder, place.settings, _adding(moved))
    told = {
        "same": found.same and not checked.wrong,
        "position": found.position,
        "tables": [replay_report.compared(table) for table in found.tables],
        "decision_states": replay_report.checked(checked),
    }
    if as_json:
        console.write_json(told)
    else:
        replay_report.print_verified(told)
    if not told["same"]:
        raise typer.Exit(console.Exit.ALARM)


def _adding(moved: Callable[[int, int], None]) -> Callable[[int], None]:
    """How many so far, for a bar that is told how many more."""
    done = 0

    def more(number: int) -> None:
        nonlocal done
        done += number
        moved(done, 0)

    return more


@contextmanager
def opened() -> Iterator[Opened]:
    """What the settings name, opened without keys, and a folder that is removed afterwards.

    Raises:
        NotMigrated: there is no ledger.
    """
    from ledger.store import open_recorder
    from ledger.vault.database import engine_for
    from projections.engine import Engine

    settings = Settings()
    if is_new(settings):
        raise NotMigrated(home=settings.home)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the folder is removed
    with ExitStack() as closing:
        recorder = open_recorder(settings)
        closing.callback(recorder.close)
        database = engine_for(settings)
        closing.callback(database.dispose)
        recorder.check()
        folder = closing.enter_context(tempfile.TemporaryDirectory(prefix="ledger-replay-"))
        yield Opened(settings, recorder, Engine(database, recorder), Path(folder))


# ---- one moment, or two ------------------------------------------------------------------------


class _Asked:
    """What is asked for: by which clock, of whom, which tables."""

    def __init__(
        self,
        place: Opened,
        clock: Literal["known", "true"],
        subject: UUID | None,
        tables: list[Any],
    ) -> None:
        self._place = place
        self._clock = clock
        self._subject = subject
        self._tables = tables

    def show(self, until: str) -> dict[str, Any]:
        """The size and the digest of each table at a moment."""
        from projections.comparing import count

        moment = self._moment(until, "--until")
        with self._at(moment, "then") as then:
            counted = [(table.name, count(then, table)) for table in self._tables]
        return {
            "as_of": replay_report.said(moment),
            "tables": [{"table": name, **replay_report.counted(found)} for name, found in counted],
        }

    def compare(self, until: str, other: str | None) -> dict[str, Any]:
        """What differs between a moment and another, or now."""
        from projections.comparing import compare

        moment, later = self._moment(until, "--until"), self._moment(other, "--with")
        with self._at(moment, "then") as then, self._at(later, "other") as now:
            found = [compare(then, now, table) for table in self._tables]
        return {
            "as_of": replay_report.said(moment),
            "with": replay_report.said(later),
            "same": all(table.same for table in found),
            "tables": [replay_report.compared(table) for table in found],
        }

    def _moment(self, text: str | None, option: str) -> AsOf:
        """The moment that is meant; without one, now: where the live tables are."""
        from projections.moments import Asked, AsOf, resolve

        now, position = dt.datetime.now(dt.UTC), self._place.views.position()
        if text is None:
            return AsOf(self._clock, position, now)
        return resolve(Asked(text, self._clock, field=option), self._place.recorder, now, position)

    @contextmanager
    def _at(self, moment: AsOf, name: str) -> Iterator[Tables]:
        """The tables as of a moment."""
        from projections import history, replaying, scratch

        place = self._place
        with ExitStack() as closing:
            if self._subject is not None:
                live = closing.enter_context(place.views.reading())
                if place.views.progress.read(live) < moment.position:
                    raise ProjectionLagging(position=moment.position)
                about = history.at(live, place.recorder, self._subject, moment)
                yield closing.enter_context(about)
                return
            folder = place.folder / name
            folder.mkdir(mode=0o700)
            made = closing.enter_context(scratch.kept(folder))
            with console.progress(f"Replay to {moment.position}") as moved:
                replaying.build(made, place.recorder, moment, moved)
            yield closing.enter_context(made.connect())


def _chosen(projection: str | None) -> list[Any]:
    """The tables of a noun, or all.

    Raises:
        BadParameter: there is no such noun.
    """
    from projections.registry import NOUNS

    if projection is None:
        return [table for noun in NOUNS.values() for table in noun.tables]
    if projection not in NOUNS:
        known = ", ".join(sorted(NOUNS))
        raise typer.BadParameter(f"one of: {known}", param_hint="--projection")
    return list(NOUNS[projection].tables)
