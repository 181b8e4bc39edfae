"""`ledger policy coverage`: what proves each statement, for people and for programs."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from api.cli import app
from ledger.policy.statements import coverage


def told(*words: str) -> str:
    """What the command prints; it needs no ledger."""
    result = CliRunner().invoke(app, ["policy", "coverage", *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_program_gets_one_object_a_statement() -> None:
    """With its number, rules, tests, and what is open or nothing."""
    found = json.loads(told("--json"))
    assert [one["id"] for one in found] == [one.id for one in coverage()]
    assert all(set(one) == {"id", "title", "rules", "tests", "open"} for one in found)
    sold = next(one for one in found if one["id"] == "P16")
    assert {"purpose-prohibited", "third-party-marketing"} <= set(sold["rules"])
    assert sold["open"] is None


def test_people_read_each_statement_with_its_proofs() -> None:
    """And of one that does not hold as a whole, what is missing."""
    page = told()
    for one in coverage():
        assert f"{one.id}  {one.title}" in page
        assert one.open is None or f"open   {one.open}" in page
        assert all(test.removeprefix("tests/") in page for test in one.tests)
