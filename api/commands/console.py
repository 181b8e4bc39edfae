"""How the command line speaks: tables and bars for people, JSON for programs, errors as one panel.

What is asked for goes to standard output; progress, warnings and errors go to standard error. An
error says what happened, the facts and the remedy: never a traceback, never a personal value.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ledger.errors import (
    Busy,
    ClockSkew,
    KeyLost,
    KeyServiceUnavailable,
    LedgerError,
    ProjectionLagging,
    StoreUnavailable,
    Tampered,
    UnknownEvent,
    UnknownFormat,
)


class Exit(IntEnum):
    """What the exit code of a command means; README lists them."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    LINES_REFUSED = 3
    TRY_AGAIN = 4
    ALARM = 5


_CODES: dict[type[LedgerError], Exit] = {
    StoreUnavailable: Exit.TRY_AGAIN,
    KeyServiceUnavailable: Exit.TRY_AGAIN,
    ProjectionLagging: Exit.TRY_AGAIN,
    ClockSkew: Exit.TRY_AGAIN,
    Busy: Exit.TRY_AGAIN,
    Tampered: Exit.ALARM,
    KeyLost: Exit.ALARM,
    UnknownEvent: Exit.ALARM,
    UnknownFormat: Exit.ALARM,
}
_PACKAGES = Path(__file__).parents[2]

out = Console()
err = Console(stderr=True)


def exit_code(error: LedgerError) -> Exit:
    """1, unless trying again may help (4) or somebody has to look at it at once (5)."""
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), Exit.REFUSED)


def write_json(value: object) -> None:
    """One JSON document on standard output, for a program."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def show_error(error: LedgerError, *, as_json: bool) -> None:
    """What, facts, remedy: as a panel, or as JSON on standard error."""
    if as_json:
        told = {
            "code": error.code,
            "says": error.says,
            "facts": error.facts,
            "remedy": error.remedy,
        }
        sys.stderr.write(json.dumps({"error": told}, ensure_ascii=False) + "\n")
        return
    lines = [Text(error.says, style="bold")]
    lines += [Text(f"  {name}: {value}") for name, value in error.facts.items()]
    lines.append(Text(error.remedy, style="green"))
    err.print(_panel(error.code, lines))


def show_system(error: OSError) -> None:
    """What the operating system refused: a path and its reason."""
    lines = [Text(error.strerror or type(error).__name__, style="bold")]
    lines += [Text(f"  path: {error.filename}")] * (error.filename is not None)
    lines.append(Text("Check the path, its permissions and the space left.", style="green"))
    err.print(_panel("system", lines))


def show_defect(error: BaseException) -> None:
    """A mistake of ours: where it happened, and nothing of what it was about (it may be a value)."""
    lines = [Text("The program made a mistake; what it was doing was stopped.", style="bold")]
    lines += [Text(f"  {type(error).__name__} at {place}") for place in _places(error)]
    lines.append(Text("Report these lines; nothing personal is in them.", style="green"))
    err.print(_panel("defect", lines))


def warn(text: str) -> None:
    """One line on standard error."""
    err.print(Text.assemble(("Warning ", "bold yellow"), text), soft_wrap=True)


def table(title: str, columns: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> None:
    """A table on standard output."""
    made = Table(title=title, title_justify="left", show_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    out.print(made)


def facts(title: str, told: Mapping[str, object]) -> None:
    """Names and values, one a line."""
    out.print(Text(title, style="bold"), soft_wrap=True)
    for name, value in told.items():
        out.print(Text(f"  {name}: {value}"), soft_wrap=True)


def line(text: str) -> None:
    """One line on standard output."""
    out.print(Text(text), soft_wrap=True)


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, if that is a terminal; call what it gives with (done, total)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal) as bar:
        task = bar.add_task(title, total=None)

        def moved(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None)

        yield moved


def _panel(title: str, lines: list[Text]) -> Panel:
    return Panel(Text("\n").join(lines), title=title, title_align="left", border_style="red")


def _places(error: BaseException) -> list[str]:
    """The last frames of our own files, innermost last."""
    places, frame = [], error.__traceback__
    while frame is not None:
        places.append(_place(frame))
        frame = frame.tb_next
    return [place for place in places if place][-3:]


def _place(frame: TracebackType) -> str:
    path = Path(frame.tb_frame.f_code.co_filename)
    if not path.is_relative_to(_PACKAGES) or ".venv" in path.parts:
        return ""
    return f"{path.relative_to(_PACKAGES)}:{frame.tb_lineno}"
