"""Everything that is due in a ledger, and what a sweep has to do about it, person by person.

Where to look say the tables of the read side; whether anything is due, the pure rules
(`policy/lapsed.py`) of each person's state. All of it is counted, for the brake.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from ledger.events import SlotName
from ledger.policy.brake import strictest
from ledger.policy.lapsed import Circumstances, by_a_slip, due_slots
from ledger.policy.model import PolicyDocument
from ledger.reading import Reading
from ledger.subject import DataSubject

MOST = 100_000
"""People whose part one sweep does at most; the next goes on."""
YEAR = dt.timedelta(days=366)
"""How long a period that was cut to less than a tenth is taken for a possible slip."""


class Lately(NamedTuple):
    """Keys that a sweep scheduled, and that died by one, since a moment."""

    scheduled: int
    died: int


class Source(Protocol):
    """Where to look for people: the tables of the read side, which must not lag."""

    def candidates(
        self, policies: Sequence[PolicyDocument], today: dt.date
    ) -> Iterator[Sequence[UUID]]:
        """People of whom something may be due, or was scheduled, in pages; each is asked again."""

    def accounts(
        self, policies: Sequence[PolicyDocument], today: dt.date
    ) -> Iterator[Sequence[UUID]]:
        """Accounts of which something may be due, or was scheduled; each is asked again."""

    def living(self) -> int:
        """All keys that are alive."""

    def lately(self, since: dt.datetime) -> Lately:
        """What sweeps did since a moment."""


class Part(NamedTuple):
    """What is to be done for one person: call off, erase or schedule so many keys."""

    deed: Literal["cancelled", "erased", "scheduled"]
    subject: UUID
    erasure: UUID | None
    keys: int
    account: bool = False
    """Whether it is an account's own, and not a person's."""


@dataclass
class Found:
    """What is due, in keys, and what is to be done about it: the first `MOST` of each deed."""

    fresh: int = 0
    ripe: int = 0
    slipped: int = 0
    parts: dict[str, list[Part]] = field(
        default_factory=lambda: {"cancelled": [], "erased": [], "scheduled": []}
    )

    def add(self, part: Part) -> None:
        """One more."""
        self.fresh += part.keys * (part.deed == "scheduled")
        self.ripe += part.keys * (part.deed == "erased")
        listed = self.parts[part.deed]
        if len(listed) < MOST:
            listed.append(part)

    def in_order(self) -> list[Part]:
        """What is called off first, and what is new last."""
        return [part for listed in self.parts.values() for part in listed]


def find(reading: Reading, source: Source, at: dt.datetime) -> Found:
    """Everything that is due at a moment, by every version of the policy that counts then."""
    versions = reading.policies_counting(at), reading.policies_since(at - YEAR)
    asked = _Asked(at, *versions, Found())
    for page in source.candidates(asked.policies, at.date()):
        people = reading.subjects(page)
        recorded = _recorded(reading, people)
        for person in people:
            asked.sort(person, recorded)
    return asked.found


def _recorded(reading: Reading, people: Sequence[DataSubject]) -> Mapping[UUID, dt.datetime]:
    """When everything was erased of these people, or something scheduled: by entry, in one query."""
    entries = [person.erased_by for person in people if person.erased_by is not None]
    entries += [due.entry for person in people for due in person.scheduled.values()]
    found = reading.find(entries) if entries else {}
    return {event: entry.recorded_at for event, entry in found.items() if entry.recorded_at}


class _Asked(NamedTuple):
    """The question: at which moment, by which versions of the policy, and by which of a year a slip
    is told; and what was found."""

    at: dt.datetime
    policies: Sequence[PolicyDocument]
    year: Sequence[PolicyDocument]
    found: Found

    def sort(self, person: DataSubject, recorded: Mapping[UUID, dt.datetime]) -> None:
        """Put what is due of a person where it belongs."""
        erased = recorded[person.erased_by] if person.erased_by is not None else None
        told = Circumstances(
            erased_on=erased.date() if erased is not None else None,
            open_requests={name.hex for name, one in person.erasures.items() if not one.closed},
            closed_on=person.closed_on,
        )
        due = due_slots(self.policies, person, self.at.date(), told)
        living, found = person.living, self.found
        kids = {living[SlotName(slot.class_, slot.scope)].kid for slot in due}
        scheduled = {kid for one in person.scheduled.values() for kid in one.kids}
        if fresh := len(kids - scheduled):
            found.add(Part("scheduled", person.id, None, fresh))
        wait = dt.timedelta(hours=strictest(self.policies).wait_hours)
        for erasure, one in person.scheduled.items():
            if not kids.issuperset(one.kids):
                found.add(Part("cancelled", person.id, erasure, len(one.kids)))
            elif recorded[one.entry] + wait <= self.at:
                found.add(Part("erased", person.id, erasure, len(one.kids)))
        found.slipped += sum(by_a_slip(self.year, person, slot) for slot in due)
