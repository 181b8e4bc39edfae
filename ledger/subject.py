"""A data subject: what one person's stream says, as far as a decision needs it.

No personal value is here, only which items stand, under which slots, and what was said about them.
The rules that read this state are in `ledger/policy/`; what of it is kept is in `ledger/facts.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from uuid import UUID

from ledger.events import SlotName, SwitchState
from ledger.facts import (
    Authorisation,
    Carried,
    Claim,
    Due,
    Duty,
    Erasure,
    Holder,
    Item,
    Kept,
    Restriction,
    Values,
    Will,
)
from ledger.life import Life

_NO_VALUES = Values()
_NOTHING_SAID = Will()
"""What is asked of an attribute, or a purpose, of which the state holds nothing. Only read."""


class DataSubject(Life):
    """The state of one person's stream. How entries change it is in `ledger/life.py`."""

    # ---- who it is --------------------------------------------------------------------------

    @property
    def registered(self) -> bool:
        return self.kept.registered

    @property
    def erased(self) -> bool:
        """Whether an erasure of everything was carried out."""
        return self.kept.erased_by is not None

    @property
    def erased_by(self) -> UUID | None:
        """The entry that carried it out; its `recorded_at` is the day."""
        return self.kept.erased_by

    @property
    def profile_tag(self) -> UUID | None:
        """The last entry that changed the profile."""
        return self.kept.profile_tag

    # ---- what is stored ---------------------------------------------------------------------

    def standing(self) -> Iterator[Item]:
        """The values that stand, as far as they are kept one by one: not superseded, not annulled,
        and with a living key."""
        for attribute in self.kept.values:
            yield from self.current(attribute)

    def current(self, attribute: str) -> list[Item]:
        """The values of an attribute that stand, oldest first; all of them, unless there is
        `more` of it."""
        return [self._item(attribute, kept) for kept in self._values(attribute).newest]

    def newest(self, attribute: str) -> Item | None:
        """The newest value of an attribute that stands, however many there are."""
        values = self._values(attribute)
        kept = values.newest or values.older
        return self._item(attribute, kept[-1]) if kept else None

    def newest_of(self, attribute: str, scope: str) -> Item | None:
        """The newest value of an attribute that stands in one document or case."""
        values = self._values(attribute)
        items = (self._item(attribute, kept) for kept in reversed((*values.older, *values.newest)))
        return next((item for item in items if item.slot.scope == scope), None)

    def more(self, attributes: Iterable[str]) -> bool:
        """Whether older values of these attributes stand that are not kept one by one."""
        return any(self._values(attribute).older for attribute in attributes)

    def slots_with(self, attributes: Iterable[str]) -> list[SlotName]:
        """Where the values of these attributes that stand lie: all of them."""
        held = self.kept.values
        values = [held[attribute] for attribute in attributes if attribute in held]
        kids = dict.fromkeys(
            [kept.kid for v in values for part in (v.older, v.newest) for kept in part]
        )
        return [name for kid in kids if (name := self.slot_of(kid)) is not None]

    def sources_of(self, attributes: Iterable[str]) -> set[str | None]:
        """Where the values of these attributes that stand came from, as far as they are kept one by
        one; None: where nobody said."""
        held = self.kept.values
        values = [held[attribute] for attribute in attributes if attribute in held]
        return {kept.source for v in values for part in (v.older, v.newest) for kept in part}

    def sources_by_key(self) -> dict[bytes, set[str | None]]:
        """Where the values came from that each key seals and that stand; None also where some are
        not kept one by one."""
        found: dict[bytes, set[str | None]] = {}
        for values in self.kept.values.values():
            for kept in values.newest:
                found.setdefault(kept.kid, set()).add(kept.source)
            for kept in values.older:
                found.setdefault(kept.kid, set()).add(None)
        return found

    def _values(self, attribute: str) -> Values:
        return self.kept.values.get(attribute, _NO_VALUES)

    def _item(self, attribute: str, kept: Kept) -> Item:
        slot = self._names[kept.kid]  # it stands, so its key was minted here
        return Item(kept.event, kept.number, attribute, slot, kept.kid, kept.source)

    # ---- what the person said ---------------------------------------------------------------

    def will(self, purpose: str) -> Will:
        """What was said on a purpose; nothing, if nothing was."""
        return self.kept.wills.get(purpose, _NOTHING_SAID)

    def consents(self, purpose: str) -> bool | None:
        """The last word on a purpose: given, withdrawn, or None when nothing was said.

        A told grant that broke a rule permits nothing, so it is not counted.
        """
        return self.will(purpose).counts

    def knows(self, purpose: str) -> bool:
        """Whether this person said anything on a purpose before, when a policy listed it."""
        return purpose in self.kept.wills

    def protected_since(self, purpose: str) -> dt.datetime | None:
        """When (`occurred_at`) the latest withdrawal or switching-off of a purpose happened."""
        return self.will(purpose).protected

    def switch(self, purpose: str, service: str | None) -> tuple[SwitchState | None, bool]:
        """(on, off, or None when never switched; whether the word was for all services at once).

        Off for all outranks a service's own switch until the person undoes it for all (POLICY.md,
        order of precedence). Of no service in particular it is off where it is off for any: who leaves
        the service out reaches nobody whom naming it would leave out.
        """
        will = self.will(purpose)
        if service is None and will.for_all != "off" and "off" in will.services.values():
            return "off", False
        for_one = will.services.get(service) if service is not None else None
        if will.for_all == "off" or for_one is None:
            return will.for_all, will.for_all is not None
        return for_one, False

    # ---- what must be kept, and what must go ------------------------------------------------

    @property
    def claims(self) -> dict[UUID, Claim]:
        """The claims that were not released."""
        return self.kept.claims

    def claims_on(self, name: SlotName, today: dt.date) -> list[Claim]:
        """The claims in force on a slot."""
        return [claim for claim in self.kept.claims.values() if claim.holds(name, today)]

    @property
    def erasures(self) -> dict[UUID, Erasure]:
        """The erasures that something can come of, in the order they were asked for."""
        return self.kept.erasures

    @property
    def pending_erasure(self) -> bool:
        """Whether erasure of everything was asked for and not carried out yet."""
        erasures = self.kept.erasures
        return bool(erasures) and any(e.whole and not e.carried_out for e in erasures.values())

    def outlasts(self, name: SlotName) -> bool:
        """Whether this slot lives on though its own erasure was asked for, by itself: it waits, or
        something keeps it."""
        erasures = self.kept.erasures
        if not erasures or (slot := self.slots.get(name)) is None:
            return False
        return any(slot.kid in one.wanted for one in erasures.values() if not one.whole)

    @property
    def anything_erased(self) -> bool:
        """Whether an erasure, of everything or of some slots, was carried out."""
        erasures = self.kept.erasures
        return bool(erasures) and any(e.carried_out for e in erasures.values())

    def wanted(self, erasure: UUID) -> set[SlotName] | None:
        """The slots an erasure still has to erase; None for all there are."""
        one = self.kept.erasures[erasure]
        names = (self.slot_of(kid) for kid in one.wanted)
        return None if one.whole else {name for name in names if name is not None}

    def erasure_of(self, order: UUID) -> UUID | None:
        """The erasure an order belongs to; of the answered ones only a whole state knows."""
        for name, erasure in self.kept.erasures.items():
            if order in erasure.unanswered or order in erasure.answered:
                return name
        return None

    def knows_order(self, order: UUID) -> bool:
        """Whether something else than an erasure gave this order; of those that were answered only a
        whole state knows."""
        said = (entry.body for entry in self.history or ())
        given = (one.order for body in said for one in getattr(body, "orders", ()))
        return order in self.kept.orders or order in given

    # ---- what else bars processing, and what is open ----------------------------------------

    @property
    def regimes(self) -> tuple[str, ...]:
        """The laws that protect this person, as last determined; none: the policy's default."""
        return self.kept.regimes

    def objected(self, purpose: str) -> bool:
        """Whether an objection to this purpose stands (GDPR Art. 21)."""
        return purpose in self.kept.objections

    def restricted(self, class_: str | None = None) -> bool:
        """Whether processing of this class, or of everything, is restricted (GDPR Art. 18)."""
        held = self.kept.restrictions
        return bool(held) and any(not one.classes or class_ in one.classes for one in held.values())

    @property
    def restrictions(self) -> dict[UUID, Restriction]:
        """The restrictions in force."""
        return self.kept.restrictions

    @property
    def scheduled(self) -> dict[UUID, Due]:
        """The erasures that are scheduled."""
        return self.kept.scheduled

    @property
    def duties(self) -> dict[UUID, Duty]:
        """The duties to inform that are open, the first one first."""
        return self.kept.duties

    @property
    def irregularities(self) -> list[UUID]:
        """The irregularities nobody has closed."""
        return self.kept.irregularities

    @property
    def accounts(self) -> list[UUID]:
        """The accounts this person is a member of."""
        return self.kept.accounts

    @property
    def accounts_ended(self) -> dt.date | None:
        """The last day on which an account of this person was closed or left; None: never."""
        return self.kept.accounts_ended

    @property
    def closed_on(self) -> dt.date | None:
        """When the last account of this person was closed or left; None while there is one."""
        return None if self.kept.accounts else self.kept.accounts_ended

    @property
    def carried(self) -> list[Carried]:
        """The copies of values that lie in cases, under living keys."""
        return self.kept.carried

    @property
    def services(self) -> list[str]:
        """The services the person joined, as collections and consents say."""
        return self.kept.services

    # ---- who outside has what ---------------------------------------------------------------

    @property
    def authorisations(self) -> dict[UUID, Authorisation]:
        """The newest authorisations, by disclosure."""
        return self.kept.authorisations

    def was_in(self, stage: str, recipient: UUID, ground: str) -> bool:
        """Whether something went to a recipient in this stage of a transaction, or may; of older
        authorisations only a whole state knows."""
        held = self.kept.holders.get(recipient)
        if held is not None and stage in held.stages:
            return True
        may = (recipient, ground, stage)
        given = self.kept.authorisations.values()
        return any((one.recipient, one.ground, one.stage) == may for one in given)

    @property
    def holders(self) -> Iterator[tuple[UUID | None, UUID | None, Holder]]:
        """Who outside may hold something: (recipient, disclosure, what), one of the two ids.

        A recipient that was named only in words is its own holder for each disclosure.
        """
        yield from ((recipient, None, what) for recipient, what in self.kept.holders.items())
        yield from ((None, disclosure, what) for disclosure, what in self.kept.unnamed.items())
