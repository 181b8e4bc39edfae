""" "May I?" over HTTP and on the command line: permitted or the rules, and nothing is written."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from api import cli
from api.commands.console import Exit
from ledger.config import Settings, variable
from tests.api.client import MAIL, NAME, Api, disclosure, problem

NEWS = "promotional-news"


def decide(api: Api, **question: Any) -> dict[str, Any]:
    before = api.last()
    sent = api.send("POST", "/v1/decisions", question, key=None)
    assert sent.status_code == 200, sent.text
    assert api.last() == before
    told: dict[str, Any] = sent.json()
    return told


def using(path: str, purpose: str = NEWS, **more: Any) -> dict[str, Any]:
    return {"subject": path.rsplit("/", 1)[1], "purpose": purpose, **more}


def test_a_use_is_permitted_or_told_with_its_rule(api: Api) -> None:
    """The rule, what to do about it, the statement it carries out, and what was looked at."""
    path = api.person()
    told = decide(api, use=using(path, attributes=["email-address"]))
    assert (told["permitted"], told["outcome"]) == (False, "refused")
    (rule,) = told["rules"]
    assert (rule["rule"], rule["about"]) == ("consent-missing", NEWS)
    assert rule["statements"] == ["P04", "P15"]
    assert rule["says"] and rule["remedy"]
    assert told["facts"]["consent"] is None
    api.consent(path)
    told = decide(api, use=using(path, attributes=["email-address"]))
    assert (told["permitted"], told["rules"], told["facts"]["consent"]) == (True, [], "given")
    assert told["policy"] == api.ledger.policy_version()


def test_the_law_that_decided_is_named(api: Api) -> None:
    """By its id and its name."""
    told = decide(api, use=using(api.person(), "product-research"))
    assert told["regime"] == "india-dpdp"
    assert told["regime_label"] == "Digital Personal Data Protection Act, 2023 (India)"


def test_an_act_is_told_as_it_would_be_answered(api: Api) -> None:
    """The body of a batch's command, without a key; asked and told alike."""
    api.recipient()
    path = api.person()
    subject = path.rsplit("/", 1)[1]
    body = disclosure(command="authorise-disclosure", subject=subject)
    told = decide(api, act=body)
    rules = [rule["rule"] for rule in told["rules"]]
    refused = api.send("POST", f"{path}/disclosures/authorisations", disclosure())
    assert rules == [rule["rule"] for rule in refused.json()["rules"]] == ["consent-missing"]
    recorded = decide(api, act=body | {"command": "record-disclosure"})
    assert (recorded["permitted"], recorded["outcome"]) == (False, "recorded")
    api.consent(path)
    told = decide(api, act=body)
    assert (told["permitted"], told["outcome"]) == (True, "done")


def test_no_value_is_in_an_answer(api: Api) -> None:
    """Facts are what stands, not what it says."""
    path = api.person()
    values = [{"attribute": "full-name", "value": "Somebody Else"}]
    act = {"command": "collect", "subject": path.rsplit("/", 1)[1], "values": values}
    act |= {"source": "signup-form", "country": "india", "purposes": ["account-keeping"]}
    shown = json.dumps([decide(api, act=act), decide(api, use=using(path))])
    assert not any(value in shown for value in (NAME, MAIL, "Somebody"))


def test_what_is_no_question(api: Api) -> None:
    """One of the two, a command there is, and a form that is right."""
    path = api.person()
    use = using(path)
    for body, field in (
        ({}, "use"),
        ({"use": use, "act": {"command": "collect"}}, "use"),
        ({"act": {"command": "publish-policy"}}, "act.command"),
        ({"act": {"command": 7}}, "act.command"),
        ({"use": {"purpose": NEWS}}, "use.subject"),
    ):
        sent = api.send("POST", "/v1/decisions", body, key=None)
        assert problem(sent) == (422, "invalid-request")
        assert [error["field"] for error in sent.json()["errors"]] == [field]
    stranger = use | {"subject": "0b9c1f6e-7d7a-4c35-9f0e-2f3c6c1f3a10"}
    assert problem(api.send("POST", "/v1/decisions", {"use": stranger})) == (404, "not-found")


def test_who_may_ask(api: Api) -> None:
    """Whoever may do the act may ask about it; whoever may read may ask about a use."""
    path = api.person()
    use, subject = {"use": using(path)}, path.rsplit("/", 1)[1]
    act = {"act": {"command": "raise-objection", "subject": subject, "purpose": NEWS}}
    for body, token, status in (
        (use, "reader", 200),
        (use, "nothing", 403),
        (act, "consents", 200),
        (act, "reader", 403),
    ):
        sent = api.send("POST", "/v1/decisions", body, token=token, key=None)
        assert sent.status_code == status
    assert api.read(f"{path}/rights").json()["objections"] == []


def explained(monkeypatch: pytest.MonkeyPatch, served: Settings, *words: str) -> int:
    """`ledger policy explain WORDS` on this ledger; its exit code."""
    monkeypatch.setenv("LEDGER_HOME", str(served.home))
    monkeypatch.setenv("LEDGER_SCHEMA", served.schema_name)
    for name in ("database_url", "owner_url"):
        secret = getattr(served, name)
        if secret is not None:
            monkeypatch.setenv(variable(name), secret.get_secret_value())
    monkeypatch.setattr(sys, "argv", ["ledger", "policy", "explain", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_the_command_line_explains(
    api: Api, served: Settings, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Exit code 1 where it may not be done; for people a table, for programs JSON."""
    api.recipient()
    path = api.person()
    subject = path.rsplit("/", 1)[1]
    assert explained(monkeypatch, served, subject, NEWS) == Exit.REFUSED
    shown = capsys.readouterr().out
    assert "consent-missing" in shown
    assert "P04" in shown
    passing = ("--recipient", "mail-delivery-provider", "--ground", "service-agreement")
    passing += ("--country", "united-states", "--attribute", "email-address", "--json")
    assert explained(monkeypatch, served, subject, NEWS, *passing) == Exit.REFUSED
    told = json.loads(capsys.readouterr().out)
    assert [rule["rule"] for rule in told["rules"]] == ["consent-missing"]
    assert explained(monkeypatch, served, subject, NEWS, *passing[:6]) != Exit.OK
    assert "--attribute" in capsys.readouterr().err
    api.consent(path)
    assert explained(monkeypatch, served, subject, NEWS, *passing) == Exit.OK
    assert json.loads(capsys.readouterr().out)["permitted"] is True
    assert explained(monkeypatch, served, subject, NEWS) == Exit.OK
    assert "Yes" in capsys.readouterr().out
