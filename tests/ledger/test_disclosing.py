"""Disclosures: asking is refused when a rule is broken, telling is stored with what it broke."""

from __future__ import annotations

import contextlib
import datetime as dt
from uuid import uuid4

import pytest

from ledger import events
from ledger.application import Ledger
from ledger.errors import NotFound
from ledger.reading import Reading
from ledger.recipient import Recipient
from tests.ledger.world import (
    BILLING,
    CONTACT,
    EMAIL,
    INVOICE,
    NEWS,
    PAYMENTS,
    TAX,
    TAX_OFFICE,
    World,
)


@pytest.fixture
def willing(world: World) -> tuple[World, object]:
    """A person who agreed to news, and a registered mailer."""
    subject = world.person()
    world.recipient()
    world.consent(subject)
    return world, subject


def test_a_lawful_disclosure_is_authorised_then_recorded(willing) -> None:
    """The record names the authorisation, the agreement version, the items and a reference."""
    world, subject = willing
    asked = world.do("authorise_disclosure", **world.disclosure(subject))
    told = world.do(
        "record_disclosure",
        **world.disclosure(subject),
        authorisation=asked.ids["disclosure"],
    )
    body = world.last(subject)
    assert asked.outcome == told.outcome == "recorded"
    assert told.rules == ()
    assert body.disclosure == body.authorisation == asked.ids["disclosure"]
    assert body.safeguard == "standard-clauses"
    assert body.recipient_reference is not None
    assert [item.attribute for item in body.items] == [EMAIL]
    assert body.items[0].event == world.state(subject).current(EMAIL)[0].event


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        ({"recipient": "nobody-known"}, "recipient-unlisted"),
        ({"recipient": "support-contractor"}, "recipient-unregistered"),
        ({"purpose": "no-such-purpose"}, "purpose-unlisted"),
        ({"purpose": TAX}, "purpose-not-for-recipient"),
        ({"ground": "no-such-ground"}, "ground-unlisted"),
        ({"ground": "lawful-request"}, "ground-not-for-recipient"),
        ({"country": "atlantis"}, "country-unlisted"),
        ({"country": "india"}, "country-not-for-recipient"),
        ({"attributes": ("no-such-attribute",)}, "attribute-unlisted"),
        ({"attributes": ("phone-number",)}, "attribute-not-for-recipient"),
        ({"channel": "pigeon"}, "channel-unlisted"),
    ],
)
def test_what_the_policy_does_not_allow(willing, broken: dict, rule: str) -> None:
    """Asked: refused by that rule, nothing authorised. Told: stored with the finding, and looked at."""
    world, subject = willing
    asked = world.do("authorise_disclosure", **world.disclosure(subject, **broken))
    refusal = world.last(subject)
    told = world.do("record_disclosure", **world.disclosure(subject, **broken))
    assert asked.outcome == "refused"
    assert rule in asked.rules
    assert isinstance(refusal, events.DisclosureRefused)
    assert told.outcome == "recorded"
    assert rule in told.rules
    (recorded,) = world.bodies(subject, events.DisclosureRecorded)
    assert rule in {finding.rule for finding in recorded.findings}
    assert isinstance(world.last(subject), events.IrregularityFound)
    for value in broken.values():  # what is not listed is in neither event in the clear
        for text in [value] if isinstance(value, str) else value:
            listed = {"support-contractor", TAX, "lawful-request", "india", "phone-number"}
            stored = [row.state for row in world.ledger.recorder.select_events(subject)]
            assert text in listed or not any(text.encode() in state for state in stored)


def test_no_consent_no_disclosure(world: World) -> None:
    """A purpose that rests on consent needs one; a withdrawal ends it."""
    subject = world.person()
    world.recipient()
    ask = world.disclosure(subject)
    assert world.do("authorise_disclosure", **ask).rules == ("consent-missing",)
    world.consent(subject)
    assert world.do("authorise_disclosure", **ask).outcome == "recorded"
    world.do("withdraw_consent", subject=subject, purpose=NEWS)
    assert world.do("authorise_disclosure", **ask).rules == ("consent-withdrawn",)


