"""Batches: every command as on its own route, and each with an answer of its own."""

from __future__ import annotations

import uuid
from typing import Any

import httpx2
import pytest
import structlog.testing

from api.batches import ITEMS, MOST
from ledger import intake
from ledger.commands.consenting import WithdrawConsent
from tests.api.client import MAIL, NAME, NOTICE, STREET, Api, collection, disclosure, problem

Commands = list[Any]
CLAIM = {"ground": "outstanding-credit", "covers": [{"class": "billing-data"}]}
NEWS = {"purpose": "promotional-news"}
OFF = {"purpose": "product-research", "services": "all", "state": "off"}


def item(command: str, path: str = "", **fields: Any) -> dict[str, Any]:
    """A command of a batch under a fresh key, about the subject of a path."""
    named = {"subject": id_of(path)} if path else {}
    return {"command": command, "key": str(uuid.uuid4()), **named, **fields}


def send(api: Api, commands: Commands, **options: Any) -> httpx2.Response:
    """One batch, which has no key of its own."""
    return api.send("POST", "/v1/batches", {"commands": commands}, key=None, **options)


def results(api: Api, commands: Commands, **options: Any) -> list[dict[str, Any]]:
    """What became of each command of a batch that was taken."""
    response = send(api, commands, **options)
    assert response.status_code == 200, response.text
    listed: list[dict[str, Any]] = response.json()["results"]
    assert len(listed) == len(commands)
    return listed


def problems(api: Api, commands: Commands, **options: Any) -> list[tuple[int, str] | None]:
    """Status and code of each result's problem; None where there is none."""
    found: list[tuple[int, str] | None] = []
    for result in results(api, commands, **options):
        told = result.get("problem")
        assert told is None or told["status"] == result["status"]
        code = told and told["type"].removeprefix("/problems/")
        found.append((result["status"], code) if told else None)
    return found


def id_of(path: str) -> str:
    """The subject of a path."""
    return path.rpartition("/")[2]


# ---- what it takes -----------------------------------------------------------------------------


def test_a_day_of_a_service_in_one_request(api: Api) -> None:
    """Every kind of command it takes is carried out, in order, and can be read afterwards."""
    api.recipient()
    path = api.person()
    claim = api.do("POST", f"{path}/claims", CLAIM)["ids"]["claim"]
    before = api.last()
    job = [{"attribute": "job-title", "value": "Engineer"}]
    commands = [
        item("register-subject", service="web-site"),
        item("collect", path, **collection(job)),
        item("collect", path, **collection(job, told=True)),
        item("set-consent", path, **NEWS, state="given", notice=NOTICE),
        item("authorise-disclosure", path, **disclosure()),
        item("record-disclosure", path, **disclosure()),
        item("switch-purpose", path, **OFF),
        item("correct-profile", path, changes={"full-name": "Meera K."}, if_match="*"),
        item("release-claim", path, claim=claim),
        item("place-claim", path, **CLAIM),
        item("set-consent", path, **NEWS, state="withdrawn"),
        item("request-erasure", path, carry_out=False),
    ]
    response = send(api, commands)
    told = response.json()["results"]
    assert [one["status"] for one in told] == [201, 201, 201, 200, 201, 201, 200, 200, 200, 201,
                                               200, 201]  # fmt: skip
    assert all(one["outcome"] == "recorded" for one in told)
    positions = [one["position"] for one in told]
    assert positions[1:] == sorted(positions[1:])
    assert before < min(positions)
    assert int(response.headers["Ledger-Position"]) == max(positions) == api.last()
    words = api.get(f"{path}/consents")
    assert [(word["purpose"], word["given"]) for word in words["in_force"]] == [
        ("promotional-news", False)
    ]
    assert [word["position"] for word in words["history"]] == [positions[3], positions[10]]
    assert len(api.get(f"{path}/disclosures")["items"]) == 1
    items = api.get(f"{path}/profile", reason="answer-request")["items"]
    assert "Meera K." in [one["value"] for one in items]
    assert [one["in_force"] for one in api.get(f"{path}/claims")] == [False, True]


