"""Metrics: numbers of the process, for those who may read them, and nothing of anybody."""

from __future__ import annotations

import uuid

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from api.main import build
from api.metrics import BOUNDS, Durations
from ledger.config import Settings
from ledger.errors import StoreUnavailable
from tests.api.client import MAIL, NAME, STREET, Api, problem

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(api: Api) -> Samples:
    """Every sample by its name and labels, as Prometheus would read them."""
    response = api.send("GET", "/metrics")
    assert response.status_code == 200, response.text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    """One sample."""
    return samples[name, frozenset(labels.items())]


def test_what_was_done_is_counted(api: Api) -> None:
    """Commands and events appended, where the log ends, and how long each route took."""
    before = scrape(api)
    path = api.person()
    api.send("POST", f"{path}/disclosures", {})
    api.read(f"{path}/consents")
    after = scrape(api)
    for name in ("ledger_commands_appended_total", "ledger_events_appended_total"):
        assert value(after, name) == value(before, name) + 2
    assert 1 <= value(after, "ledger_append_groups_total") <= 2
    assert value(after, "ledger_log_position") == api.last()
    assert value(after, "ledger_commands_unanswered") == 0
    assert value(after, "ledger_projection_lag_positions") == 0
    assert value(after, "ledger_projection_lag_seconds") == 0
    assert value(after, "ledger_database_up") == 1
    assert value(after, "ledger_projector_failed") == 0
    assert value(after, "process_resident_memory_bytes") > 2**20
    counted = {
        tuple(dict(labels)[key] for key in ("method", "route", "status")): count
        for (name, labels), count in after.items()
        if name == "ledger_http_request_seconds_count"
    }
    assert counted == {
        ("GET", "/metrics", "200"): 1,
        ("POST", "/v1/subjects", "201"): 1,
        ("POST", "/v1/subjects/{subject}/collections", "201"): 1,
        ("POST", "/v1/subjects/{subject}/disclosures", "422"): 1,
        ("GET", "/v1/subjects/{subject}/consents", "200"): 1,
    }


def test_how_far_behind_the_tables_are(served: Settings) -> None:
    """Without a projector the lag grows by every entry, and with the time that passes."""
    app = build(served, project=False)
    with TestClient(app) as http:
        api = Api(http, app.state.house.ledger)
        for _ in range(3):
            api.do("POST", "/v1/subjects", {})
        samples = scrape(api)
        assert value(samples, "ledger_projection_position") == 0
        assert value(samples, "ledger_projection_lag_positions") == api.last() > 3
        first = value(samples, "ledger_projection_lag_seconds")
        assert 0 < first < 600
        assert value(scrape(api), "ledger_projection_lag_seconds") > first


def test_they_need_a_permission_of_their_own(api: Api) -> None:
    """No token, or one that may not: nothing is told."""
    assert problem(api.send("GET", "/metrics", token=None)) == (401, "not-authenticated")
    assert problem(api.send("GET", "/metrics", token="reader")) == (403, "not-permitted")
    assert api.send("GET", "/metrics").headers["Cache-Control"] == "no-store"


def test_no_id_and_no_value_is_in_them(api: Api) -> None:
    """Whatever is asked, in the path, the query, the method or the body."""
    path = api.person()
    subject = path.rpartition("/")[2]
    api.disclose(path)
    api.read(f"{path}/profile", reason="answer-request")
    api.send("GET", f"/v1/{subject}/{MAIL}")
    api.send("GET", f"/{NAME}?{STREET}")
    api.send(MAIL.upper(), "/v1/subjects")
    api.send("GET", f"/v1/subjects/{uuid.uuid4()}/consents")
    api.send("GET", "/problems/consent-withdrawn", token=None)
    text = api.send("GET", "/metrics").text
    told = text.lower()
    assert not any(word.lower() in told for word in (NAME, MAIL, STREET, "meera", "promotional"))
    samples = scrape(api)
    labels = {label for _, pairs in samples for label in pairs if label[0] not in ("le", "status")}
    assert {name for name, _ in labels} == {"method", "route"}
    routes = {*api.send("GET", "/openapi.json").json()["paths"], "/problems/{code}", "none"}
    assert {told for name, told in labels if name == "route"} <= routes
    methods = {told for name, told in labels if name == "method"}
    assert methods == {"GET", "POST", "other"}


def test_without_its_database_the_process_is_still_told(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that the database does not answer, and what it knows itself."""

    def away() -> None:
        raise StoreUnavailable()

    monkeypatch.setattr(api.ledger.recorder, "last", away)
    samples = scrape(api)
    assert value(samples, "ledger_database_up") == 0
    assert value(samples, "ledger_commands_appended_total") == 0
    assert not any(name == "ledger_log_position" for name, _ in samples)


def test_a_bucket_counts_what_took_no_longer_than_its_bound() -> None:
    """On the bound it belongs to it; what took longest is in the last one alone."""
    durations = Durations()
    scope = {"method": "GET"}
    for seconds in (0.0, BOUNDS[0], BOUNDS[0] * 1.01, 1000.0):
        durations.note(scope, 200, seconds)
    samples = {
        sample.labels["le"]: sample.value
        for sample in durations.family().samples
        if sample.name.endswith("_bucket")
    }
    assert [samples[str(bound)] for bound in BOUNDS[:2]] == [2, 3]
    assert (samples[str(BOUNDS[-2])], samples["+Inf"]) == (3, 4)
