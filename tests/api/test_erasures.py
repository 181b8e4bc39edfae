"""Erasure over HTTP: planned, carried out, reported in three parts; claims hold and release."""

from __future__ import annotations

from tests.api.client import MAIL, NAME, STREET, Api, collection, problem
from tests.ledger.world import relabelled

WORTH = "key destroyed in this database; a restored backup would undo it"


def test_a_whole_erasure_in_three_parts(api: Api) -> None:
    """What died here, who is told elsewhere, what stays on which ground and who decides."""
    recipient, path = api.recipient(), api.person()
    api.consent(path)
    api.disclose(path)
    body = {"ground": "outstanding-credit", "covers": [{"class": "billing-data"}]}
    claim = api.do("POST", f"{path}/claims", body)["ids"]["claim"]
    planned = {row["retention_class"]: row["action"] for row in api.get(f"{path}/erasures/plan")}
    done = api.do("POST", f"{path}/erasures", {"statement": "Please erase what you have."})
    assert {row["retention_class"] for row in done["erased_here"]} == {
        name for name, action in planned.items() if action == "erase"
    }
    report = api.get(f"{path}/erasures/{done['ids']['erasure']}")
    assert [(r["retention_class"], r["status"]) for r in report["erased_here"]] == [
        ("contact-data", WORTH)
    ]
    assert [(o["recipient"]["id"], o["status"]) for o in report["ordered_elsewhere"]] == [
        (recipient, "ordered, not delivered")
    ]
    kept = {row["retention_class"]: row for row in report["retained"]}
    assert set(kept) == {"billing-data", "accountability-records", "request-material"}
    assert kept["billing-data"]["claim"] == claim
    assert kept["billing-data"]["decided_by"] == "finance-lead"
    assert kept["accountability-records"]["law_label"].startswith("Regulation (EU) 2016/679")
    api.do("DELETE", f"{path}/claims/{claim}?reason=credit-paid-back")
    after = api.get(f"{path}/erasures/{done['ids']['erasure']}")
    assert {row["retention_class"] for row in after["erased_here"]} == {
        "contact-data", "billing-data"
    }  # fmt: skip
    text = api.read(f"{path}/profile", reason="answer-request").text
    assert not any(value in text for value in (NAME, MAIL, STREET))


def test_the_report_is_silent_on_what_may_not_be_mentioned(api: Api) -> None:
    """An auditor may ask for all of it; everybody else gets what the person may be told."""
    api.recipient()
    path = api.person()
    api.consent(path)
    api.hide(path, "2099-01-01")
    erasure = api.do("POST", f"{path}/erasures", {})["ids"]["erasure"]
    told = api.get(f"{path}/erasures/{erasure}")
    assert told["ordered_elsewhere"] == []
    assert "not included" in told["notice"]
    everything = api.get(f"{path}/erasures/{erasure}", hidden=True)
    assert [order["recipient"]["code"] for order in everything["ordered_elsewhere"]] == [
        "investigating-authority"
    ]
    options = {"token": "reader", "params": {"hidden": True}}
    refused = api.send("GET", f"{path}/erasures/{erasure}", **options)
    assert problem(refused) == (403, "not-permitted")


def test_what_is_retained_is_shown_for_its_ground_alone(api: Api) -> None:
    """A claim of tax law: shown for that, withheld by its rule for anything else."""
    policy = api.get("/v1/policy")["text"]
    reason = "  tax-audit: {label: For the tax, purpose: tax-compliance}\n"
    api.do(
        "POST",
        "/v1/policy/versions",
        {"document": relabelled(policy.replace("\nreasons:\n", f"\nreasons:\n{reason}"))},
    )
    path = api.person()
    body = {"ground": "tax-record-keeping", "covers": [{"class": "billing-data"}]}
    api.do("POST", f"{path}/claims", body)
    api.do("POST", f"{path}/erasures", {})
    shown = {}
    for why in ("tax-audit", "issue-documents", "audit-review"):
        items = api.get(f"{path}/profile", reason=why)["items"]
        kept = next(item for item in items if item["attribute"] == "billing-address")
        shown[why] = kept["value"], kept["withheld"] and kept["withheld"]["rule"]
    withheld = (None, "retained-for-its-ground-only")
    assert shown == {
        "tax-audit": (STREET, None), "issue-documents": withheld, "audit-review": withheld
    }  # fmt: skip
    named = [row["attributes"] for row in api.get(f"{path}/openings")["items"]]
    assert named == [[], [], ["billing-address"]]


def test_holders_are_told_answer_and_the_last_one_closes(api: Api) -> None:
    """An order goes from ordered to notified to answered; then the erasure is closed."""
    api.recipient()
    path = api.person()
    api.disclose(path)
    done = api.do("POST", f"{path}/erasures", {})
    route = f"{path}/erasures/{done['ids']['erasure']}"
    order = done["ordered_elsewhere"][0]["order"]
    assert api.get(route)["closed_at"] is None
    api.do("POST", f"{route}/orders/{order}/notices", {"note": "by letter"})
    assert api.get(route)["ordered_elsewhere"][0]["state"] == "notified"
    api.do("POST", f"{route}/answers", {"order": order, "answer": "confirmed"})
    closed = api.get(route)
    assert closed["ordered_elsewhere"][0]["state"] == "confirmed"
    assert closed["closed_at"] is not None


