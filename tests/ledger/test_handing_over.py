"""One act over a list of people (P19): each is decided alone, and the act links them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger import events
from ledger.errors import InvalidInput, NotFound
from ledger.store.append import Answer
from ledger.vault.opening import SealedAt
from tests.ledger.world import EMAIL, NAME, SUCCESSOR, World

ORGANISATION = "organisation-name"
TRANSACTION = "corporate-transaction"


@pytest.fixture
def deal(world: World) -> tuple[World, dict[str, Any]]:
    """A named successor, and what every act of the deal says."""
    world.recipient(SUCCESSOR)
    said = {
        "by": world.staff("privacy-auditor"),
        "recipient": SUCCESSOR,
        "purpose": TRANSACTION,
        "ground": "asset-transfer",
        "country": "india",
        "reference": "deal 3",
    }
    return world, said


def crowd(world: World) -> list[UUID]:
    """Three people of organisations; the third one switched it off."""
    people = [world.person(**{ORGANISATION: f"Works {number}"}) for number in range(3)]
    world.do("switch_processing", subject=people[2], purpose=TRANSACTION, state="off")
    return people


def stage(
    world: World, said: dict[str, Any], people: list[UUID], name: str, *attributes: str, **more: Any
) -> Answer:
    """One act of the deal."""
    how = more.pop("how", "transfer")
    return world.do(how, **said, subjects=tuple(people), stage=name, attributes=attributes, **more)


def test_each_person_is_decided_alone_and_the_act_links_them(deal) -> None:
    """Two are authorised, one is refused by the rule of her own word; each in her own stream."""
    world, said = deal
    people = crowd(world)
    answer = stage(world, said, people, "due-diligence", ORGANISATION)
    assert answer.outcome == "recorded"
    assert answer.rules == ("switched-off-for-all",)
    said_of = [world.last(person) for person in people]
    assert [type(body) for body in said_of] == [
        events.DisclosureAuthorised, events.DisclosureAuthorised, events.DisclosureRefused
    ]  # fmt: skip
    assert {body.act for body in said_of} == {answer.ids["act"]}
    assert {body.stage for body in said_of} == {"due-diligence"}
    disclosures = {body.disclosure for body in said_of[:2]}
    assert len(disclosures) == 2


def test_the_reference_is_sealed_for_each_person_under_a_key_of_her_own(deal) -> None:
    """Nobody's value is sealed under another's key; each opens, and only in its own stream."""
    world, said = deal
    people = crowd(world)[:2]
    stage(world, said, people, "due-diligence", ORGANISATION)
    sealed = []
    for person in people:
        entry = world.entries(person)[-1]
        reference = entry.body.ground_reference
        sealed.append(SealedAt(person, entry.event, "@ground_reference", reference))
    assert [one.value for one in world.ledger.open_values(sealed)] == ["deal 3"] * 2
    assert len({one.sealed.kid for one in sealed}) == 2


def test_in_two_stages_and_then_it_is_told(deal) -> None:
    """Little first, all of it later; what is told names what each person's part was authorised as."""
    world, said = deal
    people = crowd(world)[:2]
    stage(world, said, people, "due-diligence", ORGANISATION)
    act = stage(world, said, people, "transfer", NAME, EMAIL).ids["act"]
    told = stage(world, said, people, "transfer", NAME, EMAIL, how="record_transfer", act=act)
    assert (told.rules, told.ids["act"]) == ((), act)
    for person in people:
        granted = world.bodies(person, events.DisclosureAuthorised)[-1]
        recorded = world.last(person)
        assert recorded.act == granted.act == act
        assert recorded.authorisation == recorded.disclosure == granted.disclosure
        assert [item.attribute for item in recorded.items] == [NAME, EMAIL]


def test_what_was_never_authorised_is_told_with_findings(deal) -> None:
    """Who was refused, and whoever no act was asked for: stored, and looked at."""
    world, said = deal
    people = crowd(world)
    act = stage(world, said, people, "transfer", EMAIL).ids["act"]
    told = stage(world, said, people, "transfer", EMAIL, how="record_transfer", act=act)
    assert set(told.rules) == {"switched-off-for-all", "authorisation-unknown"}
    assert isinstance(world.last(people[2]), events.IrregularityFound)
    assert isinstance(world.last(people[0]), events.DisclosureRecorded)
    unasked = stage(world, said, people[:1], "transfer", EMAIL, how="record_transfer")
    assert unasked.rules == ()
    assert unasked.ids["act"] != act
    unknown = stage(world, said, people[:1], "transfer", EMAIL, how="record_transfer", act=uuid4())
    assert unknown.rules == ("authorisation-unknown",)


def test_of_each_person_goes_what_is_there(deal) -> None:
    """Who lacks one of the attributes passes on the others; who has none of them is refused."""
    world, said = deal
    poor, rich = world.person(), world.person(**{ORGANISATION: "Works"})
    stage(world, said, [poor, rich], "transfer", EMAIL, ORGANISATION)
    assert [item.attribute for item in world.last(poor).items] == [EMAIL]
    assert [item.attribute for item in world.last(rich).items] == [EMAIL, ORGANISATION]
    answer = stage(world, said, [poor, rich], "due-diligence", ORGANISATION)
    assert answer.rules == ("item-missing",)
    assert isinstance(world.last(poor), events.DisclosureRefused)


