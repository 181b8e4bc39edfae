"""One-dimensional PostgreSQL arrays, packed to their binary form by hand.

psycopg dumps a list element by element through Python adapters; an append sends some forty arrays,
for which this is several times cheaper. The form is that of PostgreSQL's `array_recv`.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD = struct.Struct("!iiIii")  # dimensions, any null, element type, length, lower bound
_EMPTY = struct.Struct("!iiI")
_LENGTH = struct.Struct("!i").pack
_NULL = _LENGTH(-1)
_BOOL = {False: b"\0", True: b"\1"}


class PgArray(bytes):
    """A packed array; the subclass says of what."""

    element: ClassVar[int]
    oid: ClassVar[int]

    @staticmethod
    def pack(values: Sequence[Any]) -> Sequence[bytes]:
        """The binary form of each element; any error if one of them is None."""
        raise NotImplementedError

    @classmethod
    def of(cls, values: Sequence[Any]) -> PgArray:
        """Pack the values; None is NULL."""
        if not values:
            return cls(_EMPTY.pack(0, 0, cls.element))
        nulls = False
        try:
            body = _joined(cls.pack(values))
        except (AttributeError, KeyError, TypeError, struct.error):
            nulls = True
            body = b"".join(
                _NULL if value is None else _joined(cls.pack([value])) for value in values
            )
        return cls(_HEAD.pack(1, int(nulls), cls.element, len(values), 1) + body)


def _joined(parts: Sequence[bytes]) -> bytes:
    """Each part behind its length; where all are as long as each other, that separates them."""
    lengths = set(map(len, parts))
    if len(lengths) == 1:
        separator = _LENGTH(lengths.pop())
        return separator + separator.join(parts)
    return b"".join([piece for part in parts for piece in (_LENGTH(len(part)), part)])


class Uuids(PgArray):
    """uuid[] of UUID."""

    element, oid = 2950, 2951

    @staticmethod
    def pack(values: Sequence[UUID]) -> Sequence[bytes]:
        return [value.int.to_bytes(16) for value in values]


class Blobs(PgArray):
    """bytea[] of bytes."""

    element, oid = 17, 1001

    @staticmethod
    def pack(values: Sequence[bytes]) -> Sequence[bytes]:
        return values


class Texts(PgArray):
    """text[] of str."""

    element, oid = 25, 1009

    @staticmethod
    def pack(values: Sequence[str]) -> Sequence[bytes]:
        return [value.encode() for value in values]


class Ints(PgArray):
    """integer[] of int."""

    element, oid = 23, 1007

    @staticmethod
    def pack(values: Sequence[int]) -> Sequence[bytes]:
        return list(map(struct.Struct("!i").pack, values))


class Bigs(PgArray):
    """bigint[] of int."""

    element, oid = 20, 1016

    @staticmethod
    def pack(values: Sequence[int]) -> Sequence[bytes]:
        return list(map(struct.Struct("!q").pack, values))


class Bools(PgArray):
    """boolean[] of bool."""

    element, oid = 16, 1000

    @staticmethod
    def pack(values: Sequence[bool]) -> Sequence[bytes]:
        return [_BOOL[value] for value in values]


class _Dumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Buffer) -> Buffer:
        return obj


def register(connection: psycopg.Connection[Any]) -> None:
    """Let the connection take packed arrays as parameters."""
    for array in PgArray.__subclasses__():
        dumper = type(f"{array.__name__}Dumper", (_Dumper,), {"oid": array.oid})
        connection.adapters.register_dumper(array, dumper)
