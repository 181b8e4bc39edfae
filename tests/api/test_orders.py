"""Orders to holders outside over HTTP: what each is asked, that it was told, what it answered."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.api.client import WARRANT, Api, problem

FAR = "2099-01-01"


def asked(api: Api, path: str, **params: Any) -> list[tuple[str, str | None, str]]:
    """Of every order: what it asks for, of whom, and where it stands."""
    rows = api.get(f"{path}/orders", **params)
    return [(row["kind"], row["recipient"]["code"], row["state"]) for row in rows]


def change(api: Api, path: str, value: str) -> None:
    """The person corrects the e-mail address."""
    changes = {"email-address": value}
    tag = api.read(f"{path}/profile").headers["etag"]
    api.do("PATCH", f"{path}/profile", {"changes": changes}, headers={"If-Match": tag})


def test_each_kind_of_order_is_listed_noted_and_answered(api: Api) -> None:
    """Art. 19: a correction, a restriction and its end, a withdrawal, an erasure; all in one list."""
    api.recipient()
    path = api.person()
    api.consent(path)
    api.disclose(path)
    change(api, path, "meera.k@example.org")
    restriction = api.do("POST", f"{path}/restrictions", {"ground": "accuracy"})["ids"]
    api.do("DELETE", f"{path}/restrictions/{restriction['restriction']}", {})
    api.do("PUT", f"{path}/consents/promotional-news", {"state": "withdrawn"})
    mailer = "mail-delivery-provider"
    kinds = ["correct", "restrict", "use-again", "use-no-more"]
    assert asked(api, path) == [(kind, mailer, "ordered") for kind in kinds]
    first = api.get(f"{path}/orders")[0]
    assert (first["asks"], first["classes"]) == ("correct the data", ["contact-data"])
    place = f"{path}/orders/{first['order']}"
    api.do("POST", f"{place}/notices", {"channel": "sealed-letter"})
    assert asked(api, path)[0][2] == "notified"
    api.do("POST", f"{place}/answers", {"answer": "confirmed", "note": "done"})
    told = api.get(f"{path}/orders")[0]
    assert (told["state"], told["status"]) == ("confirmed", "the holder confirms that it did so")
    erased = api.do("POST", f"{path}/erasures", {})["ids"]["erasure"]
    assert asked(api, path)[-1] == ("erase", mailer, "ordered")
    (in_report,) = api.get(f"{path}/erasures/{erased}")["ordered_elsewhere"]
    assert in_report["order"] == api.get(f"{path}/orders")[-1]["order"]
    sent = api.send("POST", f"{path}/orders/{erased}/answers", {"answer": "confirmed"})
    assert problem(sent) == (404, "not-found")


def test_a_silent_holder_is_due_whatever_it_was_told(api: Api) -> None:
    """Until it answers, or its silence is noted."""
    api.recipient()
    path = api.person()
    api.consent(path)
    api.disclose(path)
    change(api, path, "meera.k@example.org")
    (order,) = api.get(f"{path}/orders")
    until = (dt.date.today() + dt.timedelta(days=60)).isoformat()
    due = api.get("/v1/due", until=until, kind="holder")["items"]
    assert [row["ref"] for row in due] == [order["order"]]
    api.do("POST", f"{path}/orders/{order['order']}/answers", {"answer": "no-answer"})
    assert api.get("/v1/due", until=until, kind="holder")["items"] == []


def test_the_person_is_told_of_orders_in_the_access_report(api: Api) -> None:
    """Art. 19, second sentence: which recipients were told, and of what."""
    api.recipient()
    path = api.person()
    api.consent(path)
    api.disclose(path)
    change(api, path, "meera.k@example.org")
    done = api.do("POST", f"{path}/access-reports", {"reason": "answer-request"})
    (holder,) = done["report"]["recipients"]
    (order,) = holder["orders"]
    assert (order["asks"], order["status"]) == ("correct the data", "ordered, not delivered")


def test_an_order_does_not_betray_what_may_not_be_mentioned(api: Api) -> None:
    """P18: nor does the history; an auditor sees it, and the person when the gag has ended."""
    path = api.person()
    api.hide(path, FAR)
    change(api, path, "meera.k@example.org")
    api.do("POST", f"{path}/restrictions", {"ground": "accuracy"})
    assert asked(api, path) == []
    secret = asked(api, path, hidden=True)
    assert [one[0] for one in secret] == ["correct", "restrict"]
    topics = [row["topic"] for row in api.get(f"{path}/history")["items"]]
    assert "data-corrected" in topics and "processing-restricted" in topics
    assert asked(api, path, as_of=dt.datetime.now(dt.UTC).isoformat()) == []
    refused = api.send("GET", f"{path}/orders", params={"hidden": True}, token="reader")
    assert problem(refused)[0] == 403


def test_a_correction_does_not_betray_a_hidden_disclosure_beside_an_open_one(api: Api) -> None:
    """The authority got the name openly, and the address in secret: who is told of the address would
    know that it had gone there."""
    path = api.person()
    api.do("POST", "/v1/recipients", {"code": "investigating-authority"})
    api.disclose(path, **WARRANT, attributes=["full-name"])
    api.disclose(path, **WARRANT, attributes=["email-address"], hidden_until=FAR)
    change(api, path, "meera.k@example.org")
    assert asked(api, path) == []
    assert [one[0] for one in asked(api, path, hidden=True)] == ["correct"]
