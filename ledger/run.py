"""A processing run: who may be processed, who was, who was not and why, in chunks of ≤ 1,000."""

from __future__ import annotations

from uuid import UUID

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


class Run(Stream):
    """The state of one run, as its stream says."""

    started: RunStarted | None = None
    finished = False

    def __init__(self, stream: UUID) -> None:
        super().__init__(stream)
        self.chunks: dict[int, tuple[UUID, ...]] = {}
        self.opened: set[UUID] = set()
        self.processed: set[UUID] = set()
        self.excluded: set[UUID] = set()

    def evolve(self, entry: Entry) -> None:
        match entry.body:
            case RunStarted() as started:
                self.started = started
            case SubjectsAdmitted(chunk=chunk, subjects=subjects):
                self.chunks[chunk] = subjects
            case PersonalDataOpened(subjects=subjects):
                self.opened |= set(subjects)
            case SubjectsProcessed(subjects=subjects):
                self.processed |= set(subjects)
            case SubjectsExcluded(subjects=subjects):
                self.excluded |= set(subjects)
            case RunFinished():
                self.finished = True
