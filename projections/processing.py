"""Processing runs: what a run was for, who took part, who did not and why.

Every step of a subject in a run is a row of its own; where the subject stands is its last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    func,
    select,
)

from ledger.events import (
    Entry,
    Finding,
    Moment,
    PersonalDataOpened,
    RunFinished,
    RunRefused,
    RunStarted,
    SubjectsAdmitted,
    SubjectsExcluded,
    SubjectsProcessed,
)
from ledger.vault.tables import Id
from projections.annulments import counts
from projections.columns import Fact, Listed, fact_columns, metadata
from projections.projection import Projection, Rows
from projections.queries import Page, at_most, fetch, fetch_one, newest_first, rows_as

runs = Table(
    "runs",
    metadata,
    *fact_columns(),
    Column("run", Id, nullable=False),
    Column("purpose", Text),
    Column("service", Text),
    Column("country", Text),
    Column("attributes", Listed(), nullable=False),
    Column("asked", BigInteger),
    Column("admitted", BigInteger),
    Column("chunks", BigInteger),
    Column("refused", Listed(Finding), nullable=False),
    Column("template", Text),
    PrimaryKeyConstraint("run"),
    Index("runs_position", "position", unique=True),
)
steps = Table(
    "run_steps",
    metadata,
    *fact_columns(),
    Column("run", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("step", Text, nullable=False),
    Column("chunk", BigInteger),
    Column("stage", Text),
    Column("rule", Text),
    Column("findings", Listed(Finding), nullable=False),
    PrimaryKeyConstraint("position", "subject"),
    Index("run_steps_run", "run", "subject", "position"),
    Index("run_steps_subject", "subject", "position"),
)
ends = Table(
    "run_ends",
    metadata,
    *fact_columns(),
    Column("run", Id, nullable=False),
    Column("processed", BigInteger, nullable=False),
    Column("excluded", BigInteger, nullable=False),
    PrimaryKeyConstraint("run"),
)
projection = Projection(runs, steps, ends)

StepKind = Literal["admitted", "opened", "processed", "excluded"]


@dataclass(frozen=True, kw_only=True)
class Run(Fact):
    """A run, started or refused (`refused` names the rules); counts as the run reported them."""

    run: UUID
    template: str | None
    purpose: str | None
    service: str | None
    country: str | None
    attributes: tuple[str, ...]
    asked: int | None
    admitted: int | None
    chunks: int | None
    refused: tuple[Finding, ...]
    finished_position: int | None
    finished_at: Moment | None
    processed: int | None
    excluded: int | None


@dataclass(frozen=True, kw_only=True)
class Step(Fact):
    """Where a subject stands in a run; an exclusion names its stage and the one rule."""

    run: UUID
    subject: UUID
    step: StepKind
    chunk: int | None
    stage: Literal["start", "opening", "outcome"] | None
    rule: str | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Tally:
    """How many subjects of a run stand at a step; exclusions by stage and rule."""

    step: StepKind
    stage: str | None
    rule: str | None
    subjects: int


@dataclass(frozen=True)
class RunReport:
    """A run and where its subjects stand: who may, who not and why, who was processed."""

    run: Run
    tally: list[Tally]


@dataclass(frozen=True)
class Participation:
    """A run that a subject was in, and each of the subject's steps, oldest first."""

    run: Run
    steps: list[Step]


@projection.on(RunStarted)
def start(rows: Rows, entry: Entry, body: RunStarted) -> None:
    rows[runs, type(body)](body, run=entry.stream)


@projection.on(RunRefused)
def refuse(rows: Rows, entry: Entry, body: RunRefused) -> None:
    """A run that never began. What is refused to one that did stands in its audit trail."""
    if entry.version > 1:
        return
    rows[runs](
        run=entry.stream,
        purpose=body.purpose,
        attributes=(),
        refused=body.findings,
    )


@projection.on(SubjectsAdmitted)
def admit(rows: Rows, entry: Entry, body: SubjectsAdmitted) -> None:
    _step(rows, entry, "admitted", body.subjects, chunk=body.chunk)


