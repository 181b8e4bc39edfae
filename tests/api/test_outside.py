"""What leaves the company, over HTTP: lists that do not match, gags, one act over many, messages."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import httpx2
import pytest

from tests.api.client import MAIL, WARRANT, Api, collection, disclosure, problem
from tests.ledger.world import relabelled

DEAL = {
    "recipient": "business-successor",
    "purpose": "corporate-transaction",
    "ground": "asset-transfer",
    "country": "india",
    "reference": "deal 3",
}
MESSAGE = "It does not start since Tuesday."


class Auditor(Api):
    """Somebody of the function that may authorise what the policy asks one for."""

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> httpx2.Response:
        return super().send(method, path, body, token="auditor", **options)


@pytest.fixture
def auditor(api: Api) -> Auditor:
    """The same ledger, asked by one who may authorise."""
    return Auditor(api.http, api.ledger)


def subject_of(path: str) -> str:
    return path.rsplit("/", 1)[1]


def rules(body: Any) -> list[str]:
    return [broken["rule"] for broken in body["findings"]]


def test_both_lists_of_what_does_not_match(api: Api) -> None:
    """Authorised and never reported; reported and never authorised; and neither, once it matches."""
    api.recipient()
    path = api.person()
    api.consent(path)
    given = api.do("POST", f"{path}/disclosures/authorisations", disclosure())["ids"]["disclosure"]
    bare = api.disclose(path)["ids"]["disclosure"]

    def listed(path: str, **params: Any) -> list[str]:
        return [row["disclosure"] for row in api.get(path, **params)["items"]]

    assert listed("/v1/disclosures/authorisations", unreported=True) == [given]
    assert listed("/v1/disclosures/authorisations", unreported=True, expired=True) == []
    assert listed("/v1/disclosures", unauthorised=True) == [bare]
    api.disclose(path, authorisation=given)
    assert listed("/v1/disclosures/authorisations", unreported=True) == []
    assert listed("/v1/disclosures", unauthorised=True) == [bare]
    (row,) = api.get("/v1/disclosures/authorisations")["items"]
    assert row["used_position"] == api.position
    assert (row["expired"], row["recipient"]["code"]) == (False, "mail-delivery-provider")


def test_a_gag_is_listed_with_its_end_and_its_review(api: Api) -> None:
    """Whoever has to ask again whether the law still forbids it finds the day there."""
    path = api.person()
    today = dt.datetime.now(dt.UTC).date()
    soon = today + dt.timedelta(days=30)
    api.hide(path, str(soon))
    api.hide(path, "2099-01-01")
    first, second = api.get("/v1/disclosures/gags")
    assert (first["what"], first["hidden_until"], first["review"]) == (
        "disclosure",
        str(soon),
        None,
    )
    assert (second["ground"], second["subject"]) == ("lawful-request", subject_of(path))
    assert second["review"] == str(today.replace(year=today.year + 1))
    assert api.get("/v1/disclosures/gags", to=str(soon)) == [first]
    assert problem(api.read("/v1/disclosures/gags", **{"from": "soon"}))[0] == 422


def test_one_act_over_a_list(api: Api, auditor: Auditor) -> None:
    """Asked, told, and looked at part by part; a member who said no is left out by her own rule."""
    api.recipient("business-successor")
    paths = [api.person(f"a{number}@example.org") for number in range(3)]
    switch = {"services": "all", "state": "off"}
    api.do("PUT", f"{paths[0]}/switches/corporate-transaction", switch)
    people = [subject_of(path) for path in paths]
    body = DEAL | {"subjects": people, "stage": "transfer", "attributes": ["email-address"]}
    asked = auditor.do("POST", "/v1/disclosures/transfers", body)
    act = asked["ids"]["act"]
    assert rules(asked) == ["switched-off-for-all"]
    told = body | {"subjects": people[1:], "told": True, "act": act}
    assert rules(auditor.do("POST", "/v1/disclosures/transfers", told)) == []
    shown = auditor.get(f"/v1/disclosures/transfers/{act}")
    assert shown["tally"] == {"authorised": 2, "refused": 1, "recorded": 2}
    parts = {(part["subject"], part["said"]): part for part in shown["items"]}
    assert rules(parts[people[0], "refused"]) == ["switched-off-for-all"]
    assert parts[people[1], "recorded"]["recipient"]["code"] == "business-successor"
    rows = auditor.get("/v1/disclosures", ground="asset-transfer")["items"]
    assert {(row["subject"], row["stage"], row["act"]) for row in rows} == {
        (person, "transfer", act) for person in people[1:]
    }
    assert MAIL not in auditor.read(f"/v1/disclosures/transfers/{act}").text


def test_an_act_that_cannot_be(api: Api, auditor: Auditor) -> None:
    """Refused as a whole, not understood, or not there."""
    api.recipient("business-successor")
    person = subject_of(api.person())
    body = DEAL | {"subjects": [person], "attributes": ["email-address"]}
    sent = auditor.send("POST", "/v1/disclosures/transfers", body | {"stage": "due-diligence"})
    assert problem(sent) == (403, "refused")
    assert [rule["rule"] for rule in sent.json()["rules"]] == ["attribute-not-for-stage"]
    for wrong in (
        {"subjects": []}, {"subjects": [person] * 1001}, {"subjects": ["x"]}, {"stages": 1},
    ):  # fmt: skip
        assert auditor.send("POST", "/v1/disclosures/transfers", body | wrong).status_code == 422
    act = body | {"stage": "transfer", "act": str(uuid.uuid4())}
    assert problem(auditor.send("POST", "/v1/disclosures/transfers", act)) == (422, "invalid-input")
    nobody = auditor.read(f"/v1/disclosures/transfers/{uuid.uuid4()}")
    assert problem(nobody) == (404, "not-found")


def test_one_purchase_of_several(api: Api) -> None:
    """The licence that is named goes back to the reseller; without it, nothing does."""
    api.recipient("reseller-partner")
    path, first = api.person(), uuid.uuid4()
    value = {"attribute": "licence-number", "value": "L-1", "scope": first.hex}
    api.do("POST", f"{path}/collections", collection([value], purposes=["product-delivery"]))
    said = {
        "recipient": "reseller-partner",
        "purpose": "product-delivery",
        "ground": "buying-mandate",
        "country": "india",
        "attributes": ["licence-number"],
        "reference": "mandate 12",
    }
    place = f"{path}/disclosures/authorisations"
    assert api.do("POST", place, said | {"document": str(first)})["outcome"] == "recorded"
    sent = api.send("POST", place, said)
    assert [rule["rule"] for rule in sent.json()["rules"]] == ["document-missing"]


# ---- standing access -----------------------------------------------------------------------------


def test_a_standing_access_is_closed(api: Api) -> None:
    """The register shows what is left, and what the agreement and the policy say."""
    recipient = api.recipient("hosting-provider")
    path = f"/v1/recipients/{recipient}/standing-access"
    classes = ["contact-data", "billing-data"]
    api.do("POST", path, {"purpose": "product-delivery", "classes": classes, "country": "ireland"})
    api.do("POST", f"{path}/closure", {"classes": classes[1:]})
    (row,) = api.get("/v1/recipients")
    assert [one["classes"] for one in row["standing"]] == [classes[:1]]
    assert (row["confidential"], row["sub_processors"]) == (True, [])
    again = api.send("POST", f"{path}/closure", {"classes": classes[1:]})
    assert problem(again) == (422, "invalid-input")


def test_a_standing_access_is_refused_or_told(api: Api) -> None:
    """P16, P17: what breaks a rule is a refusal, or stored with the rule and looked at."""
    recipient = api.recipient("hosting-provider")
    path = f"/v1/recipients/{recipient}/standing-access"
    sold = {"purpose": "sale-of-data", "classes": ["contact-data"], "country": "ireland"}
    sent = api.send("POST", path, sold)
    assert problem(sent) == (403, "refused")
    assert [rule["rule"] for rule in sent.json()["rules"]] == ["purpose-prohibited"]
    assert api.get("/v1/recipients")[0]["standing"] == []
    told = api.do("POST", path, sold | {"told": True})
    assert [rule["rule"] for rule in told["findings"]] == ["purpose-prohibited"]
    (irregular,) = api.get("/v1/irregularities", rule="purpose-prohibited")["items"]
    assert irregular["stream"] == recipient
    (refused,) = api.get("/v1/refusals", rule="purpose-prohibited")["items"]
    assert refused["command"] == "open-standing-access"


def test_what_speaks_against_a_standing_access_today_is_shown(api: Api) -> None:
    """P17: it was in order when it was opened; its agreement ended, or the policy has changed."""
    recipient = api.recipient("hosting-provider")
    reach = {"purpose": "product-delivery", "classes": ["contact-data"], "country": "ireland"}
    api.do("POST", f"/v1/recipients/{recipient}/standing-access", reach)

    def against() -> list[str]:
        ((standing,),) = (row["standing"] for row in api.get("/v1/recipients"))
        return [one["rule"] for one in standing["findings"]]

    assert against() == []
    ended = {"code": "hosting-provider", "agreement": "agreement-7", "valid_until": "2020-01-01"}
    api.do("POST", "/v1/recipients", ended)
    assert against() == ["agreement-expired"]
    api.recipient("hosting-provider")
    text = api.get("/v1/policy")["text"]
    moved = text.replace("countries: [united-states, ireland]", "countries: [united-states]", 1)
    assert moved != text
    api.do("POST", "/v1/policy/versions", {"document": relabelled(moved)})
    assert against() == ["country-not-for-recipient"]


def test_who_works_for_a_recipient_is_shown(api: Api) -> None:
    """P17: its sub-processors stand on the register, and in what the person is told of holders."""
    recipient = api.recipient("hosting-provider")
    text, key = api.get("/v1/policy")["text"], "\n  hosting-provider:\n"
    assert key in text
    works = f"{key}    sub_processors: [support-contractor, statistics-provider]\n"
    moved = relabelled(text.replace(key, works, 1))
    api.do("POST", "/v1/policy/versions", {"document": moved})
    (row,) = api.get("/v1/recipients")
    assert row["sub_processors"] == ["support-contractor", "statistics-provider"]
    access = {"purpose": "product-delivery", "classes": ["contact-data"], "country": "ireland"}
    api.do("POST", f"/v1/recipients/{recipient}/standing-access", access)
    path = api.person()
    done = api.do("POST", f"{path}/access-reports", {"reason": "answer-request"})
    (holder,) = done["report"]["recipients"]
    assert holder["sub_processors"] == [
        "Company that answers part of the support",
        "Provider of statistical analysis",
    ]


# ---- P18: contents of communications -------------------------------------------------------------


def wrote(api: Api) -> str:
    """Somebody who wrote to support."""
    path = api.person()
    value = {"attribute": "case-message", "value": MESSAGE, "scope": uuid.uuid4().hex}
    more = {"source": "incoming-message", "purposes": ["customer-helpdesk-service"]}
    api.do("POST", f"{path}/collections", collection([value], **more))
    return path


def test_a_message_is_withheld_from_who_has_no_use_for_it(api: Api) -> None:
    """Value by value: the rest is shown, and the opening names what was; support reads it."""
    path = wrote(api)
    shown = {
        i["attribute"]: i for i in api.get(f"{path}/profile", reason="issue-documents")["items"]
    }
    assert shown["case-message"]["value"] is None
    assert shown["case-message"]["withheld"]["rule"] == "opening-needs-ground"
    assert shown["email-address"]["value"] == MAIL
    looked = api.get(f"{path}/openings")["items"][0]
    assert "case-message" not in looked["attributes"]
    assert "email-address" in looked["attributes"]
    support = api.get(f"{path}/profile", reason="answer-customer")["items"]
    assert MESSAGE in [item["value"] for item in support]


def test_a_message_is_opened_on_a_ground(api: Api, auditor: Auditor) -> None:
    """With its reference, by one who may; given once; the person sees it unless a gag runs."""
    path = wrote(api)
    body = {"reason": "audit-review", "attributes": ["case-message"]}
    ground = {"ground": WARRANT["ground"], "reference": WARRANT["reference"]}
    refused = auditor.send("POST", f"{path}/openings", body)
    assert problem(refused) == (403, "refused")
    assert [rule["rule"] for rule in refused.json()["rules"]] == ["opening-needs-ground"]
    desk = api.send("POST", f"{path}/openings", body | ground)
    assert [rule["rule"] for rule in desk.json()["rules"]] == ["ground-not-authorised"]
    done = auditor.do("POST", f"{path}/openings", body | ground, key="once")
    assert [item["value"] for item in done["items"]] == [MESSAGE]
    again = auditor.send("POST", f"{path}/openings", body | ground, key="once")
    assert problem(again) == (409, "opened-before")
    assert auditor.get(f"{path}/openings")["items"][0]["ground"] == "lawful-request"
    before = len(auditor.get(f"{path}/openings")["items"])
    auditor.do("POST", f"{path}/openings", body | ground | {"hidden_until": "2099-01-01"})
    assert len(auditor.get(f"{path}/openings")["items"]) == before
    report = auditor.do("POST", f"{path}/access-reports", {"reason": "answer-request"})["report"]
    assert MESSAGE in [item["value"] for item in report["items"]]
    on_a_ground = [look for look in report["who_looked"] if look["ground"]]
    assert [look["ground"] for look in on_a_ground] == ["The law or a lawful request asks for it"]
    assert "order 7" not in str(report)
