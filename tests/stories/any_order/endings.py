"""Random acts by which data ends, or is kept: claims, erasures, holders, time, the sweep, documents."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from ledger import events
from ledger.commands.claiming import Covers
from ledger.commands.erasing import Part
from tests.ledger.sweeps import Everybody
from tests.stories.any_order import ends
from tests.stories.any_order.calendar import later
from tests.stories.any_order.data import chance, drop, one, someone
from tests.stories.any_order.game import Game
from tests.stories.any_order.person import Asked, Hold, Person


def claim(g: Game) -> None:
    """On a ground of the policy, for classes it covers, no longer than it allows."""
    person = someone(g)
    ground = one(g, g.policy.retention_grounds)
    listed = g.policy.retention_grounds.get(ground)
    classes = list(listed.classes) if listed else list(g.policy.classes)
    named = [g.rng.choice(classes) if chance(g, 0.95) else one(g, g.policy.classes)]
    scopes = [scope for class_, scope in person.keys if class_ == named[0] and scope]
    scope = g.rng.choice(scopes) if scopes and chance(g, 0.6) else "*"
    until = g.today + dt.timedelta(days=g.rng.choice((3, 90, 500, 9_000)))
    given = until if chance(g, 0.6) else None
    expected = set() if listed else {"ground-unlisted"}
    latest = later(g.today, listed.period) if listed and listed.period else None
    if listed:
        known = set(named) <= set(g.policy.classes)
        expected |= set() if known else {"class-unlisted"}
        expected |= {"class-not-in-ground"} if known and named[0] not in classes else set()
        expected |= {"claim-too-long"} if given and latest and given > latest else set()
    done = g.do(
        "place_claim",
        subject=person.id,
        ground=ground,
        covers=(Covers(class_=named[0], scope=scope),),
        until=given,
    )
    assert done.rules == expected, ("claim", done, expected)
    if done.recorded and done.answer is not None:
        person.holds[done.answer.ids["claim"]] = Hold(ground, ((named[0], scope),), given or latest)


def release(g: Game) -> None:
    """What only waited for it dies in the same append."""
    person = someone(g)
    held = list(g.claims[person.id])
    if held:
        name = g.rng.choice(held)
        body = g.claims[person.id][name]
        assert g.do("release_claim", subject=person.id, claim=name).recorded
        g.claims[person.id][name] = body
        drop(g, person, name)
        g.foretold |= ends.complete(g.policy, person, g.today, g.orders)


def request(g: Game) -> None:
    """Everything or some slots, at once or later, through a service that reviews or not."""
    members = [g.people[name] for one in g.accounts.values() if one.matters for name in one.members]
    person = g.rng.choice(members) if members and chance(g, 0.4) else someone(g)
    slots = list(person.keys)
    whole = chance(g, 0.25) or not slots
    wanted = [] if whole else g.rng.sample(slots, min(len(slots), g.rng.randint(1, 2)))
    service = one(g, g.policy.services, 0) if chance(g, 0.3) else None
    statement = "Xylophontaler will weg" if chance(g, 0.4) else None
    carry = chance(g, 0.8)
    planned = plan_of(g, person, None if whole else set(wanted))
    erased, joined = person.erased, person.reviewed(g.policy)
    done = g.do(
        "request_erasure",
        subject=person.id,
        slots=tuple(Part(class_=class_, scope=scope) for class_, scope in wanted),
        statement=statement,
        carry_out=carry,
        service=service,
    )
    assert done.answer is not None and not done.rules, done
    if whole and erased:
        assert done.answer.outcome == "unchanged"
        return
    reviewed = joined if service is None else g.policy.services[service].deletion == "reviewed"
    name = done.answer.ids["erasure"]
    asked = Asked(None if whole else set(wanted), review=reviewed)
    if statement is not None and not whole:
        asked.wanted = {*wanted, (g.policy.request_class, name.hex)}
    person.erasures[name] = asked
    if carry and not reviewed:
        _carry(g, person, name, planned)


def _carry(g: Game, person: Person, name: UUID, planned: dict[Any, str] | None) -> None:
    given = g.orders.get((person.id, name), [])
    died = ends.carry_out(g.policy, person, name, g.today, given)
    _ordered(g, person, died)
    g.foretold |= died
    if planned is not None:  # what the plan said before is what became of it
        gone = {slot for slot, action in planned.items() if action == "erase"}
        dead = {slot for _, slot in died}
        own = (g.policy.request_class, name.hex)
        assert gone <= dead | {own}, ("planned to die, and lives", gone - dead)
        assert not [s for s, action in planned.items() if action == "retain" and s in dead]


def plan_of(g: Game, person: Person, wanted: set[Any] | None) -> dict[Any, str]:
    """What the ledger says an erasure would do now."""
    names = None if wanted is None else [events.SlotName(*slot) for slot in wanted]
    planned = g.ledger.erasure_plan(person.id, names)
    return {(slot.name.class_, slot.name.scope): slot.action for slot in planned}


def _ordered(g: Game, person: Person, died: ends.Deaths) -> None:
    """Whoever holds what died is told to erase it, too."""
    dead = {person.buried[slot] for _, slot in died}
    holders = {to for to, _, _, kids in person.passed if kids & dead and to}
    if holders:
        assert any(g.orders.get((person.id, name)) for name in person.erasures), holders


def erase(g: Game) -> None:
    """What was asked for before is carried out, or carried on with."""
    person = someone(g)
    if not person.erasures:
        return
    name = g.rng.choice(list(person.erasures))
    before = person.erasures[name].carried
    done = g.do("erase", subject=person.id, erasure=name)
    if done.error == "NotFound":
        assert before, done  # it was the sweep's, and is settled
        return
    _carry(g, person, name, None)


def answer(g: Game) -> None:
    """A holder answers its order; the last one closes the erasure."""
    person = someone(g)
    open_ = [(name, o) for name, one in person.erasures.items() for o in one.unanswered]
    if not open_:
        return
    name, order = g.rng.choice(open_)
    assert g.do("note_notified", subject=person.id, order=order).recorded
    assert g.do("record_answer", subject=person.id, order=order, answer="confirmed").recorded
    asked = person.erasures[name]
    asked.unanswered.pop(order)
    if not asked.unanswered and not asked.closed:
        g.foretold |= ends.close(g.policy, person, name, g.today)


def time(g: Game) -> None:
    """Some time passes."""
    g.time.passes(days=g.rng.choice((1, 1, 20, 100, 400, 800)))


def sweep(g: Game) -> None:
    """Two sweeps, long enough apart: what was due, and still is, is dead; nobody else."""
    source = Everybody(g.ledger)
    hours = 1 + max(24, g.policy.sweep.wait_hours)
    _swept(g, source)
    first = _due(g)
    g.time.passes(hours=hours)
    still = _due(g)
    died = _swept(g, source)
    assert died <= still, ("swept, and not due", died - still)
    assert died >= (first & still), ("due, and alive", (first & still) - died)


def _due(g: Game) -> set[Any]:
    return {
        (person.id, slot)
        for person in g.people.values()
        for slot in person.keys
        if ends.due(g.policy, person, slot, g.today)
    }


def _swept(g: Game, source: Everybody) -> ends.Deaths:
    """One sweep, agreed to by two if it is held back; what died by it."""
    may_die = _due(g)
    for _ in range(3):
        moment = g.time()
        clocks = g.ledger.sweep().clocks()
        same = clocks._replace(process=moment, database=moment, keys=moment, gap=dt.timedelta(0))
        swept = g.ledger.sweep().run(source, clocks=lambda same=same: same)  # type: ignore[misc]
        if swept.state != "held-back":
            break
        stream = g.ledger.recorder.registers("sweep")["sweep"]
        for actor in list(g.staff)[:2]:
            g.do("release_sweep", sweep=stream, pause=swept.pause, by=actor)
    assert swept.state in ("swept", "nothing-due"), swept
    entries = g._since()
    g._absorb(entries, {})
    died = set(g.died)
    assert died <= may_die, ("swept, and nothing was due", died - may_die)
    for entry in entries:
        person = g.people.get(entry.stream)  # an account's own keys end, too
        if person is not None and isinstance(entry.body, events.DataErased):
            _lapsed(g, person, entry.body)
    assert g.died == g.foretold
    g.deaths["sweep"] += len(died)
    g.died, g.foretold = set(), set()
    return died


def _lapsed(g: Game, person: Person, body: events.DataErased) -> None:
    asked = person.erasures.setdefault(body.erasure, Asked(set()))
    asked.carried = True
    asked.unanswered |= dict.fromkeys(order.order for order in body.orders)
    asked.closed = not asked.unanswered
    slots = {g.kids[bytes(dead.kid)][1] for dead in body.dead}
    g.foretold |= ends.die(person, slots)
    ends.end_logs(g.policy, person)


ACTS = {claim: 6, release: 5, request: 6, erase: 4, answer: 6, time: 4, sweep: 4}
