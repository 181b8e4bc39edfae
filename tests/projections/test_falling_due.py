"""How many keys fall due soon, under one document or another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from ledger.config import Settings
from ledger.policy import document
from projections import falling_due
from tests.ledger.world import BILLING, CONTACT

from .published import SHIPPED, Office, changed, office

ENDS = f"classes.{BILLING}.ends.after"
BEFORE = document.read(SHIPPED)


@pytest.fixture
def here(store_settings: Settings) -> Iterator[Office]:
    with office(store_settings) as opened:
        yield opened


def billed(here: Office, year: int) -> None:
    here.bill(here.person(), dt.datetime(year, 6, 1, tzinfo=dt.UTC))


def found(here: Office, text: str, today: dt.date) -> dict[str, falling_due.FallingDue]:
    with here.tables() as tables:
        rows = falling_due.compared(tables, BEFORE, document.read(text), today)
    return {row.retention_class: row for row in rows}


def test_a_longer_or_shorter_period_moves_what_falls_due(here: Office) -> None:
    """Billing data of a year from April ends two years after its end; within thirty days counts."""
    for year in (2023, 2024, 2024):
        billed(here, year)
    soon = dt.date(2027, 3, 15)  # the year from April 2024 is over on 1 April 2025
    same = found(here, SHIPPED, soon)[BILLING]
    assert (same.living, same.before, same.after, same.slipped) == (3, 3, 3, False)
    longer = found(here, changed({ENDS: "P36M"}), soon)[BILLING]
    assert (longer.before, longer.after) == (3, 1)
    early = dt.date(2026, 3, 15)
    shorter = found(here, changed({ENDS: "P12M"}), early)[BILLING]
    assert (shorter.before, shorter.after) == (1, 3)
    far = found(here, SHIPPED, dt.date(2026, 2, 28))[BILLING]
    assert (far.before, far.after) == (0, 0), "1 April is more than thirty days away"


def test_what_ends_after_it_came_is_counted_by_the_day_it_came_in_the_world(here: Office) -> None:
    """Not by the day on which an import told of it."""
    billed(here, 2024)
    ends = {f"classes.{BILLING}.ends": {"after": "P12M", "of": "birth"}}
    row = found(here, changed(ends), dt.date(2025, 5, 15))[BILLING]
    assert (row.living, row.after) == (1, 1)
    row = found(here, changed(ends), dt.date(2025, 4, 15))[BILLING]
    assert (row.living, row.after) == (1, 0)


def test_a_shorter_period_counts_only_after_its_delay(here: Office) -> None:
    """Beyond thirty days of delay nothing more falls due within them."""
    billed(here, 2024)
    text = changed({ENDS: "P12M", "sweep.shortening_days": 40})
    row = found(here, text, dt.date(2026, 6, 1))[BILLING]
    assert (row.before, row.after) == (0, 0)


def test_days_written_for_months_are_pointed_at(here: Office) -> None:
    """A period cut to less than a tenth is likely a slip."""
    billed(here, 2024)
    row = found(here, changed({ENDS: "P24D"}), dt.date(2025, 6, 1))[BILLING]
    assert (row.after, row.slipped) == (1, True)


def test_dead_keys_are_not_counted(here: Office) -> None:
    """Nor what customers, evidence or requests decide."""
    person = here.person()
    here.bill(person, dt.datetime(2024, 6, 1, tzinfo=dt.UTC))
    here.do("request_erasure", subject=person)
    assert BILLING not in found(here, SHIPPED, dt.date(2030, 1, 1))


def test_after_the_last_account_is_closed_a_persons_contact_data_falls_due(here: Office) -> None:
    """Not while another one is open, and not of who never had one; leaving counts like closing."""
    members = [here.person() for _ in range(4)]  # the last one has no account
    accounts = [here.do("open_account", kind="organisation").ids["account"] for _ in range(2)]
    roles = ("account-owner",)
    first = dt.date(2026, 1, 1)
    for account, person in ((0, 0), (0, 1), (1, 1), (1, 2)):
        here.do(
            "join_account", account=accounts[account], subject=members[person], roles=roles,
            since=first,
        )  # fmt: skip
    here.do("close_account", account=accounts[0], day=dt.date(2026, 3, 1))
    text = changed({f"classes.{CONTACT}.ends": {"after": "P90D", "of": "account-closed"}})
    row = found(here, text, dt.date(2026, 5, 10))[CONTACT]
    assert (row.living, row.before, row.after) == (4, 1, 1)
    here.do("leave_account", account=accounts[1], subject=members[1], until=dt.date(2026, 3, 10))
    row = found(here, text, dt.date(2026, 5, 10))[CONTACT]
    assert row.after == 2
