"""What is known of one person at a moment, folded as plainly as it can be said.

Written from the definitions in `projections/moments.py` and `timeline.py`, and from nothing of their
code: lists, dictionaries and loops over decoded entries.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from ledger import events as e
from ledger.events import Entry

LONG_AGO = dt.datetime(1, 1, 1, tzinfo=dt.UTC)


def known(entries: list[Entry], position: int) -> list[Entry]:
    """Clock `known`: the entries up to a position, in the order of the log."""
    return [entry for entry in entries if entry.position <= position]


def true(entries: list[Entry], time: dt.datetime, position: int) -> list[Entry]:
    """Clock `true`: what had happened by a time, by what was known at a position, as it happened."""
    heard = known(entries, position)
    wrong = {entry.body.entry for entry in heard if isinstance(entry.body, e.EntryAnnulled)}
    dated = [(happened(entry, heard), entry.position, entry) for entry in heard]
    return [
        entry
        for when, _, entry in sorted(dated, key=lambda row: row[:2])
        if when <= time and entry.event not in wrong and not isinstance(entry.body, e.EntryAnnulled)
    ]


def happened(entry: Entry, heard: list[Entry]) -> dt.datetime:
    """When an entry counts as having happened."""
    body = entry.body
    if isinstance(body, e.SubjectRegistered):
        return LONG_AGO
    own = body.occurred_at
    if isinstance(body, e.DataErased | e.DataRetained | e.ErasureClosed):
        assert entry.recorded_at is not None
        own = entry.recorded_at
    before = [happened(other, heard) for other in heard if acts_on(entry, other)]
    return max([own, *before])


def acts_on(entry: Entry, other: Entry) -> bool:
    """Whether an entry means something only after another one."""
    body, earlier = entry.body, other.body
    if other.position >= entry.position:
        return False
    match body, earlier:
        case e.DataCorrected(), _:
            return other.event in {item.replaces_event for item in body.items}
        case e.ClaimReleased(), e.ClaimPlaced():
            return body.claim == earlier.claim
        case e.IrregularityFound(), _:
            return body.entry == other.event
        case e.IrregularityClosed(), e.IrregularityFound():
            return body.irregularity == earlier.irregularity
        case e.DataErased(), e.DataCollected() | e.DataCorrected():
            return bool({k.kid for k in body.dead} & {item.value.kid for item in earlier.items})
        case ((e.DataErased() | e.DataRetained() | e.ErasureClosed()), e.ErasureRequested()):
            return body.erasure == earlier.erasure
    return False


class Person:
    """The person, after these entries in this order."""

    def __init__(self, entries: list[Entry], today: dt.date) -> None:
        self.today = today
        self.entries = entries
        self.wrong = {
            entry.body.entry: entry.position
            for entry in entries
            if isinstance(entry.body, e.EntryAnnulled)
        }

    def _of(self, *kinds: type) -> list[Entry]:
        return [entry for entry in self.entries if isinstance(entry.body, kinds)]

    def profile(self) -> set[tuple[Any, ...]]:
        """Standing items: (entry, attribute, number, value, position of the erasure)."""
        replaced = {}
        for entry in self._of(e.DataCorrected):
            for item in entry.body.items:
                key = (item.replaces_event, item.attribute, item.replaces_number)
                replaced[key] = entry.event
        standing = set()
        for entry in self._of(e.DataCollected, e.DataCorrected):
            for item in entry.body.items:
                by = replaced.get((entry.event, item.attribute, item.number))
                if entry.event not in self.wrong and (by is None or by in self.wrong):
                    died = self._died(item.value.kid)
                    standing.add((entry.event, item.attribute, item.number, item.value.raw, died))
        return standing

    def _died(self, kid: bytes) -> int | None:
        for entry in self._of(e.DataErased):
            if kid in {key.kid for key in entry.body.dead}:
                return entry.position
        return None

    def erased(self) -> bool:
        """Whether everything was erased."""
        whole = {entry.body.erasure for entry in self._of(e.ErasureRequested) if entry.body.whole}
        return any(entry.body.erasure in whole for entry in self._of(e.DataErased))

    def consents(self) -> dict[str, tuple[bool, UUID]]:
        """The last word on each purpose that counts."""
        words = {}
        for entry in self._of(e.ConsentGiven, e.ConsentWithdrawn):
            given = isinstance(entry.body, e.ConsentGiven)
            if entry.event not in self.wrong and not (given and entry.body.findings):
                words[entry.body.purpose] = (given, entry.event)
        return words

    def said(self) -> list[tuple[UUID, int | None]]:
        """Every word on a purpose, and the position of its annulment."""
        words = self._of(e.ConsentGiven, e.ConsentWithdrawn)
        return [(entry.event, self.wrong.get(entry.event)) for entry in words]

    def switches(self) -> set[tuple[str, str | None, str]]:
        """What holds: (purpose, service or all, state); off for all outranks the rest."""
        for_all: dict[str, str] = {}
        for_one: dict[str, dict[str, str]] = {}
        for entry in self._of(e.ProcessingSwitched):
            body = entry.body
            if entry.event in self.wrong:
                continue
            if body.all_services:
                for_all[body.purpose], for_one[body.purpose] = body.state, {}
            else:
                for service in body.services:
                    for_one.setdefault(body.purpose, {})[service] = body.state
        held = {(purpose, None, state) for purpose, state in for_all.items()}
        for purpose, states in for_one.items():
            if for_all.get(purpose) != "off":
                held |= {(purpose, service, state) for service, state in states.items()}
        return held

    def claims(self) -> list[tuple[Any, ...]]:
        """Every claim: (id, its release, its annulment, whether it holds)."""
        released = {entry.body.claim: entry.event for entry in self._of(e.ClaimReleased)}
        listed = []
        for entry in self._of(e.ClaimPlaced):
            end, gone = released.get(entry.body.claim), self.wrong.get(entry.event)
            holds = end is None and gone is None and entry.body.until >= self.today
            listed.append((entry.body.claim, end, gone, holds))
        return listed

    def disclosures(self) -> list[tuple[UUID, int | None]]:
        """Every disclosure, and the position of its annulment."""
        told = self._of(e.DisclosureRecorded)
        return [(entry.event, self.wrong.get(entry.event)) for entry in told]