@projection.on(SubjectsExcluded)
def exclude(rows: Rows, entry: Entry, body: SubjectsExcluded) -> None:
    where = {"chunk": body.chunk, "stage": body.stage, "rule": body.rule}
    _step(rows, entry, "excluded", body.subjects, **where)


@projection.on(PersonalDataOpened)
def open_chunk(rows: Rows, entry: Entry, body: PersonalDataOpened) -> None:
    if body.run is not None:
        _step(rows, entry, "opened", body.subjects, run=body.run, chunk=body.chunk)


@projection.on(SubjectsProcessed)
def process(rows: Rows, entry: Entry, body: SubjectsProcessed) -> None:
    _step(rows, entry, "processed", body.subjects, chunk=body.chunk, findings=body.findings)


@projection.on(RunFinished)
def finish(rows: Rows, entry: Entry, body: RunFinished) -> None:
    rows[ends, type(body)](body, run=entry.stream)


def _step(
    rows: Rows, entry: Entry, step: StepKind, subjects: tuple[UUID, ...], **values: Any
) -> None:
    shared = {"run": entry.stream, "step": step, "findings": ()} | values
    for subject in dict.fromkeys(subjects):
        rows[steps](**shared, subject=subject)


def _last_steps(run: UUID) -> Select[Any]:
    """Position of the last step that counts, of each subject of a run."""
    counted = (steps.c.run == run, counts(steps.c.event))
    last = func.max(steps.c.position).label("position")
    return select(steps.c.subject, last).where(*counted).group_by(steps.c.subject)


def _runs(*where: ColumnElement[bool]) -> Select[Any]:
    """Runs, each with its end, if it came."""
    query = rows_as(
        Run,
        runs,
        *where,
        finished_position=ends.c.position,
        finished_at=ends.c.recorded_at,
        processed=ends.c.processed,
        excluded=ends.c.excluded,
    )
    return query.select_from(runs.outerjoin(ends, ends.c.run == runs.c.run))


def report(connection: Connection, run: UUID) -> RunReport | None:
    """A run with the numbers of its subjects by where they stand, or None."""
    found = fetch_one(connection, Run, _runs(runs.c.run == run))
    if found is None:
        return None
    last = _last_steps(run).subquery()
    groups = (steps.c.step, steps.c.stage, steps.c.rule)
    query = (
        select(*groups, func.count().label("subjects"))
        .join(last, (steps.c.position == last.c.position) & (steps.c.subject == last.c.subject))
        .group_by(*groups)
        .order_by(steps.c.step, func.coalesce(steps.c.stage, ""), func.coalesce(steps.c.rule, ""))
    )
    return RunReport(found, fetch(connection, Tally, query))


def subjects_of_run(
    connection: Connection,
    run: UUID,
    *,
    step: StepKind | None = None,
    after: UUID | None = None,
    limit: int = 1000,
) -> list[Step]:
    """Where subjects of a run stand, by subject id; `after` is the last subject of the page before.

    With `step` only those who stand there (`excluded`: who may not, and why).
    """
    last = _last_steps(run).subquery()
    query = rows_as(Step, steps).join(
        last, (steps.c.position == last.c.position) & (steps.c.subject == last.c.subject)
    )
    if step is not None:
        query = query.where(steps.c.step == step)
    if after is not None:
        query = query.where(steps.c.subject > after)
    return fetch(connection, Step, query.order_by(steps.c.subject).limit(at_most(limit)))


def all_runs(connection: Connection, *, cursor: int | None = None, limit: int = 100) -> Page[Run]:
    """Every run, newest first."""
    return newest_first(connection, Run, _runs(), runs.c.position, cursor, limit)


def of_subject(connection: Connection, subject: UUID) -> list[Participation]:
    """The runs that a subject was in, oldest first, with each step; annulled steps are left out."""
    query = rows_as(Step, steps, steps.c.subject == subject, counts(steps.c.event)).order_by(
        steps.c.position
    )
    taken: dict[UUID, list[Step]] = {}
    for step in fetch(connection, Step, query):
        taken.setdefault(step.run, []).append(step)
    found = fetch(connection, Run, _runs(runs.c.run.in_(taken)))
    by_id = {run.run: run for run in found}
    return [Participation(by_id[run], steps) for run, steps in taken.items()]
