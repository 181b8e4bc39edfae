"""Policy is data: no word of a policy document stands in the code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

from ledger.policy.document import DEFAULT

ROOT = Path(__file__).parents[2]
SECTIONS = (
    *("controllers", "services", "safeguards", "countries", "laws", "roles", "functions"),
    *("reasons", "channels", "classes", "attributes", "sources", "purposes", "notices"),
    *("recipients", "disclosure_grounds", "retention_grounds"),
)


def ids(document: Path) -> set[str]:
    """Every id the document gives a meaning to."""
    read = yaml.safe_load(document.read_text("utf-8"))
    return {name for section in SECTIONS for name in read[section]} | {read["policy"]["label"]}


def literals(path: Path) -> set[str]:
    """Every text in a source file, except its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    }


@pytest.mark.parametrize("document", [DEFAULT, ROOT / "tests/stories/school.yaml"])
def test_no_id_of_a_document_is_a_literal_in_the_packages(document: Path) -> None:
    """Purposes, classes, recipients and the rest are named by documents, never by code."""
    named = ids(document)
    assert len(named) > 50
    spoken = [
        (str(path.relative_to(ROOT)), text)
        for package in ("ledger", "projections", "api")
        for path in sorted((ROOT / package).rglob("*.py"))
        for text in sorted(literals(path) & named)
    ]
    assert spoken == []


def test_the_two_documents_share_no_id() -> None:
    """So what runs under both depends on the words of neither."""
    assert ids(DEFAULT) & ids(ROOT / "tests/stories/school.yaml") == set()
