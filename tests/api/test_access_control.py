"""Who may: tokens, permissions, and what a key of one actor is to another."""

from __future__ import annotations

import uuid

from tests.api.client import NOTICE, Api, problem


def test_without_a_token_nothing_is_served(api: Api) -> None:
    """No token and a wrong one meet the same answer, which names the scheme."""
    before = api.last()
    routes = [("GET", "/v1/policy"), ("POST", "/v1/subjects"), ("GET", "/v1/none")]
    for token in (None, "", "wrong", "everything2"):
        for method, path in routes:
            sent = api.send(method, path, {} if method == "POST" else None, token=token)
            assert problem(sent) == (401, "not-authenticated")
            assert sent.headers["WWW-Authenticate"] == "Bearer"
    assert api.last() == before


def test_another_scheme_is_no_token(api: Api) -> None:
    """Only bearer tokens are taken."""
    headers = {"Authorization": "Basic ZXZlcnl0aGluZw=="}
    sent = api.send("GET", "/v1/policy", token=None, headers=headers)
    assert problem(sent) == (401, "not-authenticated")


def test_each_route_asks_for_its_permission(api: Api) -> None:
    """A token that may nothing gets 403 everywhere but at the policy and the recipients."""
    path, some = api.person(), uuid.uuid4()
    before = api.last()
    commands = [
        ("POST", "/v1/subjects"), ("POST", "/v1/subjects/lookups"), ("PATCH", f"{path}/profile"),
        ("POST", f"{path}/collections"), ("PUT", f"{path}/consents/a"),
        ("PUT", f"{path}/switches/a"), ("POST", f"{path}/disclosures"),
        ("POST", f"{path}/disclosures/authorisations"), ("POST", "/v1/processing-runs"),
        ("POST", f"/v1/processing-runs/{some}/chunks"), ("POST", f"{path}/claims"),
        ("POST", f"/v1/processing-runs/{some}/outcomes"), ("DELETE", f"{path}/claims/{some}"),
        ("POST", f"{path}/erasures"), ("POST", f"{path}/erasures/{some}/answers"),
        ("POST", f"{path}/erasures/{some}/executions"), ("POST", f"{path}/access-reports"),
        ("POST", f"{path}/erasures/{some}/orders/{some}/notices"), ("POST", "/v1/actors"),
        ("POST", "/v1/recipients"), ("POST", f"/v1/recipients/{some}/standing-access"),
        ("POST", "/v1/policy/versions"), ("POST", f"/v1/entries/{some}/annulments"),
        ("POST", f"{path}/objections"), ("POST", f"{path}/restrictions"),
        ("DELETE", f"{path}/restrictions/{some}"), ("POST", f"{path}/regimes"),
        ("POST", "/v1/decisions"),
        ("POST", "/v1/batches"), ("POST", f"{path}/duties/{some}/notices"),
    ]  # fmt: skip
    reads = [
        f"{path}/profile", f"{path}/collections", f"{path}/consents", f"{path}/claims",
        f"{path}/disclosures", f"{path}/erasures", f"{path}/erasures/plan", f"{path}/history",
        f"{path}/erasures/{some}", f"{path}/openings", "/v1/disclosures", "/v1/entries",
        "/v1/irregularities", "/v1/actors", "/v1/processing-runs", f"/v1/processing-runs/{some}",
        f"/v1/processing-runs/{some}/subjects", f"{path}/duties", "/v1/duties",
        f"{path}/rights",
    ]  # fmt: skip
    for method, route in commands + [("GET", route) for route in reads]:
        body = None if method in ("GET", "DELETE") else {}
        sent = api.send(method, route, body, token="nothing")
        assert problem(sent) == (403, "not-permitted"), route
    for route in ("/v1/policy", "/v1/policy/versions", "/v1/recipients", "/v1/countries"):
        assert api.send("GET", route, token="nothing").status_code == 200
    assert api.last() == before
    served = {
        (method.upper(), route)
        for route, methods in api.send("GET", "/openapi.json").json()["paths"].items()
        for method in methods
        if route.startswith("/v1")
    }
    assert len(served) == len(commands) + len(reads) + 5  # the four above, and one policy version


def test_hidden_orders_are_for_auditors(api: Api) -> None:
    """Who may only read subjects does not see what may not be mentioned to them."""
    path = api.person()
    erasure = api.do("POST", f"{path}/erasures", {})["ids"]["erasure"]
    params = {"hidden": "true", "after": api.position}
    sent = api.send("GET", f"{path}/erasures/{erasure}", token="reader", params=params)
    assert problem(sent) == (403, "not-permitted")


def test_a_command_needs_a_key(api: Api) -> None:
    """Without one, or with one that is no plain text, nothing is done."""
    before = api.last()
    assert problem(api.send("POST", "/v1/subjects", {}, key=None)) == (
        400,
        "idempotency-key-missing",
    )
    for key in (b'""', b"x" * 201, b"cl\xe9", b"a\x01b"):
        sent = api.send("POST", "/v1/subjects", {}, key=None, headers={b"Idempotency-Key": key})
        assert problem(sent) == (400, "idempotency-key-invalid")
    assert api.last() == before


def test_the_same_key_again_is_the_same_act(api: Api) -> None:
    """Quoted or not, a repetition has the first answer, and stores nothing."""
    first = api.send("POST", "/v1/subjects", {"service": "web-site"}, key='"key-1"')
    before = api.last()
    again = api.send("POST", "/v1/subjects", {"service": "web-site"}, key="key-1")
    assert again.json() == first.json()
    assert again.headers["Ledger-Position"] == first.headers["Ledger-Position"]
    assert api.last() == before


def test_a_key_cannot_be_used_for_something_else(api: Api) -> None:
    """Another body, or another route, under the same key is refused and stores nothing."""
    path = api.person()
    api.do("PUT", f"{path}/consents/promotional-news", {"state": "withdrawn"}, key="key-1")
    before = api.last()
    body = {"state": "given", "notice": NOTICE}
    others = [
        ("PUT", f"{path}/consents/promotional-news", body),
        ("PUT", f"{path}/consents/click-analysis", {"state": "withdrawn"}),
        ("POST", "/v1/subjects", {}),
    ]
    for method, route, other in others:
        sent = api.send(method, route, other, key="key-1")
        assert problem(sent) == (422, "idempotency-key-reused")
    assert api.last() == before


def test_a_key_belongs_to_its_actor(api: Api) -> None:
    """Another actor's same key is another command."""
    first = api.do("POST", "/v1/subjects", {}, key="key-1")
    other = api.do("POST", "/v1/subjects", {}, key="key-1", token="somebody-else")
    assert first["ids"] != other["ids"]


def test_a_refusal_is_repeated_as_it_was(api: Api) -> None:
    """A refused command under the same key is the same refusal, recorded once."""
    path = api.person()
    body = {"state": "given", "notice": {"version": "no-such", "language": "en"}}
    first = api.send("PUT", f"{path}/consents/promotional-news", body, key="key-1")
    again = api.send("PUT", f"{path}/consents/promotional-news", body, key="key-1")
    assert problem(first) == (403, "refused")
    assert again.json() == first.json()
    assert api.last() == first.json()["position"]


def test_nothing_under_v1_may_be_stored_on_the_way(api: Api) -> None:
    """Answers and problems alike forbid it."""
    for path in ("/v1/policy", "/v1/none"):
        assert api.send("GET", path).headers["Cache-Control"] == "no-store"
    assert api.send("GET", "/v1/policy", token=None).headers["Cache-Control"] == "no-store"