def test_the_second_half_of_a_day(api: Api) -> None:
    """An erasure carried out, a holder told and answering, a run reporting."""
    api.recipient()
    path, willing = api.person(), api.person("b@example.org")
    api.disclose(path)
    api.consent(willing)
    run = {"purpose": "promotional-news", "country": "united-states",
           "template": "product-newsletter", "attributes": ["email-address"],
           "subjects": [id_of(willing)]}  # fmt: skip
    started = api.do("POST", "/v1/processing-runs", run)["ids"]["run"]
    api.do("POST", f"/v1/processing-runs/{started}/chunks", {"chunk": 1})
    asked = api.do("POST", f"{path}/erasures", {"carry_out": False})["ids"]["erasure"]
    done = item("record-outcome", run=started, chunk=1, processed=[id_of(willing)], finished=True)
    told = results(api, [item("carry-out-erasure", path, erasure=asked), done])
    assert [(one["status"], one["outcome"], one["findings"]) for one in told] == [
        (200, "recorded", [])
    ] * 2
    report = api.get(f"{path}/erasures/{asked}")
    assert report["erased_here"]
    order = report["ordered_elsewhere"][0]["order"]
    common = {"erasure": asked}
    told = results(
        api,
        [
            item("note-notified", path, **common, order=order),
            item("record-holder-answer", path, **common, order=order, answer="confirmed"),
        ],
    )
    assert [one["outcome"] for one in told] == ["recorded"] * 2
    state = api.get(f"{path}/erasures/{asked}")["ordered_elsewhere"][0]["state"]
    assert state == "confirmed"


def test_a_shops_day_in_one_request(api: Api) -> None:
    """An account, who joins it, a credit that was none, and the end: in the order given."""
    one, other = id_of(api.person()), id_of(api.person("b@example.org"))
    member = {"subject": one, "roles": ["account-owner"]}
    (opened,) = results(api, [item("open-account", kind="organisation", members=[member])])
    account = {"account": opened["ids"]["account"]}
    first = [
        item("join-account", **account, subject=other, roles=["billing-contact"]),
        item("record-fact", **account, fact="credit-opened"),
        item("close-account", **account),
        item("record-fact", **account, fact="credit-opened"),
    ]
    told = results(api, first)
    assert [(r["status"], [f["rule"] for f in r["findings"]]) for r in told] == [
        (201, []), (201, []), (200, []), (201, []),
    ]  # fmt: skip
    path = f"/v1/accounts/{account['account']}"
    assert api.get(path)["closed"] is not None
    facts = [row for row in api.get(f"{path}/facts") if row["fact"] == "credit-opened"]
    wrong = [
        item("annul-fact", **account, entry=row["event"], reason="entered-by-mistake")
        for row in facts
    ]
    assert [r["outcome"] for r in results(api, wrong)] == ["recorded"] * 2
    for person in (one, other):
        assert not any(c["in_force"] for c in api.get(f"/v1/subjects/{person}/claims"))


@pytest.mark.parametrize("name", sorted(ITEMS))
def test_every_command_has_an_example_that_can_be_read(name: str) -> None:
    """What the description shows has the form that it describes."""
    form = ITEMS[name].form
    extra: Any = form.model_config["json_schema_extra"]
    read, _ = ITEMS[name].check(extra["examples"][0], {})
    assert read.command == name


def test_commands_on_one_person_keep_their_order(api: Api) -> None:
    """The last word of a batch is the one that holds."""
    path = api.person()
    person = {"on_behalf_of": id_of(path)}
    states = [OFF | person | {"state": state} for state in ["on", "off"] * 20]
    commands = [item("switch-purpose", path, **state) for state in states]
    told = send(api, commands, token="site").json()["results"]
    assert [one["status"] for one in told] == [200] * 40
    assert [row["state"] for row in api.get(f"{path}/consents")["switches"]] == ["off"]


# ---- each fails alone --------------------------------------------------------------------------


