"""Reading key rows from the primary: one question for any number of keys, nothing remembered."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine

from ledger.sealing import KeyRow, Slot
from ledger.vault.database import fetch_among

T = TypeVar("T")

_BY_KID = """
    SELECT stream, class, scope, generation, kid, commitment, epoch, wrapped, dead_at
    FROM data_keys WHERE kid"""


def chunks(values: Collection[T], size: int = 10_000) -> Iterator[list[T]]:
    """Lists of at most `size`: both databases take some 30,000 parameters a statement, not more."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def fetch_keys(engine: Engine, kids: Collection[bytes]) -> dict[bytes, KeyRow]:
    """The rows of these keys, as the primary has them now; a key without a row is not in it."""
    found: dict[bytes, KeyRow] = {}
    for some in chunks(kids):
        for stream, class_, scope, generation, kid, commitment, *secret in fetch_among(
            engine, _BY_KID, some
        ):
            holder = stream if isinstance(stream, UUID) else UUID(bytes=stream)
            slot = Slot(holder, class_, scope, generation)
            found[kid] = KeyRow(kid, commitment, slot, *secret)
    return found
