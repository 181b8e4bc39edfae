"""Objections, restrictions and the laws that protect a person, over HTTP."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from tests.api.client import Api, problem

NEWS, RESEARCH = "promotional-news", "product-research"


def rights(api: Api, path: str, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{path}/rights", **params)
    return found


def test_an_objection_is_on_record_and_stands_until_it_is_undone(api: Api) -> None:
    """With the rules it breaks, if any; the person's words are nowhere in the answer."""
    path = api.person()
    body = {"purpose": NEWS, "statement": "Never write to me again."}
    done = api.do("POST", f"{path}/objections", body)
    assert done["findings"] == []
    odd = api.do("POST", f"{path}/objections", {"purpose": "astrology"})
    assert [broken["rule"] for broken in odd["findings"]] == ["purpose-unlisted"]
    api.do("POST", f"{path}/objections", {"purpose": "sale-of-data"})
    found = rights(api, path)["objections"]
    assert [(row["purpose"], row["stands"]) for row in found] == [
        (NEWS, True), (None, False), ("sale-of-data", True)
    ]  # fmt: skip
    assert found[0]["label"] == "News of upgrades, promotions and other products"
    assert found[2]["label"] == "Selling personal data"
    assert "Never write" not in json.dumps(found)
    before = api.position
    api.consent(path)
    assert [row["stands"] for row in rights(api, path)["objections"]] == [False, False, True]
    past = rights(api, path, as_of=before)
    assert [row["stands"] for row in past["objections"]] == [True, False, True]
    assert past["as_of"]["position"] == before


def test_a_restriction_is_in_force_until_it_is_lifted(api: Api) -> None:
    """Its ground is one of the law's; lifting one that is not in force is told as not found."""
    path = api.person()
    body = {"ground": "accuracy", "classes": ["contact-data"], "statement": "My name is wrong."}
    made = api.do("POST", f"{path}/restrictions", body)["ids"]["restriction"]
    api.do("POST", f"{path}/restrictions", {"ground": "legal-claims"})
    found = rights(api, path)["restrictions"]
    assert [(row["ground"], row["classes"], row["in_force"]) for row in found] == [
        ("accuracy", ["contact-data"], True),
        ("legal-claims", [], True),
    ]
    to = f"{path}/restrictions/{made}"
    api.do("DELETE", to, params={"reason": "answer-request"})
    lifted = rights(api, path)["restrictions"][0]
    assert (lifted["in_force"], lifted["lifted_reason"]) == (False, "answer-request")
    assert problem(api.send("DELETE", to)) == (404, "not-found")
    assert problem(api.send("DELETE", to, params={"reason": "nonsense"}))[0] in (404, 422)
    wrong = api.send("POST", f"{path}/restrictions", {"ground": "because"})
    assert problem(wrong) == (422, "invalid-request")
    assert [error["field"] for error in wrong.json()["errors"]] == ["ground"]
    refused = api.send(
        "POST", f"{path}/restrictions", {"ground": "accuracy", "classes": ["astrology"]}
    )
    assert problem(refused) == (403, "refused")
    assert [rule["rule"] for rule in refused.json()["rules"]] == ["class-unlisted"]


def test_the_laws_that_protect_a_person_and_the_shortest_clock(api: Api) -> None:
    """Default ones until somebody finds out; one that is not listed is refused."""
    path = api.person()
    found = rights(api, path)["regimes"]
    assert found["determined"] is False
    assert [law["regime"] for law in found["protecting"]] == ["india-dpdp"]
    assert found["answer_by"] == "india-dpdp"
    api.do("POST", f"{path}/regimes", {"regimes": ["california-ccpa", "eu-gdpr"]})
    found = rights(api, path)["regimes"]
    assert found["determined"] is True
    assert [law["label"] for law in found["protecting"]] == [
        "California Consumer Privacy Act",
        "General Data Protection Regulation (European Union)",
    ]
    assert found["answer_by"] == "eu-gdpr"
    today = api.ledger.clock().date()
    assert dt.date.fromisoformat(found["answer_until"]) <= today + dt.timedelta(days=31)
    again = api.do("POST", f"{path}/regimes", {"regimes": ["california-ccpa", "eu-gdpr"]})
    assert again["outcome"] == "unchanged"
    refused = api.send("POST", f"{path}/regimes", {"regimes": ["moon"]})
    assert problem(refused) == (403, "refused")
    assert [rule["rule"] for rule in refused.json()["rules"]] == ["regime-unlisted"]


