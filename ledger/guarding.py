"""The guard: no number of a card or an account is ever stored, in whatever text it comes (P08).

It stands before every decision. What is asked for is refused, and that is a fact; what is told is
taken without the number, marked with the rule, and irregular. So is what a person may always ask
for (to erase, to restrict, to switch off): nobody loses a right by a number in what they wrote. The
caller's own id of a command is stored nowhere; one that holds such a number is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from ledger.command import Command
from ledger.desk import Desk
from ledger.draft import Draft
from ledger.errors import InvalidInput
from ledger.events import CommandRefused, Event, IrregularityFound
from ledger.policy import screening
from ledger.policy.decisions import Findings
from ledger.policy.model import PolicyDocument
from ledger.policy.screening import Hit, findings_of, screen
from ledger.sitting import Sitting
from ledger.store.append import Answer
from ledger.stream import Stream


def is_suspect(command: Command) -> bool:
    """Whether a command can hold such a number: a quick look, and never wrong to say no."""
    return screening.suspect(command) or screening.suspect_key(command.key)


def desk_for(command: Command, sitting: Sitting, *, suspect: bool) -> Desk:
    """The desk at which a command is decided.

    Raises:
        InvalidInput: the number stands in the caller's own id of the command.
    """
    if not suspect:
        return Desk(command, sitting)
    if screening.key_holds(command.key, sitting.policy):
        raise InvalidInput(field="key", rule="must not hold the number of a card or account")
    left, hits = screen(command, sitting.policy)
    if not hits:
        return Desk(command, sitting)
    if command.withholds():
        return _Withholding(left, sitting, hits)
    return _Refusing(command, sitting, hits)


def decide(desk: Desk) -> None:
    """Have the command of this desk decide, unless it is to be refused. Raises a LedgerError."""
    if isinstance(desk, _Refusing | _Withholding):
        desk.carry_out()
    else:
        desk.command.decide(desk)


def found(
    command: Command, answer: Answer, policy: Callable[[], PolicyDocument]
) -> tuple[Hit, ...]:
    """Where the numbers stood for which a command was refused, or taken without some of its texts.

    They are nowhere on record: found again in the command, also when it is repeated.
    """
    return screen(command, policy())[1] if screening.RULE in answer.rules else ()


class _Refusing(Desk):
    """Where a command is refused for the numbers it holds."""

    def __init__(self, command: Command, sitting: Sitting, hits: Sequence[Hit]) -> None:
        super().__init__(command, sitting)
        self._broken = findings_of(hits)

    def carry_out(self) -> None:
        """Refuse it, in the person's stream; where it is about nobody, in the actor's own."""
        command, person = self.command, self.command.person()
        state = self.subject(person) if person is not None else self.actor_stream()
        self.refuse(CommandRefused, state, self._broken, command=command.NAME, purpose=None)


class _Withholding(Desk):
    """Where something is taken without the numbers it held: what was withheld is irregular.

    It is a finding of the first entry that can have findings; of a right that is exercised only the
    first entry says so, for what follows from it (a claim, say) held no such text.
    """

    def __init__(self, left: Command, sitting: Sitting, hits: Sequence[Hit]) -> None:
        super().__init__(left, sitting)
        self._withheld = findings_of(hits)
        self._marked: UUID | None = None
        self._reported = False
        self._written: dict[int, Stream] = {}

    def carry_out(self) -> None:
        """Decide, and report what was withheld, also where no entry can have findings."""
        self.command.decide(self)
        for number, draft in list(self._drafts.items()):
            for entry in list(draft.entries):
                self._marked = self._marked or entry.event
                if entry.event == self._marked and not self._reported:
                    self.irregular(self._written[number], entry.event, ())

    def draft(self, state: Stream) -> Draft:
        """The new entries of a stream."""
        known = self._drafts.get(state.id.int)
        if known is None:
            super().draft(state)
            known = self._drafts[state.id.int] = _Marking(self, state)
            self._written[state.id.int] = state
        return known

    def mark(self, event: UUID, fields: dict[str, Any]) -> None:
        """Add what was withheld to the findings of this entry, if it is the first that has some."""
        first = not any(draft.entries for draft in self._drafts.values())
        if self._marked is None and "findings" in fields and (first or self.command.TOLD):
            self._marked = event
            fields["findings"] = (*fields["findings"], *self._withheld)

    def irregular(self, state: Stream, entry: UUID, findings: Findings) -> None:
        """Something told broke rules: somebody has to look at it by a date."""
        if entry == self._marked:
            self._reported = True
            findings = (*findings, *self._withheld)
        super().irregular(state, entry, findings)

    def refuse(
        self, kind: type[Event], state: Stream, findings: Findings, /, **fields: Any
    ) -> None:
        """Nothing is done; a refusal needs no other report."""
        first = self._marked is None
        super().refuse(kind, state, findings, **fields)
        if first:
            self._reported = True
            self.refused((*findings, *self._withheld))

    def done(self, findings: Findings = (), **ids: UUID) -> None:
        """What the caller is told: recorded, without what was withheld."""
        super().done((*findings, *self._withheld), **ids)


class _Marking(Draft):
    """A draft whose entries may be marked with what was withheld."""

    def __init__(self, desk: _Withholding, state: Stream) -> None:
        super().__init__(desk, state)
        self._guarded = desk

    def add(
        self, kind: type[Event], event: UUID, /, *, dead: Sequence[bytes] = (), **fields: Any
    ) -> None:
        """Draft an event."""
        if kind is not IrregularityFound:
            self._guarded.mark(event, fields)
        super().add(kind, event, dead=dead, **fields)
