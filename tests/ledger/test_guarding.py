"""No number of a card or an account is stored: what is asked is refused, what is told goes without."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from ledger.commands.collecting import Notice
from ledger.commands.importing import StatedConsent
from ledger.commands.values import Value
from ledger.errors import CommandReused, InvalidInput
from ledger.events import (
    ActorRegistered,
    ClaimPlaced,
    CommandRefused,
    ConsentGiven,
    ConsentWithdrawn,
    DataCollected,
    DisclosureRecorded,
    ErasureRequested,
    Event,
    Finding,
    HolderAnswered,
    IrregularityFound,
    ObjectionRaised,
    ProcessingRestricted,
    ProcessingSwitched,
)
from ledger.guarding import found
from ledger.policy.document import DEFAULT
from ledger.policy.screening import WITHHELD
from ledger.sealing import Opened
from ledger.vault.opening import SealedAt
from tests.ledger.world import EMAIL, MAILER, NEWS, World, relabelled

CARD, IBAN = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"
SHOWN = Notice(version="signup-notice-1", language="en")
RULE = "identifier-found"
TELL = {"source": "signup-form", "country": "india", "purposes": ("account-keeping",)}


def value(attribute: str, text: str) -> Value:
    return Value(attribute=attribute, value=text)


def refusals(world: World, stream: UUID) -> list[tuple[str, tuple[Finding, ...]]]:
    return [(body.command, body.findings) for body in world.bodies(stream, CommandRefused)]


def irregular(world: World, stream: UUID) -> list[tuple[Finding, ...]]:
    return [body.findings for body in world.bodies(stream, IrregularityFound)]


@pytest.mark.parametrize(
    ("method", "fields", "about"),
    [
        ("collect", {"values": (value("job-title", CARD),), **TELL, "notice": SHOWN}, "job-title"),
        ("correct", {"values": (value(EMAIL, CARD),)}, EMAIL),
        ("give_consent", {"purpose": NEWS, "notice": SHOWN, "statement": IBAN}, "statement"),
        ("place_claim", {"ground": "outstanding-credit", "covers": (), "reference": CARD}, "reference"),
        ("switch_processing", {"purpose": NEWS, "state": "on", "services": (CARD,)}, "services"),
    ],
)  # fmt: skip
def test_what_is_asked_is_refused_on_record(
    world: World, method: str, fields: dict[str, Any], about: str
) -> None:
    """In the person's stream, with the attribute or field it stood in; nothing of it is kept."""
    subject = world.person()
    before = len(world.entries(subject))
    answer = world.do(method, subject=subject, **fields)
    assert (answer.outcome, answer.rules) == ("refused", (RULE,))
    (entry,) = world.entries(subject)[before:]
    assert entry.body.findings == (Finding(RULE, about),)
    assert isinstance(entry.body, CommandRefused)
    assert not world.state(subject).erasures


@pytest.mark.parametrize(
    ("method", "fields", "kind", "about"),
    [
        ("request_erasure", {"statement": f"erase {CARD}"}, ErasureRequested, "statement"),
        (
            "request_erasure",
            {"statement": f"erase {CARD}", "carry_out": False},
            ErasureRequested,
            "statement",
        ),
        ("restrict", {"ground": "accuracy", "statement": IBAN}, ProcessingRestricted, "statement"),
        ("raise_objection", {"purpose": NEWS, "statement": CARD}, ObjectionRaised, "statement"),
        ("raise_objection", {"purpose": CARD}, ObjectionRaised, "purpose"),
        ("withdraw_consent", {"purpose": CARD}, ConsentWithdrawn, "purpose"),
        (
            "switch_processing",
            {"purpose": NEWS, "state": "off", "services": ("web-site", CARD)},
            ProcessingSwitched,
            "services",
        ),
    ],
    ids=str,
)
def test_a_right_is_exercised_all_the_same(
    world: World, method: str, fields: dict[str, Any], kind: type[Event], about: str
) -> None:
    """Taken at once, without the text, which is told and irregular: nobody is sent away for it."""
    subject = world.person()
    answer = world.do(method, subject=subject, **fields)
    assert answer.outcome == "recorded" and RULE in answer.rules
    (entry,) = [e for e in world.entries(subject) if isinstance(e.body, kind)]
    (looked_at,) = world.bodies(subject, IrregularityFound)
    assert looked_at.entry == entry.event
    assert Finding(RULE, about) in looked_at.findings
    assert not world.bodies(subject, CommandRefused)