def test_what_is_refused_for_everybody_is_refused_as_a_whole(deal) -> None:
    """The first stage passes no address on; each refusal is a fact of its own all the same."""
    world, said = deal
    people = crowd(world)[:2]
    answer = stage(world, said, people, "due-diligence", EMAIL)
    assert (answer.outcome, answer.rules) == ("refused", ("attribute-not-for-stage",))
    acts = {world.last(person).act for person in people}
    assert len(acts) == 1 and None not in acts
    nobodys = said | {"by": world.by}
    assert stage(world, nobodys, people, "transfer", EMAIL).rules == ("ground-not-authorised",)


def test_a_list_is_of_people_who_are_known_and_not_too_many(deal) -> None:
    """Nothing of it is stored: neither for a stranger's sake, nor for nobody's."""
    world, said = deal
    person = world.person()
    before = world.ledger.recorder.last()
    with pytest.raises(NotFound):
        stage(world, said, [person, uuid4()], "transfer", EMAIL)
    for people in ([], [uuid4() for _ in range(1_001)]):
        with pytest.raises(InvalidInput):
            stage(world, said, people, "transfer", EMAIL)
    assert world.ledger.recorder.last() == before


def test_a_person_named_twice_is_one_person(deal) -> None:
    """One entry, not two."""
    world, said = deal
    person = world.person()
    stage(world, said, [person, person], "transfer", EMAIL)
    assert len(world.bodies(person, events.DisclosureAuthorised)) == 1


def test_an_older_authorisation_of_the_act_is_found(deal, monkeypatch) -> None:
    """A state keeps the newest ones; the part of an act is found beyond them."""
    monkeypatch.setattr("ledger.life.AUTHORISATIONS", 1)
    world, said = deal
    person = world.person()
    act = stage(world, said, [person], "transfer", EMAIL).ids["act"]
    stage(world, said, [person], "transfer", NAME)
    told = stage(world, said, [person], "transfer", EMAIL, how="record_transfer", act=act)
    assert told.rules == ()
    assert world.last(person).authorisation is not None


def test_an_act_of_many_people_is_one_append(deal) -> None:
    """All of them, at consecutive positions, or nobody."""
    world, said = deal
    people = [world.do("register_subject").ids["subject"] for _ in range(40)]
    answer = stage(world, said, people, "transfer", EMAIL)
    assert answer.outcome == "refused"
    positions = [world.entries(person)[-1].position for person in people]
    assert positions == list(range(positions[0], positions[0] + 40))
    assert world.entries(people[-1])[-1].body.occurred_at <= dt.datetime.now(dt.UTC)


# ---- stages, by the document ---------------------------------------------------------------------


def test_whether_a_stage_must_come_before_says_the_document(deal) -> None:
    """P19: the shipped one asks for none; under one that does, each person's data must have been in
    the stage before, authorised or told, and nobody else's is passed on."""
    world, said = deal
    seen, told, unseen = (world.person(**{ORGANISATION: f"Works {n}"}) for n in range(3))
    assert stage(world, said, [unseen], "transfer", EMAIL).rules == ()
    old = "        label: The data goes over\n"
    world.publish(old, f"{old}        after: due-diligence\n")
    another = world.person(**{ORGANISATION: "Works 4"})
    stage(world, said, [seen], "due-diligence", ORGANISATION)
    stage(world, said, [told], "due-diligence", ORGANISATION, how="record_transfer")
    people = [seen, told, another]
    answer = stage(world, said, people, "transfer", EMAIL)
    assert answer.rules == ("stage-too-early",)
    assert [type(world.last(person)) for person in people] == [
        events.DisclosureAuthorised, events.DisclosureAuthorised, events.DisclosureRefused
    ]  # fmt: skip
    reported = stage(world, said, [another], "transfer", EMAIL, how="record_transfer")
    assert reported.rules == ("stage-too-early",)
    assert isinstance(world.last(another), events.IrregularityFound)


def test_an_older_stage_before_is_found(deal, monkeypatch) -> None:
    """A state keeps the newest authorisations; the stage before is found beyond them."""
    monkeypatch.setattr("ledger.life.AUTHORISATIONS", 1)
    world, said = deal
    old = "        label: The data goes over\n"
    world.publish(old, f"{old}        after: due-diligence\n")
    person = world.person(**{ORGANISATION: "Works"})
    stage(world, said, [person], "due-diligence", ORGANISATION)
    for _ in range(2):
        assert stage(world, said, [person], "transfer", EMAIL).rules == ()


def test_the_first_stage_passes_on_the_least(deal) -> None:
    """P19: what the document lets it; under another document it is something else."""
    world, said = deal
    person = world.person(**{ORGANISATION: "Works"})
    assert stage(world, said, [person], "due-diligence", NAME).rules == ("attribute-not-for-stage",)
    world.publish("attributes: [organisation-name]}", "attributes: [full-name]}")
    assert stage(world, said, [person], "due-diligence", NAME).rules == ()
    assert stage(world, said, [person], "due-diligence", ORGANISATION).rules == (
        "attribute-not-for-stage",
    )
