"""What `ledger replay` found, as one JSON document or as tables; never a value of a row."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from api.commands import console

if TYPE_CHECKING:
    from ledger.states import Checked
    from projections.comparing import Comparison, Counted
    from projections.moments import AsOf

LISTED = 3
"""Differences of a table that are printed; `--json` has more."""


def said(moment: AsOf) -> dict[str, Any]:
    """A moment: clock, position and time."""
    return {
        "clock": moment.clock,
        "position": moment.position,
        "at": moment.at.isoformat().replace("+00:00", "Z"),
    }


def counted(found: Counted) -> dict[str, Any]:
    """The size of a table, and the digest of its rows."""
    return {"rows": found.rows, "digest": found.digest}


def compared(found: Comparison) -> dict[str, Any]:
    """A table on both sides, and the first differences by key."""
    return {
        "table": found.table,
        "same": found.same,
        "left": counted(found.left),
        "right": counted(found.right),
        "only_left": found.only_left,
        "only_right": found.only_right,
        "differs": found.differs,
        "examples": [asdict(example) for example in found.examples],
    }


def checked(found: Checked) -> dict[str, Any]:
    """The decision states: how many are right, unread, wrong, and the first wrong ones."""
    numbers = ("rows", "missing", "lagging", "older", "wrong")
    return {
        **{name: getattr(found, name) for name in numbers},
        "examples": [{"stream": str(of), "column": name} for of, name in found.examples],
    }


def print_moment(shown: dict[str, Any]) -> None:
    """One moment, or two and what differs."""
    moment = shown["as_of"]
    title = f"What was {moment['clock']} at {moment['at']} (position {moment['position']})"
    if "with" not in shown:
        rows = ((t["table"], str(t["rows"]), t["digest"][:16]) for t in shown["tables"])
        console.table(title, ("table", "rows", "digest"), rows)
        return
    other = shown["with"]
    title += f", and at {other['at']} (position {other['position']})"
    columns = ("table", "rows", "rows there", "only here", "only there", "changed")
    console.table(title, columns, map(_row, shown["tables"]))
    called = {"only-left": "only here", "only-right": "only there", "differs": "changed"}
    _print_examples(shown["tables"], called)


def print_verified(told: dict[str, Any]) -> None:
    """Live tables and replay, side by side."""
    title = f"The live tables and their replay at position {told['position']}"
    columns = ("table", "live rows", "replayed rows", "not in the log", "missing", "differ")
    console.table(title, columns, map(_row, told["tables"]))
    where = {"only-left": "not in the log", "only-right": "missing", "differs": "differs"}
    _print_examples(told["tables"], where)
    _print_states(told["decision_states"])
    console.line("Verified." if told["same"] else "These tables are NOT what the log says.")


def _print_states(states: dict[str, Any]) -> None:
    unread = states["missing"] + states["lagging"] + states["older"]
    told = {"right": states["rows"] - states["wrong"] - states["older"], "wrong": states["wrong"]}
    console.facts("Decision states", {**told, "read from the events instead": unread})
    for example in states["examples"]:
        console.line(f"decision_states: differs: stream {example['stream']}: {example['column']}")


def _row(table: dict[str, Any]) -> tuple[str, ...]:
    sizes = (table["left"]["rows"], table["right"]["rows"])
    numbers = (*sizes, table["only_left"], table["only_right"], table["differs"])
    return (table["table"], *map(str, numbers))


def _print_examples(tables: list[dict[str, Any]], called: dict[str, str]) -> None:
    """The first differences of each table, by key; never what stands in a column."""
    for table in tables:
        for example in table["examples"][:LISTED]:
            key = ", ".join(f"{name} {value}" for name, value in example["key"].items())
            columns = f": {', '.join(example['columns'])}" if example["columns"] else ""
            console.line(f"{table['table']}: {called[example['where']]}: {key}{columns}")
