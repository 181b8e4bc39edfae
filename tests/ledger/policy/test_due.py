"""When data has ended, and who needs it still."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import msgspec
import pytest

from ledger.events import SlotName
from ledger.facts import Claim, Erasure, Restriction
from ledger.policy import document
from ledger.policy.due import due_on, due_slot, needed_by, slipped
from ledger.policy.lapsed import Circumstances, by_a_slip, due_slots
from ledger.policy.model import PolicyDocument
from ledger.stream import Slot
from tests.ledger.policy.people import BILLING, CONTACT, EVIDENCE, POLICY, TODAY, placed

TEXT = document.DEFAULT.read_text()
BORN = dt.date(2025, 3, 31)
NEWS = "promotional-news"
HEX = "0af1" * 8


def changed(*changes: tuple[str, str]) -> PolicyDocument:
    """The default document with these texts replaced."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return document.load(text)


CLICK_CHANGES = (
    (
        "unlisted_class: unsorted-data\n",
        "  click-data: {label: Links followed, retention: While it is agreed., ends: {after: P36M}}\n"
        "\nunlisted_class: unsorted-data\n",
    ),
    (
        "iri: https://w3id.org/dpv#DirectMarketing\n    required: false\n    default: off\n"
        "    classes: [contact-data, usage-data]",
        "iri: https://w3id.org/dpv#DirectMarketing\n    required: false\n    default: off\n"
        "    classes: [contact-data, usage-data, click-data]",
    ),
)
CLICKS = changed(*CLICK_CHANGES)
"""A class that only a purpose uses that rests on consent."""
CLICK = SlotName("click-data", "")


@dataclass
class One:
    """Somebody who has these slots; nothing was said or claimed, unless it is given here."""

    slots: dict[SlotName, dt.date] = field(default_factory=dict)
    consent: dict[str, bool] = field(default_factory=dict)
    objections: tuple[str, ...] = ()
    regimes: tuple[str, ...] = ()
    claims: dict[UUID, Claim] = field(default_factory=dict)
    erasures: dict[UUID, Erasure] = field(default_factory=dict)
    restrictions: dict[UUID, Restriction] = field(default_factory=dict)

    @property
    def erased(self) -> bool:
        return any(one.whole and one.carried_out for one in self.erasures.values())

    @property
    def living(self) -> dict[SlotName, Slot]:
        return {
            name: Slot(name.class_, name.scope, name.class_.encode(), 1, day)
            for name, day in self.slots.items()
        }

    def consents(self, purpose: str) -> bool | None:
        return self.consent.get(purpose)

    def objected(self, purpose: str) -> bool:
        return purpose in self.objections

    def claims_on(self, name: SlotName, today: dt.date) -> list[Claim]:
        return [claim for claim in self.claims.values() if claim.holds(name, today)]

    def wanted(self, erasure: UUID) -> set[SlotName] | None:
        one = self.erasures[erasure]
        return None if one.whole else {n for n in self.slots if n.class_.encode() in one.wanted}


def due(
    person: One, *policies: PolicyDocument, **told: object
) -> dict[str, tuple[str, str | None]]:
    """What is due of a person: class → cause and rule."""
    found = due_slots(policies or (POLICY,), person, TODAY, Circumstances(**told))  # type: ignore[arg-type]
    return {slot.class_: (slot.cause, slot.rule) for slot in found}


# ---- the class's own end -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("class_", "scope", "closed", "day"),
    [
        ("tax-documents", HEX, None, dt.date(2027, 3, 31)),  # from birth
        ("billing-data", "2024-04-01", None, dt.date(2027, 4, 1)),  # from the end of its year
        ("usage-data", "2025-02-01", None, dt.date(2026, 3, 1)),  # from the end of its month
        ("contact-data", "", None, None),  # an account is open, or there is none
        ("contact-data", "", dt.date(2026, 1, 31), dt.date(2026, 5, 1)),
        ("accountability-records", "", None, None),  # an erasure decides
        ("no-such-class", "", None, None),
        ("usage-data", HEX, None, None),  # no scope of this kind
        ("usage-data", "2025-13-01", None, None),
        ("usage-data", "", None, None),
    ],
)
def test_the_day_a_class_ends(
    class_: str, scope: str, closed: dt.date | None, day: dt.date | None
) -> None:
    """Where the document or the slot leaves a doubt, there is none."""
    assert due_on(POLICY, class_, scope, BORN, closed) == day


