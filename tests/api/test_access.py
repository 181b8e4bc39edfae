"""The access report: complete, bound by its digest, silent on what may not be mentioned."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from ledger.events import AccessAnswered
from ledger.mapper import entry_of
from tests.api.client import MAIL, NAME, STREET, Api, collection, problem


def _report(api: Api, path: str, **options: Any) -> dict[str, Any]:
    body = {"reason": "answer-request"}
    done: dict[str, Any] = api.do("POST", f"{path}/access-reports", body, **options)
    return done


def _life(api: Api) -> str:
    """Somebody who was collected, consented, was disclosed and processed."""
    api.recipient()
    hosting = api.recipient("hosting-provider")
    standing = {"purpose": "product-delivery", "classes": ["contact-data"], "country": "ireland"}
    api.do("POST", f"/v1/recipients/{hosting}/standing-access", standing)
    path = api.person()
    api.consent(path)
    api.disclose(path)
    api.disclose(path, recipient="Lakshmi, the neighbour")
    body = {
        "purpose": "promotional-news",
        "template": "product-newsletter",
        "country": "united-states",
        "attributes": ["email-address"],
        "subjects": [path.rsplit("/", 1)[1]],
    }
    run = api.do("POST", "/v1/processing-runs", body)["ids"]["run"]
    api.do("POST", f"/v1/processing-runs/{run}/chunks", {"chunk": 1})
    return path


def test_it_holds_all_that_the_law_asks_for(api: Api) -> None:
    """Values with source, purpose, basis and retention; recipients by name; runs; who looked."""
    path = _life(api)
    report = _report(api, path)["report"]
    values = {item["attribute"]: item["value"] for item in report["items"]}
    assert values == {"full-name": NAME, "email-address": MAIL, "billing-address": STREET}
    mail = next(item for item in report["items"] if item["attribute"] == "email-address")
    assert mail["source"] == "Sign-up on a site"
    assert mail["kept"].startswith("Until ninety days after the account is closed")
    news = mail["purposes"][-1]
    assert (news["legal_basis"], news["iri"]) == (
        "consent", "https://w3id.org/dpv#DirectMarketing"
    )  # fmt: skip
    names = [recipient["name"] for recipient in report["recipients"]]
    assert sorted(names) == [
        "Lakshmi, the neighbour",
        "Provider that delivers mail",
        "Provider that hosts sites, services and their backups",
    ]
    given = {r["name"]: r for r in report["recipients"]}
    passed = given["Provider that delivers mail"]["disclosures"][0]
    assert passed["items"] == ["Name", "E-mail address"]
    assert (passed["country"], passed["safeguard"]) == (
        "United States of America",
        "Standard contractual clauses of the importer's agreement",
    )
    hosts = given["Provider that hosts sites, services and their backups"]
    assert hosts["standing_access"][0]["country"] == "Ireland"
    assert [step["step"] for step in report["processing"][0]["steps"]] == ["admitted", "opened"]
    assert [look["access"] for look in report["who_looked"]] == ["chunk", "report"]
    assert report["who_looked"][-1]["function"] == "Answers customers"
    assert set(report["who_looked"][-1]["attributes"]) == {
        "Name", "E-mail address", "Billing address"
    }  # fmt: skip
    assert report["controllers"][0] == {
        "name": "Optimizory Technologies Pvt. Ltd.", "primary": True
    }  # fmt: skip
    assert "supervisory authority" in report["complaints"]


def test_it_lists_the_services_that_were_joined_one_by_one(api: Api) -> None:
    """Each from the day it was first used; one that is not used is not there."""
    path = api.subject()
    values = [{"attribute": "email-address", "value": MAIL}]
    for service in ("licence-portal", "online-products", "licence-portal"):
        api.do("POST", f"{path}/collections", collection(values, service=service))
    services = _report(api, path)["report"]["services"]
    assert [one["service"] for one in services] == [
        "The public web sites",
        "Licences and subscriptions online",
        "Products offered as online services",
    ]
    assert all(one["since"] for one in services)


def test_its_digest_can_be_checked_by_anybody_who_has_it(api: Api) -> None:
    """SHA-256 over the salt and the canonical text is what stands on record."""
    path = api.person()
    done = _report(api, path)
    text = json.dumps(done["report"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(bytes.fromhex(done["salt"]) + text.encode())
    assert digest.hexdigest() == done["digest"]
    entry = entry_of(api.ledger.recorder.select_rows(done["position"] - 1, 1)[0])
    assert isinstance(entry.body, AccessAnswered)
    assert entry.body.digest == digest.digest()
    assert entry.body.items == 3


def test_the_same_key_gives_the_same_report_or_says_that_things_moved_on(api: Api) -> None:
    """Byte for byte the same; after a change a clear conflict; another reason is another command."""
    path = api.person()
    first = _report(api, path, key="key-1")
    api.get(f"{path}/profile", reason="answer-customer")  # who looks later is in the next report
    before = api.last()
    assert _report(api, path, key="key-1") == first
    other = {"reason": "answer-customer"}
    reused = api.send("POST", f"{path}/access-reports", other, key="key-1")
    assert problem(reused) == (422, "idempotency-key-reused")
    assert api.last() == before
    api.collect(path, **{"job-title": "Pilot"})
    api.get(f"{path}/profile")
    body = {"reason": "answer-request"}
    moved = api.send("POST", f"{path}/access-reports", body, key="key-1")
    assert problem(moved) == (409, "moved-on")
    assert api.last() == before + 1


def test_what_is_hidden_is_absent_counts_included(api: Api) -> None:
    """With and without a hidden disclosure the report has the same recipients and the sentence."""
    api.recipient()
    path = api.person()
    plain = _report(api, path)["report"]
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
    api.hide(path, str(until))
    report = _report(api, path)["report"]
    assert report["recipients"] == plain["recipients"] == []
    assert report["not_mentioned"] == plain["not_mentioned"]
    assert str(until) not in json.dumps(report)


def test_what_is_not_listed_is_told_too(api: Api) -> None:
    """What an import told and the policy does not list is the person's all the same."""
    path = api.person()
    body = collection([{"attribute": "shoe-size", "value": "42"}], told=True)
    api.do("POST", f"{path}/collections", body)
    unlisted = _report(api, path)["report"]["not_listed"]
    assert [row["values"] for row in unlisted] == [{"shoe-size": "42"}]


def test_after_an_erasure_it_says_what_was_erased_and_when(api: Api) -> None:
    """Erased items keep their line with the date; the erasure's three parts are in the report."""
    path = _life(api)
    api.do("POST", f"{path}/erasures", {})
    done = _report(api, path)
    report = done["report"]
    assert all(item["value"] is None and item["erased"]["at"] for item in report["items"])
    parts = report["erasures"][0]
    assert {row["retention_class"] for row in parts["erased_here"]} >= {"contact-data"}
    assert {o["recipient"]["code"] for o in parts["ordered_elsewhere"]} >= {"hosting-provider"}
    assert [row["retention_class"] for row in parts["retained"]] == ["accountability-records"]
    assert not any(value in json.dumps(report) for value in (NAME, MAIL, STREET))
    assert report["who_looked"][-1]["attributes"] == []
