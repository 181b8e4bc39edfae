"""Annulment: what was recorded in error is answered by an entry of its own, never by a change."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID, uuid4

from ledger import events
from ledger.command import Command
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import CommandRefused, Entry, EntryAnnulled, Finding

ANNULLABLE = (
    events.DataCollected,
    events.DataCorrected,
    events.ConsentGiven,
    events.DisclosureAuthorised,
    events.DisclosureRecorded,
    events.ClaimPlaced,
)
"""Not what protects the person, not what an erasure did, not what was opened: these stand."""


class AnnulEntry(Command, frozen=True, kw_only=True):
    """An entry of a subject's stream was recorded in error: from here on it counts no more."""

    NAME: ClassVar[str] = "annul-entry"

    subject: UUID
    entry: UUID
    reason: str
    note: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        entry = subject.entries.get(self.entry)
        if entry is None:
            raise NotFound(entry=self.entry)
        if self.reason not in desk.policy.reasons:
            raise InvalidInput(field="reason", rule="a reason the policy lists")
        if self.entry in subject.annulled:
            desk.unchanged()
            return
        if not _annullable(entry):
            findings = (Finding("entry-stands"),)
            desk.refuse(CommandRefused, subject, findings, command=self.NAME, purpose=None)
            return
        event = uuid4()
        note = desk.evidence(subject, event, "note", self.note)
        desk.draft(subject).add(
            EntryAnnulled, event, entry=self.entry, reason=self.reason, note=note
        )
        desk.done()


def _annullable(entry: Entry) -> bool:
    body = entry.body
    switched_on = isinstance(body, events.ProcessingSwitched) and body.state == "on"
    return switched_on or isinstance(body, ANNULLABLE)
