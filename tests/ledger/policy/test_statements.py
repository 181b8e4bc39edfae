"""The thirty statements: none is said to hold that nothing proves, and no proof is made up."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from ledger.policy.rules import RULES
from ledger.policy.statements import coverage

ROOT = Path(__file__).parents[3]


@cache
def names_in(path: str) -> set[str]:
    """The names of the tests of a file; none if there is no such file."""
    file = ROOT / path
    tree = ast.parse(file.read_text("utf-8")) if file.is_file() else ast.Module([], [])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_statement_is_there_once_in_order() -> None:
    """P01 to P30, each with a sentence."""
    found = coverage()
    assert [one.id for one in found] == [f"P{number:02}" for number in range(1, 31)]
    assert all(one.title for one in found)


def test_a_statement_that_is_not_open_has_a_test() -> None:
    """And one that is open says what is missing."""
    assert [one.id for one in coverage() if one.open is None and not one.tests] == []
    assert all(one.open is None or len(one.open) > 20 for one in coverage())


def test_the_story_of_all_rules_is_no_ones_only_proof() -> None:
    """It plays every rule there is, so it alone would let any statement hold that a rule names."""
    of_its_own = {
        one.id: [test for test in one.tests if "test_each_rule" not in test] for one in coverage()
    }
    assert [one.id for one in coverage() if one.open is None and not of_its_own[one.id]] == []


def test_every_test_that_is_named_exists() -> None:
    """Where it is said to be."""
    missing = []
    for one in coverage():
        for name in one.tests:
            path, _, test = name.partition("::")
            if test not in names_in(path):
                missing.append((one.id, name))
    assert missing == []


def test_rules_and_statements_name_each_other() -> None:
    """No rule carries out a statement that is not there, and each rule stands where it says."""
    listed = {one.id: one.rules for one in coverage()}
    for code, rule in RULES.items():
        for number in rule.statements:
            assert code in listed[number]
    assert {code for rules in listed.values() for code in rules} <= set(RULES)