def test_an_end_beyond_the_calendar_never_comes() -> None:
    """And is no mistake of the program."""
    assert due_on(POLICY, "tax-documents", HEX, dt.date(9999, 1, 1)) is None


def test_the_very_day_is_due_and_the_day_before_is_not() -> None:
    """Two years after birth, to the day."""
    document_ = SlotName("tax-documents", HEX)
    two_years = dt.date(2024, 11, 22)
    assert due(One({document_: two_years})) == {
        "tax-documents": ("retention-ended", "tax-documents")
    }
    assert due(One({document_: two_years + dt.timedelta(days=1)})) == {}


# ---- what people say ---------------------------------------------------------------------------


def test_a_withdrawal_makes_due_what_nothing_else_needs() -> None:
    """Only the class that this purpose alone uses, and only once there was a word."""
    slots = {CLICK: TODAY, CONTACT: TODAY}
    assert due(One(slots), CLICKS) == {}
    assert due(One(slots, consent={NEWS: True}), CLICKS) == {}
    assert due(One(slots, consent={NEWS: False}), CLICKS) == {
        "click-data": ("consent-withdrawn", None)
    }


def test_an_objection_does_the_same() -> None:
    """Whether or not there was a consent."""
    assert due(One({CLICK: TODAY}, objections=(NEWS,)), CLICKS) == {
        "click-data": ("objected", None)
    }


def test_a_purpose_that_ended_needs_nothing() -> None:
    """Whatever people agreed to."""
    ended = (
        "iri: https://w3id.org/dpv#DirectMarketing\n    required: false",
        "iri: https://w3id.org/dpv#DirectMarketing\n    ended: true\n    required: false",
    )
    policy = document.read(_text_of_clicks().replace(*ended))
    person = One({CLICK: TODAY, CONTACT: TODAY}, consent={NEWS: True})
    assert due(person, policy) == {"click-data": ("purpose-ended", None)}
    assert due(person, CLICKS, policy) == {}  # the version before it counts for some days
    assert due(person, policy, CLICKS) == {}


def test_the_plan_says_who_needs_it_still() -> None:
    """Required purposes, what may be switched on, and what was agreed to; not what was refused."""
    asked = (POLICY, One(), SlotName("usage-data", "2026-11-01"), TODAY, TODAY)
    assert needed_by(*asked) == ("customer-helpdesk-service", "legal-requests")
    agreeing = One(consent={NEWS: True, "product-research": True})
    told = (POLICY, agreeing, *asked[2:])
    assert set(needed_by(*told)) == {
        "customer-helpdesk-service",
        "legal-requests",
        "product-research",
        NEWS,
    }


def test_a_law_that_asks_for_no_consent_needs_no_word() -> None:
    """Under the GDPR research rests on an interest: until somebody objects it needs the data."""
    asked = (SlotName("usage-data", "2026-11-01"), TODAY, TODAY)
    assert "product-research" not in needed_by(POLICY, One(), *asked)
    person = One(regimes=("eu-gdpr",))
    assert "product-research" in needed_by(POLICY, person, *asked)
    both = One(regimes=("eu-gdpr", "india-dpdp"))
    assert "product-research" in needed_by(POLICY, both, *asked)  # a doubt
    objecting = One(regimes=("eu-gdpr",), objections=("product-research",))
    assert "product-research" not in needed_by(POLICY, objecting, *asked)
    withdrawn = One(regimes=("eu-gdpr",), consent={"product-research": False})
    assert "product-research" not in needed_by(POLICY, withdrawn, *asked)


# ---- accounts ----------------------------------------------------------------------------------


