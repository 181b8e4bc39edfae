"""Transfers and the record of processing activities, over HTTP and on the command line."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from api import record_page
from ledger.config import Settings
from ledger.policy import document
from projections import records
from tests.api.client import MAIL, NAME, STREET, Api, problem
from tests.api.test_cli import Run, home, made, run  # noqa: F401  (fixtures)
from tests.projections.published import SHIPPED, changed, office

SCHOOL = Path(__file__).parents[1] / "stories" / "school.yaml"


def written(settings: Settings, text: str | None = None) -> records.Record:
    if text is not None:
        file = settings.home.parent / "policy.yaml"
        file.write_text(text, "utf-8")
        settings = settings.model_copy(update={"policy": file})
    with office(settings) as here, here.tables() as tables:
        row = document.read(text or SHIPPED)
        return records.record(tables, row, here.ledger.policy_version())


# ---- the record --------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [document.DEFAULT, SCHOOL], ids=["shipped", "school"])
def test_every_purpose_that_is_carried_out_is_an_activity(
    sqlite_settings: Settings, file: Path
) -> None:
    """Each with data, retention, recipients and countries as the document has them."""
    text = file.read_text("utf-8")
    policy = document.read(text)
    record = written(sqlite_settings, None if file == document.DEFAULT else text)
    told = {one.purpose for one in (*record.as_controller, *record.as_processor)}
    assert told == {id_ for id_, one in policy.purposes.items() if not one.ended}
    for one in (*record.as_controller, *record.as_processor):
        purpose = policy.purposes[one.purpose]
        assert (one.basis, one.required) == (purpose.basis, purpose.required)
        assert {kind.retention_class for kind in one.data} <= set(purpose.classes)
        assert all(kind.retention for kind in one.data)
        allowed = {id_ for id_, r in policy.recipients.items() if one.purpose in r.purposes}
        assert {party.recipient for party in one.parties} <= allowed
        countries = {c for party in one.parties for c in party.countries}
        assert {place.country for place in one.transfers} == countries


def test_what_customers_store_is_done_as_processor(sqlite_settings: Settings) -> None:
    """Art. 30(2), and not among what is done as controller."""
    record = written(sqlite_settings)
    assert [one.purpose for one in record.as_processor] == ["hosted-content"]
    (kind,) = record.as_processor[0].data
    assert (kind.retention_class, kind.ends) == ("customer-content", "as the customer instructs")
    own = {kind.retention_class for one in record.as_controller for kind in one.data}
    assert "customer-content" not in own
    assert record.customers == 0


def test_an_ended_purpose_is_no_activity(sqlite_settings: Settings) -> None:
    """Its id stays in the document."""
    record = written(sqlite_settings, changed({"purposes.personal-layout.ended": True}))
    assert "personal-layout" not in [one.purpose for one in record.as_controller]
    assert "promotional-news" in [one.purpose for one in record.as_controller]


def test_the_register_says_who_is_under_agreement_and_reaches_what(api: Api) -> None:
    """Until then a recipient is told as not registered."""
    hosting = api.recipient("hosting-provider")
    body = {"purpose": "product-delivery", "classes": ["contact-data"], "country": "ireland"}
    api.do("POST", f"/v1/recipients/{hosting}/standing-access", body)
    told = api.get("/v1/records")
    (activity,) = (one for one in told["as_controller"] if one["purpose"] == "product-delivery")
    parties = {one["recipient"]: one for one in activity["parties"]}
    assert parties["hosting-provider"]["agreement"] == "agreement-7"
    assert parties["hosting-provider"]["reaches"] == ["contact-data"]
    assert parties["reseller-partner"]["registered"] is False
    assert "Name" in parties["hosting-provider"]["attributes"]


def test_no_personal_value_is_in_any_form_of_it(api: Api) -> None:
    """Though people, contacts of recipients and customers are known to the ledger."""
    path = api.person()
    api.consent(path)
    api.do("POST", "/v1/recipients", {"code": "hosting-provider", "contact": NAME})
    for format_ in ("json", "csv", "html"):
        text = api.read("/v1/records", format=format_).text
        assert len(text) > 1000
        assert not [value for value in (NAME, MAIL, STREET) if value in text]
        assert path.rsplit("/", 1)[1] not in text
    assert problem(api.send("GET", "/v1/records", token="reader")) == (403, "not-permitted")


class Page(HTMLParser):
    """What a page says, tag by tag; fails on one that is closed and was not open."""

    VOID = ("meta",)

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_can_be_read_and_runs_nothing(api: Api) -> None:
    """Well formed, every activity a section, nothing fetched from anywhere."""
    sent = api.read("/v1/records", format="html")
    assert sent.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in sent.headers["content-security-policy"]
    page = Page()
    page.feed(sent.text)
    assert page.open == []
    assert not page.tags & {"script", "img", "link", "iframe"}
    told = api.get("/v1/records")
    for one in (*told["as_controller"], *told["as_processor"]):
        assert one["label"] in page.texts


@pytest.mark.parametrize(
    ("measures", "told"),
    [
        ({"locked-cupboards": {"label": "Paper is locked away"}}, "Paper is locked away"),
        ({}, record_page.NOT_STATED),
    ],
    ids=["stated", "not stated"],
)
def test_the_measures_are_those_that_the_document_states(
    sqlite_settings: Settings, measures: dict[str, Any], told: str
) -> None:
    """Art. 30(1)(g): none is invented; who states none is told so, in each form."""
    record = written(sqlite_settings, changed({"measures": measures}))
    assert list(record.measures) == [one["label"] for one in measures.values()]
    page = Page()
    page.feed(record_page.as_html(record))
    assert page.texts.count(told) == 1
    rows = csv.DictReader(io.StringIO(record_page.as_csv(record)))
    assert {row["measures"] for row in rows} == {told}


def test_every_link_of_the_page_leads_to_an_activity(sqlite_settings: Settings) -> None:
    """Each once, in the order of the page; what the document says is in its own language."""
    record = written(sqlite_settings)
    html = record_page.as_html(record)
    links = re.findall(r'href="#([^"]+)"', html)
    assert links == re.findall(r'<section id="([^"]+)"', html)
    assert len(links) == len(set(links)) == len(record_page.activities(record))
    assert f"of {record.effective}" in html and '<html lang="en">' in html


def test_what_a_document_says_is_text_in_a_page_and_in_a_table(sqlite_settings: Settings) -> None:
    """No tag, no formula."""
    label = "=1+1 <script>alert(1)</script>"
    record = written(sqlite_settings, changed({"purposes.click-analysis.label": label}))
    page = Page()
    page.feed(record_page.as_html(record))
    assert label in page.texts and "script" not in page.tags
    rows = list(csv.DictReader(io.StringIO(record_page.as_csv(record))))
    assert f"'{label}" in [row["label"] for row in rows]


def test_the_table_has_a_line_for_each_activity(api: Api) -> None:
    """And a cell for everything."""
    sent = api.read("/v1/records", format="csv")
    rows = list(csv.DictReader(io.StringIO(sent.text)))
    told = api.get("/v1/records")
    assert [row["purpose"] for row in rows] == [
        one["purpose"] for one in (*told["as_controller"], *told["as_processor"])
    ]
    assert {row["article"] for row in rows} == {"30(1)", "30(2)"}
    assert all(row["legal_basis"] and row["data"] and row["kept_until"] for row in rows)


def test_the_command_line_writes_it(run: Run, made: Path, tmp_path: Path) -> None:  # noqa: F811
    """To the screen, or to a file: the same record."""
    told = json.loads(run("records", "--json").out)
    assert len(told["as_controller"]) > 10
    assert json.loads(run("records", "--format", "json").out) == told
    file = tmp_path / "page.html"
    assert str(file) in run("records", "--format", "html", "--output", str(file)).out
    assert file.read_text("utf-8") == run("records", "--format", "html").out
    assert told["as_controller"][0]["label"] in file.read_text("utf-8")
    assert "30(1)" in run("records").out


# ---- transfers ---------------------------------------------------------------------------------


def test_transfers_are_listed_by_country_with_their_safeguards(api: Api) -> None:
    """What was disclosed and collected; the safeguard recorded then, and the one that is asked now."""
    api.recipient()
    path = api.person()
    api.consent(path)
    api.disclose(path)
    listed = api.read("/v1/transfers")
    told = {one["country"]: one for one in listed.json()}
    assert set(told) == {"india", "united-states"}
    abroad = told["united-states"]
    assert (abroad["listed"], abroad["safeguard"]) == (True, "standard-clauses")
    (sent,) = abroad["transfers"]
    assert (sent["way"], sent["number"], sent["people"]) == ("disclosure", 1, 1)
    assert (sent["recipient"]["code"], sent["safeguard"]) == (
        "mail-delivery-provider",
        "standard-clauses",
    )
    (kept,) = told["india"]["transfers"]
    assert (kept["way"], kept["recipient"]) == ("collection", None)
    assert not [value for value in (NAME, MAIL) if value in listed.text]
    assert api.get("/v1/transfers", **{"from": "2099-01-01"}) == []
    assert problem(api.send("GET", "/v1/transfers", token="reader")) == (403, "not-permitted")


def test_a_country_that_is_listed_no_more_says_so(api: Api) -> None:
    """What went there stays in the list."""
    api.person()
    data: dict[str, Any] = {}
    for code, one in document.read(SHIPPED).recipients.items():
        countries = [name for name in one.countries if name != "india"] or ["united-states"]
        data[f"recipients.{code}.countries"] = countries
    api.do("POST", "/v1/policy/versions", {"document": changed(data | {"countries.india": None})})
    (india,) = api.get("/v1/transfers")
    assert (india["country"], india["listed"], india["safeguard"]) == ("india", False, None)


def test_the_command_line_lists_transfers(run: Run, made: Path) -> None:  # noqa: F811
    """None yet."""
    assert json.loads(run("transfers", "--json").out) == []
    assert "Transfers" in run("transfers").out
