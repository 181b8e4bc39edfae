"""What a version changes, over HTTP and on the command line: in words, in consents, in keys."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import pytest

from api.commands.console import Exit
from ledger.application import Ledger
from ledger.config import Settings
from tests.api.client import NAME, NOTICE, Api, problem
from tests.api.test_cli import Run, home, made, run  # noqa: F401  (fixtures)
from tests.ledger.world import World
from tests.projections.published import SHIPPED, changed

NEWS = "promotional-news"
NOTICE_TEXT = "notices.signup-notice-1.texts.en"
DIFF = "/v1/policy/versions/{}/diff"


def publish(api: Api, text: str) -> None:
    assert api.do("POST", "/v1/policy/versions", {"document": text})["outcome"] == "recorded"


# ---- over HTTP ---------------------------------------------------------------------------------


def test_a_version_says_what_it_changes_for_people(api: Api) -> None:
    """From the one before, or from another that is named; in sentences, each with its key."""
    publish(api, changed({"classes.usage-data.ends.after": "P24M"}))
    publish(api, changed({"recipients.statistics-provider": None}))
    told = api.get(DIFF.format(2))
    assert (told["before"]["version"], told["after"]["version"]) == (1, 2)
    (longer,) = (one for one in told["changes"] if one["effect"] == "wider")
    assert longer == {
        "key": "classes.usage-data.ends.after",
        "kind": "more",
        "effect": "wider",
        "says": "“How sites, services and newsletters are used” is kept longer: 24 months, not 12 "
        "months.",
    }
    back = {one["key"] for one in api.get(DIFF.format(3))["changes"]}
    assert {"classes.usage-data.ends.after", "recipients.statistics-provider"} <= back
    skipped = {one["key"] for one in api.get(DIFF.format(3), **{"with": 1})["changes"]}
    assert skipped == {"policy.label", "recipients.statistics-provider"}


def test_the_first_version_changes_nothing_and_a_missing_one_is_not_found(api: Api) -> None:
    """It is held against itself."""
    assert api.get(DIFF.format(1))["changes"] == []
    assert problem(api.read(DIFF.format(2))) == (404, "not-found")
    assert problem(api.read(DIFF.format(1), **{"with": 7})) == (404, "not-found")
    assert problem(api.send("GET", DIFF.format(1), token="reader")) == (403, "not-permitted")


def test_it_counts_the_consents_it_leaves_and_the_keys_that_fall_due(api: Api) -> None:
    """Two agreed to the text that has changed; a year of billing data ends earlier."""
    for number in (1, 2):
        path = api.person(f"{number}@example.org")
        api.consent(path)
    old = {"occurred_at": "2024-06-01T00:00:00Z"}
    bill = [{"attribute": "billing-address", "value": "1 Example Street"}]
    notice = {"version": "purchase-notice-1", "language": "en"}
    body = {"values": bill, "source": "purchase-form", "country": "india", "notice": notice}
    api.do("POST", f"{path}/collections", {**body, "purposes": ["quotes-and-invoices"], **old})
    publish(api, changed({NOTICE_TEXT: "Another text.", "classes.billing-data.ends.after": "P1M"}))
    told = api.get(DIFF.format(2))
    left = {(one["purpose"], one["why"], one["consents"]) for one in told["consents"]}
    assert left == {(NEWS, "text-changed", 2)}
    (billing,) = (one for one in told["keys"]["classes"] if one["after"] != one["before"])
    assert (billing["retention_class"], billing["living"]) == ("billing-data", 3)
    assert (billing["before"], billing["after"], billing["slipped"]) == (0, 1, True)
    assert (told["keys"]["days"], told["keys"]["after"]) == (30, 1)


def test_consents_in_force_are_listed_and_the_invalid_among_them(api: Api) -> None:
    """Whose, to what, under which text; who agrees anew is not invalid any more. No value is told."""
    people = [api.person(f"{number}@example.org") for number in (1, 2, 3)]
    for path in people:
        api.consent(path)
    assert api.get("/v1/consents", invalid="true")["items"] == []
    publish(api, changed({NOTICE_TEXT: "Another text."}))
    api.consent(people[0])
    listed = api.read("/v1/consents", invalid="true")
    page = listed.json()
    assert [one["subject"] for one in page["items"]] == [p.rsplit("/", 1)[1] for p in people[:0:-1]]
    assert {(one["why"], one["notice_version"]) for one in page["items"]} == {
        ("text-changed", NOTICE["version"])
    }
    assert [one["consents"] for one in page["invalid"]] == [2]
    assert NAME not in listed.text and "example.org" not in listed.text
    every = api.get("/v1/consents", limit=2)
    assert [one["why"] for one in every["items"]] == [None, "text-changed"]
    rest = api.get("/v1/consents", limit=2, cursor=every["next_cursor"])
    assert (len(rest["items"]), rest["next_cursor"]) == (1, None)
    assert problem(api.send("GET", "/v1/consents", token="reader")) == (403, "not-permitted")


# ---- on the command line -----------------------------------------------------------------------


def test_the_command_line_says_it_of_versions_and_of_files(
    run: Run,  # noqa: F811
    made: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    """A file is held against the version in force before it is published, and then as a version."""
    file = tmp_path / "longer.yaml"
    file.write_text(changed({"classes.usage-data.ends.after": "P24M"}), "utf-8")
    before = run("policy", "diff", str(file))
    assert "is kept longer: 24 months, not 12 months." in before.out
    told = json.loads(run("policy", "diff", str(file), "--json").out)
    published = json.loads(run("policy", "publish", str(file), "--json").out)
    assert published["changes"] == told["changes"]
    after = json.loads(run("policy", "diff", "1", "2", "--json").out)
    assert after["changes"] == told["changes"]
    assert (told["after"]["version"], after["after"]["version"]) == (None, 2)
    assert "Nothing changes." in run("policy", "diff", "2", "2").out
    assert run("policy", "diff", "1", "9").code == Exit.REFUSED
    assert run("policy", "diff", "1", "nowhere.yaml").code == Exit.REFUSED


def test_a_shortened_period_says_from_when_it_counts(
    run: Run,  # noqa: F811
    made: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    """And numbers are told also where they are none."""
    file = tmp_path / "shorter.yaml"
    values = {"classes.usage-data.ends.after": "P6M", "sweep.shortening_days": 9}
    file.write_text(changed(values), "utf-8")
    shown = run("policy", "diff", str(file)).out
    keys = json.loads(run("policy", "diff", str(file), "--json").out)["keys"]
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=9)
    assert keys["shortened_from"] == day.isoformat()
    assert f"what is shortened counts from {day} on" in shown
    assert "Keys due within 30 days: 0 before, 0 after." in shown
    assert "Every consent has a valid notice." in shown
    assert run("policy", "publish", str(file)).code == Exit.OK
    told = json.loads(run("policy", "diff", "1", "2", "--json").out)
    assert told["keys"]["shortened_from"] is None, "that day is told by its publication"


def test_a_version_that_cannot_follow_is_told_before_it_is_published(
    run: Run,  # noqa: F811
    made: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    """By its key: values are kept by it."""
    file = tmp_path / "rescoped.yaml"
    file.write_text(changed({"classes.usage-data.scope": "year"}), "utf-8")
    assert run("policy", "check", str(file)).code == Exit.OK, "good by itself"
    for command in ("diff", "publish"):
        ran = run("policy", command, str(file))
        assert ran.code == Exit.REFUSED
        assert "classes.usage-data.scope" in ran.err


def test_two_files_need_no_ledger(run: Run, home: Path, tmp_path: Path) -> None:  # noqa: F811
    """And none is made; a document that is not valid is refused."""
    first, second, wrong = (tmp_path / f"{name}.yaml" for name in ("first", "second", "wrong"))
    first.write_text(SHIPPED, "utf-8")
    second.write_text(changed({"recipients.statistics-provider": None}), "utf-8")
    wrong.write_text(SHIPPED.replace("basis: consent", "basis: hope"), "utf-8")
    told = json.loads(run("policy", "diff", str(first), str(second), "--json").out)
    assert "recipients.statistics-provider" in [one["key"] for one in told["changes"]]
    assert not home.exists()
    assert run("policy", "diff", str(first), str(wrong)).code == Exit.REFUSED
    assert run("policy", "diff", "1", str(second)).code == Exit.REFUSED, "there is no version 1"


def test_publishing_says_whom_to_ask_anew(run: Run, made: Path, tmp_path: Path) -> None:  # noqa: F811
    """Before anything else."""
    file = tmp_path / "other.yaml"
    file.write_text(changed({NOTICE_TEXT: "Another text."}), "utf-8")
    told = run("policy", "publish", str(file)).out
    assert "People have to be asked anew:" in told
    assert "needs fresh consent: the text that people were shown has changed." in told
    assert "Every consent has a valid notice." in run("policy", "consents").out
    assert json.loads(run("policy", "consents", "--subjects", "--json").out) == {
        "consents": [],
        "subjects": [],
    }


def test_it_names_the_consents_it_leaves_and_their_people(
    run: Run,  # noqa: F811
    made: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    """Counted before it is published, named afterwards, by their ids alone."""
    ledger = Ledger.open(Settings())
    row = ledger.recorder.genesis()
    assert row is not None
    world = World(ledger, row.actor_stream)
    people = [world.person() for _ in range(2)]
    for person in people:
        world.consent(person)
    world.bill(people[0], dt.datetime(2020, 6, 1, tzinfo=dt.UTC))
    ledger.close()
    file = tmp_path / "other.yaml"
    text = changed({NOTICE_TEXT: "Another text.", "classes.billing-data.ends.after": "P90M"})
    file.write_text(text, "utf-8")
    before = run("policy", "diff", str(file)).out
    assert "Consents without a valid notice" in before
    assert "Keys due within 30 days: 1 before, 0 after." in before
    assert "counts from" not in before, "the period is longer now"
    told = json.loads(run("policy", "diff", str(file), "--json").out)
    assert [one["consents"] for one in told["consents"]] == [2]
    billing = {one["retention_class"]: one for one in told["keys"]["classes"]}["billing-data"]
    assert (billing["before"], billing["after"]) == (1, 0)
    assert run("policy", "publish", str(file)).code == Exit.OK
    named = json.loads(run("policy", "consents", "--subjects", "--json").out)
    assert set(named["subjects"]) == {str(person) for person in people}
    assert [one["why"] for one in named["consents"]] == ["text-changed"]
    shown = run("policy", "consents", "--subjects")
    assert all(str(person) in shown.out for person in people)
    assert "Zoë Example" not in shown.out + shown.err


def test_a_document_is_published_byte_for_byte(
    run: Run,  # noqa: F811
    made: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    """Its hash is that of the file, whatever ends its lines."""
    file = tmp_path / "windows.yaml"
    file.write_bytes(
        changed({"purposes.click-analysis.label": "Clicks"}).replace("\n", "\r\n").encode()
    )
    assert run("policy", "publish", str(file)).code == Exit.OK
    told = json.loads(run("policy", "show", "2", "--json").out)
    assert told["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert told["document"].encode() == file.read_bytes()


@pytest.mark.parametrize(
    ("written", "line", "rule"),
    [
        (b"policy:\n  title: Stra\xdfe\n", "2", "is not UTF-8"),
        (SHIPPED.encode("utf-16"), "1", "is not UTF-8"),
        (b"#" * 2**20, None, "is larger than 512 KiB"),
    ],
    ids=["Latin-1", "UTF-16", "large"],
)
def test_a_file_that_is_no_document_is_told_so(
    run: Run,  # noqa: F811
    home: Path,  # noqa: F811
    tmp_path: Path,
    written: bytes,
    line: str | None,
    rule: str,
) -> None:
    """With the line where it can be told, and what to do."""
    file = tmp_path / "wrong.yaml"
    file.write_bytes(written)
    ran = run("policy", "check", str(file))
    assert ran.code == Exit.REFUSED
    assert rule in ran.err and "Traceback" not in ran.err
    assert line is None or f"line: {line}" in ran.err
    assert "save it" in ran.err or "shorten" in ran.err
