"""What must hold after an act, and at the end of it all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from ledger import events
from ledger.events import field_name
from ledger.mapper import entry_of
from ledger.sealing import Erased, Opened
from ledger.vault.opening import SealedAt
from tests.stories.any_order import ends
from tests.stories.any_order.game import Game
from tests.stories.any_order.person import Person


def after(g: Game, act: str) -> None:
    """Of everybody: the state is what the model says; of one: the plan, and every value."""
    g.deaths[act] += len(g.died)
    g.settle()
    people = list(g.people.values())
    if not people:
        return
    for person in g.rng.sample(people, min(3, len(people))):
        lives(g, person)
    opened(g, g.rng.choice(people))


def lives(g: Game, person: Person) -> None:
    """Keys, claims, and the plan of an erasure of everything."""
    (state,) = g.ledger.subjects([person.id])
    living = {(n.class_, n.scope): slot.kid for n, slot in state.living.items()}
    assert living == {slot: key[0] for slot, key in person.keys.items()}
    assert (state.erased, state.pending_erasure) == (person.erased, person.pending)
    assert _in_force(g, state.claims.values()) == _in_force(g, person.holds.values())
    open_ = person.open_requests()
    planned = {
        (slot.name.class_, slot.name.scope): slot.action
        for slot in g.ledger.erasure_plan(person.id)
    }
    waits = any(e.wanted is None and not e.carried and e.review for e in person.erasures.values())
    reviewed = waits or (not person.erased and person.reviewed(g.policy))
    day = ends.certain(g.policy, person, g.today)
    logs = not person.erased and any(
        g.policy.regimes[name].keep_logs for name in person.regimes_of(g.policy)
    )
    expected = {
        slot: person.kept(g.policy, slot, day, open_)
        or ("wait" if reviewed else "retain" if logs and _ordinary(g, slot) else "erase")
        for slot in person.keys
    }
    assert planned == expected, ("plan", planned, expected)


def _ordinary(g: Game, slot: tuple[str, str]) -> bool:
    """Whether a law that has logs kept concerns it."""
    return slot[0] in g.policy.classes and g.policy.classes[slot[0]].role == "ordinary"


def _in_force(g: Game, claims: Iterable[Any]) -> list[tuple[Any, ...]]:
    return sorted(_claim(one) for one in claims if one.until is None or one.until >= g.today)


def _claim(one: Any) -> tuple[Any, ...]:
    covers = sorted(
        (c[0], c[1]) if isinstance(c, tuple) else (c.class_, c.scope) for c in one.covers
    )
    fact = getattr(one, "fact", None) or (
        (one.account, one.matter, one.rule) if getattr(one, "account", None) else None
    )
    return one.ground, str(covers), str(one.until), str(fact)


def opened(g: Game, person: Person) -> None:
    """What lives opens to what came in; what is dead does not open, whoever asks."""
    sealed = {
        (entry.event, item.attribute, item.number): item.value
        for entry in map(entry_of, g.ledger.recorder.select_events(person.id))
        if isinstance(entry.body, events.DataCollected | events.DataCorrected)
        for item in entry.body.items
    }
    wanted = [
        SealedAt(
            person.id,
            v.event,
            field_name(v.attribute, v.number),
            sealed[v.event, v.attribute, v.number],
        )
        for v in person.values
    ]
    for value, found in zip(person.values, g.ledger.open_values(wanted), strict=True):
        if person.alive(value):
            assert isinstance(found, Opened) and found.value == value.text, (value, found)
        else:
            assert isinstance(found, Erased), ("it opens, and is erased", value.slot)


def snapshot(person: Person) -> dict[str, Any]:
    """What the read side is to say of this moment."""
    values = {(v.event, v.attribute, v.number) for v in person.standing()}
    consents = {w.purpose: person.consents(w.purpose) for w in person.words}
    return {"values": values, "consents": {p: c for p, c in consents.items() if c is not None}}


def seen(connection: Any, subject: UUID) -> dict[str, Any]:
    """What it does say."""
    from projections import consents, profiles

    rows = profiles.of_subject(connection, subject)
    values = {(r.event, r.attribute, r.number) for r in rows if r.erased_position is None}
    words = consents.in_force(connection, subject)
    return {"values": values, "consents": {p: word.given for p, word in words.items()}}
