"""Annulment: what was recorded in error is answered by an entry of its own, never by a change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar
from uuid import UUID

from ledger import events
from ledger.command import Command
from ledger.commands.erasing import close_answered, complete
from ledger.commands.values import mark_kind
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import CommandRefused, Entry, EntryAnnulled, Finding
from ledger.ids import new_id
from ledger.store.append import LookupGone
from ledger.subject import DataSubject

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
    """An entry of a subject's stream was recorded in error: from here on it counts no more.

    What hung on it goes in the same append: an erasure that waited for a claim is completed, one
    that waited for the answer to a late order is closed, and a value finds nobody any more.
    """

    NAME: ClassVar[str] = "annul-entry"

    subject: UUID
    entry: UUID
    reason: str
    note: str | None = None

    def stream(self) -> UUID | None:
        return self.subject

    def decide(self, desk: Desk) -> None:
        subject = desk.in_full(desk.subject(self.subject))
        entry = subject.entry(self.entry)
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
        event = new_id()
        note = desk.evidence(subject, event, "note", self.note)
        _forget(desk, subject, entry)
        desk.draft(subject).add(
            EntryAnnulled, event, entry=self.entry, reason=self.reason, note=note
        )
        if isinstance(entry.body, events.ClaimPlaced):
            complete(desk, subject, "claim-ended")
        close_answered(desk, subject)
        desk.done()


def _forget(desk: Desk, subject: DataSubject, entry: Entry) -> None:
    """Take away the rows by which values are found that stand no more.

    A wrong address would keep its true owner out for as long as this person's key lives, and an
    import would take the value for known. The rows of a key cannot be told apart without opening
    its values, so what stands beside it under the same key keeps the wrong one's rows, too.
    """
    body = entry.body
    if not isinstance(body, events.DataCollected | events.DataCorrected):
        return
    beside = {
        gone
        for item in subject.standing()
        if item.event != entry.event
        for gone in _rows(desk, item.attribute, item.source, item.kid)
    }
    mine = [
        gone
        for item in body.items
        for gone in _rows(desk, item.attribute, body.source, item.value.kid)
    ]
    desk.superseded += [gone for gone in dict.fromkeys(mine) if gone not in beside]


def _rows(desk: Desk, attribute: str, source: str | None, kid: bytes) -> Iterator[LookupGone]:
    """The kinds of rows a value may be found by, with its key: its look-up and its import's mark."""
    listed = desk.policy.attributes.get(attribute)
    if listed is not None and listed.lookup:
        yield LookupGone(listed.lookup, kid)
    if source is not None:
        yield LookupGone(mark_kind(source, attribute), kid)


def _annullable(entry: Entry) -> bool:
    body = entry.body
    switched_on = isinstance(body, events.ProcessingSwitched) and body.state == "on"
    return switched_on or isinstance(body, ANNULLABLE)
