"""Periods are counted by the calendar, and a scope is the first day of the policy's period."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput
from ledger.policy import document, periods

SCHOOL = document.load((Path(__file__).parents[2] / "stories" / "school.yaml").read_text())
DOCUMENT = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("start", "period", "end"),
    [
        ("2026-11-22", "P8Y", "2034-11-22"),
        ("2026-11-22", "P72M", "2032-11-22"),
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2028-02-29", "P1Y", "2029-02-28"),
        ("2026-12-31", "P2M", "2027-02-28"),
        ("2026-11-22", "P30D", "2026-12-22"),
        ("2026-01-31", "P1Y1M1D", "2027-03-01"),
        ("2026-11-22", "P0D", "2026-11-22"),
    ],
)
def test_a_period_ends_by_the_calendar(start: str, period: str, end: str) -> None:
    """Years and months first, the last day of a short month where needed, then days."""
    assert periods.add_period(dt.date.fromisoformat(start), period).isoformat() == end


@pytest.mark.parametrize("period", ["", "P", "8Y", "P8", "P1W", "PT1H", "P1M1Y", "P-1Y", "P1Y\n"])
def test_what_is_not_a_period_is_refused(period: str) -> None:
    """Weeks, hours and signs are not retention periods."""
    with pytest.raises(ValueError, match="a period is written"):
        periods.add_period(dt.date(2026, 1, 1), period)


@given(
    st.dates(max_value=dt.date(9000, 1, 1)),
    st.integers(0, 99), st.integers(0, 999), st.integers(0, 9999),
)  # fmt: skip
def test_a_longer_period_never_ends_earlier(
    day: dt.date, years: int, months: int, days: int
) -> None:
    """And the months of a period can be written as years."""
    end = periods.add_period(day, f"P{years}Y{months}M{days}D")
    assert end >= day
    assert periods.add_period(day, f"P{years * 12 % 1000}M") >= day
    assert periods.add_period(day, f"P{years}Y") == periods.add_period(day, f"P{years}Y0M0D")


@pytest.mark.parametrize(
    ("class_", "day", "scope"),
    [
        ("stammdaten", "2026-11-22", ""),
        ("lernstand", "2026-04-17", "2026-04-01"),
        ("beitraege", "2026-08-01", "2026-08-01"),
        ("beitraege", "2027-07-31", "2026-08-01"),
    ],
)
def test_a_period_gives_the_scope(class_: str, day: str, scope: str) -> None:
    """The year is the policy's own: this school's begins in August."""
    assert SCHOOL.scope_of(class_, dt.date.fromisoformat(day)) == scope
    assert SCHOOL.scope_of(class_, dt.date.fromisoformat(day), scope) == scope


def test_the_year_begins_in_january_unless_the_policy_says_otherwise() -> None:
    """A key of the document, with a default."""
    assert periods.start_of("year", dt.date(2026, 3, 31), 1) == dt.date(2026, 1, 1)
    assert periods.start_of("year", dt.date(2026, 3, 31), 4) == dt.date(2025, 4, 1)


@pytest.mark.parametrize("class_", ["zeugnisse", "gespraeche"])
def test_a_document_or_case_is_named_by_its_id(class_: str) -> None:
    """An id minted by the ledger, never derived from a date."""
    day = dt.date(2026, 11, 22)
    assert SCHOOL.scope_of(class_, day, DOCUMENT) == DOCUMENT
    for wrong in (None, "", "2026-11-01", DOCUMENT[:-1], DOCUMENT.upper()):
        with pytest.raises(InvalidInput):
            SCHOOL.scope_of(class_, day, wrong)


@pytest.mark.parametrize("class_", ["stammdaten", "lernstand", "beitraege"])
def test_a_scope_that_the_date_does_not_give_is_refused(class_: str) -> None:
    """Otherwise a value could outlive its period."""
    with pytest.raises(InvalidInput):
        SCHOOL.scope_of(class_, dt.date(2026, 11, 22), "2020-01-01")
