"""A processing run: who may be processed, who was, who was not and why, in chunks of ≤ 1,000.

Its state names the entries that list the subjects of a chunk, not the subjects: a run over 100,000
people would write them all anew with each of its chunks. What looks at one chunk reads its entries.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

import msgspec

from ledger.events import (
    Entry,
    PersonalDataOpened,
    RunFinished,
    RunStarted,
    SubjectsAdmitted,
    SubjectsExcluded,
    SubjectsProcessed,
)
from ledger.stream import Stream

CHUNK = 1_000
"""Subjects an event may list, and a chunk may hold."""
OPENINGS = 8
"""Openings of a chunk that are named; of one opened more often, the first ones are left out."""


class Terms(msgspec.Struct, frozen=True, array_like=True):
    """What the run was started for."""

    purpose: str
    service: str | None
    attributes: tuple[str, ...]


class Chunk(msgspec.Struct, array_like=True):
    """The entry that admitted its subjects, and those that opened it."""

    admitted: UUID
    openings: list[UUID] = msgspec.field(default_factory=list)
    left_openings: bool = False


class Course(msgspec.Struct, array_like=True):
    """All that is kept of a run. `terms` None: none was started in this stream."""

    terms: Terms | None = None
    finished: bool = False
    chunks: dict[int, Chunk] = msgspec.field(default_factory=dict)


class Run(Stream):
    """The state of one run, as its stream says."""

    FORM: ClassVar[int] = 21
    KEPT = Course
    kept: Course

    @property
    def started(self) -> Terms | None:
        return self.kept.terms

    @property
    def finished(self) -> bool:
        return self.kept.finished

    @property
    def chunks(self) -> dict[int, Chunk]:
        return self.kept.chunks

    def evolve(self, entry: Entry) -> None:
        match entry.body:
            case RunStarted() as body:
                self.kept.terms = Terms(body.purpose, body.service, body.attributes)
            case SubjectsAdmitted(chunk=chunk):
                self.kept.chunks[chunk] = Chunk(entry.event)
            case PersonalDataOpened(chunk=int(chunk)) if chunk in self.kept.chunks:
                opened = self.kept.chunks[chunk]
                opened.openings.append(entry.event)
                if len(opened.openings) > OPENINGS and not self.whole:
                    del opened.openings[0]
                    opened.left_openings = True
            case RunFinished():
                self.kept.finished = True


def admitted_by(entries: Iterable[Entry]) -> tuple[UUID, ...]:
    """Everybody whom these entries admit, in their order."""
    bodies = (entry.body for entry in entries)
    return tuple(s for b in bodies if isinstance(b, SubjectsAdmitted) for s in b.subjects)


def opened_by(entries: Iterable[Entry], chunk: int) -> set[UUID]:
    """Everybody of a chunk whom these entries open."""
    bodies = (entry.body for entry in entries)
    opened = (b for b in bodies if isinstance(b, PersonalDataOpened) and b.chunk == chunk)
    return {subject for body in opened for subject in body.subjects}


def outcome_of(entries: Iterable[Entry]) -> tuple[set[UUID], set[UUID]]:
    """(who was processed, who was left out), as all entries of a run say."""
    processed: set[UUID] = set()
    excluded: set[UUID] = set()
    for entry in entries:
        match entry.body:
            case SubjectsProcessed(subjects=subjects):
                processed.update(subjects)
            case SubjectsExcluded(subjects=subjects):
                excluded.update(subjects)
    return processed, excluded
