"""Accounts over HTTP: opened, told of, read; what customers store; what a case holds."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.api.client import NAME, Api, collection, problem

OWNER, PAYER = "account-owner", "billing-contact"
SECRET, NUMBER = "Roadmap of the customer, draft 7", "Q-2026-4711"


def id_of(path: str) -> str:
    return path.rsplit("/", 1)[1]


@pytest.fixture
def account(api: Api) -> dict[str, str]:
    """An organisation's account with one member: its path, and the member's."""
    person = api.person()
    member = {"subject": id_of(person), "roles": [PAYER], "since": "2026-05-01"}
    body = {"kind": "organisation", "service": "licence-portal", "name": NAME, "members": [member]}
    sent = api.send("POST", "/v1/accounts", body)
    assert sent.status_code == 201, sent.text
    path = f"/v1/accounts/{sent.json()['ids']['account']}"
    assert sent.headers["Location"] == path
    return {"path": path, "person": person}


def fact(api: Api, path: str, name: str, **fields: Any) -> str:
    told = api.do("POST", f"{path}/facts", {"fact": name, **fields})
    return str(told["ids"]["about"])


def test_an_account_is_read_with_its_members_and_facts(api: Api, account: dict[str, str]) -> None:
    """Roles in words, dates in the clear, name and numbers never."""
    path, person = account["path"], id_of(account["person"])
    read = api.get(path)
    assert (read["kind"], read["service"], read["closed"]) == (
        "organisation",
        "licence-portal",
        None,
    )
    (member,) = read["members"]
    assert (member["subject"], member["since"]) == (person, "2026-05-01")
    assert member["roles"] == [{"role": PAYER, "label": "Is sent quotes and invoices"}]
    quote = fact(api, path, "quote-issued", number=NUMBER, attribute="invoice-number")
    fact(api, path, "invoice-issued", refers=[quote], day="2026-06-01")
    listed = api.read(f"{path}/facts")
    assert [(row["fact"], row["refers"]) for row in listed.json()] == [
        ("quote-issued", []),
        ("invoice-issued", [quote]),
    ]
    assert listed.json()[1]["day"] == "2026-06-01"
    assert NUMBER not in listed.text and NAME not in api.read(path).text
    assert [row["account"] for row in api.get("/v1/accounts")["items"]] == [id_of(path)]
    assert len(api.get("/v1/accounts", subject=person)["items"]) == 1
    assert api.get("/v1/accounts", subject=str(uuid.uuid4()))["items"] == []
    assert problem(api.read(f"/v1/accounts/{uuid.uuid4()}")) == (404, "not-found")


def test_a_credit_is_a_claim_until_it_is_settled(api: Api, account: dict[str, str]) -> None:
    """The claim says which fact it comes from; settling it carries on with the erasure."""
    path, person = account["path"], account["person"]
    credit = fact(api, path, "credit-opened", number="90.00", attribute="open-credit")
    (claim,) = api.get(f"{person}/claims")
    assert (claim["account"], claim["matter"], claim["rule"]) == (
        id_of(path),
        credit,
        "credit-until-settled",
    )
    api.do("POST", f"{person}/erasures", {})
    before = api.get(f"{person}/claims")
    assert before[0]["in_force"]
    fact(api, path, "credit-settled", about=credit)
    assert not api.get(f"{person}/claims")[0]["in_force"]
    topics = [row["topic"] for row in api.get(f"{person}/history")["items"]]
    assert topics.index("data-erased") < topics.index("claim-released")  # newest first


def test_a_fact_told_in_error_is_annulled(api: Api, account: dict[str, str]) -> None:
    """What it kept is set free, what it had set free is kept again, and each says that it was wrong."""
    path, person = account["path"], account["person"]
    credit = fact(api, path, "credit-opened")
    fact(api, path, "credit-settled", about=credit)
    settled = api.get(f"{path}/facts")[-1]
    wrong = {"reason": "entered-by-mistake", "note": "another customer's payment"}
    api.do("POST", f"{path}/entries/{settled['event']}/annulments", wrong)
    assert [claim["in_force"] for claim in api.get(f"{person}/claims")] == [False, True]
    assert [row["annulled_position"] is None for row in api.get(f"{path}/facts")] == [True, False]
    opened = api.get(f"{path}/facts")[0]
    api.do("POST", f"{path}/entries/{opened['event']}/annulments", {"reason": "entered-by-mistake"})
    assert not any(claim["in_force"] for claim in api.get(f"{person}/claims"))

    entries = api.get("/v1/entries", topic="account-opened")["items"]
    stands = api.send("POST", f"{path}/entries/{entries[0]['event']}/annulments", wrong)
    assert problem(stands) == (403, "refused")
    assert [rule["rule"] for rule in stands.json()["rules"]] == ["entry-stands"]
    elsewhere = api.send("POST", f"/v1/entries/{settled['event']}/annulments", wrong)
    assert problem(elsewhere) == (422, "invalid-input") and "/v1/accounts" in elsewhere.text
    nothing = api.send("POST", f"{path}/entries/{uuid.uuid4()}/annulments", wrong)
    assert problem(nothing) == (404, "not-found")


def test_an_id_that_is_not_of_the_kind_is_named(api: Api, account: dict[str, str]) -> None:
    """An invoice cannot be paid as a licence is; the answer says which field, and of which kind."""
    path = account["path"]
    invoice = fact(api, path, "invoice-issued")
    sent = api.send("POST", f"{path}/facts", {"fact": "licence-paid", "about": invoice})
    assert problem(sent) == (404, "not-found")
    assert sent.json()["detail"] == f"Check the id. (kind: licence-generated, about: {invoice})"


def test_a_scope_is_the_id_of_the_fact_as_the_answer_gives_it(
    api: Api, account: dict[str, str]
) -> None:
    """With its hyphens, in a collection, a claim and an erasure; without one, the answer teaches."""
    quote = fact(api, account["path"], "quote-issued")
    value = {"attribute": "invoice-number", "value": NUMBER}
    body = collection([value], source="purchase-form", purposes=["quotes-and-invoices"])
    body["notice"] = {"version": "purchase-notice-1", "language": "en"}
    wrong = api.send("POST", f"{account['person']}/collections", body)
    assert problem(wrong) == (422, "invalid-input")
    (told,) = wrong.json()["errors"]
    assert told["field"] == "scope of invoice-number" and "UUID" in told["rule"]
    api.do(
        "POST", f"{account['person']}/collections", body | {"values": [value | {"scope": quote}]}
    )
    covers = [{"class": "tax-documents", "scope": quote}]
    held = {"ground": "tax-record-keeping", "covers": covers}
    api.do("POST", f"{account['person']}/claims", held)
    (claim,) = api.get(f"{account['person']}/claims")
    assert claim["covers"][0]["scope"] == quote.replace("-", "")
    api.do("DELETE", f"{account['person']}/claims/{claim['claim']}")
    api.do("POST", f"{account['person']}/erasures", {"slots": covers})
    plan = api.get(f"{account['person']}/erasures/plan")
    assert "tax-documents" not in str(plan)


def test_what_the_account_itself_holds_is_listed(api: Api, account: dict[str, str]) -> None:
    """Its name as evidence, each number under its document's key; the values stay sealed."""
    path = account["path"]
    quote = fact(api, path, "quote-issued", number=NUMBER, attribute="invoice-number")
    held = api.read(f"{path}/slots")
    assert [(one["retention_class"], one["scope"], one["erased_at"]) for one in held.json()] == [
        ("accountability-records", "", None),
        ("tax-documents", quote.replace("-", ""), None),
    ]
    assert NUMBER not in held.text and NAME not in held.text