def test_of_what_was_asked_the_rest_is_kept(world: World) -> None:
    """The request waits for who decides; its text is there, sealed, with what it held left out."""
    subject = world.person()
    asked = {"subject": subject, "statement": f"Erase me, {CARD}.", "carry_out": False}
    world.do("request_erasure", **asked)
    (entry,) = [e for e in world.entries(subject) if isinstance(e.body, ErasureRequested)]
    assert isinstance(entry.body, ErasureRequested) and entry.body.statement is not None
    sealed = SealedAt(subject, entry.event, "@statement", entry.body.statement)
    (opened,) = world.ledger.open_values([sealed])
    assert isinstance(opened, Opened) and opened.value == WITHHELD
    assert world.state(subject).pending_erasure


def test_only_the_request_says_what_was_withheld(world: World) -> None:
    """And not the claim that follows from it, where a law has logs kept a year."""
    clocks = "    answer: P90D\n    inform: P1M\n"
    world.publish(clocks, clocks + "    keep_logs: P1Y\n")
    subject = world.person()
    world.do("request_erasure", subject=subject, statement=CARD)
    (claimed,) = world.bodies(subject, ClaimPlaced)
    assert claimed.findings == ()
    (looked_at,) = world.bodies(subject, IrregularityFound)
    (asked,) = [e for e in world.entries(subject) if isinstance(e.body, ErasureRequested)]
    assert looked_at.entry == asked.event


def test_what_cannot_be_done_at_all_is_still_refused(world: World) -> None:
    """A class nobody knows cannot be restricted; both are told."""
    subject = world.person()
    asked = {"ground": "accuracy", "classes": ("astrology",), "statement": CARD}
    answer = world.do("restrict", subject=subject, **asked)
    assert (answer.outcome, set(answer.rules)) == ("refused", {RULE, "class-unlisted"})
    assert irregular(world, subject) == []


def test_what_is_about_nobody_is_refused_in_the_actors_own_stream(world: World) -> None:
    """There is no person who could have the fact in her stream."""
    answer = world.do("register_actor", kind="staff", name=f"Asha {CARD}")
    assert answer.rules == (RULE,)
    assert world.do("register_recipient", code=MAILER, agreement="4111-1111-1111-1111").rules == (
        RULE,
    )
    assert refusals(world, world.by) == [
        ("register-actor", (Finding(RULE, "name"),)),
        ("register-recipient", (Finding(RULE, "agreement"),)),
    ]
    assert len(world.bodies(world.by, ActorRegistered)) == 1


def test_what_is_told_is_taken_without_it(world: World) -> None:
    """The value is left out, the rest is kept, and somebody has to look at it."""
    subject = world.person()
    values = (value("job-title", "Engineer"), value("organisation-name", CARD))
    answer = world.do("record_collection", subject=subject, values=values, supplier=IBAN, **TELL)
    assert answer.outcome == "recorded" and RULE in answer.rules
    told = world.bodies(subject, DataCollected)[-1]
    assert [item.attribute for item in told.items] == ["job-title"]
    broken = {Finding(RULE, "organisation-name"), Finding(RULE, "supplier")}
    assert broken <= set(told.findings)
    assert [set(found) for found in irregular(world, subject)] == [set(told.findings)]
    assert world.values(subject)["job-title"] == ["Engineer"]


def test_a_line_loses_a_value_and_not_the_consent_it_states(world: World) -> None:
    """The first entry that has findings is marked, and no other."""
    consents = (StatedConsent(purpose=NEWS, notice=SHOWN),)
    values = (value(EMAIL, "line@example.org"), value("case-message", f"card {CARD}"))
    line = {"values": values, "consents": consents, "notice": SHOWN, **TELL}
    answer = world.do("tell_line", **(line | {"purposes": ("account-keeping", NEWS)}))
    subject = answer.ids["subject"]
    (told,) = world.bodies(subject, DataCollected)
    (given,) = world.bodies(subject, ConsentGiven)
    assert Finding(RULE, "case-message") in told.findings
    assert given.findings == ()
    assert irregular(world, subject) == [told.findings]


def test_an_unlisted_name_is_withheld_too(world: World) -> None:
    """The recipient a report names freely would be sealed as it is."""
    subject = world.person()
    answer = world.do("record_disclosure", **world.disclosure(subject, recipient=CARD))
    assert {RULE, "recipient-unlisted"} <= set(answer.rules)
    told = world.bodies(subject, DisclosureRecorded)[-1]
    assert told.recipient is None and told.unlisted is not None
    assert Finding(RULE, "recipient") in told.findings
    assert irregular(world, subject) == [told.findings]


