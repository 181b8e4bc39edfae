"""A person as POLICY.md sees one, folded as plainly as it can be said, and the order of precedence.

Written from the statements of POLICY.md, and from nothing of the ledger's code: lists and loops. The
document is read as data; ids of it are only compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from ledger.policy.model import PolicyDocument
from tests.stories.any_order.calendar import later

Slot = tuple[str, str]
"""A class, and its scope."""
STRICTEST = ("consent", "legitimate-interest", "contract", "legal-obligation")


@dataclass
class Held:
    """A value that came in."""

    event: UUID
    number: int
    attribute: str
    slot: Slot
    kid: bytes
    source: str | None
    text: str
    replaces: tuple[UUID, int] | None = None


@dataclass
class Hold:
    """A claim: what it holds, on which ground, until its last day."""

    ground: str
    covers: tuple[Slot, ...]
    until: dt.date | None
    fact: tuple[UUID, UUID, str] | None = None

    def on(self, slot: Slot, today: dt.date) -> bool:
        """Whether it holds a slot today."""
        if self.until is not None and self.until < today:
            return False
        return any(slot[0] == class_ and scope in ("*", slot[1]) for class_, scope in self.covers)


@dataclass
class Asked:
    """An erasure: what it is to erase (None: everything), and what became of it."""

    wanted: set[Slot] | None
    carried: bool = False
    closed: bool = False
    unanswered: dict[UUID, None] = field(default_factory=dict)
    review: bool = False


@dataclass
class Word:
    """What the person said on a purpose."""

    kind: str
    purpose: str
    services: tuple[str, ...] = ()
    counts: bool = True
    event: UUID | None = None
    at: dt.datetime | None = None


@dataclass
class Person:
    """What is known of one person."""

    id: UUID
    keys: dict[Slot, tuple[bytes, dt.date]] = field(default_factory=dict)
    gone: set[Slot] = field(default_factory=set)
    values: list[Held] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    wrong: set[UUID] = field(default_factory=set)
    holds: dict[UUID, Hold] = field(default_factory=dict)
    erasures: dict[UUID, Asked] = field(default_factory=dict)
    restrictions: dict[UUID, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    regimes: tuple[str, ...] = ()
    erased_on: dt.date | None = None
    accounts: set[UUID] = field(default_factory=set)
    left: dt.date | None = None
    passed: list[tuple[UUID | None, UUID, tuple[str, ...], set[bytes]]] = field(
        default_factory=list
    )
    joined: dict[UUID, str] = field(default_factory=dict)
    staged: dict[UUID, tuple[UUID | None, str | None, str | None]] = field(default_factory=dict)
    ordered: dict[UUID, UUID] = field(default_factory=dict)
    buried: dict[Slot, bytes] = field(default_factory=dict)
    carried: set[Slot] = field(default_factory=set)

    # ---- what is there ----------------------------------------------------------------------

    def alive(self, value: Held) -> bool:
        """Whether the key it lies under lives."""
        return value.slot in self.keys and self.keys[value.slot][0] == value.kid

    def standing(self, attributes: Collection[str] | None = None) -> list[Held]:
        """The values that stand: neither wrong nor corrected, and alive."""
        replaced = {
            (v.replaces[0], v.attribute, v.replaces[1])
            for v in self.values
            if v.replaces and v.event not in self.wrong
        }
        return [
            value
            for value in self.values
            if value.event not in self.wrong
            and self.alive(value)
            and (value.event, value.attribute, value.number) not in replaced
            and (attributes is None or value.attribute in attributes)
        ]

    def slots_of(self, attributes: Collection[str]) -> set[Slot]:
        """Where standing values of these attributes lie."""
        return {value.slot for value in self.standing(attributes)}

    # ---- what was said ----------------------------------------------------------------------

    def said(self) -> Iterable[Word]:
        """What counts of what was said, in order."""
        return (word for word in self.words if word.counts and word.event not in self.wrong)

    def consents(self, purpose: str) -> bool | None:
        """The last word: given, withdrawn, or nothing."""
        last = None
        for word in self.said():
            if word.purpose == purpose and word.kind in ("given", "withdrawn"):
                last = word.kind == "given"
        return last

    def objected(self, purpose: str) -> bool:
        """Until the person agrees to it again, or switches it on for all."""
        stands = False
        for word in self.said():
            if word.purpose == purpose:
                if word.kind == "objected":
                    stands = True
                elif word.kind == "given" or (word.kind == "on" and not word.services):
                    stands = False
        return stands

    def switches(self, purpose: str) -> tuple[str | None, dict[str, str]]:
        """The word for all services, and those for single ones since."""
        for_all: str | None = None
        own: dict[str, str] = {}
        for word in self.said():
            if word.purpose == purpose and word.kind in ("on", "off"):
                if word.services:
                    own |= dict.fromkeys(word.services, word.kind)
                else:
                    for_all, own = word.kind, {}
        return for_all, own

    def switched(self, purpose: str, service: str | None) -> tuple[str | None, bool]:
        """(on, off or nothing; whether for all): off for all outranks one service's own, and where no
        service is named it is off if it is for any."""
        for_all, own = self.switches(purpose)
        if service is None and for_all != "off" and "off" in own.values():
            return "off", False
        if for_all == "off" or service not in own:
            return for_all, for_all is not None
        return own[service], False

    def protected(self, purpose: str) -> dt.datetime | None:
        """The latest withdrawal, objection or switching off; also one that was wrong."""
        kinds = ("withdrawn", "off", "objected")
        dated = [w.at for w in self.words if w.purpose == purpose and w.kind in kinds and w.at]
        return max(dated, default=None)

    def knows(self, purpose: str) -> bool:
        """Whether anything was said on it before."""
        return any(word.purpose == purpose for word in self.words)

    # ---- what ends --------------------------------------------------------------------------

    @property
    def erased(self) -> bool:
        """Whether an erasure of everything was carried out."""
        return any(one.wanted is None and one.carried for one in self.erasures.values())

    @property
    def pending(self) -> bool:
        """Whether one was asked for and not carried out."""
        return any(one.wanted is None and not one.carried for one in self.erasures.values())

    @property
    def closed_on(self) -> dt.date | None:
        """When the last account was closed or left."""
        return None if self.accounts else self.left

    def reviewed(self, policy: PolicyDocument) -> bool:
        """Whether a service that the person joined has somebody who decides on deletions (P21)."""
        named = [name for event, name in self.joined.items() if event not in self.wrong]
        listed = [policy.services[name] for name in named if name in policy.services]
        return any(one.covered and one.deletion == "reviewed" for one in listed)

    def was_in(self, stage: str, recipient: UUID | None, ground: str) -> bool:
        """Whether something went to a recipient, or may, in this stage of a transaction (P19)."""
        ways = [way for event, way in self.staged.items() if event not in self.wrong]
        return recipient is not None and any(
            (to, where) == (recipient, stage) and by in (None, ground) for to, by, where in ways
        )

    def open_requests(self) -> set[str]:
        """The erasures that are not closed."""
        return {name.hex for name, one in self.erasures.items() if not one.closed}

    def restricted(self, classes: Iterable[str]) -> bool:
        """Whether any of these classes, or everything, may only be stored (Art. 18)."""
        held = [set(named) for _, named in self.restrictions.values()]
        return any(not named or named & set(classes) for named in held)

    def claims(self, slot: Slot, today: dt.date) -> list[Hold]:
        """The claims on a slot."""
        return [hold for hold in self.holds.values() if hold.on(slot, today)]

    def grounds(self, policy: PolicyDocument, slot: Slot, today: dt.date) -> set[str]:
        """On which grounds a slot is kept."""
        found = {hold.ground for hold in self.claims(slot, today)}
        listed = policy.classes.get(slot[0])
        if listed is not None and listed.keeps is not None:
            found.add(listed.keeps.ground)
        return found

    def kept(
        self, policy: PolicyDocument, slot: Slot, today: dt.date, open_: Collection[str]
    ) -> str | None:
        """Whether an erasure leaves a slot (P21-P24): "retain" until a day, "wait", or None."""
        claims = self.claims(slot, today)
        if claims:
            return "wait" if any(claim.until is None for claim in claims) else "retain"
        listed = policy.classes.get(slot[0])
        if listed is None:
            return None
        if listed.role == "request":
            return "wait" if slot[1] in open_ else None
        if listed.keeps is None:
            return None
        since = self.erased_on or today
        if listed.role != "evidence":
            since = self.keys[slot][1]
        if later(since, listed.keeps.period) > today:
            return "retain"
        return "wait" if listed.role == "evidence" and open_ else None

    def regimes_of(self, policy: PolicyDocument) -> list[str]:
        """The laws that protect this person."""
        return [n for n in self.regimes if n in policy.regimes] or list(policy.default_regimes)


def basis(policy: PolicyDocument, person: Person, purpose: Any) -> str:
    """The strictest basis under the laws that protect a person."""
    own = [
        purpose.bases[name].basis if name in purpose.bases else purpose.basis
        for name in person.regimes_of(policy)
    ]
    return min(own or [purpose.basis], key=STRICTEST.index)
