"""Disclosures: authorised before they happen (asked), recorded after they did (told)."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar
from uuid import UUID

from ledger.commands.passing_on import Passage, authorise, record
from ledger.desk import Desk
from ledger.policy.model import PolicyDocument
from ledger.subject import DataSubject


class AuthoriseDisclosure(Passage, frozen=True, kw_only=True):
    """May these attributes go to this recipient? Asked. Answers `authorisation`, good for some hours:
    what its report names; `disclosure` is the same id, that of the disclosure to come."""

    NAME: ClassVar[str] = "authorise-disclosure"

    subject: UUID

    def stream(self) -> UUID | None:
        return self.subject

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        return () if self.reference is None else super().seals_under(policy)

    def decide(self, desk: Desk) -> None:
        disclosure, _ = authorise(desk, desk.subject(self.subject), self, self.attributes)
        if disclosure is not None:
            desk.done(disclosure=disclosure, authorisation=disclosure)


class RecordDisclosure(AuthoriseDisclosure, frozen=True, kw_only=True):
    """Data was passed on. Never refused for policy: stored with what it broke. Told.

    What was erased here before it was passed on elsewhere is ordered to be erased there at once.
    """

    NAME: ClassVar[str] = "record-disclosure"
    TOLD: ClassVar[bool] = True

    authorisation: UUID | None = None

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        return (policy.evidence_class,)

    def decide(self, desk: Desk) -> None:
        subject = desk.subject(self.subject)
        if self._left_out(subject):
            subject = desk.in_full(subject)
        told = record(desk, subject, self, self.attributes, self.authorisation)
        desk.done(told.findings, disclosure=told.disclosure, entry=told.entry)

    def _left_out(self, subject: DataSubject) -> bool:
        """Whether the authorisation may be an older one than the state keeps."""
        return (
            self.authorisation is not None
            and subject.kept.left_authorisations
            and self.authorisation not in subject.authorisations
        )
