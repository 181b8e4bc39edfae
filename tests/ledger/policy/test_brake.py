"""What holds a sweep back, as pure rules."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.events import PauseReason
from ledger.policy import document
from ledger.policy.brake import Agreement, Clocks, Toll, held_back, limit, strictest
from ledger.policy.keeping import Sweep as Brake

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
BRAKE = Brake()


def clocks(process: float = 0, database: float = 0, keys: float = 0, last: float = -60) -> Clocks:
    """Seconds from now."""
    return Clocks(*(NOW + SECOND * one for one in (process, database, keys, last)))


def agreed(
    due: int, hours: float = 1, reason: PauseReason = "too-many"
) -> dict[PauseReason, Agreement]:
    """Two people agreed so many hours ago."""
    return {reason: Agreement(due, NOW - dt.timedelta(hours=hours))}


@pytest.mark.parametrize(
    ("told", "trusted"),
    [
        (clocks(), True),
        (clocks(process=60), True),
        (clocks(process=61), False),
        (clocks(database=30, keys=-31), False),
        (clocks(keys=-60.5), False),
        (clocks(last=4), True),  # clocks of an append may differ by five seconds
        (clocks(last=6), False),
        (clocks(process=3, database=3, keys=-3, last=3), False),
    ],
)
def test_clocks_agree_or_are_not_trusted(told: Clocks, trusted: bool) -> None:
    """Within a minute of each other, and none before the last entry."""
    assert (told.doubt(BRAKE) is None) == trusted


@given(st.tuples(*[st.floats(-1e9, 1e9)] * 4))
def test_the_moment_agreed_on_is_never_ahead_of_any_clock(told: tuple[float, ...]) -> None:
    """So no clock alone makes anything due."""
    made = clocks(*told)
    assert made.agreed <= min(made.process, made.database, made.keys)


@pytest.mark.parametrize(
    ("living", "allowed"),
    [(0, 100), (99_999, 100), (100_000, 100), (101_000, 101), (10**7, 10_000)],
)
def test_a_day_allows_a_share_or_a_hundred_whichever_is_more(living: int, allowed: int) -> None:
    """0.1 % of the living keys."""
    assert limit(BRAKE, living) == allowed


@pytest.mark.parametrize(
    ("toll", "held"),
    [
        (Toll(), None),
        (Toll(scheduled=500, died=500), None),  # nothing is to be done
        (Toll(fresh=100), None),
        (Toll(fresh=101), "too-many"),
        (Toll(fresh=50, scheduled=51), "too-many"),
        (Toll(ripe=100), None),
        (Toll(ripe=50, died=51), "too-many"),
        (Toll(fresh=100, ripe=100), None),  # a steady state: a hundred come, a hundred go
        (Toll(fresh=500, living=500_000), None),
        (Toll(fresh=501, living=500_000), "too-many"),
        (Toll(fresh=1, slipped=1), "period-cut"),
    ],
)
def test_what_a_day_allows(toll: Toll, held: str | None) -> None:
    """Both what is scheduled and what dies; and nothing that may be due by a slip."""
    found = held_back(BRAKE, toll, clocks(), {})
    assert (found and found[0]) == held


def test_the_strictest_brake_holds_while_several_versions_count() -> None:
    """Who loosens the brake waits like who shortens a period."""
    shipped = document.DEFAULT.read_text()
    old = (
        'sweep: {wait_hours: 24, keys: 100, share: "0.001", clock_seconds: 60, shortening_days: 7}'
    )
    loose = old.replace("100", "900").replace("0.001", "0.5").replace(": 7", ": 30")
    tight = old.replace("24", "48").replace("60", "30")
    versions = [document.load(shipped.replace(old, new)) for new in (old, loose, tight)]
    held = strictest(versions)
    assert (held.wait_hours, held.keys, held.share) == (48, 100, "0.001")
    assert (held.clock_seconds, held.shortening_days) == (30, 30)


def test_a_gap_in_the_log_holds_back_whatever_is_due() -> None:
    """Clocks that agree may be wrong together."""
    jumped = clocks()._replace(gap=dt.timedelta(days=32))
    assert held_back(BRAKE, Toll(fresh=1), jumped, {}) == ("clock-jumped", 0)
    assert held_back(BRAKE, Toll(), jumped, {}) is None
    assert held_back(BRAKE, Toll(fresh=1), jumped, agreed(1, reason="clock-jumped")) is None
    assert held_back(BRAKE, Toll(fresh=2), jumped, agreed(1, reason="clock-jumped")) is not None


@pytest.mark.parametrize(
    ("toll", "agreements", "held"),
    [
        (Toll(fresh=500), agreed(500), None),
        (Toll(fresh=600), agreed(500), None),  # a day's share more, meanwhile
        (Toll(fresh=601), agreed(500), "too-many"),
        (Toll(ripe=500), agreed(500, hours=71), None),
        (Toll(ripe=500), agreed(500, hours=73), "too-many"),
        (Toll(fresh=500), agreed(500, hours=-1), "too-many"),  # agreed in the future
        (Toll(fresh=500), {}, "too-many"),  # nobody agreed
        (Toll(fresh=500, slipped=1), agreed(500), "period-cut"),  # of that they were not told
        (Toll(fresh=500, slipped=500), agreed(500, reason="period-cut"), None),
        (Toll(fresh=501, slipped=1), agreed(500, reason="period-cut"), "period-cut"),
        (Toll(fresh=3, slipped=3), agreed(2, reason="period-cut"), "period-cut"),
        (Toll(fresh=501), agreed(500, reason="period-cut"), "too-many"),
        (Toll(fresh=500), agreed(500, reason="clock-jumped"), None),
    ],
)
def test_what_two_people_agreed_to(
    toll: Toll, agreements: dict[PauseReason, Agreement], held: PauseReason | None
) -> None:
    """As many as they were told of, for the reason they were told, for both phases and two days."""
    found = held_back(BRAKE, toll, clocks(), agreements)
    assert (found and found[0]) == held


def test_what_looks_like_a_mistake_is_told_before_the_number() -> None:
    """Who reads "too many" looks for a reason elsewhere; and each reason is agreed to by itself."""
    jumped = clocks()._replace(gap=dt.timedelta(days=32))
    toll = Toll(fresh=500, slipped=500)
    assert held_back(BRAKE, toll, jumped, {}) == ("period-cut", 0)
    cut = agreed(500, reason="period-cut")
    assert held_back(BRAKE, toll, jumped, cut) == ("clock-jumped", 0)
    both = cut | agreed(500, reason="clock-jumped")
    assert held_back(BRAKE, toll, jumped, both) is None
