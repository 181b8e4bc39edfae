"""Reading key rows from the primary: one question for any number of keys, nothing remembered."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Engine, Row, bindparam, select

from ledger.sealing import KeyRow, Slot
from ledger.vault.database import fetch
from ledger.vault.tables import data_keys

T = TypeVar("T")

_BY_KID = select(
    data_keys.c.kid,
    data_keys.c.commitment,
    data_keys.c.stream,
    data_keys.c.class_,
    data_keys.c.scope,
    data_keys.c.generation,
    data_keys.c.epoch,
    data_keys.c.wrapped,
    data_keys.c.dead_at,
).where(data_keys.c.kid.in_(bindparam("kids", expanding=True)))


def chunks(values: Collection[T], size: int = 10_000) -> Iterator[list[T]]:
    """Lists of at most `size`: both databases take some 30,000 parameters a statement, not more."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def fetch_keys(engine: Engine, kids: Collection[bytes]) -> dict[bytes, KeyRow]:
    """The rows of these keys, as the primary has them now; a key without a row is not in it."""
    found: dict[bytes, KeyRow] = {}
    for some in chunks(kids):
        rows = fetch(engine, _BY_KID, {"kids": some})
        found.update((key.kid, key) for key in map(_key_row, rows))
    return found


def _key_row(row: Row[*tuple[Any, ...]]) -> KeyRow:
    kid, commitment, stream, class_, scope, generation, epoch, wrapped, dead_at = row
    slot = Slot(stream, class_, scope, generation)
    return KeyRow(kid, commitment, slot, epoch, wrapped, dead_at)
