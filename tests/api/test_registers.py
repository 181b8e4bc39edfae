"""Policy, recipients, actors, annulments and the audit trail over HTTP."""

from __future__ import annotations

import uuid

from ledger.policy.document import DEFAULT
from tests.api.client import NAME, Api, problem


def test_the_policy_can_be_read_and_replaced(api: Api) -> None:
    """A new version is in force at once; the same text again changes nothing; old ones stay."""
    text = DEFAULT.read_text(encoding="utf-8")
    assert api.get("/v1/policy")["text"] == text
    changed = text.replace("label: optimizory-2026-11", "label: optimizory-2026-12")
    done = api.do("POST", "/v1/policy/versions", {"document": changed})
    assert done["outcome"] == "recorded"
    again = api.do("POST", "/v1/policy/versions", {"document": changed})
    assert again["outcome"] == "unchanged"
    assert api.get("/v1/policy")["document"]["policy"]["label"] == "optimizory-2026-12"
    assert [row["version"] for row in api.get("/v1/policy/versions")] == [1, 2]
    assert api.get("/v1/policy/versions/1")["text"] == text
    assert problem(api.read("/v1/policy/versions/3")) == (404, "not-found")


def test_a_policy_with_a_fault_is_told_by_line_and_key(api: Api) -> None:
    """The line and the key of the fault; nothing is published."""
    text = DEFAULT.read_text(encoding="utf-8").replace("authorisation_hours", "autorisation_hours")
    before = api.last()
    sent = api.send("POST", "/v1/policy/versions", {"document": text})
    assert problem(sent) == (422, "policy-invalid")
    assert "line" in sent.json()["errors"][0]["field"]
    assert api.last() == before


def test_recipients_are_listed_with_agreement_and_reach(api: Api) -> None:
    """The latest agreement counts; standing access is shown; one not in the policy is refused."""
    recipient = api.recipient("hosting-provider")
    body = {"purpose": "product-delivery", "classes": ["contact-data"], "country": "ireland"}
    api.do("POST", f"/v1/recipients/{recipient}/standing-access", body)
    renewed = {"code": "hosting-provider", "agreement": "agreement-8", "contact": NAME}
    assert api.do("POST", "/v1/recipients", renewed)["ids"]["recipient"] == recipient
    listed = api.read("/v1/recipients")
    assert [(row["agreement"], len(row["standing"])) for row in listed.json()] == [
        ("agreement-8", 1)
    ]
    assert NAME not in listed.text
    sent = api.send("POST", "/v1/recipients", {"code": "somebody"})
    assert problem(sent) == (422, "invalid-input")
    unknown = api.send("POST", f"/v1/recipients/{uuid.uuid4()}/standing-access", body)
    assert problem(unknown) == (404, "not-found")


def test_actors_have_no_name_in_the_clear(api: Api) -> None:
    """The register shows kind and function."""
    body = {"kind": "staff", "function": "bookkeeper", "name": NAME}
    actor = api.do("POST", "/v1/actors", body)["ids"]["actor"]
    listed = api.read("/v1/actors")
    assert listed.json()[0]["kind"] == "ledger"
    assert (listed.json()[-1]["actor"], listed.json()[-1]["function"]) == (actor, "bookkeeper")
    assert NAME not in listed.text


def test_an_entry_made_in_error_is_annulled_by_another(api: Api) -> None:
    """The consent counts no more; the history keeps both; a protection cannot be annulled."""
    path = api.person()
    entry = api.consent(path)["ids"]["consent"]
    body = {"reason": "wrong-person", "note": "It was the neighbour."}
    api.do("POST", f"/v1/entries/{entry}/annulments", body)
    assert api.get(f"{path}/consents")["in_force"] == []
    history = api.get(f"{path}/history")["items"]
    assert history[0]["topic"] == "entry-annulled"
    assert [row["annulled_position"] for row in history if row["event"] == entry] != [None]
    api.do("PUT", f"{path}/consents/promotional-news", {"state": "withdrawn"})
    newest = api.get(f"{path}/history")["items"][0]["event"]
    sent = api.send("POST", f"/v1/entries/{newest}/annulments", body)
    assert [broken["rule"] for broken in sent.json()["rules"]] == ["entry-stands"]
    unknown = api.send("POST", f"/v1/entries/{uuid.uuid4()}/annulments", body)
    assert problem(unknown) == (404, "not-found")


def test_the_trail_of_everything_by_actor_and_kind(api: Api) -> None:
    """An auditor pages through every act, newest first, and narrows it."""
    api.person()
    newest = api.get("/v1/entries", limit=1)
    assert newest["items"][0]["topic"] == "data-collected"
    older = api.get("/v1/entries", limit=1, cursor=newest["next_cursor"])
    assert older["items"][0]["topic"] == "subject-registered"
    kinds = api.get("/v1/entries", topic="policy-published")["items"]
    assert [row["position"] for row in kinds] == [3]
    mine = api.get("/v1/entries", by=newest["items"][0]["by"])["items"]
    assert {row["topic"] for row in mine} == {"data-collected", "subject-registered"}


def test_a_read_waits_for_its_position_or_says_that_it_lags(api: Api) -> None:
    """`after` a position that is not there yet is told with Retry-After."""
    sent = api.send("GET", "/v1/policy", params={"after": api.last() + 1})
    assert problem(sent) == (503, "projection-lagging")
    assert sent.headers["Retry-After"] == "1"


def test_alive_and_ready(api: Api) -> None:
    """Both are told without a token; ready says how far behind the projections are."""
    assert api.send("GET", "/healthz", token=None).json() == {"status": "live"}
    ready = api.send("GET", "/readyz", token=None)
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
