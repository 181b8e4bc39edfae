"""By when a person is told where data came from, and under which law (P05)."""

from __future__ import annotations

import datetime as dt

import pytest

from ledger.policy import document
from ledger.policy.duties import inform_by, telling
from tests.ledger.policy.people import POLICY

DAY = dt.date(2026, 1, 31)
A_MONTH = dt.date(2026, 2, 28)


def clocked(**inform: str):
    """The shipped document with other periods: regime → period."""
    text = document.DEFAULT.read_text()
    for regime, period in inform.items():
        head, found, tail = text.partition(f"  {regime.replace('_', '-')}:\n    label")
        text = head + found + tail.replace("inform: P1M", f"inform: {period}", 1)
    return document.load(text)


def test_what_others_supply_is_told_within_the_period_of_the_law() -> None:
    """Of the law that was determined; without one, of the document's default."""
    assert inform_by(POLICY, "reseller-order", ["eu-gdpr"], DAY) == (A_MONTH, "eu-gdpr")
    assert inform_by(POLICY, "buyer-on-behalf", [], DAY) == (A_MONTH, "india-dpdp")
    assert inform_by(POLICY, "reseller-order", ["no-such-law"], DAY) == (A_MONTH, "india-dpdp")


@pytest.mark.parametrize("source", ["signup-form", "earlier-records", "elsewhere", None])
def test_what_the_person_said_needs_no_telling(source: str | None) -> None:
    """Nor what comes from a source that the document does not list: it cannot say what that is."""
    assert inform_by(POLICY, source, ["eu-gdpr"], DAY) is None


def test_the_strictest_law_counts_and_is_named() -> None:
    """In whatever order they were determined."""
    policy = clocked(eu_gdpr="P30D", california_ccpa="P10D")
    for regimes in (["eu-gdpr", "california-ccpa"], ["california-ccpa", "eu-gdpr"]):
        due = dt.date(2026, 2, 10)
        assert inform_by(policy, "reseller-order", regimes, DAY) == (due, "california-ccpa")


def test_a_document_that_knows_no_law_sets_no_day() -> None:
    """One of before had no clocks; nothing is guessed."""
    silent = POLICY.model_copy(update={"regimes": {}, "default_regimes": ()})
    assert inform_by(silent, "reseller-order", ["eu-gdpr"], DAY) is None


def test_the_last_day_is_in_time() -> None:
    """The day after is not."""
    assert telling(A_MONTH, A_MONTH) == ()
    (late,) = telling(A_MONTH, A_MONTH + dt.timedelta(days=1))
    assert late.rule == "inform-overdue"
