"""The sweep: what is due dies a day after it was scheduled, and every doubt means that nothing does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from ledger import events
from ledger.commands.claiming import Covers
from ledger.commands.erasing import Part
from ledger.commands.sweeping import EraseDue, ScheduleErasure
from ledger.commands.values import Value
from ledger.config import Settings
from ledger.ending import plain
from ledger.errors import InvalidInput, NotFound, Tampered
from ledger.genesis import create
from ledger.sealing import Erased
from ledger.sweep import Swept
from tests.ledger.sweeps import Sweeping
from tests.ledger.world import BILLING, CONTACT, EVIDENCE, INVOICE, PAYMENTS

LONG_AGO = dt.datetime(2020, 6, 1, tzinfo=dt.UTC)
"""Billing data of that year has ended, by two years."""
TEN_YEARS = dt.timedelta(days=3653)
USAGE, UNSORTED = "usage-data", "unsorted-data"
MANY = 101


@pytest.fixture
def world(store_settings: Settings) -> Iterator[Sweeping]:
    """A ledger whose time is the test's own."""
    create(store_settings)
    made = Sweeping(store_settings)
    yield made
    made.ledger.close()


def of_old(world: Sweeping) -> UUID:
    """Somebody with billing data whose time is over, and a name and an address."""
    subject = world.person()
    world.bill(subject, LONG_AGO)
    return subject


def dead(world: Sweeping, subject: UUID) -> bool:
    (value,) = world.values(subject)[INVOICE]
    return isinstance(value, Erased)


def counts(swept: Swept) -> tuple[str, int, int, int]:
    return swept.state, swept.scheduled, swept.erased, swept.cancelled


# ---- two phases --------------------------------------------------------------------------------


def test_what_is_due_is_scheduled_and_dies_a_day_later(world: Sweeping) -> None:
    """Nobody asked: the billing year is over, the rest of the person stays."""
    subject = of_old(world)
    assert counts(world.sweep()) == ("swept", 1, 0, 0)
    (scheduled,) = world.bodies(subject, events.ErasureScheduled)
    assert [(s.class_, s.cause, s.rule) for s in scheduled.slots] == [
        (BILLING, "retention-ended", BILLING)
    ]
    world.time.passes(hours=23)
    assert counts(world.sweep()) == ("nothing-due", 0, 0, 0)
    assert not dead(world, subject)
    world.time.passes(hours=2)
    assert counts(world.sweep()) == ("swept", 0, 1, 0)
    assert dead(world, subject)
    (died,) = world.deaths(subject)
    assert (died.cause, died.erasure, died.by_kind) == ("retention", scheduled.erasure, "ledger")
    assert [slot.class_ for slot in died.slots] == [BILLING]
    assert isinstance(world.last(subject), events.ErasureClosed)
    assert {CONTACT} <= {name.class_ for name in world.state(subject).living}
    assert counts(world.a_day_later()) == ("nothing-due", 0, 0, 0)


def test_holders_of_what_ended_are_ordered_to_erase_it(world: Sweeping) -> None:
    """The erasure is open until they have answered."""
    subject = of_old(world)
    recipient = world.recipient(PAYMENTS)
    told = {"recipient": PAYMENTS, "purpose": "quotes-and-invoices", "attributes": (INVOICE,)}
    world.do("record_disclosure", **world.disclosure(subject, **told))
    world.sweep()
    world.a_day_later()
    (died,) = world.deaths(subject)
    assert [(o.recipient, o.classes) for o in died.orders] == [(recipient, (BILLING,))]
    world.do("record_answer", subject=subject, order=died.orders[0].order, answer="confirmed")
    assert isinstance(world.last(subject), events.ErasureClosed)


