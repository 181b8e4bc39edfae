"""Takes an import batch by batch: what is answered is left alone, the rest is told in one append.

A line's command id is the import's id and its number. What the ledger has answered under it is
done, whatever has happened since: repeating an import changes nothing, also where the person has
been erased or a later line has told something newer. A line that told nothing new leaves no command
of its own; its batch then leaves one, in the same append as the next batch. A crash before that is
harmless: the lines are compared again, and one that a later line has overtaken is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from api.importing.batch import Batch, Of
from api.importing.consents import consent_is_news
from api.importing.lines import Line
from api.importing.people import Disagreement, News, news, recognise
from api.importing.report import ImportResult, Refusal
from api.importing.rows import Reader, Row
from api.importing.telling import Teller
from ledger.application import Ledger
from ledger.command import Command
from ledger.commands.importing import NoteImport
from ledger.errors import (
    CommandReused,
    IdentifierTaken,
    InvalidInput,
    LedgerError,
    NotFound,
    SubjectErased,
)
from ledger.policy.screening import RULE
from ledger.receipt import Receipt
from ledger.store.append import Answer

LOST_A_RACE = (IdentifierTaken, NotFound, SubjectErased)
"""Somebody registered, changed or erased the person after the line was recognised."""
ITS_OWN = (InvalidInput, CommandReused, *LOST_A_RACE)
"""Errors that strike one line; any other ends the run."""


class _Told(NamedTuple):
    """A row on its way: whom it was recognised as, and what is new in it."""

    row: Row
    subject: UUID | None
    new: News


class _Sent(NamedTuple):
    """What was handed to the ledger in one append: notes of batches before, and commands."""

    notes: Sequence[Receipt]
    commands: Sequence[Receipt]


class _Round(NamedTuple):
    """What was handed to the ledger of a batch, and the rows that wait for the next round."""

    batch: Batch
    told: Sequence[_Told]
    sent: _Sent
    later: Sequence[Row]


class Batcher:
    """One run over a file. `fresh`: the import is new, so no line can have been answered.

    While one batch is being appended the next is decided, unless both are about the same person.
    """

    def __init__(
        self, ledger: Ledger, reader: Reader, teller: Teller, result: ImportResult, fresh: bool
    ) -> None:
        self._ledger = ledger
        self._reader = reader
        self._teller = teller
        self._result = result
        self._fresh = fresh
        self._ahead: _Round | None = None
        self._notes: list[NoteImport] = []

    def take(self, items: Sequence[Line | Refusal]) -> list[Refusal]:
        """Record what these lines tell. Returns refused lines and values, of this batch or the one
        before.

        Raises:
            LedgerError: the ledger cannot go on (store, keys, clock). What was answered stays, and
                the next run of the import continues there.
        """
        batch = Batch(items)
        if not self._fresh:
            self._leave_answered(batch)
        self._read(batch)
        waiting, refusals = batch.waiting, list[Refusal]()
        people = recognise(self._ledger, waiting)
        batch.names = set().union(*map(_names, waiting, people))
        if self._ahead is not None and self._ahead.batch.names & batch.names:
            refusals = self._finish()
            people = recognise(self._ledger, waiting)
        started = self._start(batch, waiting, people)
        refusals += self._finish()
        self._ahead = started
        return refusals

    def close(self) -> list[Refusal]:
        """Finish the last batch and leave its note behind. Returns its refused lines."""
        refusals = self._finish()
        list(self._outcomes(self._submit([])))
        return refusals

    def _finish(self) -> list[Refusal]:
        """Wait for the batch that is under way, and for what has to follow it."""
        if self._ahead is None:
            return []
        batch = self._ahead.batch
        waiting = self._settle(self._ahead)
        self._ahead = None
        while waiting:
            people = recognise(self._ledger, waiting)
            waiting = self._settle(self._start(batch, waiting, people))
        self._tell_consents(batch)
        self._note(batch)
        self._count(batch)
        return [*batch.refusals, *batch.withheld]

    # ---- before -----------------------------------------------------------------------------

    def _leave_answered(self, batch: Batch) -> None:
        by, vault = self._teller.by, self._ledger.vault
        numbers = {vault.command_id(by, self._teller.key(n)): n for n in batch.lines}
        own = vault.command_id(by, self._teller.key(batch.part))
        known = self._ledger.recorder.find_answers(by, [*numbers, own])
        batch.settled = known.pop(own, None) is not None
        batch.answered = {numbers[command]: one.answer for command, one in known.items()}

    def _read(self, batch: Batch) -> None:
        for number, line in batch.lines.items():
            try:
                row = self._reader.row(line)
                if batch.settled and number not in batch.answered:
                    self._reader.check(row)
                batch.rows.append(row)
                if number in batch.answered:
                    self._withhold(batch, row, batch.answered[number])
            except InvalidInput as error:
                if number not in batch.answered:
                    batch.refuse(number, error)

    def _withhold(self, batch: Batch, row: Row, answer: Answer) -> None:
        """Report the values that were left out of a line that was taken."""
        if RULE in answer.rules:
            batch.withheld += self._reader.withheld(row)

    # ---- a round ----------------------------------------------------------------------------

    def _start(
        self, batch: Batch, waiting: Sequence[Row], people: Sequence[UUID | Disagreement | None]
    ) -> _Round:
        """Hand each person's first line to the ledger. The others wait for the next round, to be
        compared with what is then known."""
        later: list[Row] = []
        first: list[tuple[Row, UUID | None]] = []
        claimed: set[object] = set()
        for row, subject in zip(waiting, people, strict=True):
            if isinstance(subject, Disagreement):
                batch.refuse(row.number, subject)
                continue
            names = _names(row, subject)
            if names & claimed:
                later.append(row)
            else:
                first.append((row, subject))
            claimed |= names
        told = self._new(batch, first)
        sent = self._submit([self._teller.collection(*one) for one in told])
        return _Round(batch, told, sent, later)

    def _new(self, batch: Batch, rows: Sequence[tuple[Row, UUID | None]]) -> list[_Told]:
        """What is to be told; a row with nothing new is unchanged."""
        told = [_Told(row, None, News(row.cells, ())) for row, subject in rows if subject is None]
        known = [Of(row, subject) for row, subject in rows if subject is not None]
        for one, new in zip(known, news(self._ledger, known, self._teller.source), strict=True):
            fresh = [*new.values, *new.corrections]
            if self._reader.keeps(fresh) and not batch.over(*one):
                told.append(_Told(*one, new))
                continue
            batch.unchanged.append(one)
            if fresh:  # numbers of cards, which are never known, and so are news each time
                batch.withheld += self._reader.withheld(one.row)
        return [] if batch.settled else told

    def _settle(self, round_: _Round) -> list[Row]:
        """Wait for the answers. Returns the rows of the next round: those that waited, and those
        that lost a race and are to be recognised again."""
        batch, again = round_.batch, list(round_.later)
        outcomes = self._outcomes(round_.sent)
        for (row, subject, _), outcome in zip(round_.told, outcomes, strict=True):
            if isinstance(outcome, Answer):
                batch.record(row, outcome.ids["subject"], new=subject is None)
                self._result.consents += 0 if subject else len(row.consents)
                self._result.irregular += bool(outcome.rules)
                self._withhold(batch, row, outcome)
            elif isinstance(outcome, CommandReused):  # another process runs the same import
                self._result.repeated += 1
            elif isinstance(outcome, LOST_A_RACE) and batch.may_repeat(row):
                again.append(row)
            else:
                batch.refuse(row.number, outcome)
        return sorted(again, key=lambda row: row.number)

    # ---- after ------------------------------------------------------------------------------

    def _tell_consents(self, batch: Batch) -> None:
        """Record the consents that lines state, unless that is the last word on it already."""
        stated = [one for one in batch.people if one.row.consents and not batch.settled]
        stated = [one for one in stated if one.row.number not in batch.introduced]
        known = list({one.subject for one in stated})
        states = dict(zip(known, self._ledger.subjects(known), strict=True))
        told = {
            (subject, purpose): (row, subject, column)
            for row, subject in stated
            for column in row.consents
            if (purpose := self._teller.purpose(column))
            and consent_is_news(states[subject], purpose, row.occurred_at)
        }
        sent = self._submit([self._teller.consent(*one) for one in told.values()])
        for (row, _, _), outcome in zip(told.values(), self._outcomes(sent), strict=True):
            if isinstance(outcome, Answer):
                self._result.consents += outcome.outcome == "recorded"
                self._result.irregular += bool(outcome.rules)
            elif not isinstance(outcome, CommandReused):
                batch.refuse(row.number, outcome)

    def _note(self, batch: Batch) -> None:
        """Remember what left no command of its own: the batch, or where some of its lines may be
        taken by a later run, each line that may not."""
        if batch.settled or not (batch.unchanged or any(row.consents for row in batch.rows)):
            return
        parts = [one.row.number for one in batch.unchanged] if batch.to_repeat else [batch.part]
        self._notes += map(self._teller.note, parts)

    def _count(self, batch: Batch) -> None:
        result = self._result
        result.lines += len({*batch.lines, *(refusal.line for refusal in batch.refusals)})
        result.registered += len(batch.introduced)
        result.changed += len(batch.recorded) - len(batch.introduced)
        result.unchanged += len(batch.unchanged)
        result.repeated += len(batch.answered)
        result.withheld += len(batch.withheld)
        result.refused += len({refusal.line for refusal in batch.refusals})

    # ---- the ledger -------------------------------------------------------------------------

    def _submit(self, commands: Sequence[Command]) -> _Sent:
        """Hand commands over, in one append with the notes of batches before."""
        notes, self._notes = self._notes, []
        if not (notes or commands):
            return _Sent((), ())
        receipts = self._ledger.batch([*notes, *commands])
        return _Sent(receipts[: len(notes)], receipts[len(notes) :])

    def _outcomes(self, sent: _Sent) -> Iterator[Answer | LedgerError]:
        """Each command's answer, or the error that is its own; notes must succeed."""
        for note in sent.notes:
            note.result()
        for receipt in sent.commands:
            try:
                yield receipt.result()
            except ITS_OWN as error:
                yield error


def _names(row: Row, subject: UUID | Disagreement | None) -> set[object]:
    """By which a row can be about the same person as another."""
    names: set[object] = set(row.identifiers)
    if isinstance(subject, UUID):
        names.add(subject)
    return names
