"""Openings: on record before they happen, and impossible after an erasure, whoever erased."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger import events
from ledger.commands.values import Value
from ledger.config import Settings
from ledger.errors import InvalidInput
from ledger.looking import Look
from ledger.sealing import Erased
from ledger.vault.opening import SealedAt
from tests.ledger.store.processes import start
from tests.ledger.world import EMAIL, NAME, World


def test_one_process_erases_and_the_other_can_no_longer_open(
    world: World, store_settings: Settings
) -> None:
    """Nothing of the key is kept in a process: what it could open a moment ago is gone."""
    subject = world.person()
    wanted = [value for attribute, value in world.sealed(subject) if attribute == NAME]
    assert world.ledger.open_values(wanted)[0].value == "Zoë Example"
    process = start(store_settings, "tests.ledger.eraser", world.by, subject)
    assert process.wait(60) == 0
    (gone,) = world.ledger.open_values(wanted)
    done = next(e for e in world.entries(subject) if isinstance(e.body, events.DataErased))
    assert gone == Erased(done.position, done.recorded_at)


def test_the_opening_says_who_of_which_function_and_why(world: World) -> None:
    """A fact in the person's own stream: access, reason, function of the actor."""
    subject = world.person()
    world.do(
        "open_personal_data",
        subject=subject,
        access="profile",
        reason="answer-customer",
        attributes=(EMAIL, "zoe@example.org"),
    )
    fact = world.last(subject)
    assert (fact.by, fact.function, fact.reason) == (world.by, "helpdesk-agent", "answer-customer")
    assert fact.purpose == "customer-helpdesk-service"
    assert fact.attributes == (EMAIL,)


def test_an_opening_without_a_listed_reason_is_an_error(world: World) -> None:
    """A reason is a code of the policy; curiosity is none."""
    subject, before = world.person(), world.ledger.recorder.last
    position = before()
    with pytest.raises(InvalidInput):
        world.do("open_personal_data", subject=subject, access="profile", reason="curiosity")
    assert before() == position


def test_a_look_up_is_on_record_whether_it_finds_somebody_or_not(world: World) -> None:
    """Found: in the subject's stream. Not found: in the stream of the actor who asked."""
    subject = world.person()
    ask = {**world.key(), "kind": "email/1", "reason": "answer-customer"}
    found, receipts = world.ledger.look_up(value=f" {subject.hex.upper()}@Example.ORG ", **ask)
    assert found == [subject]
    assert receipts[0].result(60).outcome == "recorded"
    assert world.last(subject).access == "lookup"
    ask |= world.key()
    nobody, receipts = world.ledger.look_up(value="nobody@example.org", **ask)
    assert nobody == []
    assert receipts[0].result(60).stream == world.by
    assert world.last(world.by).access == "lookup"


def test_a_look_up_ends_with_its_key(world: World) -> None:
    """After the erasure nobody is found by the address, and the address is free again."""
    subject = world.person()
    world.do("request_erasure", subject=subject)
    ask = {**world.key(), "kind": "email/1", "reason": "answer-customer"}
    assert world.ledger.look_up(value=f"{subject.hex}@example.org", **ask)[0] == []
    again = world.person(**{EMAIL: f"{subject.hex}@example.org"})
    assert again != subject


def test_a_retained_look_up_answers_its_ground_only(world: World) -> None:
    """The billing address of an erased person leads the bookkeeper to her, and nobody else."""
    from ledger.commands.claiming import Covers
    from tests.ledger.world import BILLING, YEAR_1

    subject = world.person()
    world.bill(subject, YEAR_1, **{"billing-email": "books@example.org"})
    covers = (Covers(class_=BILLING),)
    world.do("place_claim", subject=subject, ground="outstanding-credit", covers=covers)
    world.do("request_erasure", subject=subject)
    ask = {"kind": "email/1", "value": "books@example.org"}
    helpdesk = world.ledger.look_up(**world.key(), **ask, reason="answer-customer")
    bookkeeper = world.ledger.look_up(**world.key(), **ask, reason="collect-credit")
    assert helpdesk[0] == []
    assert bookkeeper[0] == [subject]


def test_an_access_answer_commits_to_the_report(world: World) -> None:
    """The digest is of salt and report; the salt is in the report, and here only sealed."""
    import hashlib

    subject = world.person()
    opening = world.do(
        "open_personal_data", subject=subject, access="report", reason="answer-request"
    ).ids["opening"]
    salt, report = b"s" * 16, b'{"items":[]}'
    world.do("answer_access", subject=subject, opening=opening, items=0, report=report, salt=salt)
    fact = world.last(subject)
    assert fact.digest == hashlib.sha256(salt + report).digest()
    (entry,) = world.entries(subject)[-1:]
    (opened,) = world.ledger.open_values([SealedAt(subject, entry.event, "@salt", fact.salt)])
    assert opened.value == salt
    assert fact.occurred_at <= dt.datetime.now(dt.UTC)