def test_what_is_wrong_with_one_is_no_matter_of_the_others(api: Api) -> None:
    """Each problem stands in its own place, and what was right is durable."""
    path = api.person()
    good = [item("switch-purpose", path, **OFF) for _ in range(3)]
    before = api.last()
    told = problems(
        api,
        [
            good[0],
            "not an object",
            item("erase-everything", path),
            item("switch-purpose", f"/v1/subjects/{uuid.uuid4()}", **OFF),
            good[1],
            item("switch-purpose", path, **OFF, sorvice="all"),
            item("switch-purpose", "/v1/subjects/7", **OFF),
            item("switch-purpose", path, **OFF) | {"key": None},
            item("switch-purpose", path, **OFF) | {"key": "x" * 201},
            item("switch-purpose", path, **OFF) | {"key": 7},
            item("correct-profile", path, changes={"full-name": "A"}),
            item("correct-profile", path, changes={"full-name": "A"}, if_match='"old"'),
            {**good[1], "state": "on"},
            {**good[1]},
            good[2],
        ],
    )
    assert told == [
        None,
        (422, "invalid-request"),
        (422, "invalid-request"),
        (404, "not-found"),
        None,
        (422, "unknown-field"),
        (422, "invalid-request"),
        (400, "idempotency-key-missing"),
        (400, "idempotency-key-invalid"),
        (422, "invalid-request"),
        (428, "precondition-required"),
        (412, "stale-version"),
        (422, "idempotency-key-reused"),
        None,
        None,
    ]
    assert api.last() == before + 3  # the three that were right, each once


def test_a_refusal_is_on_record_and_says_its_rules(api: Api) -> None:
    """Asked without consent: 403 in its place, with the rules; the position is the refusal's."""
    api.recipient()
    path = api.person()
    refused, told = results(
        api,
        [item("authorise-disclosure", path, **disclosure(ground="subject-consent")),
         item("record-disclosure", path, **disclosure(country="atlantis"))],
    )  # fmt: skip
    assert refused["status"] == refused["problem"]["status"] == 403
    assert all(rule["says"] and rule["remedy"] for rule in refused["problem"]["rules"])
    assert refused["problem"]["position"] == told["position"] - 2 == api.last() - 2
    assert "country-unlisted" in [rule["rule"] for rule in told["findings"]]


def test_a_token_does_what_it_may(api: Api) -> None:
    """Each command needs its own permission; a token that may none of them hands over nothing."""
    path = api.person()
    before = api.last()
    sent = send(api, [item("switch-purpose", path, **OFF)], token="reader")
    assert problem(sent) == (403, "not-permitted")
    assert problem(send(api, [], token="nothing")) == (403, "not-permitted")
    assert api.last() == before
    told = problems(
        api,
        [item("record-disclosure", path, **disclosure()), item("switch-purpose", path, **OFF)],
        token="consents",
    )
    assert told == [(403, "not-permitted"), None]