def test_a_closed_account_ends_what_a_contract_needed() -> None:
    """Ninety days after it, whatever required purposes use; not what was agreed to."""
    closed = dt.date(2026, 8, 1)
    person = One({CONTACT: BORN})
    assert due(person, closed_on=closed) == {"contact-data": ("account-closed", "contact-data")}
    assert due(person, closed_on=TODAY) == {}
    assert due(person) == {}
    reader = One({CONTACT: BORN}, consent={NEWS: True})
    assert due(reader, closed_on=closed) == {}
    assert needed_by(POLICY, reader, CONTACT, BORN, TODAY, closed) == (NEWS,)
    assert needed_by(POLICY, person, CONTACT, BORN, TODAY, closed) == ()


# ---- what holds --------------------------------------------------------------------------------


def test_a_claim_holds_what_has_ended() -> None:
    """Until its last day."""
    held = {SlotName("billing-data", "2020-04-01"): BORN}
    name = next(iter(held))
    claim = placed("outstanding-credit", name)
    assert due(One(held)) == {"billing-data": ("retention-ended", "billing-data")}
    assert due(One(held, claims={claim.claim: claim})) == {}
    past = placed("outstanding-credit", name, until=TODAY - dt.timedelta(days=1))
    assert list(due(One(held, claims={past.claim: past}))) == ["billing-data"]


@pytest.mark.parametrize(
    ("ground", "classes", "held"),
    [
        ("accuracy", (), True),
        ("legal-claims", ("billing-data",), True),
        ("accuracy", ("contact-data",), False),
        ("log-keeping", (), False),
    ],
)
def test_what_is_restricted_for_the_person_is_stored(
    ground: str, classes: tuple[str, ...], held: bool
) -> None:
    """The year of logs is no such restriction: it is what ends."""
    slots = {SlotName("billing-data", "2020-04-01"): BORN}
    person = One(slots, restrictions={uuid4(): Restriction(ground, classes)})
    assert (due(person) == {}) == held


def test_evidence_and_what_customers_store_never_end_by_themselves() -> None:
    """An erasure decides of the one, the customer of the other."""
    assert due(One({EVIDENCE: dt.date(1990, 1, 1)})) == {}
    assert due(One({SlotName("customer-content", HEX): dt.date(1990, 1, 1)})) == {}


def test_what_an_erasure_left_is_due_when_its_time_is_over() -> None:
    """Evidence three years later; not while a request is open."""
    erased = {uuid4(): Erasure(whole=True, wanted=[], carried_out=True)}
    person = One({EVIDENCE: BORN}, erasures=erased)
    assert due(person, erased_on=TODAY) == {}
    before = dt.date(2023, 11, 22)
    assert due(person, erased_on=before) == {
        "accountability-records": ("retention-ended", "accountability-records")
    }
    assert due(person, erased_on=before, open_requests=[HEX]) == {}


def test_what_an_erasure_only_asked_for_is_not_due() -> None:
    """It waits for whoever decides."""
    asked = {uuid4(): Erasure(whole=True, wanted=[])}
    assert due(One({CONTACT: BORN, BILLING: TODAY}, erasures=asked)) == {}


# ---- versions ----------------------------------------------------------------------------------


def test_a_slip_is_an_end_cut_to_less_than_a_tenth() -> None:
    """Days for years, days for months, months for years; a decision may halve a period."""
    for new, found in (("P24D", True), ("P2M", True), ("P3M", False), ("P12M", False)):
        after = changed(("ends: {after: P24M}\n  helpdesk", f"ends: {{after: {new}}}\n  helpdesk"))
        assert slipped(after, POLICY, "tax-documents") == found, new
    longer = changed(("ends: {after: P24M}\n  helpdesk", "ends: {after: P90Y}\n  helpdesk"))
    assert not slipped(longer, POLICY, "tax-documents")
    assert slipped(POLICY, longer, "tax-documents")
    person = One({SlotName("tax-documents", HEX): dt.date(2020, 1, 1)})
    (slot,) = due_slots([POLICY], person, TODAY, Circumstances())
    assert by_a_slip([longer, POLICY], person, slot)
    assert not by_a_slip([changed(("P36M", "P30M")), POLICY], person, slot)


