"""`?as_of=`: the same routes on a moment of the past, by both clocks, and what is no moment."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from tests.api.client import MAIL, NAME, NOTICE, Api, problem
from tests.ledger.world import relabelled

LONG_AGO = "2025-06-01T09:00:00Z"
NEWS = "promotional-news"


def today() -> str:
    return dt.datetime.now(dt.UTC).date().isoformat()


def told_consent(api: Api, path: str, **more: Any) -> Any:
    body = {"state": "given", "notice": NOTICE, "told": True, **more}
    return api.do("PUT", f"{path}/consents/{NEWS}", body)


def values(profile: dict[str, Any]) -> dict[str, Any]:
    return {item["attribute"]: item["value"] for item in profile["items"]}


def test_without_a_moment_the_answer_is_that_of_now(api: Api) -> None:
    """And says so: no header, `as_of` null."""
    path = api.person()
    response = api.read(f"{path}/consents")
    assert "Ledger-As-Of" not in response.headers
    assert response.json()["as_of"] is None


def test_what_was_known_at_a_position(api: Api) -> None:
    """A consent, a switch, a disclosure and a claim are there from their own position on."""
    path = api.person()
    api.recipient()
    before = api.position
    consent, _ = (
        api.consent(path),
        api.do("PUT", f"{path}/switches/{NEWS}", {"state": "off", "services": "all"}),
    )
    passed = api.disclose(path)
    claim = {"ground": "outstanding-credit", "covers": [{"class": "billing-data"}]}
    api.do("POST", f"{path}/claims", claim)
    after = api.position

    response = api.read(f"{path}/consents", as_of=str(consent["position"]))
    found = response.json()
    assert [(row["purpose"], row["given"]) for row in found["in_force"]] == [(NEWS, True)]
    assert found["switches"] == []
    assert found["as_of"]["clock"] == "known"
    assert found["as_of"]["position"] == consent["position"]
    told = response.headers["Ledger-As-Of"]
    assert told.startswith(f"clock=known, position={consent['position']}, at=")

    then = api.get(f"{path}/consents", as_of=before)
    assert (then["in_force"], then["switches"], then["history"]) == ([], [], [])
    assert api.get(f"{path}/claims", as_of=before) == []
    assert api.get(f"{path}/disclosures", as_of=before)["items"] == []
    for name in ("claims", "consents", "disclosures", "collections", "erasures"):
        now, past = api.get(f"{path}/{name}"), api.get(f"{path}/{name}", as_of=after)
        if isinstance(now, dict):
            assert past.pop("as_of")["position"] == after
            now.pop("as_of")
        assert past == now
    (shown,) = api.get(f"{path}/disclosures", as_of=after)["items"]
    assert shown["disclosure"] == passed["ids"]["disclosure"]


def test_what_was_true_is_not_what_was_known(api: Api) -> None:
    """A consent told late holds from its own day by `true`, from its position by `known`."""
    path = api.person()
    api.consent(path)
    before = api.position
    told_consent(api, path, occurred_at=LONG_AGO)
    long_ago = {"as_of": "2025-06-02", "clock": "true"}
    found = api.get(f"{path}/consents", **long_ago)
    assert [row["purpose"] for row in found["in_force"]] == [NEWS]
    assert len(found["history"]) == 1
    assert found["as_of"] == {
        "clock": "true",
        "position": found["as_of"]["position"],
        "at": "2025-06-02T23:59:59.999999Z",
    }
    assert api.get(f"{path}/consents", **long_ago, known_at=before)["in_force"] == []
    assert problem(api.read(f"{path}/consents", as_of="2025-06-02")) == (404, "not-found")
    words = api.get(f"{path}/consents", as_of=today(), clock="true")["history"]
    assert words[0]["occurred_at"] == LONG_AGO
    assert len(words) == 2


def test_an_annulled_entry_counts_in_what_was_known_alone(api: Api) -> None:
    """Until the annulment it was known; it never was true."""
    path = api.person()
    consent = api.consent(path)
    event = api.get(f"{path}/consents")["in_force"][0]["since"]
    api.do("POST", f"/v1/entries/{event}/annulments", {"reason": "entered-by-mistake"})
    known = api.get(f"{path}/consents", as_of=consent["position"])
    assert [row["annulled_position"] for row in known["history"]] == [None]
    assert [row["purpose"] for row in known["in_force"]] == [NEWS]
    now = api.get(f"{path}/consents", as_of=api.position)
    assert (now["in_force"], len(now["history"])) == ([], 1)
    assert now["history"][0]["annulled_position"] is not None
    true = api.get(f"{path}/consents", as_of=today(), clock="true")
    assert (true["in_force"], true["history"]) == ([], [])


def test_a_profile_of_the_past_opens_what_may_be_opened_today(api: Api) -> None:
    """The corrected value was another; it opens on record, and is no state to correct."""
    path = api.person()
    before = api.position
    tag = api.read(f"{path}/profile").headers["ETag"]
    changes = {"changes": {"full-name": "Meera K. Rao"}}
    api.do("PATCH", f"{path}/profile", changes, headers={"If-Match": tag})
    reason = {"reason": "answer-customer"}
    response = api.read(f"{path}/profile", as_of=before, **reason)
    assert values(response.json())["full-name"] == NAME
    assert "ETag" not in response.headers
    assert values(api.get(f"{path}/profile", **reason))["full-name"] == "Meera K. Rao"
    looked = api.get(f"{path}/openings")["items"]
    assert [row["access"] for row in looked] == ["profile", "profile"]
    names_only = api.get(f"{path}/profile", as_of=before)
    assert set(values(names_only).values()) == {None}


def test_what_was_erased_since_is_shown_as_erased(api: Api) -> None:
    """The line is there, as it was, with the date of the erasure; no value."""
    path = api.person()
    before = api.position
    api.do("POST", f"{path}/erasures", {})
    erased_at = api.position
    for asked in ({}, {"reason": "answer-customer"}):
        found = api.get(f"{path}/profile", as_of=before, **asked)
        assert found["erased"] is False
        assert len(found["items"]) == 3
        for item in found["items"]:
            assert item["value"] is None
            assert before < item["erased"]["position"] <= erased_at
    assert MAIL not in api.read(f"{path}/profile", as_of=before, **asked).text


def test_what_may_not_be_mentioned_today_is_not_mentioned_of_the_past(api: Api) -> None:
    """The person gets nothing hidden by asking about yesterday; the auditor does."""
    path = api.person()
    api.recipient()
    api.hide(path, "2099-01-01")
    assert api.get(f"{path}/disclosures", as_of=api.position)["items"] == []
    assert len(api.get("/v1/disclosures", as_of=api.position)["items"]) == 1
    assert len(api.get(f"{path}/history", as_of=api.position)["items"]) > 1


def test_lists_over_the_ledger_are_narrowed_to_the_moment(api: Api) -> None:
    """By position, by time, in pages; an annulment that came later had not happened."""
    path = api.person()
    api.recipient()
    api.disclose(path)
    first = api.position
    api.disclose(path, occurred_at=LONG_AGO)
    late = api.position
    listed = api.get("/v1/disclosures")["items"]
    api.do("POST", f"/v1/entries/{listed[1]['event']}/annulments", {"reason": "entered-by-mistake"})

    def found(**asked: Any) -> list[tuple[str, int | None]]:
        rows = api.get("/v1/disclosures", **asked)["items"]
        return [(row["event"], row["annulled_position"]) for row in rows]

    newest, oldest = listed[0]["event"], listed[1]["event"]
    assert found(as_of=first) == [(oldest, None)]
    assert found(as_of=late) == [(newest, None), (oldest, None)]
    assert found(as_of=api.position)[1][1] is not None
    assert found(as_of="2025-06-01", clock="true") == [(newest, None)]
    assert found(as_of=today(), clock="true") == [(newest, None)]
    assert found(as_of=today(), clock="true", known_at=late) == [(newest, None), (oldest, None)]
    assert found(as_of="2025-05-31", clock="true") == []
    page = api.get("/v1/disclosures", as_of=late, limit=1)
    rest = api.get("/v1/disclosures", as_of=late, limit=1, cursor=page["next_cursor"])
    assert [page["items"][0]["event"], rest["items"][0]["event"]] == [newest, oldest]
    assert rest["next_cursor"] is None
    acts = api.get(f"{path}/history", as_of=first)["items"]
    assert max(act["position"] for act in acts) <= first
    topics = {act["topic"] for act in api.get("/v1/entries", as_of=today(), clock="true")["items"]}
    assert "entry-annulled" not in topics


def test_the_policy_of_a_moment(api: Api) -> None:
    """The version in force then; none before the ledger began."""
    first = api.get("/v1/policy")
    before = api.position
    text = relabelled(first["text"])
    api.do("POST", "/v1/policy/versions", {"document": text})
    assert api.get("/v1/policy")["version"] == 2
    assert api.get("/v1/policy", as_of=before)["version"] == 1
    assert api.get("/v1/policy", as_of=before)["as_of"]["position"] == before
    assert api.get("/v1/policy", as_of=today(), clock="true")["version"] == 2
    assert len(api.get("/v1/policy/versions", as_of=before)) == 1
    assert problem(api.read("/v1/policy", as_of="2001-01-01")) == (404, "not-found")


def test_an_erasure_of_a_moment(api: Api) -> None:
    """Asked for and not carried out yet; then carried out, as the report says."""
    path = api.person()
    asked = api.do("POST", f"{path}/erasures", {"carry_out": False})
    before = api.position
    api.do("POST", f"{path}/erasures/{asked['ids']['erasure']}/executions")
    report = f"{path}/erasures/{asked['ids']['erasure']}"
    assert api.get(report, as_of=before)["erased_here"] == []
    assert api.get(report, as_of=before)["erased_at"] is None
    now, then = api.get(report), api.get(report, as_of=api.position)
    assert now["erased_here"]
    assert then == now
    assert problem(api.read(report, as_of="1")) == (404, "not-found")


def test_a_run_of_a_moment(api: Api) -> None:
    """Where its subjects stood."""
    path = api.person()
    subject = path.rsplit("/", 1)[1]
    body = {"purpose": "account-keeping", "country": "india", "attributes": ["email-address"]}
    started = api.do("POST", "/v1/processing-runs", {**body, "subjects": [subject]})
    run, before = started["ids"]["run"], api.position
    api.do("POST", f"/v1/processing-runs/{run}/chunks", {"chunk": 1})
    assert api.get(f"/v1/processing-runs/{run}")["tally"][0]["step"] == "opened"
    then = api.get(f"/v1/processing-runs/{run}", as_of=before)
    assert [(row["step"], row["subjects"]) for row in then["tally"]] == [("admitted", 1)]
    (row,) = api.get(f"/v1/processing-runs/{run}/subjects", as_of=before)["items"]
    assert UUID(row["subject"]) == UUID(subject)
    assert row["step"] == "admitted"


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"as_of": "yesterday"}, "moment-unreadable", "as_of"),
        ({"as_of": "2026-02-30"}, "moment-unreadable", "as_of"),
        ({"as_of": "999999999"}, "moment-ahead", "as_of"),
        ({"as_of": "2999-01-01"}, "moment-ahead", "as_of"),
        ({"as_of": "3", "clock": "true"}, "moment-not-a-time", "as_of"),
        (
            {"as_of": "2026-01-01", "clock": "true", "known_at": "?"},
            "moment-unreadable",
            "known_at",
        ),
        ({"as_of": "3", "known_at": "2"}, "moment-unreadable", "known_at"),
        ({"as_of": "3", "clock": "sun"}, "invalid-request", "query.clock"),
        ({"clock": "true"}, "invalid-request", "clock"),
        ({"known_at": "3"}, "invalid-request", "known_at"),
    ],
)
def test_what_is_no_moment_is_a_problem(
    api: Api, asked: dict[str, str], code: str, field: str
) -> None:
    """It names the field, the rule and the remedy; on one person and on the ledger alike."""
    path = api.person()
    for place in (f"{path}/profile", f"{path}/consents", "/v1/disclosures", "/v1/policy"):
        response = api.read(place, **asked)
        assert problem(response) == (422, code)
        (wrong,) = response.json()["errors"]
        assert wrong["field"] == field
        assert wrong["rule"]
        assert wrong["remedy"]


def test_who_may_not_read_now_may_not_read_the_past(api: Api) -> None:
    """The permissions are those of the route."""
    path = api.person()
    for place in (f"{path}/consents", f"{path}/claims", "/v1/disclosures"):
        response = api.send("GET", place, params={"as_of": "3"}, token="nothing")
        assert problem(response) == (403, "not-permitted")


def test_an_instant_of_today_is_answered(api: Api) -> None:
    """Between two entries; a zone may be given."""
    path = api.person()
    first = api.consent(path)
    (word,) = api.get(f"{path}/consents")["history"]
    at = dt.datetime.fromisoformat(word["recorded_at"])
    india = dt.timezone(dt.timedelta(hours=5, minutes=30))
    found = api.get(f"{path}/consents", as_of=at.astimezone(india).isoformat())
    assert found["as_of"]["position"] == first["position"]
    before = (at - dt.timedelta(microseconds=1)).isoformat()
    assert api.get(f"{path}/consents", as_of=before)["history"] == []


def test_the_moment_is_described(api: Api) -> None:
    """Every read that takes it says so, with examples."""
    described = api.http.get("/openapi.json").json()["paths"]
    taking = [
        path
        for path, methods in described.items()
        for parameter in methods.get("get", {}).get("parameters", ())
        if parameter["name"] == "as_of" and parameter["examples"]
    ]
    for noun in ("profile", "consents", "claims", "disclosures", "collections", "history"):
        assert f"/v1/subjects/{{subject}}/{noun}" in taking
    assert {"/v1/disclosures", "/v1/policy", "/v1/entries"} <= set(taking)
