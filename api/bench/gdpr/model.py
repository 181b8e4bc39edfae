"""The model: what every operation has to answer, from dictionaries in memory. Owes nothing to either
database; whoever disagrees with it is wrong.

A record that is still as it was loaded is worked out from its number, so that a million of them take
no memory: kept are those that were changed one by one, and what was said of all of a purpose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from api.bench.gdpr.records import DATA, PUR, TTL, TTL_SECONDS, USR, Record, Shape
from api.bench.gdpr.workloads import Kind, Operation

Answer = Record | None | int | bool | dict[int, Record] | dict[int, tuple[str, ...]]
"""A record or none; how many were struck; yes or no; records, or their metadata, by number."""

EXPIRED = str(TTL_SECONDS[0])
"""The lifetime that has passed when a run begins: records are loaded as collected a minute ago."""


class Model:
    """Records by number, with the two indices that operations ask by."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._loaded = {PUR: shape.numbers_by(PUR), USR: shape.numbers_by(USR)}
        self._own: dict[int, Record | None] = {}  # None: it was deleted
        self._of: dict[int, defaultdict[str, set[int]]] = {
            PUR: defaultdict(set),
            USR: defaultdict(set),
        }
        self._stated: defaultdict[str, dict[int, str]] = defaultdict(dict)

    def perform(self, operation: Operation) -> Answer:
        """Carry an operation out, and answer it. An update by purpose answers nothing: one event
        does not count what it concerns."""
        k, kind = operation.k, operation.kind
        match kind:
            case Kind.INSERT:
                self._put(k, self._shape.record(k))
                return 1
            case Kind.READ:
                return self.record(k)
            case Kind.READ_META_PURPOSE | Kind.READ_META_USER:
                return self._some(self._selected(operation), operation.length)
            case Kind.READ_METADATA_USER:
                return {n: one[:DATA] for n, one in self._some(self._selected(operation)).items()}
            case Kind.UPDATE:
                return self._replace([k] if self.record(k) else [], operation)
            case Kind.UPDATE_META_USER:
                return self._replace(self._selected(operation), operation)
            case Kind.UPDATE_META_PURPOSE:
                self._state(operation)
                return None
            case Kind.DELETE:
                return self._delete([k])
            case Kind.DELETE_META_PURPOSE | Kind.DELETE_META_USER:
                return self._delete(self._selected(operation))
            case Kind.VERIFY_TTL:
                return self._delete([n for n, one in self._all() if one[TTL] == EXPIRED])
            case Kind.VERIFY_DELETION:
                return self.record(k) is None
            case Kind.READ_LOG:
                return True

    @property
    def records(self) -> dict[int, Record]:
        """All records that there are."""
        return dict(self._all())

    def record(self, k: int) -> Record | None:
        """One record, or None when there is none (any more)."""
        if k in self._own:
            return self._own[k]
        if k >= self._shape.records:
            return None
        record = self._shape.record(k)
        for field, value in self._stated.get(record.pur, {}).items():
            record = record.having(field, value)
        return record

    def by(self, field: int, value: str) -> set[int]:
        """The numbers of the records with this purpose or user."""
        return set(self._by(field, value))

    def personal_bytes(self) -> int:
        """Bytes of the field Data of all records there are."""
        return sum(len(one.data) for _, one in self._all())

    def _all(self) -> Iterator[tuple[int, Record]]:
        for k in sorted({*range(self._shape.records), *self._own}):
            record = self.record(k)
            if record is not None:
                yield k, record

    def _by(self, field: int, value: str) -> Iterator[int]:
        as_loaded = (k for k in self._loaded[field](value) if k not in self._own)
        return chain(as_loaded, self._of[field][value])

    def _selected(self, operation: Operation) -> set[int]:
        field = PUR if operation.kind.endswith("purpose") else USR
        return self.by(field, self._shape.value(operation.k, field))

    def _some(self, numbers: Iterable[int], most: int = 0) -> dict[int, Record]:
        newest = sorted(numbers, reverse=True)[: most or None]
        return {n: one for n in newest if (one := self.record(n)) is not None}

    def _state(self, operation: Operation) -> None:
        """Purposes never change, so what is said of one holds for its records as loaded, too."""
        purpose, field = self._shape.value(operation.k, PUR), operation.field
        if field == USR:  # those are found by it: they become records of their own
            self._replace(self._selected(operation), operation)
            return
        self._replace(list(self._of[PUR][purpose]), operation)
        self._stated[purpose][field] = self._shape.value(operation.k, field)

    def _replace(self, numbers: Collection[int], operation: Operation) -> int:
        value = self._shape.value(operation.k, operation.field)
        for n, old in self._some(numbers).items():
            whole = operation.kind is Kind.UPDATE
            self._delete([n])
            self._put(n, self._shape.record(n) if whole else old.having(operation.field, value))
        return len(numbers)

    def _put(self, k: int, record: Record) -> None:
        self._own[k] = record
        for field, index in self._of.items():
            index[record[field]].add(k)

    def _delete(self, numbers: Iterable[int]) -> int:
        found = self._some(numbers)
        for n, record in found.items():
            self._own[n] = None
            for field, index in self._of.items():
                index[record[field]].discard(n)
        return len(found)
