"""Irregularities and refusals over HTTP: found by rule and version, closed, counted."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.api.client import Api, collection, problem

ENGINEER = [{"attribute": "job-title", "value": "Engineer"}]


@pytest.fixture
def told(api: Api) -> Any:
    """A collection that is told without a notice: its irregularity."""
    api.do("POST", f"{api.person()}/collections", collection(ENGINEER, told=True, notice=None))
    (found,) = api.get("/v1/irregularities")["items"]
    return found


def test_an_irregularity_is_closed_with_a_reason(api: Api, told: Any) -> None:
    """It leaves the open ones; who looks at it reads what came of it, and no word of the note."""
    assert (told["owner"], told["overdue"], told["closed_reason"]) == (
        *("data-protection-lead", False),
        None,
    )
    path = f"/v1/irregularities/{told['irregularity']}/closure"
    body = {"reason": "put-right", "note": "Zoë was asked again."}
    done = api.do("POST", path, body)
    assert done["outcome"] == "recorded"
    assert api.get("/v1/irregularities", open=True)["items"] == []
    (closed,) = api.get("/v1/irregularities", open=False)["items"]
    assert (closed["closed_reason"], closed["closed_position"]) == ("put-right", done["position"])
    assert "asked again" not in str(closed)
    assert api.do("POST", path, body)["outcome"] == "unchanged"


def test_only_one_that_is_there_is_closed_and_for_a_listed_reason(api: Api, told: Any) -> None:
    """By somebody who may write, and without the number of an account in the note."""
    path = f"/v1/irregularities/{told['irregularity']}/closure"
    body = {"reason": "put-right"}
    unknown = api.send("POST", f"/v1/irregularities/{uuid.uuid4()}/closure", body)
    assert problem(unknown) == (404, "not-found")
    assert problem(api.send("POST", path, {"reason": "because"})) == (422, "invalid-input")
    assert problem(api.send("POST", path, body, token="reader")) == (403, "not-permitted")
    noted = body | {"note": "refunded to GB33 BUKB 2020 1555 5555 55"}
    sent = api.send("POST", path, noted)
    assert problem(sent) == (403, "refused")
    assert [one["place"] for one in sent.json()["identifiers"]] == ["note"]
    assert len(api.get("/v1/irregularities", open=True)["items"]) == 1


def test_both_are_found_by_rule_and_version(api: Api, told: Any) -> None:
    """And counted, with the statements behind each rule."""
    path = api.subject()
    api.send("POST", f"{path}/collections", collection(ENGINEER, notice=None))
    found = api.get("/v1/refusals", rule="notice-missing")["items"]
    assert [(row["topic"], row["policy"]) for row in found] == [("collection-refused", 1)]
    assert [one["rule"] for one in found[0]["findings"]] == ["notice-missing"]
    assert api.get("/v1/refusals", rule="notice-missing", version=2)["items"] == []
    assert len(api.get("/v1/irregularities", rule="notice-missing", version=1)["items"]) == 1
    assert api.get("/v1/irregularities", rule="identifier-found")["items"] == []
    assert api.get("/v1/irregularities", overdue=True)["items"] == []
    (counted,) = api.get("/v1/refusals/rules")
    assert counted == {
        "rule": "notice-missing",
        "says": "This source needs a notice that was shown.",
        "statements": ["P04"],
        "policy": 1,
        "refused": 1,
        "irregular": 1,
        "open": 1,
    }


@pytest.mark.parametrize("path", ["/v1/refusals", "/v1/refusals/rules", "/v1/irregularities"])
def test_lists_are_for_auditors(api: Api, path: str) -> None:
    """A permission of its own."""
    assert problem(api.send("GET", path, token="reader")) == (403, "not-permitted")
