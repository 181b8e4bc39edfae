"""How a person's data comes to its end: claims, erasures, their orders, and what is scheduled.

A part of the fold behind `DataSubject`; the other part is `ledger/life.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from ledger import events
from ledger.events import Entry, Order
from ledger.facts import Claim, Erasure, Person
from ledger.stream import Stream

CLAIMS = 64
"""Above this number, claims whose end has passed are left out."""

T = TypeVar("T")


class Ending(Stream):
    """What must be kept of a person, and what must go."""

    KEPT = Person
    kept: Person

    def _claim(self, body: events.ClaimPlaced) -> None:
        claims = self.kept.claims
        claims[body.claim] = Claim(
            claim=body.claim,
            ground=body.ground,
            law=body.law,
            covers=body.covers,
            until=body.until,
            review=body.review,
            decided_by=body.decided_by,
            account=body.account,
            matter=body.matter,
            rule=body.rule,
        )
        if len(claims) > CLAIMS and not self.whole:
            # a day less: what happens is at most seconds ahead of the clock
            past = body.occurred_at.date() - dt.timedelta(days=1)
            ended = [claim.claim for claim in claims.values() if claim.until and claim.until < past]
            for claim in ended:
                del claims[claim]
                self.kept.left_claims = True

    def _evolve_erasure(self, entry: Entry) -> None:
        erasures, body = self.kept.erasures, entry.body
        match body:
            case events.ErasureRequested():
                erasures[body.erasure] = Erasure(
                    body.whole,
                    self._wanted(body),
                    reviewer=body.reviewer,
                    decide_by=body.decide_by,
                )
            case events.DataErased(erasure=erasure, orders=orders):
                self.kept.profile_tag = entry.event
                self.kept.scheduled.pop(erasure, None)
                if erasure not in erasures:  # it fell due, and nobody asked for it
                    erasures[erasure] = Erasure(whole=False, wanted=[])
                erasures[erasure].carried_out = True
                if erasures[erasure].whole and self.kept.erased_by is None:
                    self.kept.erased_by = entry.event
                self._take_orders(orders, erasure)
                self._leave_settled()
            case events.ErasureClosed(erasure=erasure):
                erasures[erasure].closed = True
                self._leave_settled()

    def _wanted(self, body: events.ErasureRequested) -> list[bytes]:
        if body.whole:
            return []
        slots = [self.slots[name] for name in body.slots if name in self.slots]
        stated = [body.statement.kid] if body.statement else []
        return [kid for kid in (*(slot.kid for slot in slots), *stated) if self.lives(kid)]

    def _take_orders(
        self, orders: Sequence[Order], erasure: UUID | None = None, *, void: bool = False
    ) -> None:
        """Orders reopen their erasure: those of a late disclosure the last one carried out before
        it. Void orders (what was passed on never was) are known, and nobody waits for an answer."""
        if not orders:
            return
        if erasure is None:
            erasure = [name for name, e in self.kept.erasures.items() if e.carried_out][-1]
        opened = self.kept.erasures[erasure]
        opened.closed = False
        opened.unanswered += [order.order for order in orders]
        if void:
            for order in orders:
                self._answered(order.order)

    def _await(self, orders: Sequence[Order], *, void: bool = False) -> None:
        """Orders that no erasure gave. Void ones (what was said was never so) are known, and nobody
        waits for an answer."""
        if void:
            self.kept.left_orders = self.kept.left_orders or bool(orders)
        elif orders:
            self.kept.orders += [order.order for order in orders]

    def _answered(self, order: UUID) -> None:
        """Nobody waits for this order any more."""
        if order in self.kept.orders:
            self.kept.orders.remove(order)
            self.kept.left_orders = True
        for erasure in self.kept.erasures.values():
            if order in erasure.unanswered:
                erasure.unanswered.remove(order)
                if self.whole:
                    erasure.answered.append(order)
                else:
                    self.kept.left_orders = True

    def _leave_settled(self) -> None:
        """Leave out erasures of which nothing can come, but not the last one: see `_take_orders`."""
        erasures = self.kept.erasures
        last = [name for name, erasure in erasures.items() if erasure.carried_out][-1:]
        for name, erasure in list(erasures.items()):
            if erasure.settled and name not in last and not self.whole:
                del erasures[name]
                self.kept.left_erasures = True


def add(to: list[T], one: T) -> None:
    """One more of a list that names nothing twice."""
    if one not in to:
        to.append(one)


def plain(moment: dt.datetime) -> dt.datetime:
    """A moment as a row can hold it."""
    return dt.datetime.combine(moment.date(), moment.timetz())