def test_members_join_and_leave(api: Api, account: dict[str, str]) -> None:
    """A role that is not listed is refused, and the refusal is on record."""
    path = account["path"]
    other = api.person("other@example.org")
    refused = api.send("POST", f"{path}/members", {"subject": id_of(other), "roles": ["cousin"]})
    assert problem(refused) == (403, "refused")
    assert [broken["rule"] for broken in refused.json()["rules"]] == ["role-unlisted"]
    api.do("POST", f"{path}/members", {"subject": id_of(other), "roles": [OWNER]})
    assert len(api.get(path)["members"]) == 2
    api.do("DELETE", f"{path}/members/{id_of(other)}")
    assert [one["subject"] for one in api.get(path)["members"]] == [id_of(account["person"])]
    api.do("POST", f"{path}/closure", {"day": "2026-06-30"})
    assert api.get(path)["closed"] == "2026-06-30"
    again = api.do("POST", f"{path}/closure", {"day": "2026-06-30"})
    assert again["outcome"] == "unchanged"


def test_what_breaks_a_rule_is_told_with_it_and_what_is_wrong_is_an_error(
    api: Api, account: dict[str, str]
) -> None:
    """An unlisted kind of case is stored with its finding; a form that cannot be right is not."""
    told = api.do("POST", f"{account['path']}/facts", {"fact": "case-opened", "matter": "gossip"})
    assert [broken["rule"] for broken in told["findings"]] == ["matter-unlisted"]
    for body in (
        {"fact": "quote-forgotten"},
        {"fact": "quote-issued", "refers": [str(uuid.uuid4())]},
        {"fact": "quote-issued", "surprise": 1},
    ):
        assert api.send("POST", f"{account['path']}/facts", body).status_code == 422
    sent = api.send("POST", f"{account['path']}/facts", {"fact": "credit-settled"})
    assert problem(sent) == (404, "not-found")


