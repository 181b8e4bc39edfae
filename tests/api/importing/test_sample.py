"""The export that is shipped: 1,000 customers of fiction, and every planted fault found by its rule."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from api.importing import load_mapping, run_import
from ledger.application import Ledger
from tests.api.importing.conftest import owner, people, silent
from tests.api.importing.people_of_fiction import customers
from tests.api.importing.sample import (
    CHANGED,
    COUNT,
    FAULTS,
    FILE,
    MAPPING,
    REPEATED,
    UNLISTED,
    sample,
)


def test_the_shipped_file_is_what_the_generator_makes() -> None:
    """The sample can be made again, byte for byte."""
    assert FILE.read_bytes() == sample()


def test_the_sample_is_imported_and_its_faults_are_found(ledger: Ledger, tmp_path: Path) -> None:
    """Every customer is registered once; each fault is reported by line and rule."""
    mapping = load_mapping(MAPPING.read_text("utf-8"))
    reports = [tmp_path / "first.csv", tmp_path / "second.csv"]
    first, second = (
        run_import(
            ledger, FILE, mapping, by=owner(ledger), import_id=None, progress=silent, report=report
        )
        for report in reports
    )

    assert len(people(ledger)) == first.registered == COUNT
    assert (first.changed, first.unchanged) == (len(CHANGED), len(REPEATED))
    assert first.irregular == len(UNLISTED)
    assert first.refused == len(FAULTS) + 1  # and the line whose identifiers are of two people
    assert first.lines == COUNT + len(CHANGED) + len(REPEATED) + first.refused
    assert first.exit_code == 3

    lines = list(csv.DictReader(io.StringIO(reports[0].read_text("utf-8"))))
    found = zip(FAULTS, lines, strict=False)
    assert [fault for (fault, _), line in found if fault not in line["rule"]] == []
    assert "different people" in lines[-1]["rule"]

    assert (second.registered, second.changed, second.consents) == (0, 0, 0)
    assert second.repeated + second.unchanged + second.refused == first.lines
    assert reports[1].read_bytes() == reports[0].read_bytes()


def test_the_report_of_the_sample_holds_no_value(ledger: Ledger, tmp_path: Path) -> None:
    """What is refused is named by line, column and rule alone."""
    report = tmp_path / "refused.csv"
    mapping = load_mapping(MAPPING.read_text("utf-8"))
    run_import(
        ledger, FILE, mapping, by=owner(ledger), import_id=None, progress=silent, report=report
    )
    text = report.read_text("utf-8")
    said = {
        value
        for customer in customers(COUNT + len(FAULTS) + 1)
        for column, value in customer.items()
        if column in ("customer_no", "email", "phone", "address", "tax_no", "name") and value
    }
    assert [value for value in said if value in text] == []
    assert report.stat().st_mode & 0o777 == 0o600
