"""The pure decisions: what would this act break? No clock, no database, no key, no id by name.

Every function answers with `Findings`, in the policy's order of precedence. An act that is *asked
for* is refused when there is one; an act that is *told* is stored with them (DESIGN.md, decision 6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

from ledger.events import Finding, SlotName, SwitchState
from ledger.facts import Claim
from ledger.policy.listed import attributes_for, in_service, unusable
from ledger.policy.model import PolicyDocument
from ledger.policy.regimes import narrowing, resting
from ledger.policy.uses import Purpose

Findings = tuple[Finding, ...]


class Person(Protocol):
    """What a decision looks at in a subject's state."""

    @property
    def erased(self) -> bool: ...
    @property
    def pending_erasure(self) -> bool: ...
    def outlasts(self, name: SlotName) -> bool: ...
    @property
    def regimes(self) -> tuple[str, ...]: ...
    def restricted(self, class_: str | None = None) -> bool: ...
    def objected(self, purpose: str) -> bool: ...
    def consents(self, purpose: str) -> bool | None: ...
    def protected_since(self, purpose: str) -> dt.datetime | None: ...
    def switch(self, purpose: str, service: str | None) -> tuple[SwitchState | None, bool]: ...
    def claims_on(self, name: SlotName, today: dt.date) -> list[Claim]: ...


class Verdict(NamedTuple):
    """What bars a use; nothing: it is permitted.

    `volunteered`: of the person's values only those that came from a source where people volunteer
    them (P06). `regime`: the law that made the difference, where one did.
    """

    finding: Finding | None = None
    volunteered: bool = False
    regime: str | None = None


class Use(NamedTuple):
    """A use that is asked about. `sources`: where the values come from, as far as they are named."""

    policy: PolicyDocument
    person: Person
    purpose: str
    listed: Purpose
    service: str | None
    today: dt.date
    slots: Sequence[SlotName]
    sources: Collection[str | None]

    def barred(self, rule: str, regime: str | None = None) -> Verdict:
        """It may not be, by this rule."""
        return Verdict(Finding(rule, self.purpose), regime=regime)


PERMITTED = Verdict()


def use(
    policy: PolicyDocument,
    person: Person,
    purpose: str,
    service: str | None,
    today: dt.date,
    slots: Iterable[SlotName] = (),
) -> Findings:
    """May the data in these slots be used for this purpose? At most one finding: the first.

    All of it, wherever it comes from; `weigh` answers for values by their sources.
    """
    barring = weigh(policy, person, purpose, service, today, slots).finding
    return () if barring is None else (barring,)


def weigh(
    policy: PolicyDocument,
    person: Person,
    purpose: str,
    service: str | None,
    today: dt.date,
    slots: Iterable[SlotName] = (),
    *,
    sources: Collection[str | None] = (),
) -> Verdict:
    """May data in these slots, from these sources, be used for this purpose, and if not, why not?

    The first of `PRECEDENCE` that has an answer gives it.
    """
    barring = unusable(policy, purpose)
    if barring is not None:
        return Verdict(barring)
    if service is not None and service not in policy.services:
        return Verdict(Finding("service-unlisted"))
    listed = policy.purposes[purpose]
    asked = Use(policy, person, purpose, listed, service, today, tuple(slots), sources)
    return _first(PRECEDENCE, asked)


def barred_on_any_ground(
    policy: PolicyDocument,
    person: Person,
    purpose: str,
    today: dt.date,
    slots: Iterable[SlotName],
) -> Finding | None:
    """What keeps data from a purpose even where a ground of its own (P18) stands in the place of what
    the person said: an erasure, a restriction, and what only another's ground retains."""
    barring = unusable(policy, purpose)
    if barring is not None:
        return barring
    listed = policy.purposes[purpose]
    asked = Use(policy, person, purpose, listed, None, today, tuple(slots), ())
    return _first(PRECEDENCE[: PRECEDENCE.index(_retained) + 1], asked).finding


def _first(rules: Iterable[Callable[[Use], Verdict | None]], asked: Use) -> Verdict:
    """What the first of these says that has an answer."""
    for rule in rules:
        verdict = rule(asked)
        if verdict is not None:
            return verdict
    return PERMITTED


def _erased(asked: Use) -> Verdict | None:
    """Of what is gone, or was asked to go, nothing may be used that nothing keeps."""
    if not asked.slots and asked.person.erased:
        return asked.barred("subject-erased")
    if not asked.slots and asked.person.pending_erasure:
        return asked.barred("erasure-requested")
    return None


def _restricted(asked: Use) -> Verdict | None:
    """What is restricted is stored, and no more (GDPR Art. 18(2))."""
    if asked.listed.despite_restriction:
        return None
    classes: list[str | None] = [slot.class_ for slot in asked.slots]
    if any(asked.person.restricted(class_) for class_ in classes or [None]):
        return asked.barred("processing-restricted")
    return None