def test_a_repeated_request_has_the_same_outcome(api: Api) -> None:
    """The same key is one erasure, told alike; another key finds it done already."""
    path = api.person()
    first = api.do("POST", f"{path}/erasures", {}, key="key-1")
    before = api.last()
    assert api.do("POST", f"{path}/erasures", {}, key="key-1") == first
    again = api.do("POST", f"{path}/erasures", {})
    assert (again["outcome"], again["ids"]) == ("unchanged", first["ids"])
    assert api.last() == before


def test_asked_now_and_carried_out_later(api: Api) -> None:
    """Until it is carried out nothing dies, and the data serves no purpose but its grounds'."""
    path = api.person()
    asked = api.do("POST", f"{path}/erasures", {"carry_out": False})
    assert asked["erased_here"] == []
    refused = api.send("POST", f"{path}/collections", collection([]))
    assert [broken["rule"] for broken in refused.json()["rules"]] == ["erasure-requested"]
    route = f"{path}/erasures/{asked['ids']['erasure']}/executions"
    done = api.do("POST", route)
    assert {"contact-data", "billing-data"} <= {r["retention_class"] for r in done["erased_here"]}


def test_one_document_is_erased_alone(api: Api) -> None:
    """A slot dies by itself; the other document, and the person, stay readable."""
    path = api.person()
    documents = ("1" * 32, "2" * 32)
    for scope in documents:
        value = {"attribute": "invoice-number", "value": f"INV-{scope[0]}", "scope": scope}
        body = collection([value], purposes=["product-delivery"])
        api.do("POST", f"{path}/collections", body)
    slot = {"class": "tax-documents", "scope": documents[0]}
    api.do("POST", f"{path}/erasures", {"slots": [slot]})
    items = api.get(f"{path}/profile", reason="issue-documents")["items"]
    numbers = {i["scope"]: i["value"] for i in items if i["attribute"] == "invoice-number"}
    assert numbers == {documents[0]: None, documents[1]: "INV-2"}
    unknown = api.send("POST", f"{path}/erasures", {"slots": [slot]})
    assert problem(unknown) == (422, "invalid-input")


def test_an_erased_person_takes_no_new_data(api: Api) -> None:
    """Told of somebody erased: 410, and nothing is stored."""
    path = api.person()
    api.do("POST", f"{path}/erasures", {})
    before = api.last()
    body = collection([{"attribute": "full-name", "value": "A"}], told=True)
    assert problem(api.send("POST", f"{path}/collections", body)) == (410, "subject-erased")
    assert api.last() == before


def test_the_report_of_somebody_else_is_not_found(api: Api) -> None:
    """An erasure is shown under its own subject only."""
    path, other = api.person(), api.person("b@example.org")
    erasure = api.do("POST", f"{path}/erasures", {})["ids"]["erasure"]
    assert problem(api.read(f"{other}/erasures/{erasure}")) == (404, "not-found")


def test_a_claim_must_fit_its_ground(api: Api) -> None:
    """A class the ground does not cover is refused by rule; claims are listed with their state."""
    path = api.person()
    body = {"ground": "tax-record-keeping", "covers": [{"class": "contact-data"}]}
    sent = api.send("POST", f"{path}/claims", body)
    assert [broken["rule"] for broken in sent.json()["rules"]] == ["class-not-in-ground"]
    good = {"ground": "outstanding-credit", "covers": [{"class": "billing-data"}]}
    claim = api.do("POST", f"{path}/claims", good)["ids"]["claim"]
    assert [(c["claim"], c["in_force"]) for c in api.get(f"{path}/claims")] == [(claim, True)]
    api.do("DELETE", f"{path}/claims/{claim}")
    assert [c["in_force"] for c in api.get(f"{path}/claims")] == [False]


def test_the_plan_says_what_waits_and_who_needs_it(api: Api) -> None:
    """Until a credit is settled, until a reviewer decides; with the IRI that justifies the ground."""
    path = api.person()
    body = {"ground": "outstanding-credit", "covers": [{"class": "billing-data"}]}
    api.do("POST", f"{path}/claims", body)
    planned = {row["retention_class"]: row for row in api.get(f"{path}/erasures/plan")}
    billing, contact = planned["billing-data"], planned["contact-data"]
    assert (billing["action"], contact["action"]) == ("wait", "erase")
    assert billing["retained"]["justification"].endswith("#JustificationA17LegalClaims")
    assert "account-keeping" in {need["purpose"] for need in contact["needed_by"]}
    reviewed = api.get(f"{path}/erasures/plan", service="online-products")
    contact = next(row for row in reviewed if row["retention_class"] == "contact-data")
    assert contact["action"] == "wait"
    assert contact["review"]["decided_by"] == "data-protection-lead"
    asked = api.do("POST", f"{path}/erasures", {"service": "online-products"})
    assert asked["erased_here"] == []
    (due,) = api.get("/v1/due", kind="decision")["items"]
    assert (due["ref"], due["overdue"]) == (asked["ids"]["erasure"], False)


def test_agreeing_to_a_sweep_that_was_not_held_back(api: Api) -> None:
    """There is nothing to agree to."""
    refused = api.send("POST", f"/v1/sweep/pauses/{'0' * 32}/agreements", json={})
    assert problem(refused) == (404, "not-found")
