"""Random acts on people's data: collected, told, corrected, annulled, opened, looked after."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from ledger import events
from ledger.commands.collecting import Notice
from ledger.commands.values import Value
from ledger.mapper import entry_of
from tests.stories.any_order import ends, facts, rules
from tests.stories.any_order.game import Game
from tests.stories.any_order.person import Person, Slot

NOTHING = "no-such-thing"


def register(g: Game) -> None:
    """Somebody new."""
    g.do("register_subject")


def someone(g: Game) -> Person:
    """Mostly one of the newest three who are not erased."""
    people = list(g.people.values())
    alive = [person for person in people if not person.erased][-3:]
    return g.rng.choice(alive if alive and g.rng.random() < 0.85 else people)


def chance(g: Game, share: float) -> bool:
    """With this probability."""
    return g.rng.random() < share


def one(g: Game, section: Any, fault: float = 0.02) -> str:
    """An id of a section; seldom one that is not there."""
    return NOTHING if chance(g, fault) else g.rng.choice(list(section))


def value(g: Game, attribute: str, scope: str | None = None) -> Value:
    """A value that nothing else looks like."""
    listed, number = g.policy.attributes.get(attribute), next(g.numbers)
    own = f"Xylophontaler{number}q{g.seed}".replace("-", "")
    forms = {
        "email": f"{own.lower()}@example.org",
        "telephone": f"+4930{1000000 + number}",
        "date": "2001-02-03",
        "country": "IN",
        "url": f"https://example.org/{own}",
        "amount": f"{number}.50",
        "choice": listed.choices[0] if listed and listed.choices else "",
    }
    kind = listed.type if listed else "text"
    text = forms.get(kind, own)
    if kind in ("text", "email", "url", "reference"):
        g.texts[text] = None
    if listed and g.policy.classes[listed.class_].scope in ("document", "case"):
        return Value(attribute=attribute, value=text, scope=scope or uuid4().hex)
    return Value(attribute=attribute, value=text)


def coming(g: Game, person: Person) -> dict[str, Any]:
    """A collection: mostly of attributes that its purposes use, under a notice that tells of them."""
    policy, rng = g.policy, g.rng
    version = rng.choice(list(policy.notices))
    listed = policy.notices[version]
    purposes = tuple(rng.sample(list(listed.purposes), rng.randint(1, 2)))
    used = {c for p in purposes for c in policy.purposes[p].classes}
    fitting = [n for n, a in policy.attributes.items() if a.class_ in used or chance(g, 0.005)]
    fitting = [n for n in fitting if not _content(g, n) or chance(g, 0.1)]
    names = rng.sample(fitting, min(len(fitting), rng.randint(1, 3)))
    names += [NOTHING] * chance(g, 0.04)
    source = _source(g)
    said: dict[str, Any] = {
        "subject": person.id,
        "values": tuple(value(g, name, _document(g, person)) for name in names),
        "source": source,
        "country": one(g, policy.countries),
        "purposes": (*purposes, *([one(g, policy.purposes, 0.3)] if chance(g, 0.06) else [])),
    }
    if chance(g, 0.93):
        language = "xx" if chance(g, 0.03) else rng.choice(list(listed.texts))
        said["notice"] = Notice(version=version, language=language)
    if chance(g, 0.9) and source in policy.sources and policy.sources[source].third_party:
        said["supplier"] = "Xylophontaler Handel"
    if chance(g, 0.2):
        said["service"] = one(g, policy.services)
    if source in policy.sources and policy.sources[source].followed and chance(g, 0.9):
        said["template"] = one(g, policy.templates)
    return said


def _content(g: Game, attribute: str) -> bool:
    """Whether it is what customers store."""
    return g.policy.classes[g.policy.attributes[attribute].class_].instructed


def _source(g: Game) -> str:
    """Seldom one of followed links: most of what people do is not that."""
    plain = [n for n, source in g.policy.sources.items() if not source.followed]
    return g.rng.choice(plain) if chance(g, 0.7) else one(g, g.policy.sources)


def _document(g: Game, person: Person) -> str | None:
    """Often a document or case that is there already: of the person, or of an account."""
    scopes = [s for _, s in person.keys if len(s) == 32]
    for account in g.accounts.values():
        scopes += [one.hex for one in account.papers]
    return g.rng.choice(scopes) if scopes and chance(g, 0.6) else None


def collect(g: Game) -> None:
    """Asked for: one broken rule and nothing is kept."""
    person = someone(g)
    said = coming(g, person)
    expected = rules.collecting(g.policy, person, said, g.today)
    listed = [one for one in said["values"] if one.attribute in g.policy.attributes]
    expected |= _waits(person, slots_of(g, said | {"values": listed}))
    done = g.do("collect", **said)
    if done.error is None:
        assert done.recorded == (not expected), ("collect", done.rules, expected)
        assert done.rules == expected, ("collect", done.rules, expected)
    else:
        assert done.error == "InvalidInput", done.error


def record_collection(g: Game) -> None:
    """Told: kept with what it broke, but what was erased is not brought back."""
    person = someone(g)
    said = coming(g, person)
    if chance(g, 0.2):
        days = g.rng.choice((1, 40, 400))
        said["occurred_at"] = g.time() - dt.timedelta(days=days)
    expected = rules.collecting(g.policy, person, said, g.today)
    dead = {slot for slot in slots_of(g, said) if slot in person.gone and slot not in person.keys}
    erased, before = person.erased, {v.event for v in person.values}
    waits = _waits(person, slots_of(g, said))
    done = g.do("record_collection", **said)
    if erased:
        assert done.error in ("SubjectErased", "InvalidInput"), done
    elif done.error is None:
        expected |= {"slot-erased"} if dead else set()
        expected |= waits
        assert done.recorded and done.rules == expected, ("told", done.rules, expected)
        _seen(g, person, said, dead, {v.event for v in person.values} - before)


def _waits(person: Person, slots: set[Slot]) -> set[str]:
    """What is given anew under a key whose own erasure waits serves nothing, and dies with it."""
    wanted = {slot for one in person.erasures.values() for slot in one.wanted or ()}
    return {"erasure-requested"} if slots & wanted & set(person.keys) else set()


def _seen(
    g: Game, person: Person, said: dict[str, Any], dead: set[Slot], entries: set[UUID]
) -> None:
    """What others supplied opens a duty to tell the person."""
    source = g.policy.sources.get(said["source"])
    new = [v for v in person.values if v.event in entries]
    listed = [v for v in said["values"] if v.attribute in g.policy.attributes]
    assert dead or len(new) == len(listed), ("what was told is not kept", new, listed)
    if source is not None and source.third_party and new and person.regimes_of(g.policy):
        (state,) = g.ledger.subjects([person.id])
        assert entries & {duty.entry for duty in state.duties.values()}, "nobody has to tell"


def slots_of(g: Game, said: dict[str, Any]) -> set[Slot]:
    """Where the values of a collection would lie."""
    day = said.get("occurred_at", g.time()).date()
    found = set()
    for item in said["values"]:
        listed = g.policy.attributes.get(item.attribute)
        if listed is None:
            found.add((g.policy.unlisted_class, ""))
        else:
            id_ = UUID(item.scope) if item.scope else uuid4()
            found.add((listed.class_, facts.scope_of(g.policy, listed.class_, day, id_)))
    return found


def correct(g: Game) -> None:
    """One value that stands is superseded, under the same key."""
    person = someone(g)
    standing = person.standing()
    if not standing:
        return
    old = g.rng.choice(standing)
    new = value(g, old.attribute, old.slot[1] or None)
    if len(old.slot[1]) != 32:
        new = Value(attribute=old.attribute, value=new.value)
    listed = old.attribute in g.policy.attributes
    expected = {"subject-erased"} if person.erased else set()
    done = g.do("correct", subject=person.id, values=(new,), item=old.event)
    expected |= set() if listed else {"attribute-unlisted"}
    if done.error is None:
        assert done.rules == expected, ("correct", done.rules, expected)
        assert expected or old not in person.standing(), "the corrected value stands"


def annul(g: Game) -> None:
    """Something was recorded in error; what protects the person stands."""
    person = someone(g)
    rows = g.ledger.recorder.select_events(person.id)
    entry = entry_of(g.rng.choice(rows))
    if entry.event in person.wrong:
        return
    kinds = (
        events.DataCollected,
        events.DataCorrected,
        events.ConsentGiven,
        events.DisclosureAuthorised,
        events.DisclosureRecorded,
        events.ClaimPlaced,
    )
    body = entry.body
    on = isinstance(body, events.ProcessingSwitched) and body.state == "on"
    done = g.do(
        "annul_entry", subject=person.id, entry=entry.event, reason=next(iter(g.policy.reasons))
    )
    assert done.recorded == (isinstance(body, kinds) or on), (done, type(body))
    if not done.recorded:
        assert done.rules == {"entry-stands"}
        return
    person.wrong.add(entry.event)
    if isinstance(body, events.ClaimPlaced):
        drop(g, person, body.claim)
        g.foretold |= ends.complete(g.policy, person, g.today, g.orders)
    if isinstance(body, events.DisclosureRecorded):
        for asked in person.erasures.values():
            for order in body.orders:
                asked.unanswered.pop(order.order, None)
        person.passed = [one for one in person.passed if one[1] != body.disclosure]
    for name, asked in person.erasures.items():
        if asked.carried and not asked.closed and not asked.unanswered:
            g.foretold |= ends.close(g.policy, person, name, g.today)


def drop(g: Game, person: Person, claim: UUID) -> None:
    """A claim holds no more."""
    body = g.claims[person.id].pop(claim, None)
    if body is None:
        return
    covers = {(cover.class_, cover.scope) for cover in body.covers}
    for name, hold in list(person.holds.items()):
        same = (hold.ground, set(hold.covers), hold.until) == (body.ground, covers, body.until)
        fact = (body.account, body.matter, body.rule) if body.account else None
        if same and hold.fact == fact:
            del person.holds[name]
            return
    raise AssertionError("a claim that nobody foretold")


ACTS = {register: 3, collect: 18, record_collection: 8, correct: 4, annul: 4}
