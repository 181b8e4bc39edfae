"""A person as the pure decisions see one: only what a test says is so."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from uuid import uuid4

from ledger.events import Coverage, Moment, SlotName, SwitchState
from ledger.facts import Claim
from ledger.policy import document

POLICY = document.load(document.DEFAULT.read_text())
TODAY = dt.date(2026, 11, 22)
CONTACT, EVIDENCE = SlotName("contact-data", ""), SlotName("accountability-records", "")
BILLING = SlotName("billing-data", "2026-04-01")


def moment(day: int) -> Moment:
    """A moment of this month."""
    return Moment(2026, 11, day, tzinfo=dt.UTC)


def placed(ground: str, *slots: SlotName, until: dt.date | None = None) -> Claim:
    """A claim on slots, as it is kept."""
    listed = POLICY.retention_grounds[ground]
    return Claim(
        claim=uuid4(),
        ground=ground,
        law=listed.law,
        covers=tuple(Coverage(slot.class_, slot.scope) for slot in slots),
        until=until,
        review=None,
        decided_by=listed.decided_by,
    )


@dataclass
class Someone:
    """Nothing was said, claimed or erased, unless it is given here."""

    erased: bool = False
    pending_erasure: bool = False
    asked_for: tuple[SlotName, ...] = ()
    """Single slots whose erasure was asked for, and that live."""
    consent: bool | None = None
    protected: Moment | None = None
    switched: tuple[SwitchState | None, bool] = (None, False)
    claims: list[Claim] = field(default_factory=list)
    regimes: tuple[str, ...] = ()
    objection: bool = False
    restricted_classes: tuple[str, ...] | None = None
    """None: nothing is restricted; none named: everything."""

    def consents(self, purpose: str) -> bool | None:
        return self.consent

    def protected_since(self, purpose: str) -> Moment | None:
        return self.protected

    def switch(self, purpose: str, service: str | None) -> tuple[SwitchState | None, bool]:
        return self.switched

    def objected(self, purpose: str) -> bool:
        return self.objection

    def restricted(self, class_: str | None = None) -> bool:
        named = self.restricted_classes
        return named is not None and (not named or class_ in named)

    def outlasts(self, name: SlotName) -> bool:
        return name in self.asked_for

    def claims_on(self, name: SlotName, today: dt.date) -> list[Claim]:
        covered = Coverage(name.class_, name.scope)
        return [claim for claim in self.claims if covered in claim.covers]
