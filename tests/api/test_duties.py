"""Duties to inform, messages and countries over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from tests.api.client import NAME, NOTICE, Api, collection, problem
from tests.api.test_batches import item, results


def ordered(api: Api, path: str, **more: Any) -> Any:
    """A reseller reports an order for a person."""
    values = [{"attribute": "full-name", "value": NAME}]
    said = {"source": "reseller-order", "notice": None, "told": True, "supplier": "Brightline"}
    return api.do("POST", f"{path}/collections", collection(values, **(said | more)))


def test_a_duty_to_inform_from_its_opening_to_its_end(api: Api) -> None:
    """Open with its day and source; met under a notice; then nobody waits for it."""
    path = api.person()
    assert ordered(api, path)["findings"] == []
    (duty,) = api.get(f"{path}/duties")
    assert (duty["source"], duty["because"], duty["overdue"]) == ("reseller-order", "period", False)
    assert duty["due"] == duty["until"]
    (listed,) = api.get("/v1/duties")["items"]
    assert listed == duty
    assert api.get("/v1/duties", overdue=True)["items"] == []
    told = {"notice": NOTICE, "channel": "sealed-letter"}
    api.do("POST", f"{path}/duties/{duty['duty']}/notices", told)
    (met,) = api.get(f"{path}/duties")
    assert (met["notice_version"], met["channel"]) == (NOTICE["version"], "sealed-letter")
    assert api.get("/v1/duties")["items"] == []


def test_being_late_shows_and_is_irregular(api: Api) -> None:
    """A duty of last year stands in the list of those it is too late for, until it is met late."""
    path = api.person()
    ordered(api, path, occurred_at="2025-01-01T00:00:00Z")
    (late,) = api.get("/v1/duties", overdue=True)["items"]
    assert late["overdue"] is True
    done = api.do("POST", f"{path}/duties/{late['duty']}/notices", {})
    assert [broken["rule"] for broken in done["findings"]] == ["inform-overdue"]
    assert api.get("/v1/duties", overdue=True)["items"] == []


def test_what_is_not_there_is_not_met(api: Api) -> None:
    """An unknown duty is not found, and an unknown person neither."""
    path, some = api.person(), uuid.uuid4()
    wrong = f"{path}/duties/{some}/notices", f"/v1/subjects/{some}/duties/{some}/notices"
    for route in wrong:
        assert problem(api.send("POST", route, {})) == (404, "not-found")
    assert problem(api.read(f"/v1/subjects/{some}/duties")) == (404, "not-found")


def test_a_batch_meets_duties_too(api: Api) -> None:
    """Like any other command that services send all day."""
    path = api.person()
    ordered(api, path)
    (duty,) = api.get(f"{path}/duties")
    (told,) = results(api, [item("meet-inform-duty", path, duty=duty["duty"])])
    assert told["status"] == 200


def test_a_run_and_a_collection_name_their_message(api: Api) -> None:
    """Both show it; a market is two capital letters, and one that is not served is refused."""
    path = api.person()
    for purpose in ("promotional-news", "click-analysis"):
        api.do("PUT", f"{path}/consents/{purpose}", {"state": "given", "notice": NOTICE})
    run = {
        "purpose": "promotional-news",
        "country": "united-states",
        "attributes": ["email-address"],
        "subjects": [path.rsplit("/", 1)[1]],
    }
    refused = api.send("POST", "/v1/processing-runs", run)
    assert problem(refused) == (403, "refused")
    assert [one["rule"] for one in refused.json()["rules"]] == ["template-missing"]
    named = run | {"template": "product-newsletter"}
    started = api.do("POST", "/v1/processing-runs", named)["ids"]["run"]
    assert api.get(f"/v1/processing-runs/{started}")["run"]["template"] == "product-newsletter"
    click = {"attribute": "newsletter-click", "value": "https://example.org/offer"}
    said = {"source": "click-tracking", "purposes": ["click-analysis"], "notice": None}
    body = collection([click], **said, template="product-newsletter")
    api.do("POST", f"{path}/collections", body)
    assert api.get(f"{path}/collections")[-1]["template"] == "product-newsletter"
    wrong = api.send("POST", f"{path}/collections", body | {"market": "India"})
    assert problem(wrong) == (422, "invalid-request")


def test_the_countries_are_worked_out_from_the_registers(api: Api) -> None:
    """Whoever is registered is reached there; the company's own systems always are."""
    before = {one["country"]: one for one in api.get("/v1/countries")}
    assert before["india"]["reached"] == ["helpdesk-system"]
    assert before["united-states"]["reached"] == []
    assert "mail-delivery-provider" in before["united-states"]["recipients"]
    api.recipient()
    after = {one["country"]: one for one in api.get("/v1/countries")}
    assert after["united-states"]["reached"] == ["mail-delivery-provider"]
    assert after["united-states"]["safeguard"] == "standard-clauses"
