"""Processing runs: started over many subjects, opened chunk by chunk, their outcome recorded.

A run's stream is its own; the subjects' streams are only looked at, and the append expects them as
they were, so nobody is admitted or opened on a state that has changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar
from uuid import UUID

import msgspec

from ledger.chunks import weigh
from ledger.command import Command
from ledger.desk import Desk
from ledger.draft import Draft
from ledger.errors import InvalidInput, NotFound
from ledger.events import (
    Finding,
    PersonalDataOpened,
    RunFinished,
    RunRefused,
    RunStarted,
    SubjectsAdmitted,
    SubjectsExcluded,
    SubjectsProcessed,
)
from ledger.ids import new_id
from ledger.policy import decisions, messages
from ledger.run import CHUNK, Run, admitted_by, opened_by, outcome_of
from ledger.subject import DataSubject

MAX_SUBJECTS = 100_000
"""Subjects one run may name; more is another run."""


class StartRun(Command, frozen=True, kw_only=True):
    """A run for a purpose over these subjects. Asked: answers `run`; who is admitted, and who not
    and why, is in the run. Refused as a whole when the purpose or an attribute is not listed, or
    the message it sends (`template`) is not registered for the purpose."""

    NAME: ClassVar[str] = "start-run"
    LATER: ClassVar[frozenset[str]] = frozenset({"template"})
    HEAVY: ClassVar[bool] = True

    purpose: str
    country: str
    attributes: tuple[str, ...]
    subjects: tuple[UUID, ...]
    service: str | None = None
    template: str | None = None

    def weight(self) -> int:
        return 40 * len(self.subjects)

    def decide(self, desk: Desk) -> None:
        run = Run(new_id())
        if not 0 < len(self.subjects) <= MAX_SUBJECTS:
            raise InvalidInput(field="subjects", rule=f"1 to {MAX_SUBJECTS} subjects")
        findings = decisions.run(
            desk.policy,
            purpose=self.purpose,
            service=self.service,
            country=self.country,
            attributes=self.attributes,
        )
        findings += messages.sending(desk.policy, self.purpose, self.template)
        if findings:
            purpose = self.purpose if self.purpose in desk.policy.purposes else None
            desk.refuse(RunRefused, run, findings, purpose=purpose)
            return
        names = tuple(dict.fromkeys(self.subjects))
        barred = admit(desk, names, self.purpose, self.service, self.attributes)
        admitted = [name for name in names if name not in barred]
        self._record(desk, desk.draft(run), len(names), admitted, barred)
        desk.done(run=run.id)

    def _record(
        self,
        desk: Desk,
        draft: Draft,
        asked: int,
        admitted: Sequence[UUID],
        barred: Mapping[UUID, str],
    ) -> None:
        chunks = list(_parts(admitted))
        draft.add(
            RunStarted,
            new_id(),
            template=self.template,
            purpose=self.purpose,
            service=self.service,
            country=self.country,
            attributes=self.attributes,
            asked=asked,
            admitted=len(admitted),
            chunks=len(chunks),
        )
        for number, part in enumerate(chunks, 1):
            draft.add(SubjectsAdmitted, new_id(), chunk=number, subjects=part)
        exclude(draft, "start", None, barred)


class OpenChunk(Command, frozen=True, kw_only=True):
    """Open one chunk: each subject is decided again, and the opening is appended before any value
    is opened. Answers `opening`; the subjects it lists, and nobody else, may then be opened."""

    NAME: ClassVar[str] = "open-chunk"
    HEAVY: ClassVar[bool] = True

    run: UUID
    chunk: int

    def stream(self) -> UUID | None:
        return self.run

    def decide(self, desk: Desk) -> None:
        run = desk.run(self.run)
        started = run.started
        assert started is not None  # desk.run has checked
        if self.chunk not in run.chunks:
            raise NotFound(run=self.run, chunk=self.chunk)
        if run.finished:
            desk.refuse(RunRefused, run, (Finding("run-finished"),), purpose=started.purpose)
            return
        names = admitted_by(desk.entries([run.chunks[self.chunk].admitted]))
        barred = admit(desk, names, started.purpose, started.service, started.attributes)
        draft, event = desk.draft(run), new_id()
        draft.add(
            PersonalDataOpened,
            event,
            access="chunk",
            purpose=started.purpose,
            reason=None,
            function=desk.actor().function,
            attributes=started.attributes,
            run=self.run,
            chunk=self.chunk,
            subjects=tuple(name for name in names if name not in barred),
        )
        exclude(draft, "opening", self.chunk, barred)
        desk.done(opening=event)


class Exclusion(msgspec.Struct, frozen=True, kw_only=True):
    """Subjects the run left out, and the rule or reason it gives."""

    rule: str
    subjects: tuple[UUID, ...]


class RecordOutcome(Command, frozen=True, kw_only=True):
    """Who of a chunk was processed, and who was not and why; `finished` ends the run. Told."""

    NAME: ClassVar[str] = "record-outcome"
    TOLD: ClassVar[bool] = True

    run: UUID
    chunk: int
    processed: tuple[UUID, ...] = ()
    excluded: tuple[Exclusion, ...] = ()
    finished: bool = False

    def stream(self) -> UUID | None:
        return self.run

    def decide(self, desk: Desk) -> None:
        run = desk.run(self.run)
        findings = self._findings(desk, run)
        draft, event = desk.draft(run), new_id()
        for part in _parts(self.processed):
            draft.add(SubjectsProcessed, event, chunk=self.chunk, subjects=part, findings=findings)
            desk.irregular(run, event, findings)
            event = new_id()
        for exclusion in self.excluded:
            rule = exclusion.rule if exclusion.rule in desk.policy.reasons else "reason-unlisted"
            exclude(draft, "outcome", self.chunk, dict.fromkeys(exclusion.subjects, rule))
        if self.finished:
            processed, excluded = self._totals(desk, run)
            draft.add(RunFinished, new_id(), processed=processed, excluded=excluded)
        if draft.entries:
            desk.done(findings)
        else:
            desk.unchanged()

    def _findings(self, desk: Desk, run: Run) -> tuple[Finding, ...]:
        named = {*self.processed, *(s for e in self.excluded for s in e.subjects)}
        admitted, opened = _of_chunk(desk, run, self.chunk)
        found = []
        if named - admitted or set(self.processed) - opened:  # decided again at the opening
            found.append(Finding("not-admitted"))
        if run.finished:
            found.append(Finding("run-finished"))
        return tuple(found)

    def _totals(self, desk: Desk, run: Run) -> tuple[int, int]:
        processed, excluded = outcome_of(desk.history(run))
        left_out = {s for exclusion in self.excluded for s in exclusion.subjects}
        return len(processed | set(self.processed)), len(excluded | left_out)


def _of_chunk(desk: Desk, run: Run, number: int) -> tuple[set[UUID], set[UUID]]:
    """The subjects of a chunk that were admitted, and those that were opened."""
    chunk = run.chunks.get(number)
    if chunk is None:
        return set(), set()
    entries = desk.history(run) if chunk.left_openings else desk.entries(chunk.openings)
    return set(admitted_by(desk.entries([chunk.admitted]))), opened_by(entries, number)


def admit(
    desk: Desk,
    names: Sequence[UUID],
    purpose: str,
    service: str | None,
    attributes: Sequence[str],
) -> dict[UUID, str]:
    """Whom of these the policy bars from this purpose now, and by which rule."""
    desk.preload(DataSubject, names)
    barred: dict[UUID, str] = {}
    for name in names:
        subject = desk.look(DataSubject, name)
        if not subject.registered:
            barred[name] = "subject-unknown"
            continue
        verdict = weigh(desk.policy, subject, purpose, service, attributes, desk.today)
        if verdict.finding is not None:
            barred[name] = verdict.finding.rule
    return barred


def exclude(draft: Draft, stage: str, chunk: int | None, barred: Mapping[UUID, str]) -> None:
    """Draft the exclusions, one event a rule and ≤ 1,000 subjects."""
    for rule in dict.fromkeys(barred.values()):
        concerned = [name for name, by in barred.items() if by == rule]
        for part in _parts(concerned):
            draft.add(
                SubjectsExcluded, new_id(), stage=stage, chunk=chunk, rule=rule, subjects=part
            )


def _parts(names: Sequence[UUID]) -> Iterator[tuple[UUID, ...]]:
    for start in range(0, len(names), CHUNK):
        yield tuple(names[start : start + CHUNK])
