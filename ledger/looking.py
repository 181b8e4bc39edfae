"""Which values may be looked at for a reason: what a question at the edge is answered with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from ledger.commands.opening import in_person
from ledger.events import AccessKind, SlotName
from ledger.policy import decisions
from ledger.policy.model import PolicyDocument
from ledger.policy.opening import serves
from ledger.reading import Reading
from ledger.subject import DataSubject


class Look(NamedTuple):
    """Somebody is about to look at a person's values: who, for which reason of the policy, on which
    ground of disclosure if on one."""

    subject: UUID
    by: UUID
    reason: str
    access: AccessKind = "profile"
    on_behalf_of: UUID | None = None
    ground: str | None = None


def kept_for(
    policy: PolicyDocument, state: DataSubject, kid: bytes, purpose: str | None, today: dt.date
) -> bool:
    """Whether what this key seals may be looked at for a purpose: before an erasure always, and then
    for the purposes of the grounds that keep it."""
    if not state.erased:
        return True
    slot = state.slot_of(kid)
    if purpose is None or slot is None:
        return False
    return not decisions.use(policy, state, purpose, None, today, [slot])


def withheld(
    reading: Reading, state: DataSubject, look: Look, kids: Iterable[bytes], today: dt.date
) -> dict[bytes, str | None]:
    """Of each of these keys the rule that keeps its values from being looked at; None: none does.

    What an erasure left serves its grounds' purposes only. Contents of communications serve a
    purpose that uses them, or are opened by the person, or on a ground of their own (P18). What is
    restricted is opened by the person, or for what the law excepts (GDPR Art. 18(2)).
    """
    policy, _ = reading.latest_policy()
    listed, actor = policy.reasons.get(look.reason), reading.actor(look.by)
    purpose = listed.purpose if listed else None
    own = actor is not None and in_person(actor.kind, look.on_behalf_of, look.subject)
    freely = own or look.ground is not None
    rules: dict[bytes, str | None] = {}
    for kid in kids:
        slot = state.slot_of(kid)
        if not kept_for(policy, state, kid, purpose, today):
            rules[kid] = "retained-for-its-ground-only"
        elif not own and _restricted(policy, state, slot, purpose):
            rules[kid] = "processing-restricted"
        elif slot is None or freely or serves(policy, slot.class_, purpose, look.access):
            rules[kid] = None
        else:
            rules[kid] = "opening-needs-ground"
    return rules


def _restricted(
    policy: PolicyDocument, state: DataSubject, slot: SlotName | None, purpose: str | None
) -> bool:
    listed = policy.purposes.get(purpose) if purpose is not None else None
    if listed is not None and listed.despite_restriction:
        return False
    return state.restricted(slot.class_ if slot is not None else None)
