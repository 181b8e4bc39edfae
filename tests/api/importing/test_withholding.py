"""Numbers of cards and accounts in an export: the line is taken without them, and the report says so."""

from __future__ import annotations

import csv
from collections.abc import Callable

from api.importing import ImportResult
from ledger.application import Ledger
from tests.api.importing.conftest import people

Imported = Callable[..., tuple[ImportResult, list[str]]]
ZOE = "C-1,zoe@example.org,Zoë Example,+44 20 7946 0001,Mill Lane 1,,2024-05-01,yes"
CARD = ZOE.replace("Mill Lane 1,,", "Visa 4111 1111 1111 1111,IBAN GB33BUKB20201555555555,")


def places(report: list[str]) -> list[tuple[str, str, str]]:
    """Line, column and rule of each line of a report."""
    return [(line, column, rule) for line, column, rule, _ in csv.reader(report)]


def test_a_line_is_taken_without_them(ledger: Ledger, imported: Imported) -> None:
    """Listed attribute or not; the rest is kept, and the consent it states stands."""
    result, report = imported(CARD)
    (zoe,) = people(ledger).values()
    assert zoe.topics == (
        *("subject-registered", "data-collected", "irregularity-found", "consent-given"),
    )
    assert {name for name, _ in zoe.values} == {
        *("client-number", "email-address", "full-name", "phone-number"),
    }
    assert (result.registered, result.irregular, result.refused) == (1, 1, 0)
    assert (result.withheld, result.exit_code) == (2, 3)
    assert places(report) == [
        ("2", "paid", "holds a number that is never stored: card-number (visa, 16 characters)"),
        ("2", "tier", "holds a number that is never stored: iban (gb, 22 characters)"),
    ]
    assert "4111" not in str(report) and "20201555" not in str(report)


def test_running_it_again_says_the_same_and_stores_nothing(
    ledger: Ledger, imported: Imported
) -> None:
    """The same import, and another one of a person who has not changed."""
    _, first = imported(CARD)
    end = ledger.recorder.last()
    result, report = imported(CARD)
    assert (result.repeated, result.withheld, report) == (1, 2, first)
    assert ledger.recorder.last() == end
    for _ in range(2):
        result, report = imported(CARD, import_id="next month")
        assert (result.unchanged, result.withheld, report) == (1, 2, first)
        assert ledger.recorder.last() == end


def test_nobody_is_recognised_by_one(ledger: Ledger, imported: Imported) -> None:
    """The person could not be found by it again, and would be registered anew each time."""
    result, report = imported(ZOE.replace("C-1", "4111111111111111"))
    assert people(ledger) == {}
    assert (result.refused, result.withheld) == (1, 0)
    rule = "nobody is recognised by the number of a card or an account"
    assert places(report) == [("2", "client-number", rule)]