def test_what_an_erasure_leaves_may_be_cut_by_a_slip_too() -> None:
    """Evidence is kept three years, and not three days; nor not at all."""
    erased = {uuid4(): Erasure(whole=True, wanted=[], carried_out=True)}
    person = One({EVIDENCE: BORN}, erasures=erased)
    keeps = "keeps: {ground: accountability-duty, period: P3Y}"
    days = changed((keeps, keeps.replace("P3Y", "P3D")))
    told = Circumstances(erased_on=TODAY - dt.timedelta(days=30))
    (slot,) = due_slots([days], person, TODAY, told)
    assert by_a_slip([POLICY, days], person, slot)
    assert not by_a_slip([days], person, slot)
    half = changed((keeps, keeps.replace("P3Y", "P18M")))
    assert not by_a_slip([POLICY, half], person, slot)
    gone = document.read(TEXT.replace("    " + keeps + "\n", "    ends: {after: P3D}\n"))
    assert slipped(gone, POLICY, EVIDENCE.class_)


@pytest.mark.parametrize("order", [1, -1])
def test_a_claim_that_was_placed_while_a_slip_stood_ends_by_a_slip(order: int) -> None:
    """Whether or not it was mended since: the claim keeps the end that it was given."""
    document_ = SlotName("tax-documents", HEX)
    claim = placed("tax-record-keeping", document_, until=TODAY - dt.timedelta(days=1))
    claim = msgspec.structs.replace(claim, rule="paid-licence-documents")
    person = One({document_: dt.date(2020, 1, 1)}, claims={claim.claim: claim})
    (slot,) = due_slots([POLICY], person, TODAY, Circumstances())
    days = changed(("keep: P81M", "keep: P81D"))
    months = changed(("keep: P81M", "keep: P12M"))
    assert by_a_slip([POLICY, days][::order], person, slot)
    assert not by_a_slip([POLICY, months][::order], person, slot)
    assert not by_a_slip([POLICY], person, slot)
    ground = changed(("period: P93M", "period: P24M"), ("keep: P81M", "keep: P81D"))
    assert by_a_slip([POLICY, ground][::order], person, slot)


def test_the_year_of_logs_may_be_cut_by_a_slip() -> None:
    """A day for a year: the claim that keeps them names the law."""
    logs = "    inform: P1M\n", "    inform: P1M\n    keep_logs: P1Y\n"
    year, day = changed(logs), changed((logs[0], logs[1].replace("P1Y", "P1D")))
    claim = placed("outstanding-credit", CONTACT, until=TODAY - dt.timedelta(days=1))
    claim = msgspec.structs.replace(claim, ground="india-dpdp")
    erased = {uuid4(): Erasure(whole=True, wanted=[], carried_out=True)}
    person = One({CONTACT: BORN}, erasures=erased, claims={claim.claim: claim})
    (slot,) = due_slots([day], person, TODAY, Circumstances(erased_on=TODAY))
    assert slot.cause == "log-year-over"
    assert by_a_slip([year, day], person, slot)
    assert not by_a_slip([POLICY, day], person, slot)  # there was no such year before


def test_what_an_erasure_left_of_a_class_that_went_away_stays() -> None:
    """Renamed, perhaps: nobody said when it ends."""
    erased = {uuid4(): Erasure(whole=True, wanted=[], carried_out=True)}
    person = One({SlotName("gone-class", ""): BORN}, erasures=erased)
    assert due(person, erased_on=dt.date(2020, 1, 1)) == {}


def test_a_class_without_a_word_said_is_asked_of_nobody() -> None:
    """A living slot of a class the document does not list any more stays."""
    slot = Slot("gone-class", "", b"k" * 16, 1, dt.date(1990, 1, 1))
    assert due_slot(POLICY, One(), slot, TODAY) is None


def _text_of_clicks() -> str:
    text = TEXT
    for old, new in CLICK_CHANGES:
        text = text.replace(old, new)
    return text
