"""Random questions, and the looking after what is open: irregularities, duties to tell."""

from __future__ import annotations

from ledger.looking import Look
from tests.stories.any_order.data import chance, one, someone
from tests.stories.any_order.game import Game
from tests.stories.any_order.person import Person, Slot, basis
from tests.stories.any_order.precedence import VOLUNTEERED, may_use


def look_after(g: Game) -> None:
    """Irregularities are closed, and people told where their data came from."""
    person = someone(g)
    (state,) = g.ledger.subjects([person.id])
    open_ = list(state.irregularities)
    if open_ and chance(g, 0.6):
        said = {"concerns": person.id, "reason": next(iter(g.policy.reasons))}
        assert g.do("close_irregularity", irregularity=open_[0], **said).recorded
        (state,) = g.ledger.subjects([person.id])
        assert open_[0] not in state.irregularities
    if state.duties:
        late = {d.due for d in state.duties.values() if d.due < g.today}
        done = g.do("meet_inform_duty", subject=person.id)
        assert done.recorded and done.rules == ({"inform-overdue"} if late else set()), done
        (state,) = g.ledger.subjects([person.id])
        assert not state.duties


def use(g: Game) -> None:
    """May I? As the order of precedence says, whatever was said before."""
    person, policy = someone(g), g.policy
    for _ in range(4):
        purpose = one(g, [*policy.purposes, *policy.prohibited], 0.03)
        service = one(g, policy.services, 0.03) if chance(g, 0.4) else None
        drawn = [one(g, policy.attributes, 0.01) for _ in range(g.rng.randint(0, 2))]
        names = tuple(dict.fromkeys(drawn))
        standing = person.standing(names)
        slots, sources = {v.slot for v in standing}, {v.source for v in standing}
        expected = may_use(policy, person, purpose, service, g.today, slots, sources)
        said = g.ledger.explainer().use(person.id, purpose, service=service, attributes=names)
        found = said.findings[0].rule if said.findings else None
        if said.volunteered:
            found = "volunteered"
        g.rules[found or "permitted"] += 1
        assert found == expected, ("use", found, expected, purpose, service, names)
        listed = policy.purposes.get(purpose)
        if listed is not None and "basis" in said.facts:
            assert said.facts["basis"] == basis(policy, person, listed)


def look(g: Game) -> None:
    """To look at values for a reason is to use them for its purpose."""
    person, actor = someone(g), next(iter(g.staff))
    reasons = {n: r.purpose for n, r in g.policy.reasons.items() if r.purpose}
    reason = g.rng.choice(list(reasons))
    purpose = reasons[reason] or ""
    kids = {key[0]: slot for slot, key in person.keys.items()}
    found = g.ledger.withheld(Look(person.id, actor, reason), list(kids))
    for kid, slot in kids.items():
        expected = may_look(g, person, purpose, slot)
        assert found[kid] == expected, ("look", found[kid], expected, purpose, slot)


def may_look(g: Game, person: Person, purpose: str, slot: Slot) -> str | None:
    """The rule that keeps the values under a key from being looked at for a purpose."""
    sources = {v.source for v in person.standing() if v.slot == slot}
    listed = g.policy.sources
    volunteered = sources and all(s in listed and listed[s].volunteered for s in sources)
    asked = sources if volunteered else set()
    rule = may_use(g.policy, person, purpose, None, g.today, {slot}, asked)
    used = g.policy.purposes[purpose].classes if purpose in g.policy.purposes else ()
    if rule == "erasure-requested" and g.policy.request_class in used:
        rule = None  # whoever decides on the request sees what waits
    if rule not in (None, VOLUNTEERED):
        return rule
    of = g.policy.classes.get(slot[0])
    closed = of is not None and of.communications and slot[0] not in used
    return "opening-needs-ground" if closed else None


ACTS = {use: 12, look: 4, look_after: 3}