def test_a_word_without_findings_of_its_own_is_irregular_all_the_same(world: World) -> None:
    """A holder's answer with such a note is recorded, and the irregularity is about that entry."""
    recipient = world.recipient("hosting-provider")
    world.do(
        "open_standing_access",
        recipient=recipient,
        purpose="product-delivery",
        classes=("contact-data",),
        country="ireland",
    )
    subject = world.person()
    world.do("request_erasure", subject=subject)
    (order,) = [o.order for b in world.entries(subject) for o in getattr(b.body, "orders", ())]
    told = {"subject": subject, "order": order, "answer": "confirmed"}
    answer = world.do("record_answer", **told, note=f"refunded to {IBAN}")
    assert (answer.outcome, answer.rules) == ("recorded", (RULE,))
    (entry,) = [e for e in world.entries(subject) if isinstance(e.body, HolderAnswered)]
    (looked_at,) = world.bodies(subject, IrregularityFound)
    assert (looked_at.entry, looked_at.findings) == (entry.event, (Finding(RULE, "note"),))


def test_a_refusal_of_something_told_needs_no_other_report(world: World) -> None:
    """A grant of an unlisted purpose is refused even if told: that is the fact."""
    subject = world.person()
    answer = world.do("record_consent", subject=subject, purpose=CARD, notice=SHOWN)
    assert (answer.outcome, set(answer.rules)) == ("refused", {RULE, "purpose-unlisted"})
    assert irregular(world, subject) == []
    ((_, findings),) = refusals(world, subject)
    assert Finding(RULE, "purpose") in findings


def test_the_callers_own_id_may_not_be_one(world: World) -> None:
    """It is stored nowhere, so there is no fact: an error that does not quote it."""
    subject = world.person()
    before = world.ledger.recorder.last()
    with pytest.raises(InvalidInput) as caught:
        world.do("withdraw_consent", subject=subject, purpose=NEWS, key="order-4111111111111111")
    assert caught.value.facts["field"] == "key"
    assert "4111" not in str(caught.value)
    assert world.ledger.recorder.last() == before


def test_a_repeated_command_has_its_first_answer(world: World) -> None:
    """By the whole body as it was sent: another number under the same key is another command."""
    subject = world.person()
    asked = {"subject": subject, "values": (value(EMAIL, CARD),), "key": "twice"}
    first = world.do("correct", **asked)
    assert world.do("correct", **asked) == first
    assert len(refusals(world, subject)) == 1
    with pytest.raises(CommandReused):
        world.do("correct", **(asked | {"values": (value(EMAIL, "5555 5555 5555 4444"),)}))
    told = {"subject": subject, "values": (value("job-title", CARD),), "key": "told", **TELL}
    once = world.do("record_collection", **told)
    assert world.do("record_collection", **told) == once
    with pytest.raises(CommandReused):
        world.do("record_collection", **(told | {"values": (value("job-title", IBAN),)}))


def test_where_it_stood_is_found_again(world: World) -> None:
    """It is on record nowhere: told from the command itself, also when it is repeated."""
    from ledger.commands.correcting import Correct

    command = Correct(
        by=world.by, key="again", subject=world.person(), values=(value(EMAIL, CARD),)
    )
    for _ in range(2):
        answer = world.ledger.submit(command).result(60)
        (hit,) = found(command, answer, world.ledger.policy)
        assert hit == ("values[0].value", EMAIL, "card-number", "visa", 16)
    harmless = msgspec.structs.replace(answer, rules=())
    assert found(command, harmless, world.ledger.policy) == ()


def test_a_document_decides_from_its_publication_on(world: World) -> None:
    """An attribute that is exempt is kept as it comes."""
    subject = world.person()
    text = DEFAULT.read_text("utf-8").replace(
        "identifiers: ", "identifiers:\n  exempt: [client-number]", 1
    )
    assert "exempt: [client-number]" in text
    text = relabelled(text)
    told = {"notice": SHOWN, **TELL}
    numbered = {"subject": subject, "values": (value("client-number", CARD),), **told}
    assert world.do("record_collection", **numbered).rules == (RULE,)
    world.do("publish_policy", text=text)
    assert world.do("record_collection", **numbered).rules == ()
    assert world.values(subject)["client-number"] == [CARD]


def test_a_published_text_is_not_looked_through(world: World) -> None:
    """A company's own account may stand in the document, which is no person's."""
    text = relabelled(DEFAULT.read_text("utf-8")) + f"\n# paid to {IBAN}\n"
    assert world.do("publish_policy", text=text).outcome == "recorded"
