"""The laws that protect a person: which apply, and that the stricter one wins and is named."""

from __future__ import annotations

import datetime as dt
from typing import get_args

import pytest

from ledger.policy import consenting, regimes
from ledger.policy.uses import Basis
from tests.ledger.policy.people import POLICY, Someone

EUROPE, CALIFORNIA, INDIA = "eu-gdpr", "california-ccpa", "india-dpdp"
DAY = dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    ("determined", "applying"),
    [
        ((), (INDIA,)),
        (("a-law-of-before",), (INDIA,)),
        ((EUROPE, "a-law-of-before"), (EUROPE,)),
        ((CALIFORNIA, EUROPE), (CALIFORNIA, EUROPE)),
    ],
)
def test_which_laws_apply(determined: tuple[str, ...], applying: tuple[str, ...]) -> None:
    """Those that were determined and are listed; of a person without any, the default ones."""
    assert tuple(regimes.applying(POLICY, determined)) == applying


@pytest.mark.parametrize(
    ("purpose", "determined", "basis", "by"),
    [
        ("product-research", (EUROPE,), "legitimate-interest", EUROPE),
        ("product-research", (EUROPE, INDIA), "consent", INDIA),
        ("product-research", (CALIFORNIA,), "legitimate-interest", CALIFORNIA),
        ("product-research", (), "consent", INDIA),
        ("promotional-news", (EUROPE, INDIA), "consent", None),
    ],
)
def test_the_strictest_basis_counts(
    purpose: str, determined: tuple[str, ...], basis: str, by: str | None
) -> None:
    """Consent before an interest; a law is named where it can make a difference."""
    assert regimes.resting(POLICY, POLICY.purposes[purpose], determined) == (basis, by)


def test_the_shortest_clock_counts() -> None:
    """A month is shorter than 45 days; without a law there is no clock."""
    assert regimes.earliest(POLICY, (CALIFORNIA,), "answer", DAY) == (
        dt.date(2026, 3, 17),
        CALIFORNIA,
    )
    assert regimes.earliest(POLICY, (CALIFORNIA, EUROPE), "answer", DAY) == (
        dt.date(2026, 2, 28),
        EUROPE,
    )
    silent = POLICY.model_copy(update={"regimes": {}, "default_regimes": ()})
    assert regimes.earliest(silent, (), "answer", DAY) is None


def test_one_law_is_enough_to_narrow_what_was_volunteered() -> None:
    """It is named."""
    assert regimes.narrowing(POLICY, (CALIFORNIA, EUROPE)) == EUROPE
    assert regimes.narrowing(POLICY, (CALIFORNIA,)) is None
    assert regimes.narrowing(POLICY, ()) is None


def test_every_basis_has_its_place() -> None:
    """Those of GDPR Art. 6(1), each once."""
    assert sorted(regimes._STRICTNESS) == sorted(get_args(Basis))
    assert len(get_args(Basis)) == 6


@pytest.mark.parametrize(
    ("basis", "found"),
    [
        ("public-task", ()),
        ("legitimate-interest", ()),
        ("vital-interest", ("objection-not-possible",)),
        ("legal-obligation", ("objection-not-possible",)),
    ],
)
def test_people_object_to_what_rests_on_an_interest_or_a_public_task(
    basis: Basis, found: tuple[str, ...]
) -> None:
    """GDPR Art. 21(1)."""
    purpose = POLICY.purposes["product-research"].model_copy(update={"basis": basis, "bases": {}})
    policy = POLICY.model_copy(update={"purposes": {"product-research": purpose}})
    told = consenting.objecting(policy, Someone(), "product-research")
    assert tuple(one.rule for one in told) == found
