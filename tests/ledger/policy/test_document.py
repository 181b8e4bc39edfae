"""A policy document: what is read, and what is refused with line, key, rule and remedy."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ledger.errors import PolicyInvalid
from ledger.policy import document, tree
from ledger.policy.model import PolicyDocument

ROOT = Path(__file__).parents[3]
SHIPPED = document.DEFAULT.read_text()
SCHOOL = (ROOT / "tests" / "stories" / "school.yaml").read_text()


def changed(old: str, new: str) -> str:
    """The school's document with one place changed; the place is there exactly once."""
    assert SCHOOL.count(old) == 1, old
    return SCHOOL.replace(old, new)


def refused(text: str) -> dict[str, str]:
    with pytest.raises(PolicyInvalid) as caught:
        document.load(text)
    return caught.value.facts


def line_of(text: str, part: str) -> str:
    return str(next(n for n, line in enumerate(text.splitlines(), 1) if part in line))


def ids(policy: PolicyDocument) -> set[str]:
    """Every id that the document defines."""
    sections = [getattr(policy, name) for name in type(policy).model_fields]
    return {policy.policy.label}.union(*(part for part in sections if isinstance(part, dict)))


# ---- the two documents -------------------------------------------------------------------------


@pytest.mark.parametrize("text", [SHIPPED, SCHOOL], ids=["shipped", "school"])
def test_both_documents_load_without_a_problem(text: str) -> None:
    """The one that is shipped, and that of another organisation in another language."""
    assert document.problems(text) == []
    assert document.load(text).policy.label


def test_the_documents_have_no_id_in_common() -> None:
    """Otherwise the second could not show that the code knows none of the first."""
    assert ids(document.load(SHIPPED)) & ids(document.load(SCHOOL)) == set()


def test_no_id_of_either_document_is_a_word_of_the_code() -> None:
    """Purposes, classes, recipients and grounds are data: no literal of the packages names one."""
    known = ids(document.load(SHIPPED)) | ids(document.load(SCHOOL))
    found = [
        (str(file.relative_to(ROOT)), line, word)
        for package in ("ledger", "projections", "api")
        for file in (ROOT / package).rglob("*.py")
        for line, literal in literals(file)
        for word in set(re.findall(r"[a-z0-9-]+", literal)) & known
    ]
    assert found == []


