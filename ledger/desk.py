"""The desk: what one command works with while it is decided. It reads, drafts and seals; no I/O out.

A command looks at the states it needs (each becomes something the append *expects*), asks the
policy's pure decisions, and drafts entries. The result is one `Submission`. Nothing here survives
the decision: keys are dropped with the desk.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from ledger.actor import Actor
from ledger.command import Command
from ledger.draft import Draft
from ledger.errors import InvalidInput, NotFound
from ledger.events import Entry, Event, IrregularityFound, Moment, SlotName
from ledger.ids import new_id
from ledger.mapper import row_of
from ledger.moment import occurred
from ledger.policy.decisions import Findings
from ledger.recipient import Recipient
from ledger.run import Run
from ledger.sealing import Sealed
from ledger.store.append import Answer, Death, Expect, Lookup, LookupGone, Register, Submission
from ledger.stream import Stream
from ledger.subject import DataSubject
from ledger.vault.sealer import Sealer
from ledger.vault.vault import Vault

if TYPE_CHECKING:
    from ledger.reading import Ahead, Reading

S = TypeVar("S", bound=Stream)
KEYS_AHEAD = 16
"""Key rows read ahead for one command at most, the newest ones; more are read when needed."""


class Desk:
    """One command's view of the ledger, and what it drafts."""

    def __init__(
        self,
        command: Command,
        reading: Reading,
        vault: Vault,
        now: dt.datetime,
        ahead: Ahead | None = None,
    ) -> None:
        """`ahead`: what was read of streams before, for this command and others."""
        self._ahead = ahead or {}
        self.sealing: tuple[Sealer, Collection[bytes]] | None = None
        self.command = command
        self.vault = vault
        self.now = now
        self._reading = reading
        self._states: dict[UUID, Stream] = {}
        self._drafts: dict[UUID, Draft] = {}
        self.deaths: list[Death] = []
        self.lookups: list[Lookup] = []
        self._drawn: set[Lookup] = set()
        self.superseded: list[LookupGone] = []
        self.registers: list[Register] = []
        self._answer = Answer(outcome="unchanged")
        self.policy, self._policy_version = reading.policy()
        self._expects: dict[UUID, int] = {reading.policy_stream: self._policy_version}
        self.envelope = self._envelope()

    # ---- what it looks at -------------------------------------------------------------------

    @property
    def today(self) -> dt.date:
        return self.now.date()

    @property
    def occurred_at(self) -> Moment:
        """When it happened in the world, as the command says, or now."""
        moment: Moment = self.envelope["occurred_at"]
        return moment

    def actor(self, actor: UUID | None = None) -> Actor:
        """An actor of the register; by default the one who acts."""
        state = self._reading.actor(actor or self.command.by)
        if state is None:
            raise NotFound(actor=actor or self.command.by)
        return state

    def actor_stream(self) -> Actor:
        """The acting actor's own stream, to be written to."""
        return self.look(Actor, self.command.by)

    @property
    def policy_stream(self) -> UUID:
        return self._reading.policy_stream

    @property
    def policy_digest(self) -> bytes:
        """SHA-256 of the published document in force."""
        return self._reading.policy_digest()

    def subject(self, subject: UUID) -> DataSubject:
        """A registered subject; the append will expect it as it is now."""
        state = self.look(DataSubject, subject)
        if not state.registered:
            raise NotFound(subject=subject)
        return state

    def in_full(self, subject: DataSubject) -> DataSubject:
        """The same person with everything that was ever said, for the few decisions that look back
        further than a state does. As slow as the stream is long; before anything is drafted."""
        if subject.whole:
            return subject
        drafted = self._drafts.pop(subject.id, None)
        assert drafted is None or not drafted.entries
        whole = self._reading.whole(DataSubject, subject.id)
        self._states[subject.id] = whole
        return whole

    def entries(self, events: Sequence[UUID]) -> list[Entry]:
        """The entries with these ids; none of them ever changes, so nothing is expected."""
        return list(self._reading.find(events).values())

    def history(self, state: Stream) -> list[Entry]:
        """All entries of a stream up to the version that was looked at."""
        return [e for e in self._reading.entries(state.id) if e.version <= state.version]

    def erased_on(self, subject: DataSubject) -> dt.date | None:
        """The day on which everything was erased; None before it is recorded."""
        return self._reading.recorded_on(subject.erased_by)

    def look(self, kind: type[S], stream: UUID) -> S:
        """The state of a stream as it is now; the append will expect it unchanged.

        What was relied on before stays expected: a policy that was kept may be older than its stream.
        """
        if stream not in self._states:
            state = self._reading.look(kind, stream, self._ahead)
            self._states[stream] = state
            self._expects.setdefault(stream, state.version)
        found = self._states[stream]
        assert isinstance(found, kind)
        return found

    def recipient(self, code: str) -> Recipient | None:
        """The registered recipient a code of the policy stands for, or None."""
        stream = self._reading.recipient(code)
        return None if stream is None else self.look(Recipient, stream)

    def recipients(self) -> list[Recipient]:
        """All registered recipients, by their code."""
        streams = [stream for _, stream in sorted(self._reading.recipients().items())]
        self.preload(Recipient, streams)
        return [self.look(Recipient, stream) for stream in streams]

    def run(self, run: UUID) -> Run:
        """A run that was started."""
        state = self.look(Run, run)
        if state.started is None:
            raise NotFound(run=run)
        return state

    def preload(self, kind: type[S], streams: Sequence[UUID]) -> None:
        """Read many streams in one query, before they are looked at one by one."""
        missing = [stream for stream in streams if stream not in self._states]
        for state in self._reading.states(kind, missing):
            self._states[state.id] = state
            self._expects[state.id] = state.version

    def look_ahead(self) -> None:
        """Look at the person the command is about, and note the keys it is likely to seal under."""
        subject = self.command.person()
        if subject is None:
            return
        state = self.look(DataSubject, subject)
        classes = {self.policy.evidence_class, *self.command.seals_under(self.policy)}
        kids = [slot.kid for name, slot in state.living.items() if name.class_ in classes]
        if kids:
            self.sealing = (self.draft(state).sealer, kids[-KEYS_AHEAD:])

    # ---- what it writes ---------------------------------------------------------------------

    def draft(self, state: Stream) -> Draft:
        """The new entries of a stream."""
        draft = self._drafts.get(state.id)
        if draft is None:
            self._expects.setdefault(state.id, state.version)
            draft = self._drafts[state.id] = Draft(self, state)
        return draft

    def evidence(
        self, state: Stream, event: UUID, field: str, value: str | bytes | None
    ) -> Sealed | None:
        """Seal a note under the evidence class. None for no value, and where evidence has ended."""
        name = SlotName(self.policy.evidence_class, "")
        slot = state.slots.get(name)
        if value is None or (slot is not None and not slot.alive):
            return None
        return self.draft(state).seal(event, "@" + field, name.class_, "", value)

    def look_up(
        self, kind: str, value: str | bytes, sealed: Sealed, subject: Stream, exclusive: bool
    ) -> None:
        """Make the subject findable by this value, for as long as the value's key lives."""
        row = self.vault.lookup(kind, value, sealed.kid, subject.id, exclusive)
        if row not in self._drawn:
            self._drawn.add(row)
            self.lookups.append(row)

    def irregular(self, state: Stream, entry: UUID, findings: Findings) -> None:
        """Something told broke rules: somebody has to look at it by a date."""
        if findings:
            policy = self.policy.irregularities
            self.draft(state).add(
                IrregularityFound,
                new_id(),
                irregularity=new_id(),
                entry=entry,
                owner=policy.owner,
                due=self.today + dt.timedelta(days=policy.days),
                findings=findings,
            )

    def refuse(
        self, kind: type[Event], state: Stream, findings: Findings, /, **fields: Any
    ) -> None:
        """Nothing is done; that it was refused, and by which rules, is a fact."""
        self.draft(state).add(kind, new_id(), findings=findings, **fields)
        self._answer = Answer(outcome="refused", rules=_codes(findings))

    def done(self, findings: Findings = (), **ids: UUID) -> None:
        """What the caller is told: recorded, with the ids that were minted."""
        self._answer = Answer(outcome="recorded", rules=_codes(findings), ids=ids)

    def unchanged(self, **ids: UUID) -> None:
        """Nothing had to change; no event."""
        self._drafts.clear()
        self._answer = Answer(outcome="unchanged", ids=ids)

    def leave(self) -> None:
        """Let go of the drafts, which hold the desk: so the keys are gone now, and not when cycles
        are next collected."""
        self._drafts.clear()
        self.sealing = None

    def submission(self, command: bytes, epoch: int, fingerprint: bytes) -> Submission:
        """All of it, as the store takes it."""
        drafts = list(self._drafts.values())
        return Submission(
            actor=self.command.by,
            command=command,
            fingerprint=fingerprint,
            epoch=epoch,
            answer=self._answer,
            rows=[row_of(entry) for draft in drafts for entry in draft.entries],
            expects=[Expect(*pair) for pair in self._expects.items()],
            births=[birth for draft in drafts for birth in draft.births],
            deaths=self.deaths,
            lookups=self.lookups,
            superseded=self.superseded,
            registers=self.registers,
            states=[draft.state_row for draft in drafts if draft.entries],
        )

    # ---- the envelope -----------------------------------------------------------------------

    def _envelope(self) -> dict[str, Any]:
        controller = self.command.controller or self.policy.primary_controller
        if controller not in self.policy.controllers:
            raise InvalidInput(field="controller", rule="a controller the policy lists")
        return {
            "occurred_at": occurred(self.command, self.now),
            "by": self.command.by,
            "by_kind": self.actor().kind,
            "on_behalf_of": self.command.on_behalf_of,
            "controller": controller,
            "policy": self._policy_version,
        }


def _codes(findings: Findings) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.rule for finding in findings))
