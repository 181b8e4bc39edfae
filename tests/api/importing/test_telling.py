"""What a line tells, as the stream says it afterwards: values, findings, consents, scopes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from api.importing import ImportResult, load_mapping, run_import
from ledger.application import Ledger
from ledger.commands.values import Value
from ledger.config import Settings
from ledger.errors import InvalidInput
from ledger.events import DataCollected
from ledger.genesis import create
from ledger.mapper import entry_of
from ledger.policy.document import DEFAULT
from tests.api.importing.conftest import alike, owner, people, silent
from tests.ledger.world import relabelled

Imported = Callable[..., tuple[ImportResult, list[str]]]
ZOE = "C-1,zoe@example.org,Zoë Example,+44 20 7946 0001,Mill Lane 1,,2024-05-01,yes"


def test_a_line_becomes_a_person_with_values_in_their_normal_form(
    ledger: Ledger, imported: Imported
) -> None:
    """Registered and collected in one append; what the file says of consent is told."""
    result, _ = imported(ZOE)
    (zoe,) = people(ledger).values()
    assert zoe.topics == ("subject-registered", "data-collected", "consent-given")
    assert ("phone-number", "+442079460001") in zoe.values
    assert (result.registered, result.consents, result.exit_code) == (1, 1, 0)


def test_what_the_policy_does_not_list_is_kept_aside_with_a_finding(
    ledger: Ledger, imported: Imported
) -> None:
    """Telling is never refused for policy; and told again, it is no news."""
    gold = ZOE.replace("Lane 1,,", "Lane 1,gold,")
    result, _ = imported(gold)
    (name,) = people(ledger)
    found = [entry_of(row).body for row in ledger.recorder.select_events(name)]
    (body,) = [body for body in found if isinstance(body, DataCollected)]
    assert [finding.rule for finding in body.findings] == ["attribute-unlisted"]
    assert body.unlisted is not None
    assert result.irregular == 1
    end = ledger.recorder.last()
    assert imported(gold, gold)[0].unchanged == 2
    assert ledger.recorder.last() == end


def test_a_refused_line_leaves_nothing(ledger: Ledger, imported: Imported) -> None:
    """The report names its line, the attribute and the rule, and not the value."""
    result, report = imported(ZOE.replace("+44 20 7946 0001", "call-me-maybe"))
    assert (result.refused, result.exit_code) == (1, 3)
    assert report[0].startswith("2,phone-number,")
    assert "call-me" not in report[0]
    assert people(ledger) == {}


def test_a_consent_is_told_once_and_not_against_a_later_withdrawal(
    ledger: Ledger, imported: Imported
) -> None:
    """An old export still says yes after the person has said no."""
    imported(ZOE)
    (name,) = people(ledger)
    ledger.withdraw_consent(
        by=owner(ledger), key="w", subject=name, purpose="promotional-news"
    ).result(60)
    end = ledger.recorder.last()
    assert imported(ZOE, import_id="next month")[0].consents == 0
    assert ledger.recorder.last() == end


@pytest.mark.parametrize(("day", "told"), [("2024-05-01", 0), ("2024-05-03", 1)])
def test_no_consent_is_told_from_before_a_switching_off(
    ledger: Ledger, imported: Imported, day: str, told: int
) -> None:
    """Nobody consented or withdrew so far, but the purpose was switched off; later it may be."""
    imported(ZOE.replace(",yes", ",no"))
    (name,) = people(ledger)
    ledger.switch_processing(
        by=owner(ledger),
        key="off",
        subject=name,
        purpose="promotional-news",
        state="off",
        occurred_at=dt.datetime(2024, 5, 2, tzinfo=dt.UTC),
    ).result(60)
    assert imported(ZOE.replace("2024-05-01", day), import_id="later")[0].consents == told


def test_no_consent_is_told_against_a_request_for_erasure(
    ledger: Ledger, imported: Imported
) -> None:
    """The person wants to be forgotten; an export that still says yes is from before."""
    imported(ZOE.replace(",yes", ",no"))
    (name,) = people(ledger)
    by = owner(ledger)
    ledger.request_erasure(by=by, key="e", subject=name, carry_out=False).result(60)
    end = ledger.recorder.last()
    assert imported(ZOE)[0].consents == 0
    assert ledger.recorder.last() == end


def test_a_source_corrects_only_what_it_brought_itself(ledger: Ledger, imported: Imported) -> None:
    """What the person told at sign-up stands beside what the export says, before and after."""
    imported("C-1,zoe@example.org,,,,,2024-05-01,no")
    (name,) = people(ledger)
    own = Value(attribute="phone-number", value="+44 20 7946 0009")
    ledger.collect(
        by=owner(ledger),
        key="own",
        subject=name,
        values=(own,),
        source="self-service",
        country="india",
        purposes=("account-keeping",),
    ).result(60)
    for number in ("1", "2"):
        imported(f"C-1,zoe@example.org,,+44 20 7946 000{number},,,2024-05-02,no")
    told = {value for attribute, value in people(ledger)[name].values if attribute[:5] == "phone"}
    assert told == {"+442079460009", "+442079460002"}


def test_equal_values_of_two_people_are_two_peoples(ledger: Ledger, imported: Imported) -> None:
    """What one of them has told is no news of the other, and nobody can count who shares it."""
    ola = "C-2,ola@example.org,Ola Beispiel,,{},,2024-05-01,no"
    imported(ZOE, ola.format(""))
    result, _ = imported(ola.format("Mill Lane 1"))
    assert (result.changed, result.unchanged) == (1, 0)
    homes = [known.values for known in people(ledger).values()]
    assert all(("billing-address", "Mill Lane 1") in values for values in homes)


def test_a_document_is_told_under_its_own_id(ledger: Ledger, tmp_path: Path) -> None:
    """A class of documents takes its scope from a column; without one the line is refused."""
    text = """
