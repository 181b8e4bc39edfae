"""Numbers of cards and accounts: refused or left out, told by their place, and never a digit of them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from ledger.config import Settings
from ledger.vault.database import engine_for
from tests.api.client import NOTICE, Api, collection, problem
from tests.canaries import files_below, found

NEWS = "promotional-news"
CARD, IBAN = "4000 0566 5566 5556", "GB33 BUKB 2020 1555 5555 55"
UPI, ACCOUNT = "meera@okhdfcbank", "50100123456788 HDFC0001234"
WRITTEN = [
    *("4000 0566 5566 5556", "4000056655665556", "4000-0566-5566-5556", "566556", "40000566"),
    *("GB33BUKB20201555555555", "BUKB 2020", "15555555", "50100123456788", "okhdfcbank"),
]
"""The numbers as they are sent, in other writing, and parts of them."""


def held(attribute: str, value: str) -> list[dict[str, str]]:
    return [{"attribute": attribute, "value": value}]


def no_digit(text: str) -> bool:
    """No part of the numbers stands in a text."""
    return not [part for part in WRITTEN if part in text]


def test_what_is_asked_is_refused_with_the_place(api: Api) -> None:
    """The rule, the field, the kind, the brand and the length; the same when it is repeated."""
    path = api.subject()
    body = collection(held("job-title", f"pay by {CARD}"))
    for _ in range(2):
        sent = api.send("POST", f"{path}/collections", body, key="once")
        assert problem(sent) == (403, "refused")
        assert [rule["rule"] for rule in sent.json()["rules"]] == ["identifier-found"]
        assert sent.json()["identifiers"] == [
            {
                "place": "values[0].value",
                "about": "job-title",
                "kind": "card-number",
                "brand": "visa",
                "length": 16,
            }
        ]
        assert no_digit(sent.text)
    history = api.get(f"{path}/history")["items"]
    assert [row["topic"] for row in history] == ["command-refused", "subject-registered"]
    assert [broken["about"] for broken in history[0]["findings"]] == ["job-title"]


def test_a_route_that_is_not_for_every_day_tells_the_same(api: Api) -> None:
    """The register of recipients, the annulment of an entry."""
    body = {"code": "mail-delivery-provider", "contact": f"pay to {IBAN}"}
    sent = api.send("POST", "/v1/recipients", body)
    assert problem(sent) == (403, "refused")
    assert [(i["place"], i["brand"]) for i in sent.json()["identifiers"]] == [("contact", "gb")]
    path = api.person()
    entry = api.consent(path)["ids"]["consent"]
    note = {"reason": "wrong-person", "note": f"It was {UPI}."}
    sent = api.send("POST", f"/v1/entries/{entry}/annulments", note)
    assert [i["kind"] for i in sent.json()["identifiers"]] == ["upi-id"]


def test_what_is_told_goes_without_it(api: Api) -> None:
    """Taken, irregular, and the caller is told what was not kept."""
    path = api.person()
    values = [*held("job-title", "Engineer"), *held("organisation-name", ACCOUNT)]
    body = collection(values, told=True, supplier=f"bank {IBAN}")
    done = api.do("POST", f"{path}/collections", body)
    assert "identifier-found" in [broken["rule"] for broken in done["findings"]]
    places = [(i["place"], i["kind"]) for i in done["identifiers"]]
    assert sorted(places) == [("supplier", "iban"), ("values[1].value", "bank-account")]
    profile = api.get(f"{path}/profile", reason="answer-customer")
    assert no_digit(str(profile)) and "Engineer" in str(profile)
    first = api.get("/v1/irregularities")["items"][0]
    assert {"organisation-name", "supplier"} <= {one["about"] for one in first["findings"]}


RIGHTS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("POST", "erasures", "request-erasure", {"statement": f"I paid by {CARD}, erase it."}),
    ("POST", "erasures", "request-erasure", {"statement": IBAN, "carry_out": False}),
    ("POST", "objections", "raise-objection", {"purpose": NEWS, "statement": CARD}),
    ("POST", "restrictions", "restrict-processing", {"ground": "accuracy", "statement": CARD}),
    ("PUT", f"consents/{CARD}", "set-consent", {"state": "withdrawn"}),
    (
        "PUT",
        f"switches/{NEWS}",
        "switch-purpose",
        {"state": "off", "services": ["web-site", "4000-0566-5566-5556"]},
    ),
]
"""What a person may always ask for or say, with a number in its text: route, command of a batch."""


@pytest.mark.parametrize(("method", "where", "command", "said"), RIGHTS)
def test_nobody_loses_a_right_by_a_number_in_its_text(
    api: Api, method: str, where: str, command: str, said: dict[str, Any]
) -> None:
    """On its route and in a batch: done, without the text, and the answer says what was left out."""
    path = api.person()
    done = api.do(method, f"{path}/{where}", said)
    ids = {"subject": api.subject().rpartition("/")[2]}
    if method == "PUT":
        ids["purpose"] = where.partition("/")[2]
    item = {"command": command, "key": "right", **ids, **said}
    sent = api.send("POST", "/v1/batches", {"commands": [item]})
    (one,) = sent.json()["results"]
    for told in (done, one):
        assert told["outcome"] == "recorded"
        assert "identifier-found" in [broken["rule"] for broken in told["findings"]]
        assert [i["length"] for i in told["identifiers"]] in ([16], [22])
    assert no_digit(str(done)) and no_digit(sent.text)
    rules = api.get("/v1/irregularities", rule="identifier-found")["items"]
    assert {row["stream"] for row in rules} == {path.rpartition("/")[2], ids["subject"]}


def test_each_command_of_a_batch_is_told_its_own(api: Api) -> None:
    """Refused, told, harmless, and with such a key."""
    subject = api.person().rpartition("/")[2]
    common = {"command": "collect", "subject": subject}
    asked = collection(held("job-title", CARD))
    told = collection(held("job-title", CARD), told=True)
    sent = api.send(
        "POST",
        "/v1/batches",
        {
            "commands": [
                {**common, "key": "asked", **asked},
                {**common, "key": "told", **told},
                {**common, "key": "good", **collection(held("job-title", "Engineer"))},
                {**common, "key": f"{CARD}", **collection(held("job-title", "Engineer"))},
            ]
        },
    )
    refused, taken, good, keyed = sent.json()["results"]
    assert (refused["status"], taken["status"], good["status"]) == (403, 201, 201)
    for one in (refused["problem"], taken):
        assert [(i["about"], i["brand"]) for i in one["identifiers"]] == [("job-title", "visa")]
    assert "identifiers" not in good
    assert keyed["problem"]["errors"][0]["field"] == "key"
    assert no_digit(sent.text)


@pytest.mark.parametrize("key", ["4000056655665556", f"order {CARD}"])
def test_an_idempotency_key_is_no_number(api: Api, key: str) -> None:
    """It is an error that does not repeat it."""
    sent = api.send("POST", "/v1/subjects", {"service": "web-site"}, key=key)
    assert problem(sent) == (422, "invalid-input")
    assert sent.json()["errors"][0]["field"] == "key"
    assert no_digit(sent.text)


def test_no_error_repeats_the_name_of_a_field_that_is_one(api: Api) -> None:
    """A misspelt field is shown; a number in its place is not."""
    for name in ("4000056655665556", "x4000056655665556", "4000_0566_5566_5556", CARD):
        sent = api.send("POST", "/v1/subjects", {name: 1})
        assert problem(sent) == (422, "unknown-field")
        assert sent.json()["errors"][0]["field"] == "…"
        assert no_digit(sent.text)


def send_everywhere(api: Api) -> list[str]:
    """The numbers in every place that is thought of; everything that was answered."""
    path = api.person()
    entry = api.consent(path)["ids"]["consent"]
    subject = path.rpartition("/")[2]
    told = collection(held("job-title", CARD), told=True, supplier=IBAN)
    told["purposes"].append("4000-0566-5566-5556")
    asked = [
        ("POST", f"{path}/collections", collection(held("case-message", f"{CARD} {IBAN} {UPI}"))),
        ("POST", f"{path}/collections", told),
        ("POST", f"{path}/collections", collection(held(CARD, "x"), told=True)),
        ("POST", f"{path}/collections", collection(held("job-title", "x"), source=CARD)),
        ("PUT", f"{path}/consents/{CARD}", {"state": "withdrawn"}),
        ("PUT", f"{path}/consents/{CARD}", {"state": "given", "notice": NOTICE}),
        ("PUT", f"{path}/switches/4000-0566-5566-5556", {"state": "off"}),
        ("POST", f"{path}/disclosures", {"recipient": ACCOUNT, "attributes": [CARD], "x": CARD}),
        *((method, f"{api.subject()}/{where}", said) for method, where, _, said in RIGHTS),
        ("POST", f"{path}/restrictions", {"ground": CARD, "classes": [CARD], "statement": CARD}),
        ("POST", f"/v1/entries/{entry}/annulments", {"reason": "wrong-person", "note": UPI}),
        ("POST", "/v1/recipients", {"code": "tax-office", "agreement": "4000-0566-5566-5556"}),
        ("POST", "/v1/actors", {"kind": "staff", "name": f"Asha {ACCOUNT}"}),
        ("POST", "/v1/subjects/lookups", {"kind": "email/1", "value": CARD, "reason": CARD}),
        ("POST", "/v1/subjects", {CARD: IBAN}),
        ("POST", f"/v1/subjects/{CARD}/erasures", {}),
        ("POST", "/v1/batches", {"commands": [{"command": CARD, "key": CARD, "subject": subject}]}),
        ("GET", f"{path}/profile?reason={CARD}", None),
        ("GET", f"/v1/entries?topic={CARD}&cursor={CARD}", None),
        ("GET", f"/v1/{CARD}", None),
    ]
    answers = [api.send(method, where, body).text for method, where, body in asked]
    answers.append(api.send("POST", "/v1/subjects", {"service": CARD}, key=CARD).text)
    return answers


def test_no_digit_is_kept_anywhere(
    api: Api, served: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Not in the database's files or rows, not in what is answered, logged or counted."""
    caplog.set_level(logging.DEBUG)
    answers = send_everywhere(api)
    api.get("/v1/entries")
    answers += [api.send("GET", "/metrics").text, *capfd.readouterr()]
    answers += [r.getMessage() for r in caplog.records if not r.name.startswith("http")]  # ours
    assert [answer for answer in answers if not no_digit(answer)] == []
    if served.database_url is None:
        looked_for = {part.encode(): part for part in WRITTEN if len(part) > 7}
        assert found(looked_for, files_below(tmp_path)) == []
    rows = all_rows(served)
    assert len(rows) > 20
    assert [row for row in rows if not no_digit(row)] == []


def all_rows(settings: Settings) -> list[str]:
    """Every row of every table, as text: bytes as they are, and in hex."""
    engine = engine_for(settings)
    metadata = sqlalchemy.MetaData()
    with engine.connect() as connection:
        metadata.reflect(connection)
        rows = [row for t in metadata.sorted_tables for row in connection.execute(t.select())]
    engine.dispose()
    return [" ".join(map(_readable, row)) for row in rows]


def _readable(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("latin-1")
    return str(value)