def test_what_is_needed_again_is_called_off(world: Sweeping) -> None:
    """A claim in the meantime; when that is released, it is scheduled anew and waits its day."""
    subject = of_old(world)
    world.sweep()
    covers = (Covers(class_=BILLING),)
    claim = world.do(
        "place_claim", subject=subject, ground="outstanding-credit", covers=covers
    ).ids["claim"]
    assert counts(world.a_day_later()) == ("swept", 0, 0, 1)
    assert isinstance(world.last(subject), events.ErasureCancelled)
    assert counts(world.a_day_later()) == ("nothing-due", 0, 0, 0)
    world.do("release_claim", subject=subject, claim=claim)
    assert counts(world.sweep()) == ("swept", 1, 0, 0)
    assert not dead(world, subject)
    assert counts(world.a_day_later()) == ("swept", 0, 1, 0)
    assert dead(world, subject)


def test_what_is_restricted_is_stored(world: Sweeping) -> None:
    """Restricted data is not erased behind the person's back (GDPR Art. 18(2))."""
    subject = of_old(world)
    restriction = world.do("restrict", subject=subject, ground="legal-claims").ids["restriction"]
    assert counts(world.sweep()) == ("nothing-due", 0, 0, 0)
    world.do("lift_restriction", subject=subject, restriction=restriction)
    assert counts(world.sweep()) == ("swept", 1, 0, 0)


def test_the_wait_is_counted_from_the_scheduling_and_never_less_than_a_day(
    world: Sweeping,
) -> None:
    """Asked for directly, without any brake: a second too early is too early."""
    subject = of_old(world)
    world.sweep()
    (scheduled,) = (e for e in world.entries(subject) if e.body.TOPIC == "erasure-scheduled")
    assert scheduled.recorded_at is not None
    ready = plain(scheduled.recorded_at) + dt.timedelta(hours=24)
    world.time.passes(days=2)
    erase = {"subject": subject, "erasure": scheduled.body.erasure}
    early = EraseDue(**world.key(), **erase, at=ready - dt.timedelta(seconds=1))
    assert world.ledger.submit(early).result(60).outcome == "unchanged"
    assert not dead(world, subject)
    assert world.ledger.submit(EraseDue(**world.key(), **erase, at=ready)).result(60).outcome == (
        "recorded"
    )
    assert dead(world, subject)


def test_a_process_whose_clock_is_behind_goes_by_its_own(world: Sweeping) -> None:
    """A moment ahead of it counts for nothing, whoever named it."""
    subject = world.person()
    this_year = world.time() - dt.timedelta(days=30)
    world.bill(subject, this_year)
    ahead = ScheduleErasure(**world.key(), subject=subject, at=world.time() + TEN_YEARS)
    assert world.ledger.submit(ahead).result(60).outcome == "unchanged"


def test_evidence_ends_without_anybody_asking(world: Sweeping) -> None:
    """Three years after the erasure of everything, its own claim to be kept is over."""
    subject = world.person()
    world.consent(subject, statement="I agree")
    world.do("request_erasure", subject=subject)
    assert counts(world.sweep()) == ("nothing-due", 0, 0, 0)
    world.time.passes(days=3 * 366)
    assert counts(world.sweep()) == ("swept", 1, 0, 0)
    world.time.passes(hours=25)
    assert {name.class_ for name in world.state(subject).living} == {EVIDENCE}
    world.sweep()
    assert world.state(subject).living == {}


def test_a_dry_sweep_changes_nothing(world: Sweeping) -> None:
    """It says what would be done."""
    of_old(world)
    before = world.ledger.recorder.last()
    assert world.sweep(dry=True).state == "would-sweep"
    assert world.ledger.recorder.last() == before


# ---- clocks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["process", "database", "keys"])
@pytest.mark.parametrize("off", [TEN_YEARS, -TEN_YEARS, dt.timedelta(seconds=61)])
def test_one_clock_that_is_off_stops_everything(
    world: Sweeping, which: str, off: dt.timedelta
) -> None:
    """Forth or back: nothing is scheduled and nothing dies."""
    subject = of_old(world)
    world.sweep()
    world.time.passes(hours=25)
    before = world.ledger.recorder.last()
    swept = world.sweep(**{which: world.time() + off})
    assert swept.state == "doubtful"
    assert world.ledger.recorder.last() == before
    assert not dead(world, subject)


