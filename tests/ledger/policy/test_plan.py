"""The erasure plan, slot by slot: what dies, what stays and why; and who outside is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID, uuid4

from ledger.events import RetainedSlot, SlotName
from ledger.facts import Claim
from ledger.policy import document
from ledger.policy.plan import Holding, orders, plan
from ledger.stream import Slot
from tests.ledger.policy.people import BILLING, CONTACT, EVIDENCE, POLICY, TODAY, Someone, placed

REQUEST = SlotName("request-material", uuid4().hex)
LONG_AGO = dt.date(2020, 1, 31)


def born(day: dt.date) -> Slot:
    """A living key of that day."""
    return Slot("some-class", "", b"k" * 16, 1, day)


@dataclass
class Held(Someone):
    """A person who has these slots, since long ago unless a day is given."""

    slots: dict[SlotName, dt.date] = field(default_factory=dict)
    erased_on: dt.date | None = None

    @property
    def living(self) -> dict[SlotName, Slot]:
        return {name: born(day) for name, day in self.slots.items()}


def retained(held: Held, **asked: object) -> dict[SlotName, RetainedSlot | None]:
    """What stays of each slot that is planned for, and why."""
    planned = plan(POLICY, held, TODAY, erased_on=held.erased_on, **asked)  # type: ignore[arg-type]
    assert all((slot.action == "erase") == (slot.retained is None) for slot in planned)
    return {slot.name: slot.retained for slot in planned}


def has(*slots: SlotName, claims: tuple[Claim, ...] = ()) -> Held:
    return Held(slots=dict.fromkeys(slots, LONG_AGO), claims=list(claims))


def test_what_nobody_claims_dies_and_only_what_was_named() -> None:
    """Everything, or single slots."""
    held = has(CONTACT, BILLING)
    assert retained(held) == {BILLING: None, CONTACT: None}
    assert retained(held, wanted=[BILLING]) == {BILLING: None}


def test_the_claim_that_runs_longest_is_told() -> None:
    """With its ground, law, end, decider and id; one without an end runs longest."""
    short = placed("tax-record-keeping", BILLING, until=dt.date(2027, 1, 1))
    long = placed("legal-defence", BILLING, until=dt.date(2028, 1, 1))
    endless = placed("outstanding-credit", BILLING)
    kept = retained(has(BILLING, CONTACT, claims=(short, long)))
    assert kept[CONTACT] is None
    told = kept[BILLING]
    assert told is not None
    assert (told.class_, told.scope) == (BILLING.class_, BILLING.scope)
    assert (told.ground, told.law, told.until) == (long.ground, long.law, long.until)
    assert (told.decided_by, told.claim) == (long.decided_by, long.claim)
    told = retained(has(BILLING, claims=(long, endless, short)))[BILLING]
    assert told is not None and told.claim == endless.claim


def test_evidence_is_kept_from_the_erasure_on() -> None:
    """However old its key is; and its end does not move when more is erased later."""
    told = retained(has(EVIDENCE))[EVIDENCE]
    assert told is not None
    assert (told.ground, told.until) == ("accountability-duty", dt.date(2029, 11, 22))
    assert told.decided_by == "data-protection-lead"
    before = Held(slots={EVIDENCE: LONG_AGO}, erased_on=dt.date(2025, 6, 1))
    told = retained(before)[EVIDENCE]
    assert told is not None and told.until == dt.date(2028, 6, 1)


def test_evidence_past_its_end_stays_while_an_erasure_is_open() -> None:
    """It says to whom the orders went; after that it dies."""
    held = Held(slots={EVIDENCE: LONG_AGO}, erased_on=LONG_AGO)
    assert retained(held) == {EVIDENCE: None}
    told = retained(held, open_requests=[uuid4().hex])[EVIDENCE]
    assert told is not None
    assert (told.until, told.review) == (None, dt.date(2027, 11, 22))


def test_a_class_that_keeps_itself_is_kept_from_its_keys_birth() -> None:
    """Up to its end, and not a day longer."""
    text = document.DEFAULT.read_text()
    keeping = "    keeps: {ground: tax-record-keeping, period: P1Y}\n"
    policy = document.load(text.replace("    scope: year\n", f"    scope: year\n{keeping}", 1))
    for birthday, until in (
        (TODAY.replace(year=2025) + dt.timedelta(1), TODAY + dt.timedelta(1)),
        (TODAY.replace(year=2025), None),
    ):
        (slot,) = plan(policy, Held(slots={BILLING: birthday}), TODAY)
        assert (slot.retained.until if slot.retained else None) == until


def test_a_longer_period_counts_while_its_version_does() -> None:
    """Who shortens what an erasure leaves, perhaps by a slip, shortens it after a delay only."""
    keeps = "keeps: {ground: accountability-duty, period: P3Y}"
    text = document.DEFAULT.read_text()
    days = document.load(text.replace(keeps, keeps.replace("P3Y", "P3D")))
    before = Held(slots={EVIDENCE: LONG_AGO}, erased_on=dt.date(2025, 6, 1))
    asked = {"erased_on": before.erased_on}
    (slot,) = plan(days, before, TODAY, **asked)
    assert slot.action == "erase"
    for policies in ([days, POLICY], [POLICY, days]):
        (slot,) = plan(policies[0], before, TODAY, earlier=policies[1:], **asked)
        assert slot.retained is not None and slot.retained.until == dt.date(2028, 6, 1)
    gone = document.read(text.replace(EVIDENCE.class_ + ":", "renamed-records:"))
    (slot,) = plan(gone, before, TODAY, earlier=[POLICY], **asked)
    assert slot.retained is not None and slot.retained.ground == "accountability-duty"


def test_material_of_a_request_stays_while_that_one_is_open() -> None:
    """On the ground of evidence, to be reviewed within twelve months."""
    held = has(REQUEST)
    assert retained(held) == retained(held, open_requests=[uuid4().hex]) == {REQUEST: None}
    told = retained(held, open_requests=[REQUEST.scope])[REQUEST]
    assert told is not None
    assert (told.ground, told.until) == ("accountability-duty", None)
    assert told.review == dt.date(2027, 11, 22)


# ---- orders ------------------------------------------------------------------------------------


def mint() -> Iterator[UUID]:
    return (UUID(int=number) for number in count(1))


def test_each_holder_gets_one_order_for_what_dies_and_it_has() -> None:
    """Whole classes, or single slots: the year it got, not the one it did not."""
    other_year = SlotName(BILLING.class_, "2025-04-01")
    mail, host, idle = uuid4(), uuid4(), uuid4()
    holdings = [
        Holding(mail, uuid4(), frozenset(), frozenset({CONTACT})),
        Holding(mail, uuid4(), frozenset(), frozenset({BILLING})),
        Holding(host, None, frozenset({"usage-data", CONTACT.class_}), frozenset()),
        Holding(idle, uuid4(), frozenset({"usage-data"}), frozenset({other_year})),
    ]
    told = orders([CONTACT, BILLING], holdings, mint())
    assert [(order.recipient, order.disclosure, order.classes) for order in told] == [
        (mail, None, (BILLING.class_, CONTACT.class_)),
        (host, None, (CONTACT.class_,)),
    ]
    assert len({order.order for order in told}) == 2


def test_holders_the_register_does_not_know_get_an_order_for_each_disclosure() -> None:
    """Nobody can tell whether two of them are the same."""
    one, other = uuid4(), uuid4()
    holdings = [Holding(None, d, frozenset(), frozenset({CONTACT})) for d in (one, other)]
    told = orders([CONTACT], holdings, mint())
    assert [(order.recipient, order.disclosure) for order in told] == [(None, one), (None, other)]