SAME: list[tuple[str, str, str, dict[str, Any]]] = [
    ("POST", "collections", "collect", {"source": 7, "told": "yes"}),
    ("POST", "collections", "collect", collection([], corrections=[{"attribute": "a", "value": ""}])),
    ("POST", "collections", "collect", collection([{"attribute": "phone-number", "value": "1"}])),
    ("POST", "collections", "collect", collection([], notice=None)),
    ("PUT", "consents/promotional-news", "set-consent", {"state": "given"}),
    ("PUT", "consents/promotional-news", "set-consent", {"state": "withdrawn", "told": True}),
    ("PUT", "switches/nothing", "switch-purpose", {"services": [], "state": "off"}),
    ("PUT", "switches/nothing", "switch-purpose", {"services": "all", "state": "off"}),
    ("POST", "disclosures", "record-disclosure", disclosure(hidden_until="soon", sorce="a")),
    ("POST", "disclosures", "record-disclosure", disclosure(occurred_at="2026-01-01T10:00:00")),
    ("POST", "disclosures", "record-disclosure", disclosure(occurred_at="2999-01-01T10:00:00Z")),
    ("POST", "disclosures", "record-disclosure", disclosure(attributes=["a"] * 201)),
    ("POST", "claims", "place-claim", {"ground": "nothing", "covers": [{"class": "x"}]}),
    ("POST", "erasures", "request-erasure", {"slots": [{"class": "nothing"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "route", "command", "body"), SAME)
def test_a_problem_has_the_words_of_its_own_route(
    api: Api, method: str, route: str, command: str, body: dict[str, Any]
) -> None:
    """Whatever is wrong, it is told in the same words; only positions differ."""
    path = api.person()
    named = {"purpose": route.rpartition("/")[2]} if "/" in route else {}
    alone = api.send(method, f"{path}/{route}", body)
    (result,) = results(api, [item(command, path, **named, **body)])
    assert result["status"] == alone.status_code >= 400
    shown, same = result["problem"], alone.json()
    assert shown.pop("position", None) is None or same.pop("position")
    assert shown == same


def test_no_answer_repeats_what_was_sent(api: Api) -> None:
    """Neither a value nor the name of a field that is no name."""
    path = api.person()
    response = send(
        api,
        [
            item("collect", path, **collection([{"attribute": "email-address", "value": MAIL}])),
            item("collect", path, **collection([{"attribute": NAME, "value": STREET}])),
            item("set-consent", path, **NEWS, state=NAME),
            item("switch-purpose", path, **OFF, **{MAIL: 1}),
            item("register-subject", source=STREET),
            {"command": NAME},
            [STREET],
        ],
    )
    assert not any(value in response.text for value in (NAME, MAIL, STREET))


def test_a_mistake_inside_one_is_its_own(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 for the one command, whose text is told to nobody; the others are durable."""
    path = api.person()

    def fail(*_: object) -> None:
        raise ValueError(f"cannot read {MAIL}")

    monkeypatch.setattr(WithdrawConsent, "decide", fail)
    withdrawal = item("set-consent", path, **NEWS, state="withdrawn")
    with structlog.testing.capture_logs() as logged:
        told = problems(api, [item("register-subject"), withdrawal, item("register-subject")])
    assert told == [None, (500, "internal-error"), None]
    assert MAIL not in str(logged)
    assert "ValueError" in [line.get("kind") for line in logged]


# ---- the batch itself --------------------------------------------------------------------------


def test_a_batch_sent_again_is_answered_as_it_was(api: Api) -> None:
    """Each command has its first answer, refusals too, and nothing is stored."""
    path = api.person()
    commands = [
        item("register-subject"),
        item("set-consent", path, **NEWS, state="given", notice=NOTICE),
        item("collect", path, **collection([], notice=None)),
        item("switch-purpose", path, **OFF),
    ]
    first = results(api, commands)
    before = api.last()
    assert results(api, commands) == first
    assert results(api, commands[::-1]) == first[::-1]
    assert api.last() == before


def test_a_key_is_the_same_alone_and_in_a_batch(api: Api) -> None:
    """What was done alone is not done again in a batch."""
    path = api.person()
    body = {"services": "all", "state": "off"}
    alone = api.do("PUT", f"{path}/switches/product-research", body, key="key-1")
    (again,) = results(api, [item("switch-purpose", path, **OFF) | {"key": "key-1"}])
    assert again == {"status": 200, **alone}


def test_what_is_no_batch(api: Api) -> None:
    """No commands, too many, something else than a list, too many bytes: nothing is done."""
    before = api.last()
    one = item("register-subject")
    for body in ({}, {"commands": []}, {"commands": {}}, {"commands": [one], "key": "key-1"}, []):
        sent = api.send("POST", "/v1/batches", body, key=None)
        assert sent.status_code == 422, body
    assert problem(send(api, [one] * (MOST + 1))) == (422, "invalid-request")
    big = item("collect", note="x" * 5_000_000)
    assert problem(send(api, [big])) == (413, "body-too-large")
    assert api.last() == before


def test_as_many_as_it_takes(api: Api) -> None:
    """A thousand commands, a thousand answers, each its own."""
    before = api.last()
    told = results(api, [item("register-subject") for _ in range(MOST)])
    assert {one["status"] for one in told} == {201}
    assert len({one["ids"]["subject"] for one in told}) == MOST
    assert sorted(one["position"] for one in told) == [*range(before + 1, before + MOST + 1)]


def test_an_overloaded_ledger_takes_nothing_of_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 for the whole of it, with the time after which to come again; nothing is stored."""
    before = api.last()
    monkeypatch.setattr(intake, "WAITING", 0)
    sent = send(api, [item("register-subject")] * 2)
    assert problem(sent) == (503, "overloaded")
    assert sent.headers["Retry-After"] == "1"
    monkeypatch.undo()
    assert api.last() == before
