"""Consents and switches over HTTP."""

from __future__ import annotations

from tests.api.client import NOTICE, Api, problem


def test_the_last_word_holds(api: Api) -> None:
    """Given, then withdrawn: both are in the history, the withdrawal is in force."""
    path = api.person()
    api.consent(path)
    assert _in_force(api, path) == {"promotional-news": True}
    api.do("PUT", f"{path}/consents/promotional-news", {"state": "withdrawn"})
    assert _in_force(api, path) == {"promotional-news": False}
    history = api.get(f"{path}/consents")["history"]
    assert [word["given"] for word in history] == [True, False]
    assert history[0]["notice_version"] == NOTICE["version"]


def test_a_consent_names_its_notice_and_a_withdrawal_needs_nothing(api: Api) -> None:
    """What does not belong to the state is refused, naming the field."""
    path = f"{api.person()}/consents/promotional-news"
    for body, field in (
        ({"state": "given"}, "notice"),
        ({"state": "withdrawn", "notice": NOTICE}, "notice"),
        ({"state": "withdrawn", "told": True}, "told"),
    ):
        sent = api.send("PUT", path, body)
        assert problem(sent) == (422, "invalid-request")
        assert [error["field"] for error in sent.json()["errors"]] == [field]


def test_a_withdrawal_of_an_unlisted_purpose_is_taken_with_a_finding(api: Api) -> None:
    """A withdrawal is never refused."""
    path = api.person()
    done = api.do("PUT", f"{path}/consents/astrology", {"state": "withdrawn"})
    assert [broken["rule"] for broken in done["findings"]] == ["purpose-unlisted"]


def test_switches_by_service_and_for_all(api: Api) -> None:
    """Off for one service, then for all: what holds is said with its entry."""
    path = api.person()
    to = f"{path}/switches/product-research"
    api.do("PUT", to, {"services": ["web-site"], "state": "off"})
    one = api.get(f"{path}/consents")["switches"]
    assert [(row["service"], row["state"]) for row in one] == [("web-site", "off")]
    api.do("PUT", to, {"services": "all", "state": "off"})
    all_ = api.get(f"{path}/consents")["switches"]
    assert [(row["service"], row["state"]) for row in all_] == [(None, "off")]


def test_a_required_purpose_switched_off_is_stored_as_irregular(api: Api) -> None:
    """Off is told: stored, with the rule it breaks."""
    path = api.person()
    body = {"services": "all", "state": "off"}
    done = api.do("PUT", f"{path}/switches/service-messages", body)
    assert [broken["rule"] for broken in done["findings"]] == ["required-purpose"]


def _in_force(api: Api, path: str) -> dict[str, bool]:
    return {row["purpose"]: row["given"] for row in api.get(f"{path}/consents")["in_force"]}
