"""What a decision keeps of a person: no entries and no values, but what they come to.

Each struct is part of the row that `DataSubject.dump` writes, as an array: fields have no names
there, so a change of them raises `DataSubject.FORM`. Keys are named by their ids.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct, field

from ledger.events import Coverage, SlotName, SwitchState, field_name


class Will(Struct, array_like=True):
    """What a person said on one purpose, consents and switches.

    `counts` is the last word that counts (a told grant that broke a rule permits nothing), `said`
    the last one of any kind, at `said_at`; `protected` when the latest withdrawal or switching-off
    happened. `services` were switched one by one since the last word for all of them.
    """

    counts: bool | None = None
    said: bool | None = None
    said_at: dt.datetime | None = None
    protected: dt.datetime | None = None
    for_all: SwitchState | None = None
    services: dict[str, SwitchState] = field(default_factory=dict)

    def protect(self, moment: dt.datetime) -> None:
        """A withdrawal, or a switching-off, happened then."""
        if self.protected is None or self.protected < moment:
            self.protected = moment


class Kept(Struct, frozen=True, array_like=True):
    """A value that stands, by name: the entry that brought it, its number there, its key."""

    event: UUID
    number: int
    kid: bytes
    source: str | None


class Values(Struct, array_like=True):
    """The values of one attribute that stand, oldest first: the newest ones, and under each key
    under which older ones lie, the newest of these."""

    newest: list[Kept] = field(default_factory=list)
    older: list[Kept] = field(default_factory=list)


class Item(NamedTuple):
    """A value that stands, by name, with its attribute and slot."""

    event: UUID
    number: int
    attribute: str
    slot: SlotName
    kid: bytes
    source: str | None

    @property
    def field(self) -> str:
        """The field of its entry that holds it."""
        return field_name(self.attribute, self.number)


class Claim(Struct, frozen=True, array_like=True):
    """A claim in force: what must be kept, on which ground, until when, and who decides."""

    claim: UUID
    ground: str
    law: str | None
    covers: tuple[Coverage, ...]
    until: dt.date | None
    review: dt.date | None
    decided_by: str
    account: UUID | None = None
    matter: UUID | None = None
    rule: str | None = None
    """Where a fact of an account placed it: which, what the fact is about, the policy's rule."""

    def holds(self, name: SlotName, today: dt.date) -> bool:
        """Whether it keeps this slot today."""
        return (self.until is None or self.until >= today) and any(
            cover.class_ == name.class_ and cover.scope in ("*", name.scope)
            for cover in self.covers
        )


class Holder(Struct, array_like=True):
    """What somebody outside got: values under these keys, attributes of which no value was known
    here, and whether anything was among it that the policy had no name for.

    `got` are all attributes of it by name, `purposes` what it was for, `stages` those of a corporate
    transaction.
    """

    kids: list[bytes] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    unlisted: bool = False
    got: list[str] = field(default_factory=list)
    purposes: list[str] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)


class Authorisation(Struct, frozen=True, array_like=True):
    """What may be passed on to whom, and until when. `documents`: the purchases and cases that its
    values belong to; `act`: the one over many people that it is part of."""

    recipient: UUID
    purpose: str
    ground: str
    country: str
    attributes: tuple[str, ...]
    hidden_until: dt.date | None
    expires_at: dt.datetime
    stage: str | None = None
    act: UUID | None = None
    documents: tuple[str, ...] = ()


class Restriction(Struct, frozen=True, array_like=True):
    """Processing is restricted: of these classes, or of everything where none is named."""

    ground: str
    classes: tuple[str, ...]


class Due(Struct, frozen=True, array_like=True):
    """An erasure that is scheduled: by which entry (its `recorded_at` is when), of which keys."""

    entry: UUID
    kids: tuple[bytes, ...]


class Duty(Struct, frozen=True, array_like=True):
    """The person must be told where the data of an entry came from, by a day."""

    entry: UUID
    due: dt.date


class Erasure(Struct, array_like=True):
    """An erasure that was asked for. `wanted`: the keys that are still to die, of what it named;
    for an erasure of the `whole` person those are all there are.

    `unanswered` are its orders that holders have not answered; `answered` the others, where a
    state was folded as a whole.
    """

    whole: bool
    wanted: list[bytes]
    carried_out: bool = False
    closed: bool = False
    unanswered: list[UUID] = field(default_factory=list)
    answered: list[UUID] = field(default_factory=list)
    reviewer: str | None = None
    decide_by: dt.date | None = None
    """Where deletions are reviewed: who decides on it, and until when."""

    @property
    def settled(self) -> bool:
        """Whether nothing can ever come of it again but an order after a late disclosure."""
        return self.carried_out and self.closed and not (self.whole or self.wanted)


class Carried(Struct, frozen=True, array_like=True):
    """A copy of a value in a case's class: by name, and the key it lies under there (P23)."""

    attribute: str
    event: UUID
    number: int
    kid: bytes


class Person(Struct, array_like=True):
    """All that is kept of a person.

    Kept without a bound is what is still to be done or in force: keys, claims, restrictions, open
    erasures and their unanswered orders, open duties and irregularities. The `left_…` say that some
    of a kind were left out for being old or settled; who looks for one of these folds the stream as
    a whole.
    """

    registered: bool = False
    erased_by: UUID | None = None
    profile_tag: UUID | None = None
    wills: dict[str, Will] = field(default_factory=dict)
    values: dict[str, Values] = field(default_factory=dict)
    claims: dict[UUID, Claim] = field(default_factory=dict)
    authorisations: dict[UUID, Authorisation] = field(default_factory=dict)
    holders: dict[UUID, Holder] = field(default_factory=dict)
    unnamed: dict[UUID, Holder] = field(default_factory=dict)
    erasures: dict[UUID, Erasure] = field(default_factory=dict)
    left_claims: bool = False
    left_authorisations: bool = False
    left_unnamed: bool = False
    left_erasures: bool = False
    left_orders: bool = False
    regimes: tuple[str, ...] = ()
    objections: dict[str, dt.datetime] = field(default_factory=dict)
    restrictions: dict[UUID, Restriction] = field(default_factory=dict)
    scheduled: dict[UUID, Due] = field(default_factory=dict)
    duties: dict[UUID, Duty] = field(default_factory=dict)
    irregularities: list[UUID] = field(default_factory=list)
    accounts: list[UUID] = field(default_factory=list)
    accounts_ended: dt.date | None = None
    carried: list[Carried] = field(default_factory=list)
    orders: list[UUID] = field(default_factory=list)
    """Orders that no erasure gave (a correction, a restriction …) and no holder answered."""
    services: list[str] = field(default_factory=list)
    """The services that the person joined."""
