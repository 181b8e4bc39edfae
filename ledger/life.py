"""How entries change what is kept of a person: the fold behind `DataSubject`.

What is many is bounded here: a value, an authorisation or a holder that falls out of its list leaves
a mark that there are older ones. A state folded as a whole lets nothing fall out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from ledger import events
from ledger.ending import Ending, add, plain
from ledger.events import (
    CollectedItem,
    CorrectedItem,
    DisclosedItem,
    Entry,
    Finding,
    SlotName,
)
from ledger.facts import (
    Authorisation,
    Carried,
    Due,
    Duty,
    Holder,
    Kept,
    Person,
    Restriction,
    Values,
    Will,
)

VALUES = 16
"""Values of one attribute that are kept one by one."""
AUTHORISATIONS = 32
UNNAMED = 32
"""Disclosures to recipients named only in words; each is a holder of its own."""
UNLISTED = Finding("attribute-unlisted")
_HEX = 32
"""Digits of the id of a document or case; other scopes are shorter."""

T = TypeVar("T")


class Life(Ending):
    """What is kept of a person, carried on from entry to entry."""

    FORM: ClassVar[int] = 13
    KEPT = Person
    kept: Person

    def __init__(self, stream: UUID, *, whole: bool = False, kept: Any = None) -> None:
        super().__init__(stream, whole=whole, kept=kept)
        self._annulled_items: dict[tuple[UUID, str, int], bytes] = {}

    def evolve(self, entry: Entry) -> None:
        kept, body = self.kept, entry.body
        match body:
            case events.DisclosureRecorded():  # what happens most comes first
                self._hold(body)
                self._take_orders(body.orders)
            case events.ConsentGiven() | events.ConsentWithdrawn():
                self._take_consent(body)
                self._join(getattr(body, "service", None))
                self._await(getattr(body, "orders", ()))
            case events.DataCollected() | events.DataCorrected():
                kept.profile_tag = entry.event
                self._join(getattr(body, "service", None))
                self._await(getattr(body, "orders", ()))
                for item in body.items:
                    self._take_item(entry.event, item, body.source)
                    self._renew(item.value.kid, body.occurred_at.date())
                if isinstance(body, events.DataCollected) and body.unlisted is not None:
                    self._renew(body.unlisted.kid, body.occurred_at.date())
            case events.ProcessingSwitched():
                self._take_switch(body)
            case events.SubjectRegistered():
                kept.registered, kept.profile_tag = True, entry.event
                self._join(body.service)
            case events.DisclosureAuthorised():
                self._authorise(body)
            case events.ClaimPlaced():
                self._claim(body)
            case events.ClaimReleased(claim=claim):
                kept.claims.pop(claim, None)
            case events.EntryAnnulled():
                kept.profile_tag = entry.event
            case events.ErasureRequested() | events.DataErased() | events.ErasureClosed():
                self._evolve_erasure(entry)
            case events.HolderAnswered(order=order):
                self._answered(order)
            case _:
                self._evolve_rest(entry)

    def _evolve_rest(self, entry: Entry) -> None:
        """What happens seldom: objections, restrictions, duties, irregularities, what is scheduled."""
        kept, body = self.kept, entry.body
        match body:
            case events.ObjectionRaised(purpose=str(purpose)):
                kept.objections[purpose] = plain(body.occurred_at)
                self._will(purpose).protect(plain(body.occurred_at))
            case events.ProcessingRestricted():
                kept.restrictions[body.restriction] = Restriction(body.ground, body.classes)
                self._await(body.orders)
            case events.RestrictionLifted(restriction=restriction):
                kept.restrictions.pop(restriction, None)
                self._await(body.orders)
            case events.RegimesDetermined(regimes=regimes):
                kept.regimes = regimes
            case events.InformDutyOpened() if body.entry not in self.annulled:
                kept.duties[body.duty] = Duty(body.entry, body.due)
            case events.InformDutyMet(duty=duty):
                kept.duties.pop(duty, None)
            case events.IrregularityFound(irregularity=irregularity):
                add(kept.irregularities, irregularity)
            case events.IrregularityClosed(irregularity=irregularity):
                left = [one for one in kept.irregularities if one != irregularity]
                kept.irregularities = left
            case events.ErasureScheduled(erasure=erasure, slots=slots):
                named = (self.slots[SlotName(slot.class_, slot.scope)] for slot in slots)
                kept.scheduled[erasure] = Due(entry.event, tuple(slot.kid for slot in named))
            case events.MemberJoined(account=account):
                add(kept.accounts, account)
            case events.MemberLeft(account=account, until=day):
                self._leave_account(account, day)
            case events.AccountClosed(account=account, closed=day):
                self._leave_account(account, day)
            case events.DataResealed(items=items):
                kept.carried += [
                    Carried(item.attribute, entry.event, item.number, item.value.kid)
                    for item in items
                ]
            case events.ErasureCancelled(erasure=erasure):
                kept.scheduled.pop(erasure, None)

    def evolve_annulled(self, entry: Entry) -> None:
        """It counts no more, but it was said: a purpose it named stays known, what it protected
        stays protected, and what it reopened has to be closed again."""
        body = entry.body
        match body:
            case events.DataCollected() | events.DataCorrected():
                self._await(getattr(body, "orders", ()), void=True)
                for item in body.items:
                    at = (entry.event, item.attribute, item.number)
                    self._annulled_items[at] = item.value.kid
            case events.ConsentGiven():
                self._will(body.purpose)
            case events.ConsentWithdrawn(purpose=str(purpose)):
                self._will(purpose).protect(plain(body.occurred_at))
            case events.ProcessingSwitched():
                will = self._will(body.purpose)
                if body.state == "off":
                    will.protect(plain(body.occurred_at))
            case events.DisclosureRecorded():
                self._take_orders(body.orders, void=True)
            case events.DisclosureAuthorised() | events.ClaimPlaced():
                pass
            case events.MemberJoined() | events.MemberLeft() | events.AccountClosed():
                pass
            case _:  # it cannot be annulled
                self.evolve(entry)

    def forget_key(self, kid: bytes) -> None:
        """What it sealed stands no more, here; who holds some of it was ordered to erase it."""
        for values in self.kept.values.values():
            values.newest = [kept for kept in values.newest if kept.kid != kid]
            values.older = [kept for kept in values.older if kept.kid != kid]
        for holder in (*self.kept.holders.values(), *self.kept.unnamed.values()):
            holder.kids = [held for held in holder.kids if held != kid]
        for erasure in self.kept.erasures.values():
            erasure.wanted = [wanted for wanted in erasure.wanted if wanted != kid]
        self.kept.carried = [one for one in self.kept.carried if one.kid != kid]

    def _join(self, service: str | None) -> None:
        """A service was used for the first time (P09)."""
        if service is not None:
            add(self.kept.services, service)

    def _leave_account(self, account: UUID, day: dt.date) -> None:
        """An account was closed, or the person left it: of those it is in no more, the last day."""
        kept = self.kept
        kept.accounts = [one for one in kept.accounts if one != account]
        kept.accounts_ended = max(day, kept.accounts_ended or day)

    # ---- values -----------------------------------------------------------------------------

    def _take_item(
        self, event: UUID, item: CollectedItem | CorrectedItem, source: str | None
    ) -> None:
        values = self.kept.values.setdefault(item.attribute, Values())
        if isinstance(item, CorrectedItem):
            old = (item.replaces_event, item.replaces_number)
            values.newest = [one for one in values.newest if (one.event, one.number) != old]
        if not self.lives(item.value.kid):
            return
        values.newest.append(Kept(event, item.number, item.value.kid, source))
        if len(values.newest) > VALUES and not self.whole:
            left = values.newest.pop(0)
            values.older = [*(one for one in values.older if one.kid != left.kid), left]

    def _kid_of(self, item: DisclosedItem) -> bytes | None:
        """The key of the value that was passed on. When it was, it was the newest that stood."""
        values, place = self.kept.values.get(item.attribute), (item.event, item.number)
        if values is not None:
            for kept in (*reversed(values.newest), *reversed(values.older)):
                if (kept.event, kept.number) == place:
                    return kept.kid
        if item.event is None:
            return None
        return self._annulled_items.get((item.event, item.attribute, item.number))

    # ---- consents and switches --------------------------------------------------------------

    def _will(self, purpose: str) -> Will:
        return self.kept.wills.setdefault(purpose, Will())

    def _take_consent(self, body: events.ConsentGiven | events.ConsentWithdrawn) -> None:
        if body.purpose is None:  # what was withdrawn has no name here
            return
        will = self._will(body.purpose)
        will.said, will.said_at = isinstance(body, events.ConsentGiven), plain(body.occurred_at)
        if isinstance(body, events.ConsentWithdrawn):
            will.counts = False
            will.protect(will.said_at)
        elif not body.findings:
            will.counts = True
            self.kept.objections.pop(body.purpose, None)

    def _take_switch(self, body: events.ProcessingSwitched) -> None:
        will = self._will(body.purpose)
        if body.all_services:
            will.for_all, will.services = body.state, {}
            if body.state == "on" and not body.findings:
                self.kept.objections.pop(body.purpose, None)
        else:
            will.services.update(dict.fromkeys(body.services, body.state))
        if body.state == "off":
            will.protect(plain(body.occurred_at))

    # ---- disclosures ------------------------------------------------------------------------

    def _authorise(self, body: events.DisclosureAuthorised) -> None:
        self.kept.authorisations[body.disclosure] = Authorisation(
            recipient=body.recipient,
            purpose=body.purpose,
            ground=body.ground,
            country=body.country,
            attributes=tuple(dict.fromkeys(item.attribute for item in body.items)),
            hidden_until=body.hidden_until,
            expires_at=plain(body.expires_at),
            stage=body.stage,
            act=body.act,
            documents=self._documents(body.items),
        )
        if self._too_many(self.kept.authorisations, AUTHORISATIONS):
            self.kept.left_authorisations = True

    def _documents(self, items: Iterable[DisclosedItem]) -> tuple[str, ...]:
        """The purchases and cases that these values belong to."""
        kids = [kid for item in items if (kid := self._kid_of(item)) is not None]
        scopes = {slot.scope for kid in kids if (slot := self.slot_of(kid)) is not None}
        return tuple(sorted(scope for scope in scopes if len(scope) == _HEX))

    def _hold(self, body: events.DisclosureRecorded) -> None:
        if body.recipient is not None:
            holders, name = self.kept.holders, body.recipient
        else:
            holders, name = self.kept.unnamed, body.disclosure
        holder = holders.get(name)
        if holder is None:
            holder = holders[name] = Holder()
        if body.purpose is not None:
            add(holder.purposes, body.purpose)
        if body.stage is not None:
            add(holder.stages, body.stage)
        for item in body.items:
            add(holder.got, item.attribute)
            kid = self._kid_of(item)
            if kid is None:
                add(holder.attributes, item.attribute)
            elif self.lives(kid):
                add(holder.kids, kid)
        holder.unlisted = holder.unlisted or UNLISTED in body.findings
        if self._too_many(self.kept.unnamed, UNNAMED):
            self.kept.left_unnamed = True

    def _too_many(self, held: dict[UUID, T], room: int) -> bool:
        """Whether the oldest of more than there is room for was left out."""
        if len(held) <= room or self.history is not None:
            return False
        del held[next(iter(held))]
        return True
