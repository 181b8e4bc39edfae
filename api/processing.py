"""Processing runs: who may be processed for a purpose, who not and why; chunks opened; outcomes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, status
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from api.answers import entries_of
from api.as_of import AsOfRun
from api.command_route import CommandRoute
from api.dependencies import (
    Carrier,
    Cursor,
    Limit,
    Tables,
    TextCursor,
    commanding,
    cursor_text,
    permitted,
)
from api.opening import ErasedValue, shown
from api.problems import MalformedCursor, OpenedBefore, rule_text
from api.schemas import Act, Broken, Code, Done, FactView, Form, Id, Paged, View, field_example
from api.translation import Common, translation
from ledger.application import Ledger
from ledger.command import Command
from ledger.commands.running import MAX_SUBJECTS, Exclusion, OpenChunk, RecordOutcome, StartRun
from ledger.errors import NotFound
from ledger.events import RunStarted, SubjectsExcluded
from ledger.run import CHUNK
from ledger.store.append import Answer
from projections import processing

router = APIRouter(prefix="/v1/processing-runs", tags=["processing"])

Writing = Annotated[Carrier, commanding("processing:run")]
READERS = permitted("processing:run", "audit:read")


# ---- starting ----------------------------------------------------------------------------------


class RunForm(Act):
    """A run for one purpose over these subjects, reading these attributes; `template`: the message it
    sends, which a purpose for which the policy registers messages needs."""

    model_config = field_example(
        purpose="purpose-a",
        country="country-a",
        attributes=["attribute-a"],
        subjects=["0b9c1f6e-7d7a-4c35-9f0e-2f3c6c1f3a10"],
    )

    purpose: Code
    country: Code
    attributes: Annotated[list[Code], Field(max_length=200)]
    subjects: Annotated[list[Id], Field(min_length=1, max_length=MAX_SUBJECTS)]
    service: Code | None = None
    template: Code | None = None


class Left(View):
    """Subjects that are left out, and the one rule that says so."""

    rule: str
    says: str
    remedy: str
    subjects: list[UUID]


class RunDone(Done):
    """A run that may begin: how many were asked for and admitted, in how many chunks, who is not."""

    asked: int
    admitted: int
    chunks: int
    excluded: list[Left]


@router.post("", status_code=status.HTTP_201_CREATED, operation_id="start_run")
async def start(body: RunForm, carrier: Writing) -> RunDone:
    """Start a run; answers `ids.run`, who is admitted by number, and who is not and why."""
    command = StartRun(
        **carrier.common(body),
        purpose=body.purpose,
        country=body.country,
        attributes=tuple(body.attributes),
        subjects=tuple(body.subjects),
        service=body.service,
        template=body.template,
    )
    answer = await carrier.carry(command)
    return await run_in_threadpool(_started, carrier.ledger, answer)


def _started(ledger: Ledger, answer: Answer) -> RunDone:
    bodies = [entry.body for entry in entries_of(ledger, answer)]
    began = next(body for body in bodies if isinstance(body, RunStarted))
    return RunDone.by(
        answer,
        asked=began.asked,
        admitted=began.admitted,
        chunks=began.chunks,
        excluded=[
            Left(**rule_text(body.rule), subjects=list(body.subjects))
            for body in bodies
            if isinstance(body, SubjectsExcluded)
        ],
    )


# ---- opening and reporting ---------------------------------------------------------------------


class ChunkForm(Act):
    """The number of the chunk, from 1."""

    model_config = field_example(chunk=1)

    chunk: Annotated[int, Field(ge=1, le=MAX_SUBJECTS)]


class ValueView(View):
    """A value, or when it was erased."""

    value: Any = None
    erased: ErasedValue | None = None


class ChunkOpened(Done):
    """The values of the subjects that may be processed: subject → attribute → values."""

    subjects: dict[UUID, dict[str, list[ValueView]]]


class ExclusionForm(Form):
    """Subjects the run left out, for a reason of the policy."""

    reason: Code
    subjects: Annotated[list[Id], Field(min_length=1, max_length=CHUNK)]


class OutcomeForm(Act):
    """Who of a chunk was processed, and who was not and why; `finished` ends the run."""

    model_config = field_example(
        chunk=1, processed=["0b9c1f6e-7d7a-4c35-9f0e-2f3c6c1f3a10"], finished=True
    )

    chunk: Annotated[int, Field(ge=1, le=MAX_SUBJECTS)]
    processed: list[Id] = Field(default=[], max_length=CHUNK)
    excluded: list[ExclusionForm] = Field(default=[], max_length=100)
    finished: bool = False


@router.post("/{run}/chunks", operation_id="open_chunk")
async def open_chunk(run: UUID, body: ChunkForm, carrier: Writing) -> ChunkOpened:
    """Open a chunk: each subject is decided again, the opening is recorded, then values are given.

    Values are given once: a repetition with the same key would escape that decision.
    """
    command = OpenChunk(**carrier.common(body), run=run, chunk=body.chunk)
    if await run_in_threadpool(carrier.ledger.first_answer, by=command.by, key=command.key):
        await carrier.carry(command)  # tells of a key that was used for something else
        raise OpenedBefore()
    answer = await carrier.carry(command)
    opened = await run_in_threadpool(carrier.ledger.open_chunk_values, run, answer.ids["opening"])
    return ChunkOpened.by(
        answer,
        subjects={
            subject: {name: [_value(one) for one in values] for name, values in by_name.items()}
            for subject, by_name in opened.items()
        },
    )


@translation("processing:run")
def record_outcome(body: OutcomeForm, common: Common, run: UUID) -> Command:
    """Report who was processed and who was not. Stored with findings if it breaks a rule."""
    return RecordOutcome(
        **common,
        run=run,
        chunk=body.chunk,
        processed=tuple(body.processed),
        excluded=tuple(
            Exclusion(rule=one.reason, subjects=tuple(one.subjects)) for one in body.excluded
        ),
        finished=body.finished,
    )


COMMANDS = [
    CommandRoute("POST", "/v1/processing-runs/{run}/outcomes", record_outcome, tags=["processing"])
]


def _value(opened: Any) -> ValueView:
    value, erased = shown(opened)
    return ValueView(value=value, erased=erased)


# ---- reading -----------------------------------------------------------------------------------


class RunView(FactView):
    """A run, started or refused (`refused` names the rules); counts as the run reported them."""

    run: UUID
    purpose: str | None
    template: str | None
    service: str | None
    country: str | None
    attributes: list[str]
    asked: int | None
    admitted: int | None
    chunks: int | None
    refused: list[Broken]
    finished_at: dt.datetime | None
    processed: int | None
    excluded: int | None


class TallyView(View):
    """How many subjects stand at a step; exclusions by stage and rule."""

    step: str
    stage: str | None
    rule: str | None
    subjects: int


class RunReportView(View):
    """A run, and where its subjects stand."""

    run: RunView
    tally: list[TallyView]


class StepView(View):
    """Where a subject stands in a run."""

    subject: UUID
    step: str
    chunk: int | None
    stage: str | None
    rule: str | None
    position: int


@router.get("", operation_id="runs", dependencies=[READERS])
def all_runs(tables: Tables, cursor: Cursor, limit: Limit = 100) -> Paged[RunView]:
    """Every run, newest first."""
    page = processing.all_runs(tables, cursor=cursor, limit=limit)
    return Paged(items=[_run(row) for row in page.rows], next_cursor=cursor_text(page.cursor))


@router.get("/{run}", operation_id="run", dependencies=[READERS])
def report(run: UUID, past: AsOfRun) -> RunReportView:
    """A run and its outcome: how many may, may not and why, were processed."""
    found = processing.report(past.tables, run)
    if found is None:
        raise NotFound(run=run)
    return RunReportView(run=_run(found.run), tally=[TallyView.of(row) for row in found.tally])


@router.get("/{run}/subjects", operation_id="run_subjects", dependencies=[READERS])
def subjects(
    run: UUID,
    past: AsOfRun,
    cursor: TextCursor,
    step: Annotated[Literal["admitted", "opened", "processed", "excluded"] | None, Query()] = None,
    limit: Limit = 1000,
) -> Paged[StepView]:
    """Where each subject of a run stands; with `step` only those who stand there."""
    if processing.report(past.tables, run) is None:
        raise NotFound(run=run)
    rows = processing.subjects_of_run(
        past.tables, run, step=step, after=_subject(cursor), limit=limit + 1
    )
    shown_rows = rows[:limit]
    more = shown_rows[-1].subject.hex if len(rows) > limit else None
    return Paged(items=[StepView.of(row) for row in shown_rows], next_cursor=cursor_text(more))


def _subject(cursor: str | None) -> UUID | None:
    try:
        return None if cursor is None else UUID(hex=cursor)
    except ValueError:
        raise MalformedCursor() from None


def _run(row: processing.Run) -> RunView:
    values = {name: getattr(row, name) for name in RunView.model_fields}
    return RunView(**values | {"refused": Broken.all(row.refused)})
