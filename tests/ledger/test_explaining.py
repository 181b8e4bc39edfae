""" "May I?": the answer is what would happen, and asking leaves no trace."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from ledger.commands.claiming import Covers, PlaceClaim
from ledger.commands.collecting import Notice
from ledger.commands.consenting import SwitchProcessing
from ledger.commands.disclosing import AuthoriseDisclosure, RecordDisclosure
from ledger.commands.erasing import RequestErasure
from ledger.commands.running import StartRun
from ledger.errors import InvalidInput, NotFound
from ledger.events import Finding
from ledger.policy.document import DEFAULT
from tests.ledger.world import EMAIL, MAILER, NAME, NEWS, RESEARCH, World, relabelled

HELP = "customer-helpdesk-service"


def test_a_use_is_explained_by_the_first_rule_its_facts_and_the_law(world: World) -> None:
    """What the person said, what the purpose rests on, and which law says so."""
    subject = world.person()
    told = world.ledger.explainer().use(subject, RESEARCH, attributes=["feature-usage"])
    assert not told.permitted
    assert [finding.rule for finding in told.findings] == ["consent-missing"]
    assert told.regime == "india-dpdp"
    assert told.facts == {
        "erased": False,
        "erasure_requested": False,
        "regimes": ["india-dpdp"],
        "restricted": [],
        "required": False,
        "default": "on",
        "basis": "consent",
        "objected": False,
        "switch": None,
        "consent": None,
    }
    assert told.policy == world.ledger.policy_version()
    world.do("determine_regimes", subject=subject, regimes=("eu-gdpr",))
    told = world.ledger.explainer().use(subject, RESEARCH)
    assert (told.permitted, told.regime, told.facts["basis"]) == (
        True, "eu-gdpr", "legitimate-interest"
    )  # fmt: skip


def test_facts_follow_what_happens(world: World) -> None:
    """Switched off, restricted, objected, erased: each is a fact and bars."""
    subject = world.person()
    world.consent(subject)
    explain = world.ledger.explainer().use
    assert explain(subject, NEWS).facts["consent"] == "given"
    for act, fields, fact, value, rule in (
        (
            "switch_processing",
            {"purpose": NEWS, "state": "off"},
            "switch",
            "off for all",
            "switched-off-for-all",
        ),
        ("raise_objection", {"purpose": NEWS}, "objected", True, "objected"),
        ("restrict", {"ground": "accuracy"}, "restricted", ["*"], "processing-restricted"),
        ("request_erasure", {"carry_out": False}, "erasure_requested", True, "erasure-requested"),
    ):
        world.do(act, subject=subject, **fields)
        told = explain(subject, NEWS)
        assert told.facts[fact] == value
        assert [finding.rule for finding in told.findings] == [rule]


def test_the_notice_behind_a_consent_is_told_when_it_is_gone(world: World) -> None:
    """It permits still; whoever asks learns that it has to be asked for anew."""
    subject = world.person()
    world.consent(subject)
    explain = world.ledger.explainer().use
    told = explain(subject, NEWS).facts
    assert (told["notice"], told["notice_in_force"]) == ("signup-notice-1 en", True)
    text = DEFAULT.read_text("utf-8").replace("signup-notice-1", "signup-notice-2")
    world.do("publish_policy", text=relabelled(text))
    told = explain(subject, NEWS)
    assert told.permitted
    assert (told.facts["notice"], told.facts["notice_in_force"]) == ("signup-notice-1 en", False)
    again = Notice(version="signup-notice-2", language="en")
    world.do("give_consent", subject=subject, purpose=NEWS, notice=again)
    assert explain(subject, NEWS).facts["notice_in_force"]
    last = world.entries(subject)[-1].event
    world.do("annul_entry", subject=subject, entry=last, reason="entered-by-mistake")
    assert not explain(subject, NEWS).facts["notice_in_force"]
    world.do("withdraw_consent", subject=subject, purpose=NEWS)
    assert "notice" not in explain(subject, NEWS).facts


def test_what_would_be_withheld_is_told(world: World) -> None:
    """A request with a number in its text would be taken, without it: that is no plain yes."""
    fields = {"subject": world.person(), "statement": "card 4111 1111 1111 1111"}
    told = world.ledger.explainer().command(RequestErasure(**world.key(), **fields))
    assert (told.outcome, told.permitted) == ("done", False)
    assert told.findings == (Finding("identifier-found", "statement"),)


def test_what_was_volunteered_alone_is_said(world: World) -> None:
    """The permission of the source is for these values and no others (P06)."""
    subject = world.person()
    world.do("determine_regimes", subject=subject, regimes=("california-ccpa",))
    given = {"preferred-language": "Hindi"}
    world.collect(subject, given, source="incoming-message", notice=None)
    explain = world.ledger.explainer().use
    told = explain(subject, "personal-layout", attributes=["preferred-language", NAME])
    assert (told.permitted, told.volunteered) == (True, True)
    assert not explain(subject, "personal-layout", attributes=[NAME]).permitted


def asked(world: World, kind: Any, **fields: Any) -> Any:
    """Explain a command, then give it: what was explained, and the answer."""
    command = kind(by=world.by, key=uuid4().hex, **fields)
    before = world.ledger.recorder.last()
    told = world.ledger.explainer().command(command)
    assert world.ledger.recorder.last() == before
    return told, world.ledger.submit(command).result(60)


def test_a_command_is_explained_as_it_is_decided(world: World) -> None:
    """The same outcome and the same rules as giving it a moment later; and nothing is written."""
    world.recipient()
    subject = world.person()
    passing = world.disclosure(subject)
    for kind, fields in (
        (AuthoriseDisclosure, passing),
        (AuthoriseDisclosure, passing | {"recipient": "nobody", "attributes": (EMAIL, "x")}),
        (RecordDisclosure, passing),
        (PlaceClaim, {"subject": subject, "ground": "no", "covers": (Covers(class_="x"),)}),
        (SwitchProcessing, {"subject": subject, "purpose": NEWS, "state": "off"}),
    ):
        told, answer = asked(world, kind, **fields)
        assert tuple(dict.fromkeys(finding.rule for finding in told.findings)) == answer.rules
        assert (told.outcome == "refused") == (answer.outcome == "refused")
        assert told.permitted == (answer.outcome == "recorded" and not answer.rules)
    world.consent(subject)
    told, answer = asked(world, AuthoriseDisclosure, **passing)
    assert answer.rules == ("switched-off-for-all",)
    assert told.facts["switch"] == "off for all"


def test_a_run_says_how_many_it_would_leave_out(world: World) -> None:
    """By rule; it may begin all the same."""
    one, other = world.person(), world.person()
    world.do("restrict", subject=other, ground="unlawful")
    fields = {"purpose": HELP, "country": "ireland", "attributes": (NAME,)}
    told, answer = asked(world, StartRun, **fields, subjects=(one, other, uuid4()))
    assert (told.permitted, told.outcome) == (True, "done")
    assert told.left_out == {"processing-restricted": 1, "subject-unknown": 1}
    assert answer.outcome == "recorded"


def test_the_number_of_a_card_is_refused_there_too(world: World) -> None:
    """The guard stands before what is only asked about."""
    subject = world.person()
    passing = world.disclosure(subject, recipient=MAILER, reference="4111 1111 1111 1111")
    told, _ = asked(world, AuthoriseDisclosure, **passing)
    assert [finding.rule for finding in told.findings] == ["identifier-found"]


def test_what_cannot_be_right_is_an_error(world: World) -> None:
    """As it is for the command itself."""
    with pytest.raises(NotFound):
        world.ledger.explainer().use(uuid4(), NEWS)
    with pytest.raises(InvalidInput):
        asked(world, PlaceClaim, subject=world.person(), ground="g", covers=())
    with pytest.raises(NotFound):
        asked(world, SwitchProcessing, subject=uuid4(), purpose=NEWS, state="off")
