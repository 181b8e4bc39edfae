"""Every situation has one status, one type and one page."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import api
import ledger
import projections
from api.errors import BY_CODE, STATUS, of_validation
from api.errors import problem as problem_of
from ledger.errors import LedgerError, Tampered
from tests.api.client import Api, collection, problem

ELSEWHERE = ("api.cli", "api.commands", "api.demo", "api.importing", "tests")
"""Faces that do not speak HTTP; what they raise for themselves never reaches a route."""


def _all_errors() -> Iterator[type[LedgerError]]:
    for package in (ledger, projections, api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name and not module.name.startswith(ELSEWHERE):
                importlib.import_module(module.name)
    waiting = [LedgerError]
    while waiting:
        kind = waiting.pop()
        yield kind
        waiting += kind.__subclasses__()


def test_every_error_has_a_status() -> None:
    """The one table lists every class of the tree, and nothing else."""
    ours = {kind for kind in _all_errors() if not kind.__module__.startswith(ELSEWHERE)}
    assert ours == set(STATUS)


def test_every_code_is_one_situation() -> None:
    """A problem type says one thing; only an epoch key that is gone is told as the key lost."""
    codes = [kind.code for kind in STATUS]
    assert {code for code in codes if codes.count(code) > 1} == {"key-lost"}


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_every_type_says_what_to_do(code: str) -> None:
    """Each error has a sentence and a remedy of its own."""
    kind = BY_CODE[code]
    assert kind.says.endswith(".")
    assert kind.remedy
    assert kind.__doc__


def test_the_page_of_a_type_can_be_read(api: Api) -> None:
    """The type of a problem leads to its page, which needs no token."""
    page = api.send("GET", "/problems/stale-version", token=None)
    assert page.status_code == 200
    assert "ETag" in page.text
    assert "consent-withdrawn" in api.send("GET", "/problems/refused", token=None).text
    assert problem(api.send("GET", "/problems/no-such", token=None)) == (404, "no-such-route")


def test_a_problem_shows_no_fact_that_it_does_not_have_to() -> None:
    """Ids and numbers of ours are shown; places, keys and whatever else go to the log alone."""
    error = Tampered(where="/var/lib/ledger", kid="ab12", position=7)
    body = bytes(problem_of(error).body).decode()
    assert "position: 7" in body
    assert "ab12" not in body
    assert "/var/lib" not in body


def test_a_validation_error_never_repeats_what_was_sent() -> None:
    """Neither a value nor the name of an unknown field that is no name."""
    secret = "Meera Krishnan, 17 Lotus Pond Road"
    found = [
        {"type": "extra_forbidden", "loc": ("body", secret), "msg": "extra", "input": secret},
        {"type": "value_error", "loc": ("body", "a"), "msg": f"bad {secret}", "input": secret},
        {"type": "uuid_parsing", "loc": ("body", "b"), "msg": f"bad {secret}", "input": secret},
    ]
    for some in (found, found[1:]):
        shown = [str(error) for error in of_validation(some).errors]
        assert shown
        assert not any("Meera" in text or "Lotus" in text for text in shown)


def test_a_rule_says_what_of_the_act_it_is_about(api: Api) -> None:
    """Refused, told, and in a batch: with the statement behind it; what has no name of the policy's
    by its place, for its name may be anything."""
    path = api.subject()
    values = [
        {"attribute": name, "value": "x"}
        for name in ("job-title", "shoe-size", "dream", "full-name")
    ]
    asked = api.send("POST", f"{path}/collections", collection(values))
    told = api.do("POST", f"{path}/collections", collection(values, told=True))
    item = {"command": "collect", "key": "k", "subject": path.rpartition("/")[2]}
    (one,) = api.do("POST", "/v1/batches", {"commands": [item | collection(values)]})["results"]
    for rules in (asked.json()["rules"], told["findings"], one["problem"]["rules"]):
        assert [(rule["rule"], rule["about"], rule["statements"]) for rule in rules] == [
            ("attribute-unlisted", "values[1].attribute", ["P03"]),
            ("attribute-unlisted", "values[2].attribute", ["P03"]),
        ]
    assert not any("shoe-size" in text for text in (asked.text, str(told), str(one)))
    off = {"services": "all", "state": "off"}
    told = api.do("PUT", f"{path}/switches/account-keeping", off)
    (rule,) = told["findings"]
    assert (rule["rule"], rule["about"]) == ("required-purpose", "account-keeping")
    again = api.send("PUT", f"{path}/switches/account-keeping", off, key="twice").json()
    assert api.send("PUT", f"{path}/switches/account-keeping", off, key="twice").json() == again
