"""A data subject: what one person's stream says, as far as a decision needs it.

No personal value is here, only which items exist, under which slots, and what was said about them.
The rules that read this state are in `ledger/policy/`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from ledger import events
from ledger.events import Coverage, Entry, Moment, Order, SlotName, field_name
from ledger.sealing import Sealed
from ledger.stream import Stream


class Item(NamedTuple):
    """A value's name: the entry and field that hold it, its attribute, slot and source."""

    event: UUID
    field: str
    number: int
    attribute: str
    slot: SlotName
    value: Sealed
    source: str | None


class Erasure:
    """One erasure: what was asked, whether it was carried out, which orders are unanswered."""

    def __init__(self, requested: events.ErasureRequested) -> None:
        self.requested = requested
        self.carried_out = False
        self.closed = False
        self.orders: dict[UUID, Order] = {}
        self.answered: set[UUID] = set()

    @property
    def unanswered(self) -> set[UUID]:
        return set(self.orders) - self.answered


class DataSubject(Stream):
    """The state of one person's stream. `evolve` is the only place that changes it."""

    def __init__(self, stream: UUID) -> None:
        super().__init__(stream)
        self.registered = False
        self.erased = False
        self.erased_on: dt.date | None = None
        self.profile_tag: UUID | None = None
        self.entries: dict[UUID, Entry] = {}
        self.items: dict[tuple[UUID, str], Item] = {}
        self.replaced: dict[tuple[UUID, str], UUID] = {}
        self.claims: dict[UUID, events.ClaimPlaced] = {}
        self.disclosures: dict[UUID, events.DisclosureRecorded] = {}
        self.authorisations: dict[UUID, events.DisclosureAuthorised] = {}
        self.erasures: dict[UUID, Erasure] = {}
        self.orders: dict[UUID, UUID] = {}
        self.annulled: set[UUID] = set()
        self._consents: dict[str, list[Entry]] = {}
        self._switches: dict[str, list[Entry]] = {}

    # ---- questions --------------------------------------------------------------------------

    def standing(self) -> Iterator[Item]:
        """The items that stand: not superseded, not annulled, and with a living key."""
        alive = {slot.kid for slot in self.slots.values() if slot.alive}
        for key, item in self.items.items():
            replaced = self.replaced.get(key)
            gone = item.event in self.annulled or (replaced and replaced not in self.annulled)
            if not gone and item.value.kid in alive:
                yield item

    def current(self, attribute: str) -> list[Item]:
        """The values of an attribute that stand, oldest first."""
        return [item for item in self.standing() if item.attribute == attribute]

    def consents(self, purpose: str) -> bool | None:
        """The last word on a purpose: given, withdrawn, or None when nothing was said.

        A told grant that broke a rule permits nothing, so it is not counted.
        """
        for entry in reversed(self._consents.get(purpose, ())):
            if entry.event in self.annulled:
                continue
            if isinstance(entry.body, events.ConsentWithdrawn):
                return False
            if isinstance(entry.body, events.ConsentGiven) and not entry.body.findings:
                return True
        return None

    def knows(self, purpose: str) -> bool:
        """Whether this person said anything on a purpose before, when a policy listed it."""
        return purpose in self._consents or purpose in self._switches

    def protected_since(self, purpose: str) -> Moment | None:
        """When (`occurred_at`) the latest withdrawal or switching-off of a purpose happened."""
        said = self._consents.get(purpose, []) + self._switches.get(purpose, [])
        return max((entry.body.occurred_at for entry in said if _protects(entry)), default=None)

    def switch(self, purpose: str, service: str | None) -> tuple[events.SwitchState | None, bool]:
        """(on, off, or None when never switched; whether the word was for all services at once).

        Off for all outranks a service's own switch until the person undoes it for all (POLICY.md,
        order of precedence).
        """
        for_all: events.SwitchState | None = None
        for_one: events.SwitchState | None = None
        for entry in self._switches.get(purpose, ()):
            body = entry.body
            assert isinstance(body, events.ProcessingSwitched)
            if entry.event in self.annulled:
                continue
            if body.all_services:
                for_all, for_one = body.state, None
            elif service in body.services:
                for_one = body.state
        if for_all == "off" or for_one is None:
            return for_all, for_all is not None
        return for_one, False

    def claims_on(self, name: SlotName, today: dt.date) -> list[events.ClaimPlaced]:
        """The claims in force on a slot."""
        return [
            claim
            for claim in self.claims.values()
            if (claim.until is None or claim.until >= today)
            and any(_covers(coverage, name) for coverage in claim.covers)
        ]

    @property
    def pending_erasure(self) -> bool:
        """Whether erasure of everything was asked for and not carried out yet."""
        return any(e.requested.whole and not e.carried_out for e in self.erasures.values())

    @property
    def open_erasures(self) -> list[Erasure]:
        return [erasure for erasure in self.erasures.values() if not erasure.closed]

    @property
    def holders(self) -> Iterator[events.DisclosureRecorded]:
        """Disclosures that happened and were not annulled: who outside may hold something."""
        return (body for event, body in self.disclosures.items() if event not in self.annulled)

    # ---- evolution --------------------------------------------------------------------------

    def evolve(self, entry: Entry) -> None:
        self.entries[entry.event] = entry
        match entry.body:
            case events.SubjectRegistered():
                self.registered = True
                self.profile_tag = entry.event
            case events.DataCollected() | events.DataCorrected():
                self._take_items(entry, entry.body)
            case events.ConsentGiven(purpose=purpose) | events.ConsentWithdrawn(purpose=purpose):
                self._consents.setdefault(purpose or "", []).append(entry)
            case events.ProcessingSwitched(purpose=purpose):
                self._switches.setdefault(purpose, []).append(entry)
            case events.DisclosureAuthorised() as body:
                self.authorisations[body.disclosure] = body
            case events.DisclosureRecorded() as body:
                self.disclosures[entry.event] = body
                self._take_orders(body.orders)
            case events.ClaimPlaced() as body:
                self.claims[body.claim] = body
            case events.ClaimReleased(claim=claim):
                self.claims.pop(claim, None)
            case events.EntryAnnulled():
                self._annul(entry, entry.body)
            case _:
                self._evolve_erasure(entry)

    def _take_items(self, entry: Entry, body: events.DataCollected | events.DataCorrected) -> None:
        self.profile_tag = entry.event
        for item in body.items:
            if isinstance(item, events.CorrectedItem):
                old = field_name(item.attribute, item.replaces_number)
                self.replaced[item.replaces_event, old] = entry.event
            name = field_name(item.attribute, item.number)
            slot = SlotName(item.class_, item.scope)
            self.items[entry.event, name] = Item(
                entry.event, name, item.number, item.attribute, slot, item.value, body.source
            )

    def _evolve_erasure(self, entry: Entry) -> None:
        match entry.body:
            case events.ErasureRequested() as body:
                self.erasures[body.erasure] = Erasure(body)
            case events.DataErased(erasure=erasure, orders=orders):
                self.profile_tag = entry.event
                self.erasures[erasure].carried_out = True
                if self.erasures[erasure].requested.whole and not self.erased:
                    self.erased = True
                    self.erased_on = entry.recorded_at.date() if entry.recorded_at else None
                self._take_orders(orders, erasure)
            case events.HolderAnswered(order=order):
                self.erasures[self.orders[order]].answered.add(order)
            case events.ErasureClosed(erasure=erasure):
                self.erasures[erasure].closed = True

    def _take_orders(self, orders: tuple[Order, ...], erasure: UUID | None = None) -> None:
        if not orders:
            return
        if erasure is None:  # a late disclosure: its orders belong to the erasure that came before
            erasure = [name for name, e in self.erasures.items() if e.carried_out][-1]
        self.erasures[erasure].closed = False
        for order in orders:
            self.erasures[erasure].orders[order.order] = order
            self.orders[order.order] = erasure

    def _annul(self, entry: Entry, body: events.EntryAnnulled) -> None:
        self.annulled.add(body.entry)
        self.profile_tag = entry.event
        annulled = self.entries[body.entry].body
        if isinstance(annulled, events.ClaimPlaced):
            self.claims.pop(annulled.claim, None)
        if isinstance(annulled, events.DisclosureAuthorised):
            self.authorisations.pop(annulled.disclosure, None)
        if isinstance(annulled, events.DisclosureRecorded):
            for order in annulled.orders:  # of what never happened nobody is asked for an answer
                self.erasures[self.orders[order.order]].orders.pop(order.order, None)


def _covers(coverage: Coverage, name: SlotName) -> bool:
    return coverage.class_ == name.class_ and coverage.scope in ("*", name.scope)


def _protects(entry: Entry) -> bool:
    body = entry.body
    return isinstance(body, events.ConsentWithdrawn) or (
        isinstance(body, events.ProcessingSwitched) and body.state == "off"
    )
