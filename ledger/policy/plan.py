"""The erasure plan: for every slot, what an erasure would do to its key, and why. Pure.

A slot is erased unless a claim, the class's own rule, or an open request says that it stays; then
the plan says the ground, the law, until when, and who decides (POLICY.md, P21 to P24). What has an
end on the calendar is *retained*; what ends with an event nobody knows the day of *waits*: a credit
that is settled, a request that is closed, a reviewer who decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

import msgspec

from ledger.events import Order, RetainedSlot, SlotName
from ledger.facts import Claim
from ledger.policy.due import Willing, needed_by
from ledger.policy.model import PolicyDocument
from ledger.policy.periods import add_period
from ledger.stream import Slot

REVIEW = "P12M"
"""No ground without an end or a review within twelve months (POLICY.md)."""

Action = Literal["erase", "retain", "wait"]


class Review(NamedTuple):
    """Who decides on an erasure that is not carried out by itself, and until when (P21)."""

    decided_by: str
    until: dt.date


def review_of(policy: PolicyDocument, service: str, today: dt.date) -> Review | None:
    """Who decides on a deletion that is asked for through a service today; None: it is automatic."""
    listed = policy.services[service]
    if listed.deletion == "automatic":
        return None
    decided_by = listed.reviewer or policy.irregularities.owner
    return Review(decided_by, today + dt.timedelta(days=listed.review_days))


def review_for(
    policy: PolicyDocument, service: str | None, joined: Collection[str], today: dt.date
) -> Review | None:
    """The same where no service is named: then those that the person `joined` say it, and the first
    day of any of their reviewers counts."""
    named = [one for one in joined if one in policy.services and policy.services[one].covered]
    asked = named if service is None else [service]
    found = [review for one in asked if (review := review_of(policy, one, today)) is not None]
    return min(found, key=lambda review: review.until, default=None)


class PlannedSlot(NamedTuple):
    """What happens to one living key. `retained` says why it stays, or what it waits for, and
    `justification` the IRI of that ground; both None when it dies, or waits for its `review` only.
    `needed_by`: the purposes that need the values still."""

    name: SlotName
    kid: bytes
    action: Action
    retained: RetainedSlot | None
    justification: str | None = None
    review: Review | None = None
    needed_by: tuple[str, ...] = ()


class Held(Willing, Protocol):
    """What a plan looks at in a subject's state."""

    @property
    def living(self) -> dict[SlotName, Slot]: ...
    @property
    def erased(self) -> bool: ...
    def claims_on(self, name: SlotName, today: dt.date) -> list[Claim]: ...


def plan(
    policy: PolicyDocument,
    person: Held,
    today: dt.date,
    *,
    erased_on: dt.date | None = None,
    wanted: Collection[SlotName] | None = None,
    open_requests: Collection[str] = (),
    closed_on: dt.date | None = None,
    review: Review | None = None,
    earlier: Sequence[PolicyDocument] = (),
) -> list[PlannedSlot]:
    """What becomes of the living slots when everything (`wanted` None) or these slots are erased.

    `earlier`: versions of the policy that count still, for a period that was shortened takes effect
    after a delay only.
    `erased_on`: when everything was erased, from which day on evidence is kept; None: today.
    `open_requests`: scopes of the request class whose request is not closed; they stay until then.
    `closed_on`: when the person's last account was closed; None while there is one, or was none.
    `review`: who has to decide first; nothing dies before that.
    """
    named = sorted(person.living.items(), key=lambda pair: (pair[0].class_, pair[0].scope))
    planned = []
    for name, slot in named:
        if wanted is None or name in wanted:
            kept = Kept(name, slot, erased_on or today)
            retained = staying(policy, person, kept, today, open_requests, earlier)
            needed = () if person.erased else needed_by(
                policy, person, name, slot.since, today, closed_on
            )  # fmt: skip
            planned.append(
                PlannedSlot(
                    name,
                    slot.kid,
                    _action(retained, review),
                    retained,
                    _justification(policy, retained),
                    None if retained else review,
                    needed,
                )
            )
    return planned


def _action(retained: RetainedSlot | None, review: Review | None) -> Action:
    if retained is not None:
        return "retain" if retained.until is not None else "wait"
    return "erase" if review is None else "wait"


