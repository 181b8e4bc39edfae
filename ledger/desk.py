"""The desk: what one command works with while it is decided. It reads, drafts and seals; no I/O out.

A command looks at the states it needs (each becomes something the append *expects*), asks the
policy's pure decisions, and drafts entries. The result is one `Submission`. Nothing here survives
the decision: keys are dropped with the desk.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, TypeVar
from uuid import UUID

from ledger.actor import Actor
from ledger.command import Command
from ledger.draft import Draft
from ledger.errors import NotFound
from ledger.events import Entry, Event, IrregularityFound, Moment, SlotName
from ledger.ids import new_id
from ledger.mapper import row_of
from ledger.policy.decisions import Findings
from ledger.policy.model import PolicyDocument
from ledger.recipient import Recipient
from ledger.run import Run
from ledger.sealing import Sealed
from ledger.sitting import Sitting
from ledger.store.append import (
    Answer,
    Birth,
    Death,
    Expect,
    Lookup,
    LookupGone,
    Register,
    StateRow,
    StoredRow,
    Submission,
)
from ledger.stream import Stream
from ledger.subject import DataSubject
from ledger.vault.sealer import Sealer

S = TypeVar("S", bound=Stream)
KEYS_AHEAD = 16
"""Key rows read ahead for one command at most, the newest ones; more are read when needed."""
_UNCHANGED = Answer(outcome="unchanged")


class Desk:
    """One command's view of the ledger, and what it drafts."""

    def __init__(self, command: Command, sitting: Sitting) -> None:
        """Streams go by the number of their id, which is looked up much faster than a UUID."""
        self.command = command
        self.vault = sitting.vault
        self.policy = sitting.policy
        self.now, self.today = sitting.now, sitting.today
        self.envelope = sitting.envelope(command)
        self.sealing: tuple[Sealer, Collection[bytes]] | None = None
        self.deaths: list[Death] = []
        self._lookups: dict[Lookup, None] = {}
        self.superseded: list[LookupGone] = []
        self.registers: list[Register] = []
        self._sitting = sitting
        self._reading = sitting.reading
        self.policies_since = sitting.reading.policies_since
        self._states: dict[int, Stream] = {}
        self._drafts: dict[int, Draft] = {}
        self._expects = {sitting.policy_version.stream.int: sitting.policy_version}
        self._answer = _UNCHANGED

    # ---- what it looks at -------------------------------------------------------------------

    @property
    def occurred_at(self) -> Moment:
        """When it happened in the world, as the command says, or now."""
        moment: Moment = self.envelope["occurred_at"]
        return moment

    def actor(self, actor: UUID | None = None) -> Actor:
        """An actor of the register; by default the one who acts."""
        return self._sitting.actor(actor or self.command.by)

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

    def in_full(self, state: S) -> S:
        """The same person (or account) with everything that was ever said, for what looks back
        further than a state does. As slow as the stream is long; before anything is drafted."""
        if state.whole:
            return state
        drafted = self._drafts.pop(state.id.int, None)
        assert drafted is None or not drafted.entries
        whole = self._reading.whole(type(state), state.id)
        self._states[state.id.int] = whole
        return whole

    def entries(self, events: Sequence[UUID]) -> list[Entry]:
        """The entries with these ids; none of them ever changes, so nothing is expected."""
        return list(self._reading.find(events).values())

    def beside(self, entry: Entry) -> list[Entry]:
        """What was recorded together with an entry; none of it ever changes."""
        return self._reading.beside(entry)

    def history(self, state: Stream) -> list[Entry]:
        """All entries of a stream up to the version that was looked at."""
        return list(self._reading.entries(state.id, state.version))

    def policies_counting(self, at: dt.datetime | None = None) -> list[PolicyDocument]:
        """The versions by which data may be erased at a moment, or now; the policy in force is last."""
        return [*self._reading.policies_counting(at or self.now)[:-1], self.policy]

    def certain_day(self) -> dt.date:
        """Today, or the day before a clock may have jumped."""
        return self._reading.certain_day(self.now)

    def look(self, kind: type[S], stream: UUID) -> S:
        """The state of a stream as it is now; the append will expect it unchanged, or as it was
        relied on before: a policy that was kept may be older than its stream."""
        found = self._states.get(stream.int)
        if found is None:
            found = self._reading.look(kind, stream, self._sitting.ahead)
            self._looked_at(found)
        assert isinstance(found, kind)
        return found

    def recipient(self, code: str) -> Recipient | None:
        """The registered recipient of a code, or None. Only to be read: a writer looks at its stream."""
        found = self._sitting.recipient(code)
        if found is not None:
            self._expect(found)
        return found

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
        missing = [stream for stream in streams if stream.int not in self._states]
        for state in self._reading.states(kind, missing):
            self._looked_at(state)

    def look_ahead(self) -> None:
        """Look at the person the command is about, and note the keys it is likely to seal under."""
        subject = self.command.person()
        if subject is None:
            return
        state = self.look(DataSubject, subject)
        classes = self.command.seals_under(self.policy)
        kids = [slot.kid for slot in state.slots.values() if slot.class_ in classes and slot.alive]
        if kids:
            self.sealing = (self.draft(state).sealer, kids[-KEYS_AHEAD:])

    def foresee(self, states: Sequence[Stream], classes: Collection[str]) -> None:
        """Fetch the keys of these classes that many streams will seal under, in one question."""
        wanted = [
            (
                self.draft(state).sealer,
                [slot.kid for slot in state.living.values() if slot.class_ in classes],
            )
            for state in states
        ]
        self.vault.prefetch([(sealer, kids) for sealer, kids in wanted if kids])

    def _looked_at(self, state: Stream) -> None:
        self._states[state.id.int] = state
        self._expect(state)

    def _expect(self, state: Stream) -> None:
        number = state.id.int
        if number not in self._expects:
            self._expects[number] = Expect(state.id, state.version)

    # ---- what it writes ---------------------------------------------------------------------

    def draft(self, state: Stream) -> Draft:
        """The new entries of a stream."""
        draft = self._drafts.get(state.id.int)
        if draft is None:
            assert not state.version or state is self._states[state.id.int]  # no one else's
            self._expect(state)
            draft = self._drafts[state.id.int] = Draft(self, state)
        return draft

    def evidence(
        self, state: Stream, event: UUID, field: str, value: str | bytes | None
    ) -> Sealed | None:
        """Seal a note under the evidence class. None for no value, and where evidence has ended."""
        if value is None:
            return None
        name = SlotName(self.policy.evidence_class, "")
        slot = state.slots.get(name)
        if slot is not None and not slot.alive:
            return None
        return self.draft(state).seal(event, "@" + field, name, value)

    def look_up(
        self, kind: str, value: str | bytes, sealed: Sealed, subject: Stream, exclusive: bool
    ) -> None:
        """Make the subject findable by this value, for as long as the value's key lives."""
        row = self.vault.lookup(kind, value, sealed.kid, subject.id, exclusive)
        self._lookups[row] = None  # equal values under one key give the row once

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

    def refused(self, findings: Findings) -> None:
        """Each part of it was refused: what the caller is told of all of them."""
        self._answer = Answer(outcome="refused", rules=_codes(findings))

    def done(self, findings: Findings = (), **ids: UUID) -> None:
        """What the caller is told: recorded, with the ids that were minted."""
        self._answer = Answer(outcome="recorded", rules=_codes(findings), ids=ids)

    def unchanged(self, **ids: UUID) -> None:
        """Nothing had to change; no event."""
        self._drafts.clear()
        self._answer = Answer(outcome="unchanged", ids=ids)

    def leave(self) -> None:
        """Let go of the drafts, which hold the desk: so the keys are gone now, and not some time."""
        self._drafts.clear()
        self.sealing = None

    def submission(self, command: bytes, epoch: int, fingerprint: bytes) -> Submission:
        """All of it, as the store takes it."""
        rows: list[StoredRow] = []
        births: list[Birth] = []
        states: list[StateRow] = []
        for draft in self._drafts.values():
            births += draft.births
            if draft.entries:
                rows += map(row_of, draft.entries)
                states.append(draft.state_row)
        return Submission(
            actor=self.command.by,
            command=command,
            fingerprint=fingerprint,
            epoch=epoch,
            answer=self._answer,
            rows=rows,
            expects=list(self._expects.values()),
            births=births,
            deaths=self.deaths,
            lookups=list(self._lookups),
            superseded=self.superseded,
            registers=self.registers,
            states=states,
        )


def _codes(findings: Findings) -> tuple[str, ...]:
    return tuple(dict.fromkeys([finding.rule for finding in findings])) if findings else ()
