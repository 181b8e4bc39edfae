"""A line as what it tells: values of attributes, when, and the identifiers that say of whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from api.importing.lines import Line
from api.importing.mapping import Mapping
from api.importing.report import Refusal
from ledger.commands.values import mark_kind
from ledger.errors import InvalidInput
from ledger.events import SlotName
from ledger.moment import EARLIEST
from ledger.policy.model import PolicyDocument
from ledger.policy.screening import numbers_in
from ledger.policy.values import validate
from ledger.vault.lookups import normalise

Identifier = tuple[str, str]
"""A kind of look-up and the normalised value: what a person is recognised by."""


class Cell(NamedTuple):
    """A value a line holds, and where it would be kept. `slot` is none if the policy has no such
    attribute."""

    attribute: str
    text: str
    slot: SlotName | None
    mark: str

    @property
    def scope(self) -> str:
        return self.slot.scope if self.slot else ""


class Row(NamedTuple):
    """What one line tells."""

    number: int
    cells: Sequence[Cell]
    identifiers: Sequence[Identifier]
    occurred_at: dt.datetime
    consents: Sequence[str]
    """The columns that state a consent here."""


class Reader:
    """Turns lines into rows, by the mapping and the policy in force. `now` is for undated lines."""

    def __init__(self, mapping: Mapping, policy: PolicyDocument, now: dt.datetime) -> None:
        self._mapping = mapping
        self._policy = policy
        self._now = now
        self._columns = [
            (attribute, column, mark_kind(mapping.source, attribute))
            for attribute, column in mapping.attributes.items()
        ]

    def row(self, line: Line) -> Row:
        """The row; an empty cell tells nothing.

        Raises:
            InvalidInput: a date or an identifier cannot be read, none is there, or a scope's id is
                missing.
        """
        occurred_at = self._moment(line)
        cells = [
            Cell(attribute, text, self._slot(attribute, line, occurred_at.date()), mark)
            for attribute, column, mark in self._columns
            if (text := line.cells[column])
        ]
        consents = [
            column
            for column, stated in self._mapping.consents.items()
            if line.cells[column] in stated.given
        ]
        return Row(line.number, cells, self._identifiers(line), occurred_at, consents)

    def check(self, row: Row) -> None:
        """Refuse what the ledger would refuse, where nothing is going to be told to it.

        Raises:
            InvalidInput: a value breaks its attribute's form.
        """
        for cell in row.cells:
            if cell.slot is not None:
                validate(cell.attribute, self._policy.attributes[cell.attribute], cell.text)

    def withheld(self, row: Row) -> list[Refusal]:
        """The values of a row that hold numbers of cards or accounts, and so are not kept."""
        columns = self._mapping.attributes
        return [
            Refusal.withheld(row.number, columns[cell.attribute], hit)
            for cell in row.cells
            for hit in numbers_in(self._policy, cell.attribute, cell.text)[:1]
        ]

    def keeps(self, cells: Iterable[Cell]) -> bool:
        """Whether any of these is going to be kept."""
        return any(not numbers_in(self._policy, cell.attribute, cell.text) for cell in cells)

    def _identifiers(self, line: Line) -> list[Identifier]:
        found = []
        for name in self._mapping.recognise_by:
            text = line.cells[self._mapping.attributes[name]]
            kind = self._policy.attributes[name].lookup
            if text and kind:
                if numbers_in(self._policy, name, text):
                    rule = "nobody is recognised by the number of a card or an account"
                    raise InvalidInput(field=name, rule=rule)
                found.append((kind, _normalised(name, kind, text)))
        if not found:
            raise InvalidInput(field="line", rule="needs a value that a person is recognised by")
        return found

    def _slot(self, attribute: str, line: Line, day: dt.date) -> SlotName | None:
        listed = self._policy.attributes.get(attribute)
        if listed is None:
            return None
        column = self._mapping.scopes.get(listed.class_)
        given = line.cells[column] if column else None
        if given is not None and len(given) == 36:  # as programs write a UUID
            given = given.replace("-", "").lower()
        try:
            return SlotName(listed.class_, self._policy.scope_of(listed.class_, day, given))
        except InvalidInput as error:
            raise InvalidInput(field=column or attribute, rule=error.facts["rule"]) from None

    def _moment(self, line: Line) -> dt.datetime:
        said = self._mapping.occurred_at
        if said is None:
            return self._now
        if said.date is not None:
            return dt.datetime.combine(said.date, dt.time(), dt.UTC)
        column = said.column or ""
        try:
            moment = dt.datetime.fromisoformat(line.cells[column])
        except ValueError:
            rule = "must be a date written like 2026-04-01, or a moment with its time zone"
            raise InvalidInput(field=column, rule=rule) from None
        if len(line.cells[column]) <= len("2026-04-01"):  # a day has no time zone of its own
            moment = moment.replace(tzinfo=dt.UTC)
        if moment.tzinfo is None:
            raise InvalidInput(field=column, rule="a time zone is needed")
        if not EARLIEST <= moment <= self._now:
            raise InvalidInput(field=column, rule="must lie between 1970 and now")
        return moment


def _normalised(name: str, kind: str, text: str) -> str:
    try:
        return normalise(kind, text)
    except InvalidInput:
        rule = "must be a value that a person can be recognised by"
        raise InvalidInput(field=name, rule=rule) from None
