"""Whose line it is, by the keyed look-ups, and what it tells that this source has not told before.

Values are compared by their marks (keyed rows), so nothing is opened to find out what is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from api.importing.batch import Of
from api.importing.rows import Cell, Row
from ledger.application import Ledger
from ledger.commands.values import mark_content
from ledger.errors import IdentifierTaken
from ledger.events import SlotName
from ledger.subject import DataSubject


class Disagreement(IdentifierTaken):
    """The identifiers of a line lead to different people."""

    says = "The line's identifiers belong to different people."
    remedy = "Find out whose they are, correct them, and import the file again."


class News(NamedTuple):
    """What a line tells of a known person: values that are new, and those that replace one which
    this source brought before."""

    values: Sequence[Cell]
    corrections: Sequence[Cell]


def recognise(ledger: Ledger, rows: Sequence[Row]) -> list[UUID | Disagreement | None]:
    """Whom each row is about: a subject, nobody known so far, or several.

    Only exclusive look-ups recognise: an address for invoices may be shared.
    """
    wanted = dict.fromkeys(identifier for row in rows for identifier in row.identifiers)
    found = ledger.vault.find_many(list(wanted))
    owners = {pair: {one.stream for one in rows if one.exclusive} for pair, rows in found.items()}
    return [_one_of(set().union(*(owners[pair] for pair in row.identifiers))) for row in rows]


def _one_of(streams: set[UUID]) -> UUID | Disagreement | None:
    if len(streams) > 1:
        return Disagreement()
    return next(iter(streams), None)


def news(ledger: Ledger, known: Sequence[Of], source: str) -> list[News]:
    """What each row of a known person tells that is new; both lists empty if nothing is."""
    asked = {
        (cell.mark, mark_content(subject, cell.scope, cell.text)): None
        for row, subject in known
        for cell in row.cells
    }
    found = ledger.vault.find_many(list(asked))
    fresh = [
        [c for c in row.cells if not found[c.mark, mark_content(subject, c.scope, c.text)]]
        for row, subject in known
    ]
    streams = dict.fromkeys(
        subject for (_, subject), cells in zip(known, fresh, strict=True) if cells
    )
    attributes = {cell.attribute for cells in fresh for cell in cells}
    states = dict(zip(streams, ledger.subjects(list(streams), attributes), strict=True))
    return [
        _sorted(cells, states[subject], source) if cells else News([], [])
        for (_, subject), cells in zip(known, fresh, strict=True)
    ]


def _sorted(cells: Sequence[Cell], state: DataSubject, source: str) -> News:
    brought: set[tuple[str, SlotName | None]] = {
        (item.attribute, item.slot) for item in state.standing() if item.source == source
    }
    corrections = [cell for cell in cells if (cell.attribute, cell.slot) in brought]
    return News([cell for cell in cells if cell not in corrections], corrections)
