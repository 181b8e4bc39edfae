"""Processing runs over HTTP: admitted, decided again when opened, reported."""

from __future__ import annotations

import uuid

from tests.api.client import MAIL, Api, problem


def _run(api: Api, *paths: str) -> dict[str, object]:
    body = {
        "purpose": "promotional-news",
        "template": "product-newsletter",
        "country": "united-states",
        "attributes": ["email-address"],
        "subjects": [path.rsplit("/", 1)[1] for path in paths],
    }
    started: dict[str, object] = api.do("POST", "/v1/processing-runs", body)
    return started


def _route(started: dict[str, object]) -> str:
    ids = started["ids"]
    assert isinstance(ids, dict)
    return f"/v1/processing-runs/{ids['run']}"


def test_a_run_from_start_to_report(api: Api) -> None:
    """Who may is opened, who may not is named with the rule; the report counts both."""
    willing, unwilling = api.person(), api.person("b@example.org")
    nobody = f"/v1/subjects/{uuid.uuid4()}"
    api.consent(willing)
    started = _run(api, willing, unwilling, nobody)
    assert (started["asked"], started["admitted"], started["chunks"]) == (3, 1, 1)
    left = started["excluded"]
    assert isinstance(left, list)
    assert {row["rule"]: row["subjects"] for row in left} == {
        "consent-missing": [unwilling.rsplit("/", 1)[1]],
        "subject-unknown": [nobody.rsplit("/", 1)[1]],
    }
    route, subject = _route(started), willing.rsplit("/", 1)[1]
    opened = api.do("POST", f"{route}/chunks", {"chunk": 1})
    assert opened["subjects"] == {subject: {"email-address": [{"value": MAIL, "erased": None}]}}
    api.do("POST", f"{route}/outcomes", {"chunk": 1, "processed": [subject], "finished": True})
    report = api.get(route)
    assert report["run"]["processed"] == 1
    assert {(row["step"], row["rule"]): row["subjects"] for row in report["tally"]} == {
        ("processed", None): 1,
        ("excluded", "consent-missing"): 1,
        ("excluded", "subject-unknown"): 1,
    }
    first = api.get(f"{route}/subjects", step="excluded", limit=1)
    rest = api.get(f"{route}/subjects", step="excluded", cursor=first["next_cursor"])
    assert len(first["items"]) == len(rest["items"]) == 1
    assert first["items"] != rest["items"]
    assert rest["next_cursor"] is None


def test_a_withdrawal_after_the_start_bars_the_opening(api: Api) -> None:
    """Each subject is decided again when its chunk is opened."""
    path = api.person()
    api.consent(path)
    route = _route(_run(api, path))
    api.do("PUT", f"{path}/consents/promotional-news", {"state": "withdrawn"})
    assert api.do("POST", f"{route}/chunks", {"chunk": 1})["subjects"] == {}


def test_an_opening_is_not_given_twice(api: Api) -> None:
    """A repeated key would escape the decision: after a withdrawal it gives nothing either."""
    path = api.person()
    api.consent(path)
    route = _route(_run(api, path))
    api.do("POST", f"{route}/chunks", {"chunk": 1}, key="key-1")
    api.do("PUT", f"{path}/consents/promotional-news", {"state": "withdrawn"})
    before = api.last()
    again = api.send("POST", f"{route}/chunks", {"chunk": 1}, key="key-1")
    assert problem(again) == (409, "opened-before")
    assert MAIL not in again.text
    other = api.send("POST", f"{route}/chunks", {"chunk": 2}, key="key-1")
    assert problem(other) == (422, "idempotency-key-reused")
    assert api.last() == before


def test_a_run_the_policy_does_not_allow(api: Api) -> None:
    """Refused as a whole, and the refusal is among the runs."""
    path = api.person()
    body = {
        "purpose": "astrology",
        "country": "united-states",
        "attributes": ["email-address"],
        "subjects": [path.rsplit("/", 1)[1]],
    }
    assert problem(api.send("POST", "/v1/processing-runs", body)) == (403, "refused")
    runs = api.get("/v1/processing-runs")["items"]
    assert [broken["rule"] for broken in runs[0]["refused"]] == [
        "purpose-unlisted",
        "attribute-not-for-purpose",
    ]


def test_many_subjects_fit_into_one_request(api: Api) -> None:
    """A run may name more subjects than another body may have bytes."""
    path = api.person()
    api.consent(path)
    many = [f"/v1/subjects/{uuid.uuid4()}" for _ in range(7_000)]
    started = _run(api, path, *many)
    assert (started["asked"], started["admitted"]) == (7_001, 1)
