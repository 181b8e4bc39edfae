"""The ledger: one method for each command. Read this to know what can be done.

Every method takes the fields of its command by keyword (`by` and `key` are common to all) and
returns a `Receipt`: wait for it with `.result()`, or `await` it. What is decided is in
`ledger/commands/`, what may be refused in `ledger/policy/`, what is written in `ledger/store/`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Concatenate, ParamSpec
from uuid import UUID

from ledger.chunks import open_chunk
from ledger.command import Command
from ledger.commands import (
    accounting,
    annulling,
    annulling_facts,
    carrying,
    claiming,
    collecting,
    consenting,
    correcting,
    disclosing,
    erasing,
    handing_over,
    importing,
    informing,
    irregularities,
    opening,
    protecting,
    registering,
    running,
    standing,
    storing,
    sweeping,
    telling,
)
from ledger.config import Settings
from ledger.deciding import Decider
from ledger.errors import InvalidInput, NotFound, NotMigrated
from ledger.events import SlotName
from ledger.explaining import Explainer
from ledger.looking import Look, kept_for, withheld
from ledger.planning import erasure_plan
from ledger.policy.model import PolicyDocument
from ledger.policy.plan import PlannedSlot
from ledger.reading import Reading
from ledger.receipt import Receipt
from ledger.runner import Load, Runner
from ledger.sealing import Erased, Opened
from ledger.store import open_recorder
from ledger.store.append import Answer
from ledger.store.recorder import LedgerRecorder
from ledger.subject import DataSubject
from ledger.sweep import Sweep
from ledger.vault.database import engine_for
from ledger.vault.keyring import open_key_service
from ledger.vault.opening import SealedAt
from ledger.vault.vault import Vault

P = ParamSpec("P")


def command(kind: Callable[P, Command]) -> Callable[Concatenate[Ledger, P], Receipt]:
    """A method that takes the command's own fields, by keyword, and submits it."""

    def method(self: Ledger, /, *args: P.args, **fields: P.kwargs) -> Receipt:
        return self.submit(kind(*args, **fields))

    method.__doc__ = kind.__doc__
    return method


