"""Bad input: each its own problem type, and no event."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest

from tests.api.client import MAIL, Api, collection, problem

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def path(api: Api) -> str:
    """Somebody to send it about."""
    return api.person()


def _bytes(api: Api, path: str, content: bytes, **headers: str) -> tuple[int, str]:
    """The problem that these bytes of a body meet."""
    return problem(api.send("POST", path, content=content, headers=JSON | headers))


def test_what_a_body_can_be_at_fault_for(api: Api, path: str) -> None:
    """Each fault of a body, as bytes, is its own type; nothing is stored."""
    before, to = api.last(), f"{path}/collections"
    deep = b'{"values":' + b"[" * 40 + b"]" * 40 + b"}"
    faults = {
        "body-too-large": (413, b'{"source": "' + b"a" * 300_000 + b'"}'),
        "body-too-deep": (400, deep),
        "malformed-json": (400, b'{"source": '),
        "duplicate-field": (400, b'{"source": "a", "source": "b"}'),
        "forbidden-characters": (400, b'{"source": "a\\u0000b"}'),
        "unknown-field": (422, json.dumps(collection([], sorce="a")).encode()),
        "invalid-request": (422, b'{"source": 7}'),
    }
    for code, (status, content) in faults.items():
        assert _bytes(api, to, content) == (status, code)
    assert api.last() == before


def test_traps_of_json(api: Api) -> None:
    """What parsers disagree on, or fall over, is refused before anything reads it."""
    traps = [
        (b"[" * 100_000, "body-too-deep"),
        (b'{"a": NaN}', "malformed-json"),
        (b"\xff\xfe{}", "malformed-json"),
        (b'{"a": "\\ud800"}', "forbidden-characters"),
        (b'{"a\\u0000": 1}', "forbidden-characters"),
        (b'{"a": {"b": 1, "b": 2}}', "duplicate-field"),
        (b"[]", "invalid-request"),
        (b'{} {"a": 1}', "malformed-json"),
        (b'{"a": ' + b"9" * 5000 + b"}", "malformed-json"),
    ]
    for content, code in traps:
        assert _bytes(api, "/v1/subjects", content)[1] == code, content[:20]


def test_the_media_type_must_be_json(api: Api) -> None:
    """A body that is declared as something else, or compressed, is not read."""
    for headers in ({"Content-Type": "text/plain"}, {"Content-Encoding": "gzip"}):
        assert _bytes(api, "/v1/subjects", b"{}", **headers) == (415, "unsupported-media-type")


def test_a_body_cut_off_in_chunks_is_counted(api: Api) -> None:
    """Without a declared length the limit holds all the same."""

    def parts() -> Any:
        for _ in range(40):
            yield b" " * 10_000

    sent = api.send("POST", "/v1/subjects", content=parts(), headers=JSON)
    assert problem(sent) == (413, "body-too-large")


def test_a_malformed_value_names_its_field_and_rule(api: Api, path: str) -> None:
    """The field and the rule are named, the value never is; nothing is stored."""
    before = api.last()
    malformed = {
        "email-address": "meera.krishnan(at)example.org",
        "phone-number": "+91 12",
        "residence-country": "Atlantis",
        "full-name": "x" * 201,
    }
    for attribute, value in malformed.items():
        body = collection([{"attribute": attribute, "value": value}])
        sent = api.send("POST", f"{path}/collections", body)
        assert problem(sent) == (422, "invalid-input")
        assert [error["field"] for error in sent.json()["errors"]] == [attribute]
        assert value not in sent.text
    assert api.last() == before


def test_a_future_date(api: Api, path: str) -> None:
    """What has not happened yet cannot be told."""
    before = api.last()
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()
    body = {"state": "withdrawn", "occurred_at": tomorrow}
    sent = api.send("PUT", f"{path}/consents/promotional-news", body)
    assert problem(sent) == (422, "moment-out-of-bounds")
    assert api.last() == before


def test_a_moment_needs_a_zone(api: Api, path: str) -> None:
    """A time without a zone is no instant."""
    body = {"state": "withdrawn", "occurred_at": "2026-01-01T10:00:00"}
    sent = api.send("PUT", f"{path}/consents/promotional-news", body)
    assert problem(sent) == (422, "invalid-request")
    assert sent.json()["errors"][0]["field"] == "occurred_at"


def test_a_wrong_type_names_its_field(api: Api, path: str) -> None:
    """Nothing is converted: a text is a text, a truth a truth."""
    wrong: list[tuple[str, object]] = [
        ("source", None),
        ("purposes", "account-keeping"),
        ("told", "yes"),
        ("told", 1),
        ("occurred_at", 1_700_000_000),
        ("on_behalf_of", 7),
        ("notice", {"version": "signup-notice-1"}),
    ]
    for field, value in wrong:
        body = collection([{"attribute": "full-name", "value": "A"}], **{field: value})
        sent = api.send("POST", f"{path}/collections", body)
        assert problem(sent) == (422, "invalid-request")
        assert sent.json()["errors"][0]["field"].startswith(field)


def test_a_misspelt_key_is_named_but_not_one_that_may_be_personal(api: Api, path: str) -> None:
    """A field's name is shown if it reads like one."""
    for name, shown in (("sorce", "sorce"), (MAIL, "…")):
        sent = api.send("POST", "/v1/subjects", {name: "web-site"})
        assert problem(sent) == (422, "unknown-field")
        assert sent.json()["errors"][0]["field"] == shown
        assert MAIL not in sent.text


