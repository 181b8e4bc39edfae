"""Disclosures over HTTP: authorised, recorded, looked up; hidden from the person, not the auditor."""

from __future__ import annotations

import datetime as dt
import uuid

from tests.api.client import NAME, Api, disclosure, problem


def test_who_got_what_why_and_on_which_ground(api: Api) -> None:
    """An authorised disclosure is found by recipient, purpose, ground, subject and time."""
    recipient, path = api.recipient(), api.person()
    api.consent(path)
    given = api.do("POST", f"{path}/disclosures/authorisations", disclosure())
    done = api.disclose(path, authorisation=given["ids"]["disclosure"])
    assert done["findings"] == []
    assert done["ids"]["disclosure"] == given["ids"]["disclosure"]
    today = dt.datetime.now(dt.UTC).date()
    subject = path.rsplit("/", 1)[1]
    for narrowed in (
        {"recipient": recipient}, {"recipient": "mail-delivery-provider"},
        {"purpose": "promotional-news"}, {"ground": "service-agreement"}, {"subject": subject},
        {"from": str(today)}, {"to": str(today + dt.timedelta(days=1))},
    ):  # fmt: skip
        rows = api.get("/v1/disclosures", **narrowed)["items"]
        assert [row["disclosure"] for row in rows] == [given["ids"]["disclosure"]], narrowed
    row = api.get("/v1/disclosures")["items"][0]
    assert row["recipient"]["code"] == "mail-delivery-provider"
    assert [item["attribute"] for item in row["items"]] == ["full-name", "email-address"]
    for narrowed in (
        {"purpose": "service-messages"}, {"subject": str(uuid.uuid4())}, {"to": str(today)},
    ):  # fmt: skip
        assert api.get("/v1/disclosures", **narrowed)["items"] == []
    sent = api.read("/v1/disclosures", recipient="nobody")
    assert problem(sent) == (422, "invalid-input")


def test_pages_have_no_gap_and_no_double(api: Api) -> None:
    """Following next_cursor gives every disclosure once, newest first."""
    api.recipient()
    path = api.person()
    made = [api.disclose(path)["ids"]["disclosure"] for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get("/v1/disclosures", limit=2, **cursor)
        seen += [row["disclosure"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == made[::-1]


def test_a_made_up_cursor_is_refused(api: Api) -> None:
    """A cursor is what this API gave, and nothing else."""
    for cursor in ("7", "eyJhdCI6ICI3In0", "eyJhdCI6IC0xfQ", "x" * 300, "eyJhdCI6IDd9=", "é"):
        sent = api.read("/v1/disclosures", cursor=cursor)
        assert problem(sent) == (400, "malformed-cursor"), cursor


def test_what_breaks_a_rule_is_refused_when_asked_and_stored_when_told(api: Api) -> None:
    """Without consent: an authorisation is refused, a report is stored with the finding."""
    api.recipient()
    path = api.person()
    sent = api.send("POST", f"{path}/disclosures/authorisations", disclosure())
    assert problem(sent) == (403, "refused")
    assert [broken["rule"] for broken in sent.json()["rules"]] == ["consent-missing"]
    told = api.disclose(path)
    assert [broken["rule"] for broken in told["findings"]] == ["consent-missing"]


def test_a_recipient_in_words_is_sealed(api: Api) -> None:
    """Somebody who is not on the register is named in words, which no listing shows."""
    path = api.person()
    told = api.disclose(path, recipient="Lakshmi, the neighbour")
    assert "recipient-unlisted" in [broken["rule"] for broken in told["findings"]]
    page = api.read("/v1/disclosures")
    assert page.json()["items"][0]["recipient"] == {"id": None, "code": None, "name": None}
    assert "Lakshmi" not in page.text
    assert NAME not in page.text


def test_what_the_law_forbids_to_mention(api: Api) -> None:
    """The auditor sees it; the person's list lacks it and says the same sentence either way."""
    api.recipient()
    path = api.person()
    shown = api.disclose(path)["ids"]["disclosure"]
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
    hidden = api.hide(path, str(until))["ids"]["disclosure"]
    audited = {row["disclosure"] for row in api.get("/v1/disclosures")["items"]}
    assert audited == {shown, hidden}
    told = api.get(f"{path}/disclosures")
    assert [row["disclosure"] for row in told["items"]] == [shown]
    assert "forbids" in told["not_mentioned"]
