"""Which values may be looked at for a reason: what a question at the edge is answered with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from ledger.commands.opening import in_person
from ledger.events import AccessKind, SlotName
from ledger.policy import decisions
from ledger.policy.model import PolicyDocument
from ledger.policy.opening import for_requests, serves
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

    To look is to use: whose data it is decides as for a run for the reason's purpose, in the order
    of precedence. Contents of communications serve a purpose that uses them. The person
    looks at all that no erasure has left for another's purpose; and a ground of its own (P18) stands
    in the place of what the person said, but not above an erasure or a restriction.
    """
    policy, _ = reading.latest_policy()
    listed, actor = policy.reasons.get(look.reason), reading.actor(look.by)
    purpose = listed.purpose if listed else None
    own = actor is not None and in_person(actor.kind, look.on_behalf_of, look.subject)
    asked = _Asked(policy, state, look, purpose, today, state.sources_by_key())
    return {kid: asked.erased(kid) if own else asked.by_others(kid) for kid in kids}


class _Asked(NamedTuple):
    """What a look is decided with."""

    policy: PolicyDocument
    state: DataSubject
    look: Look
    purpose: str | None
    today: dt.date
    sources: Mapping[bytes, set[str | None]]

    def erased(self, kid: bytes) -> str | None:
        """The rule by which what an erasure left serves other purposes only."""
        kept = kept_for(self.policy, self.state, kid, self.purpose, self.today)
        return None if kept else "retained-for-its-ground-only"

    def by_others(self, kid: bytes) -> str | None:
        """The rule that keeps all others but the person from looking."""
        slot = self.state.slot_of(kid)
        if slot is None:
            return self.erased(kid)
        barred = self._unused(slot) if self.purpose is None else self._used(self.purpose, slot, kid)
        if barred == "erasure-requested" and for_requests(self.policy, self.purpose):
            barred = None  # who has to decide on what was asked for sees what waits
        if barred is not None or self.look.ground is not None:
            return barred
        serving = serves(self.policy, slot.class_, self.purpose, self.look.access)
        return None if serving else "opening-needs-ground"

    def _unused(self, slot: SlotName) -> str | None:
        """For a reason without a purpose: nothing that waits, is retained or restricted."""
        if self.state.erased:
            return "retained-for-its-ground-only"
        if self.state.restricted(slot.class_):
            return "processing-restricted"
        waits = self.state.pending_erasure or self.state.outlasts(slot)
        return "erasure-requested" if waits else None

    def _used(self, purpose: str, slot: SlotName, kid: bytes) -> str | None:
        """For the purpose of the reason, as it would be decided for a run. What P06 permits is for
        keys under which nothing else lies."""
        if self.look.ground is not None:
            found = decisions.barred_on_any_ground(
                self.policy, self.state, purpose, self.today, [slot]
            )
            return found.rule if found is not None else None
        sources = self.sources.get(kid, set())
        volunteered = decisions.volunteering(self.policy, sources)
        verdict = decisions.weigh(
            self.policy,
            self.state,
            purpose,
            None,
            self.today,
            [slot],
            sources=sources if sources == volunteered else (),
        )
        return verdict.finding.rule if verdict.finding is not None else None
