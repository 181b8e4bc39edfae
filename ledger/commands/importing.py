"""What an import tells line by line, and what it remembers of itself."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

import msgspec

from ledger.command import Command
from ledger.commands.collecting import Notice, RecordCollection
from ledger.commands.consenting import grant
from ledger.desk import Desk
from ledger.policy.model import PolicyDocument


class StatedConsent(msgspec.Struct, frozen=True, kw_only=True):
    """A consent that an export states."""

    purpose: str
    notice: Notice
    service: str | None = None
    statement: str | None = None


class TellLine(RecordCollection, frozen=True, kw_only=True):
    """A line of an export: what is told of a person, with the consents it states, in one append."""

    NAME: ClassVar[str] = "tell-line"

    consents: tuple[StatedConsent, ...] = ()

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        stated = any(consent.statement is not None for consent in self.consents)
        return {*super().seals_under(policy), *((policy.evidence_class,) if stated else ())}

    def decide(self, desk: Desk) -> None:
        subject, findings = self.tell(desk)
        for consent in self.consents:
            broken, _ = grant(desk, subject, consent, told=self.TOLD, command=self.NAME)
            findings = (*findings, *broken)
        desk.done(findings, subject=subject.id)


class NoteImport(Command, frozen=True, kw_only=True):
    """An import begins, or has dealt with some of its lines. No event: the command's id is enough.

    `content` names the file's bytes and the mapping (keyed, hex); the same key for another content
    is refused as reused, so an import's id never stands for two files.
    """

    NAME: ClassVar[str] = "note-import"
    TOLD: ClassVar[bool] = True

    content: str

    def decide(self, desk: Desk) -> None:
        desk.unchanged()
