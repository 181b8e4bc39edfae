"""A merger or a sale of assets: one act that passes the data of many people to a named successor.

Each person's stream says for itself what became of the act there, under the rules of any other
disclosure; the act's id links them, and nobody's value is sealed under another's key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from ledger.commands.passing_on import Passage, authorise, record
from ledger.desk import Desk
from ledger.errors import InvalidInput
from ledger.events import Finding
from ledger.facts import Authorisation
from ledger.ids import new_id
from ledger.policy.decisions import Findings
from ledger.subject import DataSubject

MOST = 1_000
"""People of one act; more are another one."""
WEIGHT = 4_000
"""About the bytes that one person's part takes."""


class Transfer(Passage, frozen=True, kw_only=True):
    """May the data of these people go to the successor, in this stage? Asked. Answers `act`.

    Of each person go those of the attributes that are there. Each is authorised or refused alone;
    who and why is in the act. Refused as a whole where it is for everybody (P19).
    """

    NAME: ClassVar[str] = "transfer"
    HEAVY: ClassVar[bool] = True

    subjects: tuple[UUID, ...]

    def weight(self) -> int:
        return WEIGHT * len(self.subjects)

    def decide(self, desk: Desk) -> None:
        act, broken, authorised = new_id(), list[Finding](), False
        for subject in people(desk, self.subjects):
            disclosure, findings = authorise(desk, subject, self, there(subject, self), act)
            authorised = authorised or disclosure is not None
            broken += findings
        if authorised:
            desk.done(rules_of(broken), act=act)
        else:
            desk.refused(rules_of(broken))


class RecordTransfer(Transfer, frozen=True, kw_only=True):
    """The data of these people was passed on, in this stage. Told; `act`: the one that was asked."""

    NAME: ClassVar[str] = "record-transfer"
    TOLD: ClassVar[bool] = True

    act: UUID | None = None

    def decide(self, desk: Desk) -> None:
        act, broken = self.act or new_id(), list[Finding]()
        for subject in people(desk, self.subjects):
            authorisation = None
            if self.act is not None:
                subject, authorisation = self._authorisation(desk, subject, self.act)
            told = record(desk, subject, self, there(subject, self), authorisation, act)
            broken += told.findings
        desk.done(rules_of(broken), act=act)

    def _authorisation(
        self, desk: Desk, subject: DataSubject, act: UUID
    ) -> tuple[DataSubject, UUID]:
        """What this person's part of the act was authorised as; an id of nothing where it was not,
        which is told as a finding."""
        found = _of_act(subject.authorisations, act)
        if found is None and subject.kept.left_authorisations:
            subject = desk.in_full(subject)
            found = _of_act(subject.authorisations, act)
        return subject, found or act


def people(desk: Desk, subjects: Iterable[UUID]) -> list[DataSubject]:
    """These people, in the order given and once each, with the keys that will seal for them.

    Raises:
        InvalidInput: nobody, or too many at once. NotFound: one of them is not registered.
    """
    names = list(dict.fromkeys(subjects))
    if not 0 < len(names) <= MOST:
        raise InvalidInput(field="subjects", rule=f"1 to {MOST} subjects")
    desk.preload(DataSubject, names)
    found = [desk.subject(name) for name in names]
    desk.foresee(found, (desk.policy.evidence_class,))
    return found


def there(subject: DataSubject, said: Passage) -> tuple[str, ...]:
    """The attributes that are passed on of this person: those named of which there is a value, and
    all of them where there is none, so that it is said what was wanted."""
    found = [name for name in said.attributes if subject.newest(name) is not None]
    return tuple(found) or said.attributes


def rules_of(findings: Iterable[Finding]) -> Findings:
    """Each rule once, whoever broke it."""
    return tuple(Finding(rule) for rule in dict.fromkeys(one.rule for one in findings))


def _of_act(given: dict[UUID, Authorisation], act: UUID) -> UUID | None:
    """The newest authorisation of an act."""
    return next((name for name in reversed(given) if given[name].act == act), None)