def test_what_customers_store_is_opened_as_they_instruct_and_removed(
    api: Api, account: dict[str, str]
) -> None:
    """As processor; for another purpose it is refused; after its removal nothing opens."""
    path = account["path"]
    body = {"service": "online-products", "country": "ireland", "attribute": "stored-content"}
    content = api.do("POST", f"{path}/contents", {**body, "value": SECRET})["ids"]["content"]
    listed = api.read(f"{path}/contents")
    (row,) = listed.json()["items"]
    assert (row["controller_role"], row["removed_at"]) == ("processor", None)
    assert SECRET not in listed.text
    refused = api.send("POST", f"{path}/contents/{content}/openings", {"reason": "audit-review"})
    assert [broken["rule"] for broken in refused.json()["rules"]] == ["content-on-instruction-only"]
    key = str(uuid.uuid4())
    reason = {"reason": "provide-service"}
    opened = api.do("POST", f"{path}/contents/{content}/openings", reason, key=key)
    assert opened["value"] == SECRET
    again = api.send("POST", f"{path}/contents/{content}/openings", reason, key=key)
    assert again.status_code == 409 and SECRET not in again.text
    api.do("DELETE", f"{path}/contents/{content}")
    assert api.get(f"{path}/contents")["items"][0]["removed_at"] is not None
    gone = api.send("POST", f"{path}/contents/{content}/openings", reason)
    assert problem(gone) == (404, "not-found")


def test_a_request_about_content_is_passed_on_to_the_customer(
    api: Api, account: dict[str, str]
) -> None:
    """It stands in the person's history and in the customer's list."""
    path, person = account["path"], account["person"]
    body = {"subject": id_of(person), "request": "erasure", "note": SECRET}
    api.do("POST", f"{path}/requests", body)
    listed = api.read(f"{path}/requests")
    assert [(row["subject"], row["request"]) for row in listed.json()] == [
        (id_of(person), "erasure")
    ]
    assert SECRET not in listed.text
    assert api.get(f"{person}/history")["items"][0]["topic"] == "request-passed-on"


def test_values_are_carried_into_a_case_and_end_with_it(api: Api, account: dict[str, str]) -> None:
    """By name; what is not the member's, or not the case's business, is refused."""
    path, person = account["path"], id_of(account["person"])
    case = fact(api, path, "case-opened", matter="payment-fraud", members=[person])
    body = {"subject": person, "attributes": ["full-name", "billing-address"]}
    api.do("POST", f"{path}/cases/{case}/values", body)
    listed = api.read(f"{path}/cases/{case}/values")
    assert sorted(row["attribute"] for row in listed.json()) == ["billing-address", "full-name"]
    assert NAME not in listed.text
    refused = api.send("POST", f"{path}/cases/{case}/values", body | {"attributes": ["job-title"]})
    assert [broken["rule"] for broken in refused.json()["rules"]] == ["item-missing"]
    fact(api, path, "case-closed", about=case)
    assert all(row["erased_at"] for row in api.get(f"{path}/cases/{case}/values"))


def test_accounts_need_their_permission(api: Api, account: dict[str, str]) -> None:
    """To write; to read, that or one that reads."""
    body = {"kind": "person"}
    assert api.send("POST", "/v1/accounts", body, token="reader").status_code == 403
    assert api.send("GET", account["path"], token="reader").status_code == 200
    assert api.send("GET", account["path"], token="consents").status_code == 403


def test_the_access_report_tells_of_accounts_cases_and_requests_passed_on(
    api: Api, account: dict[str, str]
) -> None:
    """A value in a case is held, also when all else was erased; it is in the answer until it ends."""
    path, person = account["path"], account["person"]
    case = fact(api, path, "case-opened", matter="payment-fraud", members=[id_of(person)])
    carried = {"subject": id_of(person), "attributes": ["full-name"]}
    api.do("POST", f"{path}/cases/{case}/values", carried)
    body = {"subject": id_of(person), "request": "access", "note": SECRET}
    api.do("POST", f"{path}/requests", body)
    api.do("POST", f"{person}/erasures", {})

    def report() -> dict[str, Any]:
        asked = {"reason": "answer-request"}
        answered: dict[str, Any] = api.do("POST", f"{person}/access-reports", asked)["report"]
        return answered

    told = report()
    (joined,) = told["accounts"]
    assert (joined["step"], joined["roles"]) == ("joined", ["Is sent quotes and invoices"])
    assert joined["account"] == id_of(path)
    assert [(one["label"], one["value"]) for one in told["in_cases"]] == [("Name", NAME)]
    assert all(item["value"] is None for item in told["items"])
    assert [(one["request"], one["note"]) for one in told["passed_on"]] == [("access", SECRET)]
    assert "Name" in told["who_looked"][-1]["attributes"]
    fact(api, path, "case-closed", about=case)
    (gone,) = report()["in_cases"]
    assert gone["value"] is None and gone["erased"]