# ---- P18: contents of communications -------------------------------------------------------------

MESSAGE = "case-message"


def wrote(world: World) -> UUID:
    """Somebody who wrote to support."""
    subject = world.person()
    value = Value(attribute=MESSAGE, value="It does not start.", scope=uuid4().hex)
    told = world.do(
        "record_collection",
        subject=subject,
        values=(value,),
        source="incoming-message",
        country="india",
        purposes=("customer-helpdesk-service",),
    )
    assert told.rules == ()
    return subject


def look(subject: UUID, **fields: Any) -> dict[str, Any]:
    """The message is looked at to issue documents, which has no use for it."""
    defaults = {"subject": subject, "access": "profile", "reason": "issue-documents"}
    return {**defaults, "attributes": (EMAIL, MESSAGE), **fields}


WARRANT = {"ground": "lawful-request", "reference": "order 7"}


@pytest.mark.parametrize(
    ("said", "rules"),
    [
        ({}, ("opening-needs-ground",)),
        ({"reason": "audit-review"}, ("opening-needs-ground",)),
        ({"reason": "answer-request"}, ("opening-needs-ground",)),
        ({"reason": "answer-customer"}, ()),
        ({"reason": "answer-request", "access": "report"}, ()),
        (
            {"reason": "audit-review", "access": "report"},
            ("report-not-requested", "opening-needs-ground"),
        ),
        (
            {"reason": "answer-customer", "access": "report", "attributes": ()},
            ("report-not-requested",),
        ),
        (WARRANT | {"access": "report"}, ("report-not-requested",)),
        ({"attributes": (EMAIL,)}, ()),
        (WARRANT, ()),
        ({"ground": "lawful-request"}, ("ground-reference-missing",)),
        (WARRANT | {"ground": "no-such-ground"}, ("ground-unlisted",)),
        (WARRANT | {"ground": "buying-mandate"}, ("opening-needs-ground",)),
        (WARRANT | {"hidden_until": dt.date(2031, 1, 1)}, ()),
        (
            WARRANT | {"ground": "personal-safety", "hidden_until": dt.date(2031, 1, 1)},
            ("gag-not-for-ground",),
        ),
        ({"hidden_until": dt.date(2031, 1, 1), "attributes": ()}, ("gag-not-for-ground",)),
    ],
)
def test_staff_open_messages_for_support_or_on_a_ground(
    world: World, said: dict[str, Any], rules: tuple[str, ...]
) -> None:
    """P18: refused by its rule, which is a fact; or recorded, with the ground and its reference."""
    subject = wrote(world)
    answer = world.do(
        "open_personal_data", **look(subject, **said), by=world.staff("privacy-auditor")
    )
    assert answer.rules == rules
    fact = world.last(subject)
    if rules:
        assert isinstance(fact, events.CommandRefused)
        assert (fact.command, answer.outcome) == ("open-personal-data", "refused")
    else:
        assert isinstance(fact, events.PersonalDataOpened)
        assert fact.ground == said.get("ground")
        assert (fact.ground_reference is not None) == ("reference" in said)
        assert fact.hidden_until == said.get("hidden_until")


def test_a_ground_for_opening_asks_for_its_function(world: World) -> None:
    """P18: the auditor may; the help desk, with the same paper, may not."""
    subject = wrote(world)
    refused = world.do("open_personal_data", **look(subject, **WARRANT))
    assert refused.rules == ("ground-not-authorised",)


def test_the_person_reads_her_own_messages(world: World) -> None:
    """Through a system that acts on her behalf; nobody of the staff looks in her name."""
    subject = wrote(world)
    site = world.do("register_actor", kind="system").ids["actor"]
    own = look(subject, on_behalf_of=subject)
    assert world.do("open_personal_data", **own, by=site).outcome == "recorded"
    other = look(subject, on_behalf_of=world.person())
    assert world.do("open_personal_data", **other, by=site).outcome == "refused"
    assert world.do("open_personal_data", **own).rules == ("opening-needs-ground",)


def test_a_question_at_the_edge_is_answered_by_the_same_rule(world: World) -> None:
    """What the command would refuse is withheld value by value where the profile is shown."""
    subject = wrote(world)
    kids = {attribute: sealed.sealed.kid for attribute, sealed in world.sealed(subject)}

    def withheld(**said: Any) -> dict[str, str | None]:
        found = world.ledger.withheld(Look(subject, world.by, **said), kids.values())
        return {attribute: found[kid] for attribute, kid in kids.items()}

    free = dict.fromkeys((EMAIL, NAME, MESSAGE))
    assert withheld(reason="answer-customer") == free
    assert withheld(reason="issue-documents") == free | {MESSAGE: "opening-needs-ground"}
    assert withheld(reason="issue-documents", ground="lawful-request") == free