def test_an_authority_needs_a_reference_or_its_own_ground(world: World) -> None:
    """A ground that needs its reference is not enough without one."""
    subject = world.person()
    world.recipient("investigating-authority", agreement=None)
    ask = world.disclosure(
        subject,
        recipient="investigating-authority",
        purpose="legal-requests",
        ground="lawful-request",
        country="india",
    )
    ask |= {"by": world.staff("privacy-auditor")}
    assert world.do("authorise_disclosure", **ask).rules == ("ground-reference-missing",)
    assert world.do("authorise_disclosure", **ask, reference="order 7/2026").outcome == "recorded"


def test_after_erasure_asking_is_refused_and_telling_is_kept(willing) -> None:
    """Reported late: stored as irregular, without a value, and the recipient is to be told."""
    world, subject = willing
    granted = world.do("authorise_disclosure", **world.disclosure(subject)).ids["disclosure"]
    world.do("request_erasure", subject=subject)
    asked = world.do("authorise_disclosure", **world.disclosure(subject))
    assert "subject-erased" in asked.rules
    told = world.do("record_disclosure", **world.disclosure(subject), authorisation=granted)
    (body,) = world.bodies(subject, events.DisclosureRecorded)
    assert "subject-erased" in told.rules
    assert body.items == (events.DisclosedItem(EMAIL, None, 1),)
    (order,) = body.orders
    assert order.recipient == body.recipient
    assert order.classes == (CONTACT,)
    erasure = next(iter(world.state(subject).erasures.values()))
    assert erasure.unanswered == [order.order]
    assert not erasure.closed
    world.do("record_answer", subject=subject, order=order.order, answer="confirmed")
    assert next(iter(world.state(subject).erasures.values())).closed


def test_an_authorisation_that_loses_the_race_with_an_erasure_is_refused(willing) -> None:
    """Decided before an erasure and appended after it: the append finds out, and it is refused."""
    world, subject = willing
    append = world.ledger.recorder.append
    raced = []

    def erase_first(submissions):
        topics = {row.topic for submission in submissions for row in submission.rows}
        if "disclosure-authorised" in topics and not raced:
            raced.append(True)
            decide_and_append_elsewhere(world, subject)
        return append(submissions)

    world.ledger.recorder.append = erase_first  # type: ignore[method-assign]
    answer = world.do("authorise_disclosure", **world.disclosure(subject))
    assert raced
    assert answer.outcome == "refused"
    assert "subject-erased" in answer.rules
    assert not world.bodies(subject, events.DisclosureAuthorised)


def decide_and_append_elsewhere(world: World, subject) -> None:
    """Another process's erasure: decided by a desk of its own, appended by its own recorder."""
    from ledger.commands.erasing import RequestErasure
    from ledger.desk import Desk
    from ledger.sitting import Sitting
    from ledger.store.recorder import LedgerRecorder

    ledger = world.ledger
    command = RequestErasure(by=world.by, key="elsewhere", subject=subject)
    row = ledger.recorder.genesis()
    reading = Reading(ledger.recorder, row.policy_stream)
    desk = Desk(command, Sitting(reading, ledger.vault, ledger.clock()))
    command.decide(desk)
    identity = ledger.vault.command_id(command.by, command.key)
    epoch, fingerprint = ledger.vault.fingerprint(command.body())
    submission = desk.submission(identity, epoch, fingerprint)
    (answer,) = LedgerRecorder.append(ledger.recorder, [submission])
    assert answer.outcome == "recorded"


def test_an_agreement_that_changes_while_it_is_decided(
    willing, store_settings, monkeypatch
) -> None:
    """Decided on the agreement as it was, appended after it ended: it is decided again."""
    world, subject = willing
    rival = Ledger.open(store_settings)
    look, left = Reading.look, [dt.date(2026, 1, 1)]

    def overtaken(self: Reading, kind: type, *asked: object) -> object:
        found = look(self, kind, *asked)
        if kind is Recipient and left:
            World(rival, world.by).recipient(valid_until=left.pop(), **world.key())
        return found

    monkeypatch.setattr(Reading, "look", overtaken)
    with contextlib.closing(rival):
        asked = world.do("authorise_disclosure", **world.disclosure(subject))
    assert (asked.outcome, asked.rules) == ("refused", ("agreement-expired",))


