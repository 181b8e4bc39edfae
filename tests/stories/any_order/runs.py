"""Random processing runs: who is admitted and who is not, and why; and what is opened of whom."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ledger import events
from tests.stories.any_order import rules
from tests.stories.any_order.data import chance, one
from tests.stories.any_order.game import Done, Game
from tests.stories.any_order.person import Person
from tests.stories.any_order.precedence import VOLUNTEERED, may_use


def run(g: Game) -> None:
    """Who is admitted and who is not, and why; and again when the chunk is opened."""
    people = g.rng.sample(list(g.people.values()), min(4, len(g.people)))
    policy = g.policy
    purpose = one(g, [*policy.purposes, *policy.prohibited], 0.02)
    listed = policy.purposes.get(purpose)
    used = listed.classes if listed else tuple(policy.classes)
    names = [name for name, a in policy.attributes.items() if a.class_ in used]
    attributes = tuple(g.rng.sample(names, min(2, len(names))))
    sends = [n for n, t in policy.templates.items() if t.purpose == purpose]
    said = {
        "purpose": purpose,
        "country": one(g, policy.countries, 0),
        "attributes": attributes,
        "subjects": tuple(person.id for person in people),
        "template": g.rng.choice(sends) if sends else None,
        "service": one(g, [n for n, s in policy.services.items() if s.covered], 0)
        if chance(g, 0.4)
        else None,
    }
    barred = rules.unusable(policy, purpose)
    done = g.do("start_run", **said)
    assert done.recorded == (not barred) and done.rules >= barred, ("run", done, barred)
    if not done.recorded or done.answer is None:
        return
    expected = {p.id: rule for p in people if (rule := admitted(g, p, said))}
    g.rules.update(expected.values())
    assert left_out(done) == expected, ("run", left_out(done), expected, said)
    _open(g, done.answer.ids["run"], people, said)


def admitted(g: Game, person: Person, said: dict[str, Any]) -> str | None:
    """The rule that bars a person from a run."""
    standing = person.standing(said["attributes"])
    slots, sources = {v.slot for v in standing}, {v.source for v in standing}
    rule = may_use(g.policy, person, said["purpose"], said["service"], g.today, slots, sources)
    return None if rule == VOLUNTEERED else rule


def left_out(done: Done) -> dict[UUID, str]:
    """Who was left out, by which rule."""
    found = {}
    for body in done.bodies:
        if isinstance(body, events.SubjectsExcluded):
            found |= dict.fromkeys(body.subjects, body.rule)
    return found


def _open(g: Game, run: UUID, people: list[Person], said: dict[str, Any]) -> None:
    """What is opened is of whoever was let in, and only what may be used."""
    if not [p for p in people if admitted(g, p, said) is None]:
        return
    done = g.do("open_chunk", run=run, chunk=1)
    assert done.recorded and done.answer is not None
    values = g.ledger.open_chunk_values(run, done.answer.ids["opening"])
    for person in people:
        rule = admitted(g, person, said)
        assert (person.id in values) == (rule is None)
        opened = {v.value for found in values.get(person.id, {}).values() for v in found}
        standing = person.standing(said["attributes"])
        sources = {v.source for v in standing}
        verdict = may_use(
            g.policy, person, said["purpose"], said["service"], g.today,
            {v.slot for v in standing}, sources,
        )  # fmt: skip
        if verdict == VOLUNTEERED:
            listed = g.policy.sources
            standing = [v for v in standing if v.source in listed and listed[v.source].volunteered]
        if rule is None:
            assert opened == {v.text for v in standing}, (opened, standing)
    g.do("record_outcome", run=run, chunk=1, processed=tuple(values), finished=True)


ACTS = {run: 6}
