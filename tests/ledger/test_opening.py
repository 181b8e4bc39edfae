"""Openings: on record before they happen, and impossible after an erasure, whoever erased."""

from __future__ import annotations

import datetime as dt

import pytest

from ledger import events
from ledger.config import Settings
from ledger.errors import InvalidInput
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
