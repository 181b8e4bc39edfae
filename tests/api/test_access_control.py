"""Who may: tokens, permissions, and what a key of one actor is to another."""

from __future__ import annotations

import re
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
    subject = api.person().rsplit("/", 1)[1]
    before, allowed = api.last(), set()
    for path, methods in api.send("GET", "/openapi.json").json()["paths"].items():
        if not path.startswith("/v1"):
            continue
        route = re.sub(r"\{(\w+)\}", lambda name: _given(name[1], subject), path)
        for method in methods:
            body = None if method in ("get", "delete") else {}
            sent = api.send(method.upper(), route, body, token="nothing")
            if sent.status_code != 403:
                allowed.add((method, path, sent.status_code))
            else:
                assert problem(sent) == (403, "not-permitted"), (method, route)
    assert allowed == {("get", path, 200) for path in PUBLISHED}
    assert api.last() == before


PUBLISHED = (
    "/v1/policy", "/v1/policy/versions", "/v1/policy/versions/{version}", "/v1/recipients",
    "/v1/countries",
)  # fmt: skip
"""What everybody with a token may read: the policy, and who may receive data where."""


def _given(name: str, subject: str) -> str:
    """A path's parameter: the person, the first version, or an id that nothing has."""
    if name == "subject":
        return subject
    return {"version": "1", "purpose": "a"}.get(name, str(uuid.uuid4()))


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
