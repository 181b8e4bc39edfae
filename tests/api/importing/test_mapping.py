"""The mapping: read strictly, checked against the policy before a line is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.importing import load_mapping
from api.importing.mapping import check_mapping
from ledger.errors import InvalidInput
from ledger.policy.document import DEFAULT, load
from tests.api.importing.conftest import SHORT
from tests.api.importing.sample import MAPPING


def test_the_shipped_mapping_fits_the_shipped_policy() -> None:
    """All it names is listed, except the attribute that is unlisted on purpose."""
    mapping = load_mapping(MAPPING.read_text("utf-8"))
    policy = load(DEFAULT.read_text("utf-8"))
    check_mapping(mapping, policy)
    assert set(mapping.attributes) - set(policy.attributes) == {"loyalty-tier"}


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("format: csv", "format: xlsx", "format"),
        ("country: india", "country: india\nmarket: IN", "mapping"),
        ("country: india", "country: india\nservice: web-site\nmarket: india", "market"),
        ("country: india", "country: india\nmisspelt: x", "misspelt"),
        ("country: india", "", "country"),
        ("email: email-address", "email: client-number", "mapping"),
        ("[client-number, email-address]", "[client-number, tax-number]", "mapping"),
        ("{column: day}", "{column: day, date: 2024-01-01}", "occurred_at"),
        ("{column: day}", "{date: 01.02.2024}", "occurred_at.date"),
        ("given: [", "given: [*x, ", "mapping"),
        ("email: email-address", "email: Email Address", "columns.email"),
    ],
)
def test_a_mapping_with_a_mistake_is_refused(old: str, new: str, field: str) -> None:
    """By the key it is in, and its line."""
    with pytest.raises(InvalidInput) as refused:
        load_mapping(SHORT.replace(old, new))
    assert refused.value.facts["field"] == field
    assert int(refused.value.facts["line"]) >= 1


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("country: india", "contry: india", "is not a key here: did you mean country?"),
        ("language: en", "langage: en", "is not a key here: did you mean language?"),
        ("country: india", "", "is missing: add it"),
        ("{column: day}", "{column: day, date: 2024-01-01}", "must name either a column or a date"),
        ("format: csv", "format: csv\ndelimiter: x", "must be one of ',', ';', '|' or '\\t'"),
    ],
)
def test_a_mistake_is_told_in_words_of_the_mapping(old: str, new: str, rule: str) -> None:
    """Not in the validator's; a misspelt key comes before the one that is missing for it."""
    with pytest.raises(InvalidInput) as refused:
        load_mapping(SHORT.replace(old, new))
    assert refused.value.facts["rule"].startswith(rule)


def test_what_the_policy_lists_is_named() -> None:
    """The likely one, so that nobody has to search the document."""
    mapping = load_mapping(SHORT.replace("source: earlier-records", "source: earlier-record"))
    with pytest.raises(InvalidInput, match=r"did you mean earlier-records\?"):
        check_mapping(mapping, load(DEFAULT.read_text("utf-8")))


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("source: earlier-records", "source: earlier-record", "source"),
        ("country: india", "country: atlantis", "country"),
        ("[account-keeping, ", "[account-keepin, ", "purposes"),
        ("version: signup-notice-1", "version: signup-notice-9", "notice"),
        ("language: en", "language: fr", "notice"),
        ("[client-number, email-address]", "[client-number, phone-number]", "recognise_by"),
        ("purpose: promotional-news", "purpose: promotional", "consents"),
        ("country: india", "country: india\nscopes: {tax: number}", "scopes"),
        ("country: india", "country: india\nservice: web", "service"),
        ("country: india", "country: india\ntemplate: newsletter", "template"),
    ],
)
def test_a_mapping_that_the_policy_does_not_know_is_refused(old: str, new: str, field: str) -> None:
    """A misspelling would otherwise be told of every person in the file."""
    mapping = load_mapping(SHORT.replace(old, new))
    with pytest.raises(InvalidInput) as refused:
        check_mapping(mapping, load(DEFAULT.read_text("utf-8")))
    assert refused.value.facts["field"] == field


def test_a_mapping_in_the_words_of_another_policy_fits_that_one() -> None:
    """Nothing of the shipped policy is known to the importer."""
    school = load((Path(__file__).parents[2] / "stories" / "school.yaml").read_text("utf-8"))
    text = """
format: jsonl
columns: {nr: schuelernummer, name: rufname, zeugnis: zeugnistext}
recognise_by: [schuelernummer]
source: abgebende-schule
country: schweiz
purposes: [beschulung]
scopes: {zeugnisse: kennung}
"""
    check_mapping(load_mapping(text), school)


def test_what_came_later_and_is_not_said_changes_no_words() -> None:
    """An import that began before there were these keys goes on as the same one."""
    plain = load_mapping(SHORT)
    assert b"market" not in plain.words() and b"template" not in plain.words()
    said = load_mapping(SHORT + "\nservice: web-site\nmarket: IN\n")
    assert b'"market":"IN"' in said.words()