class Ledger:
    """The writing side of one ledger. Thread-safe; one instance a process; `close()` it."""

    # the registers
    register_actor = command(registering.RegisterActor)
    register_recipient = command(registering.RegisterRecipient)
    open_standing_access = command(standing.OpenStandingAccess)
    record_standing_access = command(standing.RecordStandingAccess)
    close_standing_access = command(standing.CloseStandingAccess)
    publish_policy = command(registering.PublishPolicy)
    # one person's life
    register_subject = command(collecting.RegisterSubject)
    collect = command(collecting.Collect)
    record_collection = command(collecting.RecordCollection)
    tell_line = command(importing.TellLine)
    note_import = command(importing.NoteImport)
    correct = command(correcting.Correct)
    meet_inform_duty = command(informing.MeetInformDuty)
    give_consent = command(consenting.GiveConsent)
    record_consent = command(consenting.RecordConsent)
    withdraw_consent = command(consenting.WithdrawConsent)
    switch_processing = command(consenting.SwitchProcessing)
    raise_objection = command(protecting.RaiseObjection)
    restrict = command(protecting.Restrict)
    lift_restriction = command(protecting.LiftRestriction)
    determine_regimes = command(protecting.DetermineRegimes)
    authorise_disclosure = command(disclosing.AuthoriseDisclosure)
    record_disclosure = command(disclosing.RecordDisclosure)
    transfer = command(handing_over.Transfer)
    record_transfer = command(handing_over.RecordTransfer)
    place_claim = command(claiming.PlaceClaim)
    release_claim = command(claiming.ReleaseClaim)
    request_erasure = command(erasing.RequestErasure)
    erase = command(erasing.Erase)
    note_notified = command(erasing.NoteNotified)
    record_answer = command(erasing.RecordAnswer)
    annul_entry = command(annulling.AnnulEntry)
    close_irregularity = command(irregularities.CloseIrregularity)
    open_personal_data = command(opening.OpenPersonalData)
    answer_access = command(opening.AnswerAccess)
    # an account
    open_account = command(accounting.OpenAccount)
    join_account = command(accounting.JoinAccount)
    leave_account = command(accounting.LeaveAccount)
    close_account = command(accounting.CloseAccount)
    record_fact = command(telling.RecordFact)
    annul_fact = command(annulling_facts.AnnulFact)
    carry_into_case = command(carrying.CarryIntoCase)
    store_content = command(storing.StoreContent)
    remove_content = command(storing.RemoveContent)
    open_content = command(storing.OpenContent)
    pass_request_on = command(storing.PassRequestOn)
    # a processing run
    start_run = command(running.StartRun)
    open_chunk = command(running.OpenChunk)
    record_outcome = command(running.RecordOutcome)
    # the sweep
    release_sweep = command(sweeping.ReleaseSweep)

    def __init__(
        self,
        recorder: LedgerRecorder,
        vault: Vault,
        reading: Reading,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self.recorder = recorder
        self.vault = vault
        self.clock = clock
        self._reading = reading
        decide = Decider(recorder, vault, reading, clock)
        self._runner = Runner(recorder, decide, decide.refresh)

    @classmethod
    def open(cls, settings: Settings, clock: Callable[[], dt.datetime] | None = None) -> Ledger:
        """The ledger that the settings name, checked and ready. It must exist (`create`).

        Raises:
            NotMigrated, UnsafeSettings, KeyServiceUnavailable, StoreUnavailable.
        """
        recorder = open_recorder(settings)
        try:
            recorder.check()
            row = recorder.genesis()
            if row is None:
                raise NotMigrated()
            vault = Vault(engine_for(settings), open_key_service(settings), row.ledger)
            vault.open_epoch()
            reading = Reading(recorder, row.policy_stream)
            return cls(recorder, vault, reading, clock or _now)
        except BaseException:
            recorder.close()
            raise

    def close(self) -> None:
        """Finish what was handed over, and let go of the database."""
        self._runner.close()
        self.vault.close()
        self.recorder.close()

    # ---- commands ---------------------------------------------------------------------------

    def submit(self, command: Command) -> Receipt:
        """Hand one command over, to be decided and appended; returns at once.

        Raises:
            Overloaded: too much is unanswered: at once in an event loop, after a while in a thread.
            StoreUnavailable: the ledger is closing.
        """
        return self._runner.submit([command])[0]

    def batch(self, commands: Sequence[Command]) -> list[Receipt]:
        """Hand many over at once, to be decided together; each has its own durable answer.

        Those on one stream are decided one after another, each after the answer of the one before.
        """
        return self._runner.submit(commands)

    def look_up(
        self, *, by: UUID, key: str, kind: str, value: str, reason: str
    ) -> tuple[list[UUID], list[Receipt]]:
        """The subjects a value leads to, on record in each one's stream (or the actor's own).

        A look-up kept for a retention ground answers only a reason whose purpose is that ground's.

        Raises:
            InvalidInput: the value cannot be read as its kind.
        """
        policy, today = self.policy(), self.clock().date()
        listed = policy.reasons.get(reason)
        if listed is None:
            raise InvalidInput(field="reason", rule="a reason the policy lists")
        found = [
            found.stream
            for found in self.vault.find(kind, value)
            if kept_for(policy, self._subject(found.stream), found.kid, listed.purpose, today)
        ]
        subjects = list(dict.fromkeys(found))
        openings = [
            opening.OpenPersonalData(
                by=by,
                key=f"{key}\0{number}",
                subject=subject,
                access="lookup",
                reason=reason,
                sought=f"{kind}\0{value}",
            )
            for number, subject in enumerate(subjects or [None])
        ]
        return subjects, self.batch(openings)

    # ---- questions --------------------------------------------------------------------------

    def load(self) -> Load:
        """How much this process has to do now, and what it has appended."""
        return self._runner.load()

    def explainer(self) -> Explainer:
        """What answers "may I?" without doing it."""
        return Explainer(self._reading, self.vault, self.clock)

    def policy(self) -> PolicyDocument:
        """The policy in force."""
        return self._reading.latest_policy()[0]

    def policy_version(self) -> int:
        """The version of the policy in force."""
        return self._reading.latest_policy()[1]

    def subjects(
        self, subjects: Sequence[UUID], attributes: Collection[str] = ()
    ) -> list[DataSubject]:
        """The states of these subjects as decisions see them, in one query, in the order given.

        With every value of these attributes that stands: whoever has very many is folded in full.
        """
        return self._reading.subjects(subjects, attributes)

    def erasure_plan(
        self, subject: UUID, slots: Iterable[SlotName] | None = None, service: str | None = None
    ) -> list[PlannedSlot]:
        """What an erasure of everything, or of these slots, would do now: see `planning.py`."""
        return erasure_plan(self._reading, self._subject(subject), self.clock(), slots, service)

    def sweep(self) -> Sweep:
        """What erases what is due without being asked."""
        return Sweep(self._reading, self.recorder, self.vault, self.batch, self.clock)

    def withheld(self, look: Look, kids: Iterable[bytes]) -> dict[bytes, str | None]:
        """Of each of these keys the rule that keeps its values from being looked at, None where none
        does. Ask again after the opening was recorded: an erasure may have come before it."""
        state, today = self._subject(look.subject), self.clock().date()
        return withheld(self._reading, state, look, kids, today)

    def first_answer(self, *, by: UUID, key: str) -> Answer | None:
        """What this actor's command was answered when it was first made; None if it never was."""
        command = self.vault.command_id(by, key)
        known = self.recorder.find_answers(by, [command]).get(command)
        return known.answer if known else None

    def open_values(self, wanted: Sequence[SealedAt]) -> list[Opened | Erased]:
        """Open sealed values, after an opening was recorded. Never call it before."""
        return self.vault.open_many(wanted)

    def open_chunk_values(
        self, run: UUID, opening: UUID
    ) -> dict[UUID, dict[str, list[Opened | Erased]]]:
        """The values of the subjects an opening lists: subject → attribute → standing values.

        Decided again: an opening is no lasting permission. Whoever may not be processed any more is
        left out; a key that died meanwhile gives `Erased`.
        """
        return open_chunk(self._reading, self.vault, run, opening, self.clock().date())

    def _subject(self, subject: UUID) -> DataSubject:
        state = self._reading.state(DataSubject, subject)
        if not state.registered:
            raise NotFound(subject=subject)
        return state


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
