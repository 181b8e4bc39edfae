"""The model: what every operation has to answer, from dictionaries in memory. Owes nothing to either
database; whoever disagrees with it is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

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
        self.records: dict[int, Record] = {}
        self._of: dict[int, defaultdict[str, set[int]]] = {
            PUR: defaultdict(set),
            USR: defaultdict(set),
        }
        for k in range(shape.records):
            self._put(k, shape.record(k))

    def perform(self, operation: Operation) -> Answer:
        """Carry an operation out, and answer it. An update by purpose answers nothing: one event
        does not count what it concerns."""
        k, kind = operation.k, operation.kind
        match kind:
            case Kind.INSERT:
                self._put(k, self._shape.record(k))
                return 1
            case Kind.READ:
                return self.records.get(k)
            case Kind.READ_META_PURPOSE | Kind.READ_META_USER:
                return self._some(self._selected(operation), operation.length)
            case Kind.READ_METADATA_USER:
                return {n: self.records[n][:DATA] for n in self._selected(operation)}
            case Kind.UPDATE:
                return self._replace([k] if k in self.records else [], operation)
            case Kind.UPDATE_META_PURPOSE | Kind.UPDATE_META_USER:
                struck = self._replace(list(self._selected(operation)), operation)
                return struck if kind is Kind.UPDATE_META_USER else None
            case Kind.DELETE:
                return self._delete([k])
            case Kind.DELETE_META_PURPOSE | Kind.DELETE_META_USER:
                return self._delete(self._selected(operation))
            case Kind.VERIFY_TTL:
                return self._delete(n for n, one in self.records.items() if one[TTL] == EXPIRED)
            case Kind.VERIFY_DELETION:
                return k not in self.records
            case Kind.READ_LOG:
                return True

    def by(self, field: int, value: str) -> set[int]:
        """The numbers of the records with this purpose or user."""
        return self._of[field][value]

    def personal_bytes(self) -> int:
        """Bytes of the field Data of all records there are."""
        return sum(len(one.data) for one in self.records.values())

    def _selected(self, operation: Operation) -> set[int]:
        field = PUR if operation.kind.endswith("purpose") else USR
        return self._of[field][self._shape.value(operation.k, field)]

    def _some(self, numbers: Iterable[int], most: int) -> dict[int, Record]:
        newest = sorted(numbers, reverse=True)
        return {n: self.records[n] for n in (newest[:most] if most else newest)}

    def _replace(self, numbers: list[int], operation: Operation) -> int:
        value = self._shape.value(operation.k, operation.field)
        for n in numbers:
            whole = operation.kind is Kind.UPDATE
            old = self.records[n]
            self._delete([n])
            self._put(n, self._shape.record(n) if whole else old.having(operation.field, value))
        return len(numbers)

    def _put(self, k: int, record: Record) -> None:
        self.records[k] = record
        for field, index in self._of.items():
            index[record[field]].add(k)

    def _delete(self, numbers: Iterable[int]) -> int:
        found = {n: self.records.pop(n) for n in list(numbers) if n in self.records}
        for n, record in found.items():
            for field, index in self._of.items():
                index[record[field]].discard(n)
        return len(found)