def test_clocks_that_all_run_back_stop_everything(world: Sweeping) -> None:
    """None of them may be before the last entry of the log."""
    of_old(world)
    back = world.time() - dt.timedelta(hours=1)
    assert world.sweep(process=back, database=back, keys=back).state == "doubtful"


def test_clocks_that_all_jump_ten_years_shred_nobody(world: Sweeping) -> None:
    """They agree, and no one can tell: but the log has a gap of ten years, and that needs people."""
    subject = world.person()
    world.bill(subject, world.time())
    world.time.passes(days=3653)
    swept = world.sweep(gap=TEN_YEARS)
    assert (swept.state, swept.limit) == ("held-back", 0)
    (pause,) = world.bodies(sweep_stream(world), events.SweepPaused)
    assert pause.reason == "clock-jumped"
    for _ in range(3):
        assert world.a_day_later().state == "held-back"
    assert world.bodies(subject, events.ErasureScheduled) == []


def test_the_gap_is_read_from_the_log(world: Sweeping) -> None:
    """A log that is younger than the gap has none; one that was silent for ten years has."""
    world.person()
    told = world.ledger.sweep().clocks()
    assert told.gap == dt.timedelta(0)
    assert abs(told.keys - told.process) < dt.timedelta(seconds=5)
    micros = int((world.time() + TEN_YEARS).timestamp() * 1e6)
    world.ledger.recorder.now = lambda: micros  # type: ignore[method-assign]
    assert world.ledger.sweep().clocks().gap > TEN_YEARS - dt.timedelta(days=1)


def test_a_jump_of_ten_years_ends_nothing_that_a_law_has_kept(world: Sweeping) -> None:
    """Not for who asks to be erased meanwhile, either: what ended by such a clock is retained."""
    subject = of_old(world)
    ledger, covers = world.ledger, (Covers(class_=BILLING),)
    until = world.time().date() + dt.timedelta(days=300)
    held = {"subject": subject, "ground": "outstanding-credit", "covers": covers, "until": until}
    world.do("place_claim", **held)
    world.time.passes(days=3653)
    world.do("request_erasure", subject=subject)
    (kept,) = (
        s for s in world.bodies(subject, events.DataRetained)[0].slots if s.class_ == BILLING
    )
    assert (kept.until, kept.ground) == (until, "outstanding-credit")
    assert not dead(world, subject)
    assert world.state(subject).erased  # the rest went, as asked
    assert ledger.erasure_plan(subject)


def test_a_value_of_today_does_not_end_by_the_age_of_one_before_it(world: Sweeping) -> None:
    """Both lie under one key, in a class without scopes: the newest counts."""
    subject = world.person()
    for when in (LONG_AGO, world.time()):
        world.do(
            "record_collection",
            subject=subject,
            values=(Value(attribute="shoe-size", value="42"),),
            source="signup-form",
            country="india",
            purposes=("account-keeping",),
            occurred_at=when,
        )
    assert UNSORTED in {name.class_ for name in world.state(subject).living}
    assert world.sweep().state == "nothing-due"
    world.time.passes(days=190)
    assert counts(world.sweep()) == ("swept", 1, 0, 0)
    (scheduled,) = world.bodies(subject, events.ErasureScheduled)
    assert [slot.class_ for slot in scheduled.slots] == [UNSORTED]


def sweep_stream(world: Sweeping) -> UUID:
    return world.ledger.recorder.registers("sweep")["sweep"]


# ---- more than a day allows --------------------------------------------------------------------