def test_who_misspells_a_key_is_told_which_there_are(api: Api, path: str) -> None:
    """Of the body itself; deeper in it, where others count, nothing is told that would be wrong."""
    (wrong,) = api.send("POST", "/v1/recipients", {"recipient": "helpdesk-system"}).json()["errors"]
    assert wrong["field"] == "recipient"
    assert "There are: agreement, code, contact," in wrong["remedy"]
    body = collection([{"attribut": "a", "value": "b"}], recipient="helpdesk-system")
    sent = api.send("POST", f"{path}/collections", body).json()["errors"]
    remedies = {one["field"]: one["remedy"] for one in sent}
    assert remedies["recipient"].startswith("Correct it or leave it out. There are: controller, ")
    assert all(name in remedies["recipient"] for name in ("purposes", "source", "values"))
    assert remedies["values.0.attribut"] == "Correct it or leave it out."


def test_paths_that_lead_nowhere(api: Api, path: str) -> None:
    """A wrong id, an unknown subject, an unknown route and a wrong method are told apart."""
    assert problem(api.send("GET", "/v1/subjects/7/profile")) == (422, "invalid-request")
    unknown = f"/v1/subjects/{uuid.uuid4()}"
    assert problem(api.send("GET", f"{unknown}/profile")) == (404, "not-found")
    assert problem(api.send("POST", f"{unknown}/erasures", {})) == (404, "not-found")
    assert problem(api.send("GET", "/v1/nothing")) == (404, "no-such-route")
    assert problem(api.send("PUT", "/v1/policy", {})) == (405, "method-not-allowed")
    assert problem(api.send("DELETE", f"{path}/claims/{uuid.uuid4()}")) == (404, "not-found")


def test_what_the_policy_does_not_list_is_refused_on_record_when_asked(api: Api, path: str) -> None:
    """The refusal is an event with its rule and without the value; the answer says its position."""
    faults: dict[str, tuple[str, str, dict[str, Any]]] = {
        "attribute-unlisted": (
            "POST", "collections", collection([{"attribute": "shoe-size", "value": "Meera 42"}])
        ),
        "country-unlisted": (
            "POST", "collections",
            collection([{"attribute": "full-name", "value": "A"}], country="atlantis"),
        ),
        "purpose-unlisted": (
            "PUT", "consents/world-domination",
            {"state": "given", "notice": {"version": "signup-notice-1", "language": "en"}},
        ),
    }  # fmt: skip
    for rule, (method, route, body) in faults.items():
        before = api.last()
        sent = api.send(method, f"{path}/{route}", body)
        assert problem(sent) == (403, "refused")
        assert rule in [broken["rule"] for broken in sent.json()["rules"]]
        assert all(broken["says"] and broken["remedy"] for broken in sent.json()["rules"])
        assert int(sent.headers["Ledger-Position"]) == before + 1 == api.last()
    newest = api.ledger.recorder.select_rows(0, 1000)[-3:]
    stored = b"".join(row.state for row in newest)
    assert not any(word in stored for word in (b"shoe", b"Meera", b"atlantis", b"domination"))


def test_a_grant_before_a_withdrawal_is_refused(api: Api, path: str) -> None:
    """Asked with an earlier date than the withdrawal, a consent is refused by its rule."""
    earlier = dt.datetime.now(dt.UTC).isoformat()
    api.consent(path)
    api.do("PUT", f"{path}/consents/promotional-news", {"state": "withdrawn"})
    notice = {"version": "signup-notice-1", "language": "en"}
    body = {"state": "given", "notice": notice, "occurred_at": earlier}
    sent = api.send("PUT", f"{path}/consents/promotional-news", body)
    assert [broken["rule"] for broken in sent.json()["rules"]] == ["grant-before-protection"]


def test_the_same_when_told_is_stored_with_its_findings(api: Api, path: str) -> None:
    """A collection that happened is stored whatever it breaks, and somebody has to look at it."""
    body = collection(
        [{"attribute": "shoe-size", "value": "42"}], told=True, purposes=["world-domination"]
    )
    stored = api.do("POST", f"{path}/collections", body)
    found = {broken["rule"] for broken in stored["findings"]}
    assert found == {"attribute-unlisted", "purpose-unlisted"}
    irregular = api.get("/v1/irregularities")["items"]
    assert {broken["rule"] for broken in irregular[0]["findings"]} == found
