"""One-dimensional PostgreSQL arrays, packed to their binary form by hand.

psycopg dumps a list element by element through Python adapters; an append sends some forty arrays,
for which this is several times cheaper. The form is that of PostgreSQL's `array_recv`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar
from uuid import UUID

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD = struct.Struct("!iiIii")  # dimensions, any null, element type, length, lower bound
_EMPTY = struct.Struct("!iiI")
_NULL = struct.pack("!i", -1)


class PgArray(bytes):
    """A packed array; the subclass says of what."""

    element: ClassVar[int]
    oid: ClassVar[int]

    @staticmethod
    def pack(value: Any) -> bytes:
        """The binary form of one element."""
        raise NotImplementedError

    @classmethod
    def of(cls, values: Sequence[Any]) -> PgArray:
        """Pack the values; None is NULL."""
        if not values:
            return cls(_EMPTY.pack(0, 0, cls.element))
        head = _HEAD.pack(1, int(None in values), cls.element, len(values), 1)
        return cls(head + b"".join(_elements(values, cls.pack)))


def _elements(values: Iterable[Any], pack: Callable[[Any], bytes]) -> Iterable[bytes]:
    for value in values:
        if value is None:
            yield _NULL
        else:
            packed = pack(value)
            yield len(packed).to_bytes(4, "big")
            yield packed


class Uuids(PgArray):
    """uuid[] of UUID."""

    element, oid = 2950, 2951

    @staticmethod
    def pack(value: UUID) -> bytes:
        return value.bytes


class Blobs(PgArray):
    """bytea[] of bytes."""

    element, oid = 17, 1001

    @staticmethod
    def pack(value: bytes) -> bytes:
        return value


class Texts(PgArray):
    """text[] of str."""

    element, oid = 25, 1009

    @staticmethod
    def pack(value: str) -> bytes:
        return value.encode()


class Ints(PgArray):
    """integer[] of int."""

    element, oid = 23, 1007

    @staticmethod
    def pack(value: int) -> bytes:
        return struct.pack("!i", value)


class Bigs(PgArray):
    """bigint[] of int."""

    element, oid = 20, 1016

    @staticmethod
    def pack(value: int) -> bytes:
        return struct.pack("!q", value)


class Bools(PgArray):
    """boolean[] of bool."""

    element, oid = 16, 1000

    @staticmethod
    def pack(value: bool) -> bytes:
        return struct.pack("!?", value)


class _Dumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Buffer) -> Buffer:
        return obj


def register(connection: psycopg.Connection[Any]) -> None:
    """Let the connection take packed arrays as parameters."""
    for array in PgArray.__subclasses__():
        dumper = type(f"{array.__name__}Dumper", (_Dumper,), {"oid": array.oid})
        connection.adapters.register_dumper(array, dumper)