def test_more_than_a_day_allows_waits_for_two_people(world: Sweeping) -> None:
    """Nothing at all happens until a second one agreed; then both phases go through."""
    subjects = [of_old(world) for _ in range(MANY)]
    swept = world.sweep()
    assert (swept.state, swept.toll.due, swept.limit) == ("held-back", MANY, 100)
    assert swept.pause is not None
    assert world.a_day_later().state == "held-back"
    assert not any(world.bodies(s, events.ErasureScheduled) for s in subjects)
    one, other = world.staff(), world.staff()
    assert world.agree(swept.pause, one) == "recorded"
    assert world.agree(swept.pause, one) == "refused"  # once more is nobody else
    (refused,) = world.bodies(sweep_stream(world), events.CommandRefused)
    assert [finding.rule for finding in refused.findings] == ["agreed-already"]
    assert world.sweep().state == "held-back"
    assert world.agree(swept.pause, other) == "recorded"
    assert world.agree(swept.pause, other) == "unchanged"
    assert counts(world.sweep()) == ("swept", MANY, 0, 0)
    assert counts(world.a_day_later()) == ("swept", 0, MANY, 0)
    assert all(dead(world, subject) for subject in subjects)


def test_an_agreement_is_for_as_many_as_were_named_and_for_some_days(world: Sweeping) -> None:
    """A month later the same number needs people again."""
    for _ in range(MANY):
        of_old(world)
    pause = world.sweep().pause
    assert pause is not None
    for _ in range(2):
        world.agree(pause, world.staff())
    world.time.passes(days=30)
    swept = world.sweep()
    assert swept.state == "held-back" and swept.pause != pause


def test_only_people_agree(world: Sweeping) -> None:
    """Neither a system nor the ledger itself; and only to what there is."""
    for _ in range(MANY):
        of_old(world)
    pause = world.sweep().pause
    assert pause is not None
    with pytest.raises(InvalidInput):
        world.agree(pause, world.staff("system"))
    with pytest.raises(NotFound):
        world.agree(uuid4())


def test_a_day_has_one_share_however_often_it_is_swept(world: Sweeping) -> None:
    """What was scheduled within the day counts."""
    for _ in range(60):
        of_old(world)
    assert counts(world.sweep()) == ("swept", 60, 0, 0)
    for _ in range(60):
        of_old(world)
    assert world.sweep().state == "held-back"


# ---- periods that were shortened ---------------------------------------------------------------


def use(world: Sweeping, months: int) -> UUID:
    """Somebody whose usage was recorded so many months ago."""
    subject = world.person()
    world.do(
        "record_collection",
        subject=subject,
        values=(Value(attribute="feature-usage", value="search"),),
        source="product-telemetry",
        country="india",
        purposes=("product-research",),
        occurred_at=world.time() - dt.timedelta(days=31 * months),
    )
    return subject


SHORTER = ("ends: {after: P12M, of: scope-end}", "ends: {after: P6M, of: scope-end}")
DAYS = ("ends: {after: P12M, of: scope-end}", "ends: {after: P12D, of: scope-end}")


def test_a_shortened_period_counts_after_its_delay(world: Sweeping) -> None:
    """Seven days, in which a mistake is found; then it counts as any other."""
    subject = use(world, 9)
    assert world.sweep().state == "nothing-due"
    world.publish(SHORTER)
    assert world.sweep().state == "nothing-due"
    world.time.passes(days=6, hours=23)
    assert world.sweep().state == "nothing-due"
    world.time.passes(hours=2)
    assert counts(world.sweep()) == ("swept", 1, 0, 0)
    assert counts(world.a_day_later()) == ("swept", 0, 1, 0)
    assert [slot.class_ for slot in world.deaths(subject)[0].slots] == [USAGE]


def test_days_typed_for_months_shred_nobody(world: Sweeping) -> None:
    """Also when the delay is over, and of few people: an end cut to less than a tenth needs two."""
    subject = use(world, 6)
    world.publish(DAYS)
    assert world.sweep().state == "nothing-due"
    world.time.passes(days=8)
    swept = world.sweep()
    assert (swept.state, swept.toll.slipped) == ("held-back", 1)
    assert world.a_day_later().state == "held-back"
    assert world.bodies(subject, events.ErasureScheduled) == []
    (pause,) = world.bodies(sweep_stream(world), events.SweepPaused)
    assert pause.reason == "period-cut"


KEEPS = "keeps: {ground: accountability-duty, period: P3Y}"