format: jsonl
columns: {number: client-number, invoice: invoice-number}
recognise_by: [client-number]
source: earlier-records
country: india
purposes: [quotes-and-invoices]
scopes: {tax-documents: document}
"""
    file = tmp_path / "export.jsonl"
    document = "0123456789abcdef0123456789abcdef"
    file.write_text(
        f'{{"number": "C-1", "invoice": "I-1", "document": "{document}"}}\n'
        '{"number": "C-2", "invoice": "I-2"}\n'
    )
    mapping = load_mapping(text)
    result = run_import(ledger, file, mapping, by=owner(ledger), import_id=None, progress=silent)
    assert (result.registered, result.refused) == (1, 1)
    (name,) = people(ledger)
    scopes = {item.slot.scope for item in ledger.subjects([name])[0].standing()}
    assert scopes == {"", document}


def test_another_organisation_imports_in_its_own_words(
    store_settings: Settings, tmp_path: Path
) -> None:
    """A policy with no id in common with the shipped one."""
    school = Path(__file__).parents[2] / "stories" / "school.yaml"
    settings = Settings(**{**store_settings.model_dump(exclude_defaults=True), "policy": school})
    create(settings)
    ledger = Ledger.open(settings)
    file = tmp_path / "schule.csv"
    file.write_text("nr;name;post\n7;Änne Muster;eltern@example.org\n", "windows-1252")
    mapping = load_mapping("""
format: csv
encoding: windows-1252
delimiter: ";"
columns: {nr: schuelernummer, name: rufname, post: elternpost}
recognise_by: [schuelernummer, elternpost]
source: abgebende-schule
supplier: Grundschule Nord
country: deutschland
purposes: [beschulung]
occurred_at: {date: 2024-09-02}
""")
    run_import(ledger, file, mapping, by=owner(ledger), import_id=None, progress=silent)
    run_import(ledger, file, mapping, by=owner(ledger), import_id="again", progress=silent)
    (pupil,) = alike(ledger)
    assert ("rufname", "Änne Muster") in pupil.values
    assert pupil.topics == ("subject-registered", "data-collected", "inform-duty-opened")
    ledger.close()


def test_a_file_that_does_not_fit_stores_nothing(
    ledger: Ledger, imported: Imported, tmp_path: Path
) -> None:
    """The header is compared with the mapping first; not even the import is noted."""
    end = ledger.recorder.last()
    file = tmp_path / "other.csv"
    file.write_text("somebody@example.org,Zoë\n")
    mapping = load_mapping(
        "format: csv\ncolumns: {number: client-number}\nrecognise_by: [client-number]\n"
        "source: earlier-records\ncountry: india\npurposes: [account-keeping]\n"
    )
    with pytest.raises(InvalidInput) as refused:
        run_import(ledger, file, mapping, by=owner(ledger), import_id=None, progress=silent)
    assert "somebody" not in refused.value.sentence
    assert ledger.recorder.last() == end


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        ("service: licence-portal\nmarket: IN", ()),
        ("service: licence-portal\nmarket: KP", ("market-not-served",)),
        ("template: product-newsletter", ()),
        ("", ()),
    ],
)
def test_what_is_said_of_the_whole_file_is_told_of_each_line(
    ledger: Ledger, tmp_path: Path, said: str, broken: tuple[str, ...]
) -> None:
    """In which market the service was offered, and which message's links were followed."""
    label = "    label: Licences and subscriptions online\n"
    text = DEFAULT.read_text("utf-8").replace(label, label + "    markets: [IN, DE]\n")
    ledger.publish_policy(by=owner(ledger), key="markets", text=relabelled(text)).result(60)
    body = _told(ledger, tmp_path, said)
    assert [finding.rule for finding in body.findings] == list(broken)
    assert body.template == ("product-newsletter" if "template" in said else None)


def test_clicks_are_imported_with_the_message_they_came_from(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Without one each line would break a rule (P10); of a mandatory one each line does."""
    clicks = "source: click-tracking"
    assert "template-missing" in _rules(_told(ledger, tmp_path, clicks))
    named = _told(ledger, tmp_path, clicks + "\ntemplate: product-newsletter")
    assert "template-missing" not in _rules(named)
    wrong = _told(ledger, tmp_path, clicks + "\ntemplate: welcome-message")
    assert "click-from-mandatory-message" in _rules(wrong)


def _rules(body: DataCollected) -> set[str]:
    return {finding.rule for finding in body.findings}


def _told(ledger: Ledger, tmp_path: Path, said: str) -> DataCollected:
    """The first collection of a file with one line, whose mapping says this as well."""
    told = dict(line.split(": ") for line in said.splitlines())
    base = {"source": "earlier-records", "country": "india", "purposes": "[account-keeping]"}
    text = "format: csv\ncolumns: {number: client-number}\nrecognise_by: [client-number]\n"
    text += "".join(f"{key}: {value}\n" for key, value in (base | told).items())
    file = tmp_path / f"{uuid4().hex}.csv"
    number = f"C-{uuid4().hex[:8]}"
    file.write_text(f"number\n{number}\n", encoding="utf-8")
    run_import(ledger, file, load_mapping(text), by=owner(ledger), import_id=None, progress=silent)
    rows = ledger.recorder.select_rows(0, 1_000_000)
    found = [entry_of(row).body for row in rows if row.topic == DataCollected.TOPIC]
    (body,) = [body for body in found[-1:] if isinstance(body, DataCollected)]
    return body