def test_a_recipient_that_another_process_registers_is_known(willing, store_settings) -> None:
    """Whom this process has not met may stand on the register all the same."""
    world, subject = willing
    world.do("authorise_disclosure", **world.disclosure(subject))
    with contextlib.closing(Ledger.open(store_settings)) as other:
        World(other, world.by).recipient(PAYMENTS, **world.key())
    told = world.disclosure(subject, recipient=PAYMENTS, purpose="quotes-and-invoices")
    assert "recipient-unregistered" not in world.do("record_disclosure", **told).rules


def test_what_is_forbidden_to_mention_stays_so_until_the_later_day(willing) -> None:
    """Of what was authorised and what is told, whichever hides it for longer."""
    world, subject = willing
    soon, late = dt.date(2030, 1, 1), dt.date(2031, 1, 1)
    warrant = world.warrant(subject)
    for first, then in ((late, soon), (soon, late), (late, None), (None, late)):
        asked = world.do("authorise_disclosure", **warrant, hidden_until=first)
        told = warrant | {"hidden_until": then, "authorisation": asked.ids["disclosure"]}
        assert world.do("record_disclosure", **told).rules == ()
        assert world.last(subject).hidden_until == late


def test_a_refusal_may_be_forbidden_to_mention_too(willing) -> None:
    """That somebody asked would betray it."""
    world, subject = willing
    asked = world.disclosure(subject, country="india", hidden_until=dt.date(2031, 1, 1))
    assert world.do("authorise_disclosure", **asked).outcome == "refused"
    assert world.last(subject).hidden_until == dt.date(2031, 1, 1)


def test_an_expired_or_exceeded_authorisation_is_a_finding(willing, store_settings) -> None:
    """What was done beyond or after the authorisation is told all the same, and looked at."""
    world, subject = willing
    granted = world.do("authorise_disclosure", **world.disclosure(subject)).ids["disclosure"]
    more = world.disclosure(subject, attributes=(EMAIL, "full-name"), authorisation=granted)
    assert world.do("record_disclosure", **more).rules == ("authorisation-exceeded",)
    hours = world.ledger.policy().authorisation_hours + 1
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)
    unknown = world.disclosure(subject, authorisation=uuid4())
    assert "authorisation-unknown" in world.do("record_disclosure", **unknown).rules
    with contextlib.closing(Ledger.open(store_settings, lambda: later)) as world.ledger:
        late = world.disclosure(subject, authorisation=granted)
        assert "authorisation-expired" in world.do("record_disclosure", **late).rules


def test_a_claim_lets_its_ground_disclose_and_nobody_else(world: World) -> None:
    """Retained tax data may go to the tax office, and to nobody for another purpose."""
    from ledger.commands.claiming import Covers
    from tests.ledger.world import YEAR_1

    subject = world.person()
    world.bill(subject, YEAR_1)
    world.recipient(TAX_OFFICE, agreement=None)
    world.recipient("paypal-payments")
    covers = (Covers(class_=BILLING),)
    placed = world.do("place_claim", subject=subject, ground="tax-record-keeping", covers=covers)
    assert placed.outcome == "recorded", placed
    world.do("request_erasure", subject=subject)
    item = {"attributes": (INVOICE,)}
    to_tax = world.disclosure(
        subject, recipient=TAX_OFFICE, purpose=TAX, ground="lawful-request", country="india", **item
    )
    to_pay = world.disclosure(
        subject, recipient="paypal-payments", purpose="quotes-and-invoices", **item
    )
    to_tax |= {"reference": "notice 3", "by": world.staff("privacy-auditor")}
    assert world.do("authorise_disclosure", **to_tax).outcome == "recorded"
    assert "retained-for-its-ground-only" in world.do("authorise_disclosure", **to_pay).rules


def test_a_subject_nobody_knows_is_an_error(world: World) -> None:
    """No stream is made for a stranger."""
    with pytest.raises(NotFound):
        world.do("authorise_disclosure", **world.disclosure(uuid4()))