def test_evidence_that_is_kept_days_for_years_shreds_nobody(world: Sweeping) -> None:
    """Neither of who was erased before, nor of who asks while the slip stands."""
    before, during = world.person(), world.person()
    for subject in (before, during):
        world.consent(subject, statement="I agree")
    world.do("request_erasure", subject=before)
    world.publish((KEEPS, KEEPS.replace("P3Y", "P3D")))
    world.do("request_erasure", subject=during)
    (kept,) = world.bodies(during, events.DataRetained)[0].slots
    until = kept.until
    assert until is not None and until > world.time().date() + dt.timedelta(days=1000)
    assert world.sweep().state == "nothing-due"
    world.time.passes(days=8)
    swept = world.sweep()
    assert (swept.state, swept.toll.slipped) == ("held-back", 2)
    assert world.a_day_later().state == "held-back"
    for subject in (before, during):
        assert {name.class_ for name in world.state(subject).living} == {EVIDENCE}
    world.publish((KEEPS.replace("P3Y", "P3D"), KEEPS))
    world.time.passes(days=8)
    assert world.sweep(gap=dt.timedelta(0)).state == "held-back"  # until two people have looked
    assert swept.pause is not None
    for _ in range(2):
        world.agree(swept.pause, world.staff())
    assert world.sweep().state == "nothing-due"


BRAKE = 'sweep: {wait_hours: 24, keys: 100, share: "0.001", clock_seconds: 60, shortening_days: 7}'


def test_a_document_that_loosens_the_brake_waits_like_one_that_shortens_a_period(
    world: Sweeping,
) -> None:
    """Nobody publishes both in one document, and gets what was held back."""
    for _ in range(MANY):
        of_old(world)
    world.publish((BRAKE, BRAKE.replace("100", "1000000")))
    assert world.sweep(dry=True).limit == 100
    world.time.passes(days=8)
    assert world.sweep(dry=True).state == "would-sweep"


def test_a_delay_that_is_shortened_is_kept(world: Sweeping) -> None:
    """Who promised thirty days waits thirty days, also for the document that says seven."""
    subject = use(world, 9)
    world.publish((BRAKE, BRAKE.replace("shortening_days: 7", "shortening_days: 30")))
    world.publish((BRAKE.replace("shortening_days: 7", "shortening_days: 30"), BRAKE), SHORTER)
    world.time.passes(days=29)
    assert world.sweep().state == "nothing-due"
    assert world.bodies(subject, events.ErasureScheduled) == []
    world.time.passes(days=2)
    assert world.sweep().state == "swept"


class Struck:
    """The receipt of a command that met something wrong."""

    def result(self) -> None:
        raise Tampered(where="events", position=7)


def test_what_fails_for_one_keeps_nobody_else_waiting(world: Sweeping) -> None:
    """A person whose part cannot be done is counted and told; the others' is done."""
    broken, whole = of_old(world), of_old(world)
    batch = world.ledger.batch

    def some_fail(commands):  # type: ignore[no-untyped-def]
        return [Struck() if one.subject == broken else batch([one])[0] for one in commands]

    world.ledger.batch = some_fail  # type: ignore[method-assign]
    swept = world.sweep()
    assert (swept.state, swept.scheduled, swept.failed) == ("swept", 1, 1)
    assert swept.why is not None and "first" in swept.why
    assert world.bodies(whole, events.ErasureScheduled)


def test_a_slip_that_is_mended_has_shredded_nobody(world: Sweeping) -> None:
    """Within the delay, and without anybody's agreement."""
    use(world, 6)
    world.publish(DAYS)
    world.time.passes(days=6)
    world.publish(DAYS[::-1])
    world.time.passes(days=30)
    assert world.sweep().state == "nothing-due"


# ---- what the law has kept a year --------------------------------------------------------------


