"""Random acts by which data gets outside: asked, told, over a list, and by standing access."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from ledger import events
from tests.stories.any_order import rules
from tests.stories.any_order.data import NOTHING, chance, one, someone
from tests.stories.any_order.game import Game
from tests.stories.any_order.person import Person


def agreement(g: Game) -> None:
    """A recipient is registered, with an agreement or without."""
    code = g.rng.choice(list(g.policy.recipients))
    until = g.today + dt.timedelta(days=g.rng.choice((-5, 200, 4_000)))
    said = {
        "agreement": "dpa-1" if chance(g, 0.9) else None,
        "valid_until": until if chance(g, 0.4) else None,
    }
    done = g.do("register_recipient", code=code, **said)
    assert done.answer is not None and done.recorded
    g.known[code] = said | {"id": done.answer.ids["recipient"]}


def _way(g: Game, person: Person) -> dict[str, Any]:
    """Mostly what the recipient may get, on a ground for its kind; a fault now and then."""
    policy, rng = g.policy, g.rng
    code = one(g, g.known or policy.recipients) if chance(g, 0.8) else one(g, policy.recipients)
    listed = policy.recipients.get(code)
    kind = listed.kind if listed else "processor"
    grounds = [n for n, ground in policy.disclosure_grounds.items() if kind in ground.kinds]
    purposes = list(listed.purposes) if listed else list(policy.purposes)
    attributes = list(listed.attributes) if listed else list(policy.attributes)
    here = [n for n in attributes if person.standing((n,))]
    names = rng.sample(here, min(len(here), rng.randint(1, 2))) or attributes[:1]
    if chance(g, 0.06):
        names.append(one(g, policy.attributes, 0.3))
    way: dict[str, Any] = {
        "recipient": code,
        "purpose": _odd(g, purposes),
        "ground": one(g, policy.disclosure_grounds)
        if chance(g, 0.1)
        else one(g, grounds or [NOTHING]),
        "country": one(g, listed.countries if listed and chance(g, 0.9) else policy.countries),
        "attributes": tuple(dict.fromkeys(names)),
    }
    ground = policy.disclosure_grounds.get(way["ground"])
    if chance(g, 0.8):
        way["reference"] = f"Xylophontaler Az {next(g.numbers)}"
    if ground is not None and ground.stages and chance(g, 0.9):
        way["stage"] = one(g, ground.stages)
    if chance(g, 0.3):
        scopes = [value.slot[1] for value in person.standing() if len(value.slot[1]) == 32]
        way["document"] = UUID(rng.choice(scopes)) if scopes else uuid4()
    if chance(g, 0.05):
        way["hidden_until"] = g.today + dt.timedelta(days=30)
    if chance(g, 0.2):
        way["channel"] = one(g, policy.channels)
    return way


def _odd(g: Game, purposes: list[str]) -> str:
    if chance(g, 0.1):
        return one(g, [*g.policy.purposes, *g.policy.prohibited], 0.1)
    return g.rng.choice(purposes)


def _by(g: Game) -> dict[str, Any]:
    actor = g.rng.choice(list(g.staff))
    return {"by": actor}


def disclose(g: Game) -> None:
    """Asked, or told; an authorisation is used now and then."""
    person = someone(g)
    if not person.standing() and chance(g, 0.7):
        return
    way, by = _way(g, person), _by(g)
    expected = _broken(g, person, way, by)
    if chance(g, 0.5):
        done = g.do("authorise_disclosure", subject=person.id, **way, **by)
        assert done.recorded == (not expected), ("asked", done.rules, expected)
        assert done.rules == expected, ("asked", done.rules, expected)
        if done.recorded and done.answer is not None and chance(g, 0.6):
            used = {"authorisation": done.answer.ids["disclosure"]}
            tell(g, person, way | used | by, set())
    else:
        tell(g, person, way | by, expected)


def _broken(g: Game, person: Person, way: dict[str, Any], by: dict[str, Any]) -> set[str]:
    function = g.staff[by["by"]]
    found = rules.passing(g.policy, person, way, g.known, function, g.today)
    return found | _control(g, way)


def _control(g: Game, way: dict[str, Any]) -> set[str]:
    """P15: an affiliate, on the day, unless the person agreed."""
    to = g.policy.recipients.get(way["recipient"])
    ground = g.policy.disclosure_grounds.get(way["ground"])
    if to is None or to.kind != "affiliate" or (ground is not None and ground.consent):
        return set()
    entity = g.policy.controllers[to.controller or ""]
    since, until = entity.controlled_since, entity.controlled_until
    early = since is not None and g.today < since
    over = until is not None and g.today > until
    return {"affiliate-not-controlled"} if early or over else set()


def tell(g: Game, person: Person, said: dict[str, Any], expected: set[str]) -> None:
    """A report is recorded, whatever it breaks."""
    done = g.do("record_disclosure", subject=person.id, **said)
    assert done.recorded and done.rules == expected, ("told", done, expected)
    passed(g, person, said, done.bodies)


def passed(g: Game, person: Person, said: dict[str, Any], bodies: list[events.Event]) -> None:
    """Somebody holds it now; what was erased here is ordered to be erased there."""
    for body in bodies:
        if isinstance(body, events.DisclosureRecorded):
            orders = dict.fromkeys(order.order for order in body.orders)
            carried = [one for one in person.erasures.values() if one.carried]
            if orders:
                carried[-1].unanswered |= orders
                carried[-1].closed = False
            assert not person.erased or orders or not _gone(g, person, said), "nobody was told"
            kids = {v.kid for item in body.items for v in person.values if _same(v, item)}
            person.passed.append((body.recipient, body.disclosure, said["attributes"], kids))


def _gone(g: Game, person: Person, said: dict[str, Any]) -> set[str]:
    """The classes of what was passed on that are not here any more."""
    listed = g.policy.attributes
    return {listed[n].class_ for n in said["attributes"] if n in listed} - {
        c for c, _ in person.keys
    }


def _same(value: Any, item: Any) -> bool:
    return bool(
        (value.event, value.number, value.attribute) == (item.event, item.number, item.attribute)
    )


def transfer(g: Game) -> None:
    """One act over a list: for each person as if it were alone (P19)."""
    people = g.rng.sample(list(g.people.values()), min(3, len(g.people)))
    way, by = _way(g, people[0]), _by(g)
    way.pop("document", None)
    told = chance(g, 0.4)
    each = {p.id: _there(p, way) for p in people}
    expected = {p.id: _broken(g, p, each[p.id], by) for p in people}
    name = "record_transfer" if told else "transfer"
    done = g.do(name, subjects=tuple(p.id for p in people), **way, **by)
    every = set().union(*expected.values())
    assert done.rules == every, ("act", done.rules, every)
    if told:
        assert done.recorded
        for person in people:
            own = [b for b in done.bodies if isinstance(b, events.DisclosureRecorded)]
            part = [own[people.index(person)]]
            passed(g, person, each[person.id], list(part))
        return
    permitted = [b for b in done.bodies if isinstance(b, events.DisclosureAuthorised)]
    assert len(permitted) == sum(not found for found in expected.values())
    assert done.recorded == bool(permitted)


def _there(person: Person, way: dict[str, Any]) -> dict[str, Any]:
    here = tuple(name for name in way["attributes"] if person.standing((name,)))
    return way | {"attributes": here or way["attributes"]}


def standing_access(g: Game) -> None:
    """Asked or told of what a disclosure is asked, of all attributes of a class; closed again."""
    if not g.known:
        return
    code = g.rng.choice(list(g.known))
    listed = g.policy.recipients.get(code)
    names = listed.attributes if listed else tuple(g.policy.attributes)
    of = [g.policy.attributes[name].class_ for name in names]
    said: dict[str, Any] = {"recipient": g.known[code]["id"], "classes": (g.rng.choice(of),)}
    if chance(g, 0.3):
        g.do("close_standing_access", **said)
        return
    purposes = listed.purposes if listed else tuple(g.policy.purposes)
    said |= {"purpose": _odd(g, list(purposes))}
    said |= {"country": one(g, listed.countries if listed else g.policy.countries)}
    told = chance(g, 0.3)
    expected = _reaching(g, code, said)
    wordless = expected & {"country-unlisted", "purpose-unlisted"}
    done = g.do("record_standing_access" if told else "open_standing_access", **said)
    if told and wordless:  # a name that nobody knows can be kept nowhere
        assert done.error == "InvalidInput", done
        return
    assert done.recorded == (told or not expected), ("standing", done, expected)
    assert done.rules == expected, ("standing", done, expected)


def _reaching(g: Game, code: str, said: dict[str, Any]) -> set[str]:
    """P16, P17: the rules of a disclosure, of whatever lies in these classes."""
    policy = g.policy
    listed, purpose = policy.recipients.get(code), policy.purposes.get(said["purpose"])
    found = rules.never(policy, said | {"recipient": code})
    found |= rules.party(policy, said | {"recipient": code}, g.known, g.today)
    found |= rules.unusable(policy, said["purpose"])
    if said["country"] not in policy.countries:
        found.add("country-unlisted")
    for class_ in said["classes"]:
        if purpose is not None and class_ not in purpose.classes:
            found.add("attribute-not-for-purpose")
        inside = {n for n, a in policy.attributes.items() if a.class_ == class_}
        if listed is not None and inside - set(listed.attributes):
            found.add("attribute-not-for-recipient")
    if listed is None:
        return found
    plain = [
        ground
        for ground in policy.disclosure_grounds.values()
        if listed.kind in ground.kinds
        and not (ground.consent or ground.reference or ground.authorised_by)
        and not (ground.one_document or ground.stages)
    ]
    if not listed.standing or not (plain or listed.kind == "own-system"):
        found.add("standing-not-for-recipient")
    return found | _control(g, {"recipient": code, "ground": ""})


ACTS = {agreement: 3, disclose: 14, transfer: 2, standing_access: 2}
