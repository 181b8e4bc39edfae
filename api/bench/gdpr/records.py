"""The records of GDPRbench: ten fields, each a pure function of the record's number.

As published (`modular`) every field is the number modulo the size of its domain. Since these sizes
divide that of the users, each user then has exactly one purpose, one objection and so on; so there
is a second variant in which every field is drawn on its own, from a seed.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

TTL_SECONDS = (30, 10_000, 12_000, 14_000, 16_000, 18_000, 20_000, 22_000, 24_000, 1_000_000)
"""Lifetimes: a tenth of the records expires half a minute after it was made."""

DATA_LENGTH = 100
"""Characters, and bytes, of the field Data."""

FIELDS = ("PUR", "TTL", "USR", "OBJ", "DEC", "ACL", "SHR", "SRC", "CAT", "Data")
PUR, TTL, USR, OBJ, DEC, ACL, SHR, SRC, CAT, DATA = range(10)
METADATA = range(TTL, DATA)
"""The fields that an update of metadata draws one of, at random (GDPRWorkload: Uniform{1..8})."""


class Record(NamedTuple):
    """One record's values, in the order of `FIELDS`."""

    pur: str
    ttl: str
    usr: str
    obj: str
    dec: str
    acl: str
    shr: str
    src: str
    cat: str
    data: str

    def having(self, field: int, value: str) -> Record:
        """The same record with another value in one field."""
        return Record._make([*self[:field], value, *self[field + 1 :]])


@dataclass(frozen=True)
class Shape:
    """How many records there are, and how their fields are filled.

    `users` and `purposes`: as in the published files. `modular` False draws every field on its own.
    """

    records: int
    users: int = 10_000
    purposes: int = 25
    modular: bool = True
    seed: int = 1

    @property
    def variant(self) -> str:
        """The variant's name."""
        return "compat" if self.modular else "realistic"

    def value(self, k: int, field: int) -> str:
        """The value of a field of record `k` as it is first written."""
        if field == DATA:
            return data(k)
        size = self._size(field)
        number = k % size if self.modular else drawn(self.seed, k, field, size)
        return str(TTL_SECONDS[number]) if field == TTL else f"{_PREFIX[field]}{number}"

    def record(self, k: int) -> Record:
        """Record `k` as it is first written."""
        return Record(*(self.value(k, field) for field in range(10)))

    def numbers_by(self, field: int) -> Callable[[str], Iterable[int]]:
        """A function from a value to the numbers of the records that are first written with it.

        Worked out where the form is the published one; else drawn up once, for every record.
        """
        if self.modular:
            prefix, size = _PREFIX[field], self._size(field)
            return lambda value: range(int(value.removeprefix(prefix)), self.records, size)
        found: defaultdict[str, list[int]] = defaultdict(list)
        for k in range(self.records):
            found[self.value(k, field)].append(k)
        return lambda value: found.get(value, ())

    def _size(self, field: int) -> int:
        return {PUR: self.purposes, USR: self.users, OBJ: 100, DEC: 2}.get(field, 10)


_PREFIX = {
    PUR: "purpose", USR: "user", OBJ: "obj", DEC: "dec", ACL: "acl", SHR: "shr", SRC: "src",
    CAT: "cat",
}  # fmt: skip


def drawn(seed: int, k: int, field: int, size: int) -> int:
    """A number below `size`, the same for the same seed, record and field."""
    digest = hashlib.blake2b(f"{seed}/{k}/{field}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % size


def data(k: int) -> str:
    """The field Data of record `k`: number and hash in turns, cut to length."""
    text = ""
    while len(text) < DATA_LENGTH:
        text += str(k)
        text += str(java_hash_code(text))
    return text[:DATA_LENGTH]


def java_hash_code(text: str) -> int:
    """What `String.hashCode()` gives in Java: 32 bits, signed."""
    value = 0
    for character in text:
        value = (31 * value + ord(character)) & 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value