def literals(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def test_each_purpose_that_is_shipped_cites_its_sentence() -> None:
    """Customer data is used for what the policy states (POLICY.md, P02)."""
    purposes = document.load(SHIPPED).purposes
    assert [id_ for id_, one in purposes.items() if not one.statement] == []


def test_the_special_classes_and_the_primary_controller_are_found_by_role() -> None:
    """Code asks for the role; the id is the document's."""
    school = document.load(SCHOOL)
    assert school.identifying_class == "stammdaten"
    assert school.evidence_class == "nachweise"
    assert school.request_class == "antragsunterlagen"
    assert school.primary_controller == "schule-am-park"


def test_the_digest_is_that_of_the_published_text() -> None:
    """SHA-256 of the UTF-8 text, of the document and of each notice."""
    assert document.digest(SCHOOL) == hashlib.sha256(SCHOOL.encode()).digest()
    notice = document.load(SCHOOL).notices["anmeldung-2026"]
    assert notice.digest("de") == hashlib.sha256(notice.texts["de"].encode()).digest()
    assert notice.digest("de") != notice.digest("tr")
    with pytest.raises(KeyError):
        notice.digest("fr")


# ---- YAML, and less than YAML ------------------------------------------------------------------


def test_on_off_and_no_stay_words() -> None:
    """A switch is `on`, Norway may be `no`, and neither becomes a truth value."""
    assert document.load(SCHOOL).purposes["beschulung"].default == "on"
    assert document.load(SCHOOL).purposes["klassenpost"].default == "off"
    norway = document.load(changed("  schweiz: {name", "  no: {name: Norge}\n  schweiz: {name"))
    assert norway.countries["no"].name == "Norge"
    read = tree.read("no: off\n2026-01-01: 1.5\n012: 012\nnull: null\nyes: 12\ntrue: true\n").data
    assert read == {
        "no": "off", "2026-01-01": "1.5", "012": "012", "null": None, "yes": 12, "true": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "must hold keys"),
        ("[a, b]", "must hold keys"),
        ("a: b: c", "is not YAML"),
        ("a: 'b", "is not YAML"),
        ("a: 1\n---\nb: 2\n", "is not YAML"),
        ("a: \x00", "is not YAML"),
        ("a: \ud800", "is not YAML"),
        ("a: &x 1\nb: *x\n", "uses an anchor or alias"),
        ("a: !!str 1", "uses a tag"),
        ("a: !!python/object/apply:os.system [ls]", "uses a tag"),
        ("? [a, b]\n: c", "has a key that is not a text"),
        ("a: " + "[" * 20_000, "is nested too deeply"),
        ("a: " + "x" * 600_000, "is larger than 512 KiB"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_what_is_not_such_a_document_is_refused(text: str, rule: str) -> None:
    """Broken, clever and oversized texts get a rule and a remedy, and nothing is executed."""
    facts = refused(text)
    assert facts["rule"].startswith(rule)
    assert facts["remedy"]


def test_a_key_given_twice_is_refused() -> None:
    """YAML readers disagree on which one counts; here none does."""
    text = changed("  hauspost: {", "  verschluesselt: {")
    facts = refused(text)
    assert facts["key"] == "channels.verschluesselt"
    assert facts["rule"].startswith("is given twice")
    assert facts["line"] == str(int(line_of(SCHOOL, "  verschluesselt:")) + 1)


def test_without_libyaml_the_same_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slower reader gives the same parts."""
    fast = tree.read(SCHOOL)
    monkeypatch.setattr(tree, "_Loader", yaml.SafeLoader)
    assert tree.read(SCHOOL) == fast


# ---- references and forms ---------------------------------------------------------------


def test_a_misspelt_key_comes_with_the_likely_one() -> None:
    """The remedy says what was probably meant."""
    facts = refused(changed("    standing: true", "    standign: true"))
    assert facts["key"] == "recipients.rechenzentrum.standign"
    assert facts["rule"] == "is not a key here"
    assert facts["remedy"] == "did you mean standing?"
    assert facts["line"] == line_of(SCHOOL, "    standing: true")


def test_a_reference_to_nothing_comes_with_the_likely_one() -> None:
    """Each item of a list has its own line where it is written on one."""
    facts = refused(changed("classes: [stammdaten, beitraege]\n    review", "classes:\n"
                            "    - stammdaten\n    - beitrage\n    review"))  # fmt: skip
    assert facts["key"] == "retention_grounds.offene-forderung.classes"
    assert facts["rule"] == "beitrage is not in classes"
    assert facts["remedy"] == "did you mean beitraege?"
    assert int(facts["line"]) == int(line_of(SCHOOL, "  offene-forderung:")) + 6


def test_all_problems_are_listed_by_line() -> None:
    """An author mends them in one go; the error itself names the first and counts the others."""
    text = changed("days: 14", "days: soon").replace("authorisation_hours: 24", "")
    text = text.replace("year_starts: 8", "year_starts: 13")
    found = document.problems(text)
    assert [one.key for one in found] == [
        "authorisation_hours", "policy.year_starts", "irregularities.days",
    ]  # fmt: skip
    assert refused(text)["more"] == "2"


FORMS: list[tuple[str, str, str, str]] = [
    ("effective: 2026-08-01", "effective: 2026-02-30", "policy.effective", "must be a date"),
    ("effective: 2026-08-01", "effective: 20260801", "policy.effective", "must be a date"),
    ("language: de", "language: Deutsch", "policy.language", "must be a language code"),
    ("label: schule-am-park-2026", "label: Schule", "policy.label", "must be an id"),
    ("review: P6M", "review: 6 months", "retention_grounds.offene-forderung.review",
     "must be a period"),
    ("review: P6M", "review: P", "retention_grounds.offene-forderung.review", "must be a period"),
    ("  rufname: {label", "  7rufname: {label", "attributes.7rufname",
     "must be an id that starts with a letter"),
    ("sekretariat: sekretariat@schule-am-park.example", "sekretariat: nebenan",
     "contacts.sekretariat", "must be an e-mail address"),
    ("iri: https://w3id.org/dpv#PaymentManagement", "iri: dpv:PaymentManagement",
     "purposes.essensversorgung.iri", "must be an address that starts with http"),
    ("lookup: tel/1", "lookup: tel/2", "attributes.notruf.lookup", "must be email/1, tel/1"),
    ("attributes: [rufname, elternpost]", "attributes: [rufname, rufname]",
     "recipients.postversand.attributes", "names something twice"),
    ("attributes: [rufname, elternpost]", "attributes: []", "recipients.postversand.attributes",
     "must name at least one"),
    ("Schulgesetz\n    kinds: [authority]", "Schulgesetz\n    kinds: []",
     "disclosure_grounds.gesetzliche-anfrage.kinds",
     "must name at least one"),
    ("choices: [evangelisch, katholisch, Ethik]", "choices: [Ethik, Ethik]",
     "attributes.bekenntnis.choices", "names something twice"),
    ("deletion: automatic", "deletion: soon", "services.schulportal.deletion",
     "must be one of 'automatic' or 'reviewed'"),
    ("covered: true", "covered: yes", "services.schulportal.covered", "must be true or false"),
    ("days: 14", "days: 0", "irregularities.days", "must be at least 1"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "rule"), FORMS)
def test_a_value_in_the_wrong_form_is_named_with_its_rule(
    old: str, new: str, key: str, rule: str
) -> None:
    """Ids, dates, periods, addresses and choices have one form each."""
    facts = refused(changed(old, new))
    assert (facts["key"], facts["rule"][: len(rule)]) == (key, rule)


def test_a_loaded_document_does_not_change() -> None:
    """It is shared by everything that decides."""
    school: Any = document.load(SCHOOL)
    with pytest.raises(ValueError, match="frozen"):
        school.unlisted_class = "beitraege"
