""" "May I?": what an act would come to if it were asked for or told now. Nothing is written.

A command is decided exactly as it would be, at a desk of its own that nobody submits; so there is no
second set of rules that could say something else. What a use comes to is asked of the policy's pure
decision. The answer holds now: an act that is asked for later is decided then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from ledger import guarding
from ledger.chunks import weigh
from ledger.command import Command
from ledger.errors import NotFound
from ledger.events import ConsentGiven, Entry, EntryAnnulled, SubjectsExcluded
from ledger.mapper import entry_of
from ledger.moment import in_utc
from ledger.policy.decisions import Findings
from ledger.policy.listed import notice_of, unusable
from ledger.policy.model import PolicyDocument
from ledger.policy.regimes import applying, resting
from ledger.reading import Reading
from ledger.sitting import Sitting
from ledger.store.append import Answer
from ledger.subject import DataSubject
from ledger.vault.vault import Vault


class Explained(NamedTuple):
    """What would become of it. `findings` are the rules it breaks; told acts are taken with them.

    `regime` is the law that the purpose's legal basis is taken from, where laws differ on it.
    `volunteered`: permitted for what was volunteered alone (P06). `left_out`: how many people a run
    would leave out, by rule.
    """

    outcome: str
    findings: Findings
    regime: str | None
    volunteered: bool
    facts: Mapping[str, Any]
    left_out: Mapping[str, int]
    policy: int

    @property
    def permitted(self) -> bool:
        """Whether it would be done, and break nothing."""
        return self.outcome != "refused" and not self.findings


class Explainer:
    """Answers "may I?" for one ledger. Thread-safe, as what it reads with is."""

    def __init__(self, reading: Reading, vault: Vault, clock: Callable[[], dt.datetime]) -> None:
        self._reading = reading
        self._vault = vault
        self._clock = clock

    def use(
        self,
        subject: UUID,
        purpose: str,
        *,
        service: str | None = None,
        attributes: Sequence[str] = (),
    ) -> Explained:
        """May this person's values of these attributes be used for a purpose now?

        Raises:
            NotFound: nobody has this id.
        """
        policy, version = self._reading.latest_policy()
        (person,) = self._reading.subjects([subject], attributes)
        if not person.registered:
            raise NotFound(subject=subject)
        today = in_utc(self._clock()).date()
        verdict = weigh(policy, person, purpose, service, attributes, today)
        findings = () if verdict.finding is None else (verdict.finding,)
        facts = facts_of(policy, person, purpose, service) | self._notice(policy, person, purpose)
        return Explained(
            "refused" if findings else "done",
            findings,
            verdict.regime or _regime(policy, person, purpose),
            verdict.volunteered,
            facts,
            {},
            version,
        )

    def command(self, command: Command) -> Explained:
        """What would become of this command, had it been given now, for the first time?

        Raises:
            LedgerError: what it would be answered with that is no refusal.
        """
        self._reading.latest_policy()
        sitting = Sitting(self._reading, self._vault, in_utc(self._clock()))
        desk = guarding.desk_for(command, sitting, suspect=guarding.is_suspect(command))
        try:
            guarding.decide(desk)
            drafted = desk.submission(b"", 0, b"")
        finally:
            desk.leave()
        entries = [entry_of(row) for row in drafted.rows]
        person, purpose = command.person(), getattr(command, "purpose", None)
        known = self._reading.state(DataSubject, person) if person is not None else None
        return Explained(
            _outcome(command, drafted.answer),
            _findings(entries),
            _regime(sitting.policy, known, purpose),
            False,
            facts_of(sitting.policy, known, purpose, getattr(command, "service", None))
            | self._notice(sitting.policy, known, purpose),
            _left_out(entries),
            sitting.policy_version.version,
        )

    def _notice(
        self, policy: PolicyDocument, person: DataSubject | None, purpose: str | None
    ) -> dict[str, Any]:
        """The notice that the consent in force was given under, and whether the policy in force still
        has it and names the purpose there: if not, the consent permits, and has to be asked anew."""
        if person is None or purpose is None or not person.consents(purpose):
            return {}
        entries = list(self._reading.entries(person.id))
        annulled = {e.body.entry for e in entries if isinstance(e.body, EntryAnnulled)}
        shown = [
            (entry.body.notice.version, entry.body.notice.language)
            for entry in entries
            if isinstance(entry.body, ConsentGiven) and entry.body.purpose == purpose
            if not entry.body.findings and entry.event not in annulled
        ][-1]
        covers = notice_of(policy, shown) or ()
        return {"notice": " ".join(shown), "notice_in_force": purpose in covers}


def _outcome(command: Command, answer: Answer) -> str:
    return "done" if answer.outcome == "recorded" and not command.TOLD else answer.outcome


def _findings(entries: Sequence[Entry]) -> Findings:
    """Also of an irregularity, which may be all that says what was withheld."""
    found = (getattr(entry.body, "findings", ()) for entry in entries)
    return tuple(dict.fromkeys(finding for findings in found for finding in findings))


def _left_out(entries: Sequence[Entry]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry.body, SubjectsExcluded):
            rule = entry.body.rule
            counts[rule] = counts.get(rule, 0) + len(entry.body.subjects)
    return counts


def _regime(policy: PolicyDocument, person: DataSubject | None, purpose: str | None) -> str | None:
    listed = policy.purposes.get(purpose) if purpose is not None else None
    return resting(policy, listed, person.regimes).regime if listed and person else None


def facts_of(
    policy: PolicyDocument,
    person: DataSubject | None,
    purpose: str | None,
    service: str | None = None,
) -> dict[str, Any]:
    """What the decision looked at: of the person, and of the purpose for this person. No value."""
    facts: dict[str, Any] = {}
    if person is not None:
        held = person.restrictions.values()
        facts |= {
            "erased": person.erased,
            "erasure_requested": person.pending_erasure,
            "regimes": list(applying(policy, person.regimes)),
            "restricted": sorted({name for one in held for name in one.classes or ("*",)}),
        }
    listed = policy.purposes.get(purpose) if purpose is not None else None
    if purpose is None or listed is None or unusable(policy, purpose) is not None:
        return facts
    facts |= {"required": listed.required, "default": listed.default}
    if person is not None:
        state, for_all = person.switch(purpose, service)
        said = person.consents(purpose)
        facts |= {
            "basis": resting(policy, listed, person.regimes).basis,
            "objected": person.objected(purpose),
            "switch": state and f"{state} for {'all' if for_all else service or 'a service'}",
            "consent": {None: None, True: "given", False: "withdrawn"}[said],
        }
    return facts