def test_logs_are_kept_a_year_where_a_law_asks_for_it(world: Sweeping) -> None:
    """Off by default; on, an erasure restricts at once, and the sweep erases when the year is over."""
    world.publish(
        (
            "    answer: P90D\n    inform: P1M",
            "    answer: P90D\n    inform: P1M\n    keep_logs: P1Y",
        )
    )
    subject = world.person()
    world.bill(subject, world.time())
    planned = {one.name.class_: one for one in world.ledger.erasure_plan(subject)}
    world.do("request_erasure", subject=subject)
    state = world.state(subject)
    assert state.erased and state.restricted(CONTACT) and state.restricted(BILLING)
    assert {name.class_ for name in state.living} >= {CONTACT, BILLING}
    kept = {slot.class_: slot for slot in world.bodies(subject, events.DataRetained)[0].slots}
    for name in (CONTACT, BILLING):
        told = planned[name].retained
        assert told is not None and planned[name].action == "retain"
        assert (told.ground, told.until) == (kept[name].ground, kept[name].until)
    assert (kept[CONTACT].ground, kept[CONTACT].decided_by) == (
        "india-dpdp",
        "data-protection-lead",
    )
    world.time.passes(days=364)
    assert world.sweep().state == "nothing-due"
    world.time.passes(days=2)
    assert counts(world.sweep())[0] == "swept"
    (scheduled,) = world.bodies(subject, events.ErasureScheduled)
    assert {slot.cause for slot in scheduled.slots} == {"log-year-over"}
    world.a_day_later()
    assert {name.class_ for name in world.state(subject).living} <= {EVIDENCE}
    assert world.state(subject).restrictions == {}
    (lifted,) = world.bodies(subject, events.RestrictionLifted)
    assert lifted.by_kind == "ledger"


def test_who_gives_anew_what_logs_were_kept_of_is_not_restricted_for_ever(world: Sweeping) -> None:
    """One year was asked for; when it is erased nothing of it is left to be stored only."""
    world.publish(
        (
            "    answer: P90D\n    inform: P1M",
            "    answer: P90D\n    inform: P1M\n    keep_logs: P1Y",
        )
    )
    subject = of_old(world)
    world.bill(subject, world.time())
    year = next(name for name in world.state(subject).living if name.class_ == BILLING)
    world.do("request_erasure", subject=subject, slots=(Part(class_=BILLING, scope=year.scope),))
    assert year in world.state(subject).living
    assert world.state(subject).outlasts(year)
    assert not world.state(subject).restricted(BILLING)  # other years serve what they served
    world.time.passes(days=366)
    world.sweep()
    world.a_day_later()
    assert year not in world.state(subject).living
    assert not world.state(subject).restricted(BILLING)


def test_no_logs_are_kept_unless_the_document_says_so(world: Sweeping) -> None:
    """As it is shipped, an erasure erases."""
    subject = world.person()
    world.do("request_erasure", subject=subject)
    assert {name.class_ for name in world.state(subject).living} <= {EVIDENCE}


# ---- deletions that are reviewed ---------------------------------------------------------------


def test_where_deletions_are_reviewed_one_waits_for_its_reviewer(world: Sweeping) -> None:
    """Nothing dies, whoever wanted it carried out; the plan says who decides and until when."""
    subject = world.person()
    asked = world.do("request_erasure", subject=subject, service="online-products")
    assert world.deaths(subject) == []
    (request,) = world.bodies(subject, events.ErasureRequested)
    until = world.time().date() + dt.timedelta(days=30)
    assert (request.reviewer, request.decide_by) == ("data-protection-lead", until)
    planned = [slot for slot in world.ledger.erasure_plan(subject) if slot.review]
    assert {slot.action for slot in planned} == {"wait"}
    assert {slot.review for slot in planned} == {("data-protection-lead", until)}
    assert world.sweep().state == "nothing-due"
    world.do("erase", subject=subject, erasure=asked.ids["erasure"])
    assert world.state(subject).erased


def test_where_deletions_are_automatic_they_are_carried_out(world: Sweeping) -> None:
    """At once, as without a service; one the policy does not list is an error."""
    subject = world.person()
    world.do("request_erasure", subject=subject, service="web-site")
    assert world.state(subject).erased
    with pytest.raises(InvalidInput):
        world.do("request_erasure", subject=world.person(), service="no-such-service")
