"""Random acts of what people say: consents, switches, objections, restrictions, and which laws apply."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from ledger import events
from ledger.commands.collecting import Notice
from ledger.mapper import entry_of
from tests.stories.any_order import rules
from tests.stories.any_order.data import chance, one, someone
from tests.stories.any_order.game import Game
from tests.stories.any_order.person import Person, Word


def _purpose(g: Game, person: Person) -> str:
    """Mostly one that may be refused, or that was spoken of."""
    free = [id_ for id_, purpose in g.policy.purposes.items() if not purpose.required]
    spoken = [word.purpose for word in person.words if word.purpose in g.policy.purposes]
    if chance(g, 0.08):
        return one(g, [*g.policy.purposes, *g.policy.prohibited], 0.3)
    return g.rng.choice(spoken or free) if chance(g, 0.5) else g.rng.choice(free)


def _dated(g: Game, said: dict[str, Any]) -> dict[str, Any]:
    if chance(g, 0.1):
        said["occurred_at"] = g.time() - dt.timedelta(days=1)
    return said


def consent(g: Game) -> None:
    """Asked or told; told and broken it permits nothing."""
    person, told = someone(g), chance(g, 0.3)
    agreed = [id_ for id_, one in g.policy.purposes.items() if one.basis == "consent"]
    purpose = g.rng.choice(agreed) if chance(g, 0.6) else _purpose(g, person)
    telling = [n for n, listed in g.policy.notices.items() if purpose in listed.purposes]
    version = g.rng.choice(telling) if telling and chance(g, 0.95) else one(g, g.policy.notices)
    language = g.policy.policy.language
    said: dict[str, Any] = {"subject": person.id, "purpose": purpose}
    said["notice"] = Notice(version=version, language=language)
    if chance(g, 0.1):
        said["service"] = one(g, g.policy.services)
    said = _dated(g, said)
    expected = rules.consenting(g.policy, person, said)
    done = g.do("record_consent" if told else "give_consent", **said)
    assert done.rules == expected, ("consent", done.rules, expected)
    if done.recorded:
        assert done.answer is not None and (told or not expected)
        event = done.answer.ids["consent"]
        at = said.get("occurred_at", g.time())
        person.words.append(Word("given", purpose, counts=not expected, event=event, at=at))


def withdraw(g: Game) -> None:
    """Never refused."""
    person = someone(g)
    said = _dated(g, {"subject": person.id, "purpose": _purpose(g, person)})
    done = g.do("withdraw_consent", **said)
    listed = said["purpose"] in g.policy.purposes
    assert done.recorded and done.rules == (set() if listed else {"purpose-unlisted"}), done
    if listed or person.knows(said["purpose"]):
        at = said.get("occurred_at", g.time())
        person.words.append(Word("withdrawn", said["purpose"], at=at))


def switch(g: Game) -> None:
    """Off is told, on is asked; off for all is undone by the person alone."""
    person = someone(g)
    services = tuple(dict.fromkeys(one(g, g.policy.services) for _ in range(g.rng.randint(0, 2))))
    in_person = chance(g, 0.5)
    said: dict[str, Any] = {"subject": person.id, "purpose": _purpose(g, person)}
    said |= {"services": services, "state": g.rng.choice(("on", "off"))}
    if in_person:
        said["on_behalf_of"] = person.id
    if in_person and chance(g, 0.2):  # nobody of the staff speaks in a person's name
        said["by"], in_person = next(iter(g.staff)), False
    said = _dated(g, said)
    expected = rules.switching(g.policy, person, said, in_person)
    done = g.do("switch_processing", **said)
    assert done.rules == expected, ("switch", done.rules, expected)
    off = said["state"] == "off" and said["purpose"] in g.policy.purposes
    assert done.recorded == (off or not expected), ("switch", done, expected)
    if done.recorded:
        listed = tuple(name for name in services if name in g.policy.services)
        at = said.get("occurred_at", g.time())
        (body,) = [b for b in done.bodies if isinstance(b, events.ProcessingSwitched)]
        assert body.all_services == (not services)
        if listed or not services:
            word = Word(said["state"], said["purpose"], listed, at=at)
            word.event = _last(g, person)
            person.words.append(word)


def _last(g: Game, person: Person) -> UUID | None:
    """The entry of the last switch."""
    for row in g.ledger.recorder.select_events(person.id, desc=True, limit=3):
        entry = entry_of(row)
        if isinstance(entry.body, events.ProcessingSwitched):
            return entry.event
    return None


def objection(g: Game) -> None:
    """Never refused; of what cannot be objected to somebody has to look at it."""
    person = someone(g)
    said = _dated(g, {"subject": person.id, "purpose": _purpose(g, person)})
    if chance(g, 0.3):
        said["statement"] = "Xylophontaler mag das nicht"
    expected = rules.objecting(g.policy, person, said["purpose"])
    known = {*g.policy.purposes, *g.policy.prohibited, *(w.purpose for w in person.words)}
    done = g.do("raise_objection", **said)
    assert done.recorded and done.rules == expected, ("objection", done, expected)
    if said["purpose"] in known:
        at = said.get("occurred_at", g.time())
        person.words.append(Word("objected", said["purpose"], at=at))


def restrict(g: Game) -> None:
    """Of some classes, or of everything."""
    person = someone(g)
    drawn = [one(g, g.policy.classes) for _ in range(g.rng.randint(0, 2))]
    classes = tuple(dict.fromkeys(drawn))
    done = g.do("restrict", subject=person.id, ground="accuracy", classes=classes)
    known = {*g.policy.classes, *(class_ for class_, _ in (*person.keys, *person.gone))}
    assert done.recorded == (known >= set(classes)), done
    if done.answer is not None and done.recorded:
        person.restrictions[done.answer.ids["restriction"]] = ("accuracy", classes)


def lift(g: Game) -> None:
    """A restriction ends."""
    person = someone(g)
    own = [name for name, (why, _) in person.restrictions.items() if why != "log-keeping"]
    if own:
        name = g.rng.choice(own)
        assert g.do("lift_restriction", subject=person.id, restriction=name).recorded
        del person.restrictions[name]


def regimes(g: Game) -> None:
    """Which laws protect the person."""
    person = someone(g)
    wanted = {one(g, g.policy.regimes, 0.05) for _ in range(g.rng.randint(0, 2))}
    named = tuple(sorted(wanted))
    done = g.do("determine_regimes", subject=person.id, regimes=named)
    fits = set(named) <= set(g.policy.regimes)
    assert (done.rules == set()) == fits, done
    if fits:
        person.regimes = named


def several(g: Game) -> None:
    """Many words at once, of one person: each is decided after the one before."""
    person = someone(g)
    said: list[tuple[str, dict[str, Any]]] = []
    for _ in range(g.rng.randint(2, 4)):
        name = g.rng.choice(("withdraw_consent", "raise_objection"))
        said.append((name, {"subject": person.id, "purpose": _purpose(g, person)}))
    expected = []
    now = g.time()
    for name, fields in said:
        purpose = fields["purpose"]
        listed = purpose in g.policy.purposes
        withdrawal = name == "withdraw_consent"
        found = {"purpose-unlisted"} if not listed else set()
        expected.append(found if withdrawal else rules.objecting(g.policy, person, purpose))
        banned = not withdrawal and purpose in g.policy.prohibited
        if listed or banned or person.knows(purpose):
            person.words.append(Word("withdrawn" if withdrawal else "objected", purpose, at=now))
    answers = g.batch(said)
    for answer, rules_ in zip(answers, expected, strict=True):
        assert not isinstance(answer, str) and answer.outcome == "recorded", answer
        assert set(answer.rules) == rules_, (answer, rules_)


ACTS = {
    consent: 12, withdraw: 4, switch: 7, objection: 4, restrict: 3, lift: 3, regimes: 3, several: 2,
}  # fmt: skip
