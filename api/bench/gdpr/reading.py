"""Reading records out of the projections: rows, then values opened, then the last word on each field.

A field of a record is what was said last, by position: with the record itself (when it was collected
or corrected), in a later statement on it, or for all records of its purpose.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from api.bench.gdpr.directory import Directory, number_of, scope_of
from api.bench.gdpr.openings import Openings
from api.bench.gdpr.records import FIELDS, PUR, USR, Record
from api.bench.gdpr.statements import Statements
from projections import held_values
from projections.engine import Engine
from projections.held_values import HeldValue

IN_TEXT = tuple(field for field in range(len(FIELDS)) if field not in (PUR, USR))
"""The fields in a record's text, in order. Its purpose and its person are facts of the collection."""

Slot = tuple[UUID, str]
"""Whose, and which document: what a record is to the ledger."""


def text_of(record: Record) -> str:
    """A record as it is sealed."""
    return " ".join(record[field] for field in IN_TEXT)


def statement(field: int, value: str) -> str:
    """A later word on one field of a record, as it is sealed."""
    return f"{FIELDS[field]} {value}"


class Reader:
    """Reads for one session; `directory` says what the caller calls a subject of the ledger."""

    def __init__(self, engine: Engine, openings: Openings, directory: Directory) -> None:
        self._engine = engine
        self._openings = openings
        self._directory = directory
        self.statements = Statements()

    def record(self, subject: UUID, k: int) -> Record | None:
        """One record, or None when there is none (any more)."""
        with self._engine.reading() as connection:
            self.statements.refresh(connection)
            values = held_values.of_subject(connection, subject, scope_of(k))
        return self._records(values).get(k)

    def of_person(self, subject: UUID) -> dict[int, Record]:
        """Every record of a person, by number."""
        with self._engine.reading() as connection:
            self.statements.refresh(connection)
            values = held_values.of_subject(connection, subject)
        return self._records(values)

    def of_purpose(self, purpose: str, most: int = 0) -> dict[int, Record]:
        """Every record of a purpose, by number; or the newest `most` of them."""
        values = self.values_of_purpose(purpose, most)
        return self._records(values)

    def values_of_purpose(self, purpose: str, most: int = 0) -> list[HeldValue]:
        """What is held for a purpose, sealed: of all records, or of the newest `most` of them."""
        found: dict[Slot, list[HeldValue]] = {}
        before: int | None = None
        with self._engine.reading() as connection:
            self.statements.refresh(connection)
            while True:
                page, before = held_values.of_purpose(
                    connection, purpose, before=before, limit=most or None
                )
                for value in page:
                    found.setdefault((value.subject, value.scope), []).append(value)
                records = [slot for slot, values in found.items() if _whole(values, purpose)]
                if before is None or len(records) >= most:
                    break
        kept = sorted(records, key=_document, reverse=True)[: most or None]
        return [value for slot in kept for value in sorted(found[slot], key=_position)]

    def values_of_person(self, subject: UUID) -> list[HeldValue]:
        """What is held of a person, sealed."""
        with self._engine.reading() as connection:
            return held_values.of_subject(connection, subject)

    def _records(self, values: list[HeldValue]) -> dict[int, Record]:
        """Open what is held, and fold it into records."""
        told: dict[Slot, _Told] = {}
        for value, text in zip(values, self._openings.open(values), strict=True):
            slot = (value.subject, value.scope)
            if text is None:
                continue
            if is_whole(value):
                person = self._directory.person(value.subject, number_of(value.scope))
                told[slot] = _Told(value, person, text)
            elif slot in told:
                name, _, word = text.partition(" ")
                told[slot].say(FIELDS.index(name), word, value.position)
        for one in told.values():
            for field, stated in self.statements.of(one.words[PUR]).items():
                one.say(field, stated.value, stated.position)
        return {number_of(scope): Record._make(one.words) for (_, scope), one in told.items()}


class _Told:
    """A record's words, and the position of the last of each."""

    def __init__(self, value: HeldValue, person: str, text: str) -> None:
        ttl, *words = text.split(" ")
        self.words = [value.purposes[0], ttl, person, *words]
        self._since = [value.position] * len(self.words)

    def say(self, field: int, word: str, position: int) -> None:
        """A word counts if it is later than the last one."""
        if position > self._since[field]:
            self.words[field], self._since[field] = word, position


def is_whole(value: HeldValue) -> bool:
    """Whether a value is a record, and not a later statement on one."""
    return value.attribute.startswith("record-")


def _whole(values: Iterable[HeldValue], purpose: str) -> bool:
    return any(is_whole(value) and value.purposes == (purpose,) for value in values)


def _document(slot: Slot) -> str:
    return slot[1]  # document ids count up


def _position(value: HeldValue) -> int:
    return value.position