def _retained(asked: Use) -> Verdict | None:
    """What an erasure of everything or of single slots, carried out or asked for, leaves serves its
    grounds' purposes, and only them; what is used along with it, what it served before."""
    person = asked.person
    everything = person.erased or person.pending_erasure
    left = [name for name in asked.slots if everything or person.outlasts(name)]
    if not left:
        return None
    if not all(asked.purpose in _grounds_purposes(asked, name) for name in left):
        return asked.barred(
            "retained-for-its-ground-only" if person.erased else "erasure-requested"
        )
    return PERMITTED if len(left) == len(asked.slots) else None


def _grounds_purposes(asked: Use, name: SlotName) -> set[str]:
    policy = asked.policy
    grounds = {claim.ground for claim in asked.person.claims_on(name, asked.today)}
    listed = policy.classes.get(name.class_)
    if listed is not None and listed.keeps is not None:
        grounds.add(listed.keeps.ground)
    known = (
        policy.retention_grounds[ground] for ground in grounds if ground in policy.retention_grounds
    )
    return {purpose for ground in known for purpose in ground.purposes}


def _required(asked: Use) -> Verdict | None:
    """No word of the person stops a required purpose (P12); what does stands above."""
    return PERMITTED if asked.listed.required else None


def _objected(asked: Use) -> Verdict | None:
    return asked.barred("objected") if asked.person.objected(asked.purpose) else None


def _switched_off(asked: Use) -> Verdict | None:
    state, for_all = asked.person.switch(asked.purpose, asked.service)
    if state != "off":
        return None
    return asked.barred("switched-off-for-all" if for_all else "switched-off-for-service")


def _agreed(asked: Use) -> Verdict | None:
    """What the person said. A withdrawal bars whatever the purpose rests on: a no stays one when
    another law is found to protect the person. A consent permits where the purpose rests on it."""
    said = asked.person.consents(asked.purpose)
    if said is None:
        return None
    basis, regime = resting(asked.policy, asked.listed, asked.person.regimes)
    if not said:
        return asked.barred("consent-withdrawn", regime if basis == "consent" else None)
    return PERMITTED if basis == "consent" else None


def _by_default(asked: Use) -> Verdict | None:
    """Nothing was said: the purpose's default, or for values that were volunteered what P06 permits
    inside the company, unless a law that protects the person narrows it."""
    basis, regime = resting(asked.policy, asked.listed, asked.person.regimes)
    if basis == "consent":
        barred = asked.barred("consent-missing", regime)
    elif asked.listed.default == "off" and _state(asked) != "on":
        barred = asked.barred("not-switched-on")
    else:
        return PERMITTED
    if not (asked.listed.internal and volunteering(asked.policy, asked.sources)):
        return barred
    narrowed = narrowing(asked.policy, asked.person.regimes)
    if narrowed is not None:
        return asked.barred("volunteered-not-under-regime", narrowed)
    return Verdict(volunteered=True)


def _state(asked: Use) -> SwitchState | None:
    return asked.person.switch(asked.purpose, asked.service)[0]


PRECEDENCE: tuple[Callable[[Use], Verdict | None], ...] = (
    _erased,
    _restricted,
    _retained,
    _required,
    _objected,
    _switched_off,
    _agreed,
    _by_default,
)
"""The order of precedence of POLICY.md, after P16; there is no other place that knows it."""


def volunteering(policy: PolicyDocument, sources: Iterable[str | None]) -> set[str | None]:
    """Those of these sources where people volunteer what they say (P06)."""
    listed = policy.sources
    return {
        name for name in sources if name is not None and name in listed and listed[name].volunteered
    }


def run(
    policy: PolicyDocument,
    *,
    purpose: str,
    service: str | None,
    country: str,
    attributes: Sequence[str],
) -> Findings:
    """May a run for this purpose read these attributes at all, whoever it concerns?"""
    found: list[Finding] = []
    barring = unusable(policy, purpose)
    if barring is not None:
        found.append(barring)
    if service is not None:
        found += in_service(policy, service)
    if country not in policy.countries:
        found.append(Finding("country-unlisted"))
    return (*found, *attributes_for(policy, [purpose], attributes))


def claim(
    policy: PolicyDocument,
    *,
    ground: str,
    classes: Sequence[str],
    until: dt.date | None,
    latest: dt.date | None,
) -> Findings:
    """May this ground hold these classes until then? `latest`: the end the ground's period allows."""
    listed = policy.retention_grounds.get(ground)
    if listed is None:
        return (Finding("ground-unlisted"),)
    found = []
    for name in dict.fromkeys(classes):
        if name not in policy.classes:
            found.append(Finding("class-unlisted"))
        elif name not in listed.classes:
            found.append(Finding("class-not-in-ground", name))
    if latest is not None and until is not None and until > latest:
        found.append(Finding("claim-too-long", ground))
    return tuple(found)