def _justification(policy: PolicyDocument, retained: RetainedSlot | None) -> str | None:
    listed = policy.retention_grounds.get(retained.ground) if retained else None
    return listed.justification if listed else None


# ---- why a slot stays --------------------------------------------------------------------------


class Kept(NamedTuple):
    """A living slot, and when everything was erased: from then on evidence is kept."""

    name: SlotName
    slot: Slot
    erased_on: dt.date

    def until(self, policy: PolicyDocument) -> dt.date | None:
        """When a class's own period of keeping is over; None where a policy knows of none.

        Of evidence it begins with the erasure, and then its end stays where it is; of other classes
        with the newest value under the key.
        """
        listed = policy.classes.get(self.name.class_)
        if listed is None or listed.keeps is None:
            return None
        since = self.erased_on if listed.role == "evidence" else self.slot.since
        return add_period(since, listed.keeps.period)


def staying(
    policy: PolicyDocument,
    person: Held,
    kept: Kept,
    today: dt.date,
    open_requests: Collection[str],
    earlier: Sequence[PolicyDocument] = (),
) -> RetainedSlot | None:
    """Why an erasure would leave a slot; None: it would not."""
    name = kept.name
    claims = person.claims_on(name, today)
    if claims:
        return _by_claim(name, max(claims, key=lambda claim: claim.until or dt.date.max))
    listed = policy.classes.get(name.class_)
    if listed is not None and listed.role == "request" and name.scope in open_requests:
        return _by_open_request(policy, name, today)
    longest = max((policy, *earlier), key=lambda one: kept.until(one) or dt.date.min)
    until = kept.until(longest)
    if until is not None and until > today:
        return _by_class(longest, name, until)
    # past its end it still says to whom the orders of an erasure went, until they are answered
    evidence = listed is not None and listed.role == "evidence"
    return _by_open_request(policy, name, today) if evidence and open_requests else None


def _by_claim(name: SlotName, claim: Claim) -> RetainedSlot:
    return RetainedSlot(
        class_=name.class_,
        scope=name.scope,
        ground=claim.ground,
        law=claim.law,
        until=claim.until,
        review=claim.review,
        decided_by=claim.decided_by,
        claim=claim.claim,
    )


def _by_class(policy: PolicyDocument, name: SlotName, until: dt.date | None) -> RetainedSlot:
    """On the ground that a class is kept on, or else evidence."""
    keeps = policy.classes[name.class_].keeps or policy.classes[policy.evidence_class].keeps
    assert keeps is not None  # the document's check requires it of the evidence class
    listed = policy.retention_grounds[keeps.ground]
    return RetainedSlot(
        class_=name.class_,
        scope=name.scope,
        ground=keeps.ground,
        law=listed.law,
        until=until,
        review=None,
        decided_by=listed.decided_by,
        claim=None,
    )


def _by_open_request(policy: PolicyDocument, name: SlotName, today: dt.date) -> RetainedSlot:
    """What belongs to a request stays while that is open, on the ground evidence stays on.

    Its end is the closing, whose day nobody knows yet; hence a review, as for every open end.
    """
    kept = _by_class(policy, name, None)
    return msgspec.structs.replace(kept, review=add_period(today, REVIEW))


class Holding(NamedTuple):
    """Somebody outside who may hold copies: of whole classes, or of the values of these slots."""

    recipient: UUID | None
    disclosure: UUID | None
    classes: frozenset[str]
    slots: frozenset[SlotName]

    def concerned(self, dying: Iterable[SlotName]) -> set[str]:
        """The classes it must erase when these slots die."""
        return {n.class_ for n in dying if n.class_ in self.classes or n in self.slots}


def orders(
    dying: Collection[SlotName], holdings: Iterable[Holding], mint: Iterator[UUID]
) -> tuple[Order, ...]:
    """One order per holder for the classes that die; an unlisted holder gets one per disclosure."""
    told: dict[tuple[UUID | None, UUID | None], set[str]] = {}
    for holding in holdings:
        concerned = holding.concerned(dying)
        if concerned:
            key = (holding.recipient, None if holding.recipient else holding.disclosure)
            told.setdefault(key, set()).update(concerned)
    return tuple(
        Order(order=next(mint), recipient=key[0], disclosure=key[1], classes=tuple(sorted(names)))
        for key, names in told.items()
    )