def test_who_may_protect_and_who_may_look(api: Api) -> None:
    """Objecting is a person's word on a purpose; the others change what the ledger does with them."""
    path = api.person()
    for noun, body, token in (
        ("objections", {"purpose": NEWS}, "reader"),
        ("restrictions", {"ground": "accuracy"}, "consents"),
        ("regimes", {"regimes": []}, "reader"),
    ):
        sent = api.send("POST", f"{path}/{noun}", body, token=token)
        assert problem(sent) == (403, "not-permitted")
    assert api.send("POST", f"{path}/objections", {"purpose": NEWS}, token="consents").is_success
    assert problem(api.send("GET", f"{path}/rights", token="nothing")) == (403, "not-permitted")


def test_the_access_report_tells_all_of_it(api: Api) -> None:
    """With the person's own words, opened for them; a purpose rests on what their law says."""
    path = api.person()
    api.do("POST", f"{path}/objections", {"purpose": NEWS, "statement": "No more."})
    api.do("POST", f"{path}/objections", {"purpose": "astrology"})
    api.do("POST", f"{path}/restrictions", {"ground": "accuracy", "statement": "Wrong."})
    body = {"reason": "answer-request"}
    report = api.do("POST", f"{path}/access-reports", body)["report"]
    first, second = report["objections"]
    assert (first["purpose"]["purpose"], first["statement"], first["stands"]) == (
        NEWS, "No more.", True
    )  # fmt: skip
    assert (second["purpose"], second["in_words"], second["stands"]) == (None, "astrology", False)
    (restriction,) = report["restrictions"]
    assert (restriction["ground"], restriction["classes"]) == ("accuracy", "all")
    assert (restriction["statement"], restriction["lifted_at"]) == ("Wrong.", None)
    assert report["protecting_laws"] == ["Digital Personal Data Protection Act, 2023 (India)"]
    api.do("POST", f"{path}/objections", {"purpose": RESEARCH})
    rests = api.do("POST", f"{path}/access-reports", body)["report"]["objections"][-1]["purpose"]
    assert rests["legal_basis"] == "consent"
    assert rests["under"] == "Digital Personal Data Protection Act, 2023 (India)"
    api.do("POST", f"{path}/regimes", {"regimes": ["eu-gdpr"]})
    rests = api.do("POST", f"{path}/access-reports", body)["report"]["objections"][-1]["purpose"]
    assert rests["legal_basis"] == "legitimate-interest"


def test_a_batch_takes_them(api: Api) -> None:
    """As their own routes do."""
    path = api.person()
    subject = path.rsplit("/", 1)[1]
    commands = [
        {"command": "raise-objection", "key": "a", "subject": subject, "purpose": NEWS},
        {"command": "restrict-processing", "key": "b", "subject": subject, "ground": "unlawful"},
        {"command": "determine-regimes", "key": "c", "subject": subject, "regimes": ["eu-gdpr"]},
    ]
    sent = api.send("POST", "/v1/batches", {"commands": commands}, key=None)
    results = sent.json()["results"]
    assert [one["status"] for one in results] == [201, 201, 201]
    made = results[1]["ids"]["restriction"]
    lift = {"command": "lift-restriction", "key": "d", "subject": subject, "restriction": made}
    again = api.send("POST", "/v1/batches", {"commands": [lift]}, key=None).json()["results"]
    assert [one["status"] for one in again] == [200]
    found = rights(api, path)
    assert [row["in_force"] for row in found["restrictions"]] == [False]
