"""What a wave of submissions is checked for before it is written: steps 2 and 3 of formats.md §4.

The caller holds the append lock, so what is found here holds until the commit.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from ledger.errors import IdentifierTaken, KeyNotAlive, LedgerError
from ledger.store.answers import Known, known_of
from ledger.store.append import Conflict, Lookup, Register, Submission, relied_on

_AT_ONCE = (1_024, 512, 256, 128, 64, 32, 16, 8, 4, 2, 1)
"""Values in a question. Few sizes, so that SQLite has nearly every question prepared already; the
places that are left hold the last value again."""


class World:
    """What the checks of a wave need to know, asked in a few questions."""

    def __init__(self, cursor: sqlite3.Cursor, wave: Sequence[Submission]) -> None:
        self._relied = {
            id(one): {(stream.int, version) for stream, version in relied_on(one)} for one in wave
        }
        self._asked = set(chain.from_iterable(self._relied.values()))
        ends = [(stream.to_bytes(16), version) for stream, version in self._asked]
        moved = _select(cursor, _MOVED, ends)
        self._moved = {(int.from_bytes(stream), version) for stream, version in moved}
        self.open_epochs: set[int] = set()
        self.holders: dict[tuple[str, bytes], list[bytes]] = defaultdict(list)
        if any(one.births or one.lookups for one in wave):
            self.open_epochs |= {epoch for (epoch,) in cursor.execute(_OPEN_EPOCHS).fetchall()}
            self._find_holders(cursor, [look for one in wave for look in one.lookups])

    def _find_holders(self, cursor: sqlite3.Cursor, looks: Sequence[Lookup]) -> None:
        exclusive = [look for look in looks if look.exclusive]
        for kind in {look.kind for look in exclusive}:
            indices = [(look.idx,) for look in exclusive if look.kind == kind]
            for idx, kid in _select(cursor, _HELD, indices, kind):
                self.holders[kind, idx].append(kid)

    def has_moved(self, submission: Submission) -> bool:
        """Whether a stream ends elsewhere than the decision of this one of the wave relied on."""
        return bool(self._moved) and not self._moved.isdisjoint(self._relied[id(submission)])

    def is_new(self, stream: UUID) -> bool:
        """Whether a submission relies on it that the stream does not exist, and it does not."""
        end = (stream.int, 0)
        return end in self._asked and end not in self._moved


_MOVED = """
    WITH asked (stream, version) AS (VALUES {})
    SELECT stream, version FROM asked
    WHERE version <> coalesce((SELECT max(version) FROM events AS e WHERE e.stream = asked.stream), 0)
"""
"""Each end is one step into the index; grouped, every version of the stream would be read."""
_OPEN_EPOCHS = "SELECT epoch FROM epochs WHERE state = 'open'"
_HELD = "SELECT idx, kid FROM lookups WHERE kind = ? AND exclusive AND idx IN ({})"
_ANSWERED = """
    SELECT command, fingerprint, epoch, outcome, stream, first_version, last_version, position
    FROM commands WHERE actor = ? AND command IN ({})
"""


def known(cursor: sqlite3.Cursor, wave: Sequence[Submission]) -> dict[tuple[UUID, bytes], Known]:
    """The commands of the wave that were answered before."""
    found: dict[tuple[UUID, bytes], Known] = {}
    asked: dict[UUID, list[tuple[bytes]]] = {}
    for one in wave:
        asked.setdefault(one.actor, []).append((one.command,))
    for actor, commands in asked.items():
        for row in _select(cursor, _ANSWERED, commands, actor.bytes):
            command, fingerprint, epoch, outcome, stream, *rest = row
            columns = (fingerprint, epoch, outcome, stream and UUID(bytes=stream), *rest)
            found[actor, command] = known_of(columns)
    return found


def refusal(
    cursor: sqlite3.Cursor, world: World, submission: Submission
) -> LedgerError | Conflict | None:
    """Why a submission cannot be written as it was decided, or None."""
    if world.has_moved(submission):
        return Conflict("a stream that the decision relied on has changed")
    if submission.registers and _bound(cursor, submission.registers):
        return Conflict("a code is bound to a stream already")
    if not all(_alive(cursor, submission, death.kid, death.event) for death in submission.deaths):
        return KeyNotAlive()
    if not (submission.births or submission.lookups):
        return None
    if not _keys_are_free(cursor, world, submission):
        return Conflict("a slot exists already, or its epoch is not open any more")
    kind = _taken(world, submission)
    return None if kind is None else IdentifierTaken(kind=kind)


def _bound(cursor: sqlite3.Cursor, registers: Iterable[Register]) -> bool:
    return any(
        _exists(cursor, "registers WHERE kind = ? AND code = ?", register.kind, register.code)
        for register in registers
    )


def _alive(cursor: sqlite3.Cursor, submission: Submission, kid: bytes, event: UUID) -> bool:
    """The key lives in the event's stream (or is born in this very command), and no hold is on its
    way to its class."""
    born = next((birth.class_ for birth in submission.births if birth.kid == kid), None)
    if born is not None:
        return not _exists(cursor, "stops WHERE class = ?", born)
    stream = next(row.originator_id for row in submission.rows if row.event == event)
    assert isinstance(stream, UUID)
    return _exists(
        cursor,
        "data_keys WHERE kid = ? AND stream = ? AND wrapped IS NOT NULL"
        " AND class NOT IN (SELECT class FROM stops)",
        kid,
        stream.bytes,
    )


def _keys_are_free(cursor: sqlite3.Cursor, world: World, submission: Submission) -> bool:
    """The epochs are open, and no slot has a key yet: a stream without events has none at all."""
    epochs = {birth.epoch for birth in submission.births}
    epochs |= {look.epoch for look in submission.lookups}
    if not epochs <= world.open_epochs:
        return False
    slot = "data_keys WHERE stream = ? AND class = ? AND scope = ? AND generation = ?"
    return not any(
        _exists(cursor, slot, birth.stream.bytes, birth.class_, birth.scope, birth.generation)
        for birth in submission.births
        if not world.is_new(birth.stream)
    )


def _taken(world: World, submission: Submission) -> str | None:
    """The kind of the first exclusive look-up that another key holds and keeps."""
    going = {death.kid for death in submission.deaths}
    gone = {(look.kind, look.kid) for look in submission.superseded}
    for look in submission.lookups:
        for kid in world.holders.get((look.kind, look.idx), ()) if look.exclusive else ():
            if kid not in {look.kid} | going and (look.kind, kid) not in gone:
                return look.kind
    return None


def _exists(cursor: sqlite3.Cursor, where: str, *params: Any) -> bool:
    statement = f"SELECT 1 FROM {where} LIMIT 1"  # noqa: S608 - our own literals only
    return cursor.execute(statement, params).fetchone() is not None


def _select(
    cursor: sqlite3.Cursor, statement: str, values: Sequence[tuple[Any, ...]], *first: Any
) -> Iterator[tuple[Any, ...]]:
    """The rows for any number of values; `{}` stands for their marks."""
    for start in range(0, len(values), _AT_ONCE[0]):
        some = list(values[start : start + _AT_ONCE[0]])
        size = next(size for size in reversed(_AT_ONCE) if size >= len(some))
        some += some[-1:] * (size - len(some))
        marks = ", ".join([f"({', '.join('?' * len(some[0]))})"] * size)
        given = [*first, *chain.from_iterable(some)]
        yield from cursor.execute(statement.format(marks), given).fetchall()
