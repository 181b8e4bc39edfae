"""What the tables of the read side must say of everybody: what the model says, and the states."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from projections import claims, consents, duties, irregularities, keys, orders, rights
from projections.candidates import Candidates
from projections.engine import Engine
from tests.stories.any_order import ends
from tests.stories.any_order.game import Game
from tests.stories.any_order.person import Person


def agree(g: Game, engine: Engine, connection: Connection) -> None:
    """Of each person; and whoever has something that is due is found by the sweep."""
    for person in g.people.values():
        told, known = said(g, connection, person), meant(g, person)
        for name, expected in known.items():
            assert told[name] == expected, (name, told[name], expected)
    versions = g.ledger.sweep()._reading.policies_counting(g.time())
    pages = Candidates(engine._engine).candidates(versions, g.today)
    found = {subject for page in pages for subject in page}
    due = {
        person.id
        for person in g.people.values()
        if any(ends.due(g.policy, person, slot, g.today) for slot in person.keys)
    }
    assert found >= due, "something is due of somebody whom no sweep finds"


def said(g: Game, connection: Connection, person: Person) -> dict[str, Any]:
    """By the tables."""
    living = [key for key in keys.of_stream(connection, person.id) if key.dead_event is None]
    held = claims.in_force(connection, person.id, g.today)
    barred = rights.restrictions_of(connection, person.id)
    told = orders.of_subject(connection, person.id)
    laws = rights.regimes_of(connection, person.id)
    open_ = irregularities.of_stream(connection, person.id)
    assert all(one.owner in g.policy.roles or one.owner for one in open_)
    return {
        "keys": {(key.retention_class, key.scope): key.kid for key in living},
        "claims": sorted((claim.ground, str(claim.until)) for claim in held),
        "restrictions": sorted(
            (one.ground, tuple(sorted(one.classes))) for one in barred if one.lifted_event is None
        ),
        "objections": set(rights.standing(connection, person.id)),
        "switches": {
            (one.purpose, one.service, one.state)
            for one in consents.switches_in_force(connection, person.id)
        },
        "orders": {one.order_id for one in told if one.answer is None},
        "regimes": laws.regimes if laws else (),
        "irregular": {one.irregularity for one in open_ if one.closed_position is None},
        "duties": {
            one.duty
            for one in duties.of_subject(connection, person.id)
            if one.met_event is None and one.annulled_position is None
        },
    }


def meant(g: Game, person: Person) -> dict[str, Any]:
    """By the model; what is open, by the state that decisions see."""
    (state,) = g.ledger.subjects([person.id])
    in_force = [h for h in person.holds.values() if h.until is None or h.until >= g.today]
    return {
        "keys": {slot: key[0] for slot, key in person.keys.items()},
        "claims": sorted((hold.ground, str(hold.until)) for hold in in_force),
        "restrictions": sorted(
            (why, tuple(sorted(classes))) for why, classes in person.restrictions.values()
        ),
        "objections": {w.purpose for w in person.words if person.objected(w.purpose)},
        "switches": _switches(person),
        "orders": {
            *(order for one in person.erasures.values() for order in one.unanswered),
            *(order for order, event in person.ordered.items() if event not in person.wrong),
        },
        "regimes": person.regimes,
        "irregular": set(state.irregularities),
        "duties": set(state.duties),
    }


def _switches(person: Person) -> set[tuple[str, str | None, str]]:
    """For all services, and for each with a word of its own, unless it is off for all."""
    found: set[tuple[str, str | None, str]] = set()
    for purpose in {word.purpose for word in person.words}:
        for_all, own = person.switches(purpose)
        if for_all is not None:
            found.add((purpose, None, for_all))
        if for_all != "off":
            found |= {(purpose, service, state) for service, state in own.items()}
    return found
