"""Registering, finding, seeing and correcting a person."""

from __future__ import annotations

import uuid

from ledger.events import PersonalDataOpened
from ledger.mapper import entry_of
from tests.api.client import MAIL, NAME, STREET, Api, problem


def test_a_profile_shows_values_only_for_a_reason_and_on_record(api: Api) -> None:
    """Without a reason there are names and sources; with one the values, after an opening."""
    path = api.person()
    shut = api.get(f"{path}/profile")
    assert {item["attribute"]: item["value"] for item in shut["items"]} == dict.fromkeys(
        ("full-name", "email-address", "billing-address")
    )
    before = api.last()
    opened = api.get(f"{path}/profile", reason="answer-customer")
    assert {item["attribute"]: item["value"] for item in opened["items"]} == {
        "full-name": NAME,
        "email-address": MAIL,
        "billing-address": STREET,
    }
    assert api.last() == before + 1
    entry = entry_of(api.ledger.recorder.select_rows(before, 1)[0])
    assert isinstance(entry.body, PersonalDataOpened)
    assert (entry.body.access, entry.body.reason) == ("profile", "answer-customer")
    assert set(entry.body.attributes) == {"full-name", "email-address", "billing-address"}
    looked = api.get(f"{path}/openings")["items"]
    assert [(row["access"], row["function"]) for row in looked] == [("profile", "helpdesk-agent")]


def test_a_person_looks_through_a_system(api: Api) -> None:
    """The opening says on whose behalf the system asked."""
    path = api.person()
    subject = path.rsplit("/", 1)[1]
    api.get(f"{path}/profile", reason="answer-request", on_behalf_of=subject)
    assert api.get(f"{path}/openings")["items"][0]["on_behalf_of"] == subject


def test_a_reason_that_the_policy_does_not_list_opens_nothing(api: Api) -> None:
    """No reason, no value, no event."""
    path = api.person()
    before = api.last()
    sent = api.read(f"{path}/profile", reason="curiosity")
    assert problem(sent) == (422, "invalid-input")
    assert NAME not in sent.text
    assert api.last() == before


def test_the_tag_of_a_profile_changes_with_it_and_never_by_looking(api: Api) -> None:
    """The ETag stays through openings, gives 304, and moves with a correction."""
    path = api.person()
    tag = api.read(f"{path}/profile").headers["ETag"]
    assert api.read(f"{path}/profile", reason="answer-customer").headers["ETag"] == tag
    known = api.send("GET", f"{path}/profile", headers={"If-None-Match": tag})
    assert (known.status_code, known.content) == (304, b"")
    asked = {"headers": {"If-None-Match": tag}, "params": {"reason": "answer-customer"}}
    opened = api.send("GET", f"{path}/profile", **asked)  # values are given anew, on record
    assert opened.json()["items"][0]["value"]
    api.do("PATCH", f"{path}/profile", {"changes": {"full-name": "M"}}, headers={"If-Match": tag})
    assert api.read(f"{path}/profile").headers["ETag"] != tag


def test_a_correction_must_know_what_it_corrects(api: Api) -> None:
    """Without If-Match 428, with a stale or foreign one 412, and nothing is stored."""
    path = api.person()
    old = api.read(f"{path}/profile").headers["ETag"]
    api.collect(path, **{"job-title": "Pilot"})
    before, body = api.last(), {"changes": {"full-name": "M"}}
    assert problem(api.send("PATCH", f"{path}/profile", body)) == (428, "precondition-required")
    for tag in (old, f'"{uuid.uuid4().hex}"', '"x"', f"W/{old}", "7"):
        sent = api.send("PATCH", f"{path}/profile", body, headers={"If-Match": tag})
        assert problem(sent) == (412, "stale-version")
    assert api.last() == before


def test_a_corrected_value_stands_alone(api: Api) -> None:
    """The new value is the one shown; a look-up by the old one leads nowhere any more."""
    path = api.person()
    tag = api.read(f"{path}/profile").headers["ETag"]
    new = "m.krishnan@example.net"
    body = {"changes": {"email-address": new}}
    api.do("PATCH", f"{path}/profile", body, headers={"If-Match": tag})
    shown = api.get(f"{path}/profile", reason="answer-customer")["items"]
    assert [item["value"] for item in shown if item["attribute"] == "email-address"] == [new]
    found = [_look_up(api, value) for value in (MAIL, new)]
    assert found == [[], [path.rsplit("/", 1)[1]]]


def test_a_look_up_is_on_record_whether_it_finds_or_not(api: Api) -> None:
    """Each look-up is one opening: in the person's stream, or in the actor's own."""
    path = api.person()
    before = api.last()
    assert _look_up(api, MAIL.upper()) == [path.rsplit("/", 1)[1]]
    assert _look_up(api, "nobody@example.org") == []
    rows = api.ledger.recorder.select_rows(before, 10)
    assert [row.topic for row in rows] == ["personal-data-opened"] * 2
    assert str(rows[0].originator_id) == path.rsplit("/", 1)[1]
    assert MAIL.encode() not in rows[0].state


def test_a_look_up_key_stands_for_one_value(api: Api) -> None:
    """The same key with another value is another command, and refused, found or not."""
    body = {"kind": "email-address", "value": "a@example.org", "reason": "answer-customer"}
    api.do("POST", "/v1/subjects/lookups", body, key="key-1")
    before = api.last()
    sent = api.send("POST", "/v1/subjects/lookups", body | {"value": "b@example.org"}, key="key-1")
    assert problem(sent) == (422, "idempotency-key-reused")
    assert api.last() == before


def test_what_cannot_be_looked_up(api: Api) -> None:
    """An attribute without look-up, an unknown kind, a malformed value, an unlisted reason."""
    asked = {"kind": "email-address", "value": MAIL, "reason": "answer-customer"}
    before = api.last()
    for change in (
        {"kind": "full-name"},
        {"kind": "no-such/1"},
        {"value": "not an address"},
        {"reason": "curiosity"},
    ):
        sent = api.send("POST", "/v1/subjects/lookups", asked | change)
        assert problem(sent) == (422, "invalid-input")
        assert "not an address" not in sent.text
    assert api.last() == before


def test_an_address_belongs_to_one_person(api: Api) -> None:
    """A second person with the same exclusive identifier is a conflict, told by its kind alone."""
    api.person()
    other = api.subject()
    body = {"attribute": "email-address", "value": MAIL}
    sent = api.send(
        "POST",
        f"{other}/collections",
        {
            "values": [body],
            "source": "signup-form",
            "country": "india",
            "purposes": ["account-keeping"],
            "notice": {"version": "signup-notice-1", "language": "en"},
        },
    )
    assert problem(sent) == (409, "identifier-taken")
    assert MAIL not in sent.text


def _look_up(api: Api, value: str) -> list[str]:
    body = {"kind": "email-address", "value": value, "reason": "answer-customer"}
    found: list[str] = api.do("POST", "/v1/subjects/lookups", body)["subjects"]
    return found
