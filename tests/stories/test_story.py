"""One person's whole life, over HTTP, under two policies that share no word, on both databases."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest

from api.demo.plot import Plot
from api.demo.story import Scene, Story
from api.demo.teller import Teller
from ledger.application import Ledger
from ledger.config import Settings
from ledger.sealing import Erased
from tests import canaries
from tests.ledger.world import World
from tests.stories.conftest import Stage

NOT_YET = "ordered, not delivered"


class Expected(NamedTuple):
    """What the life must come to: classes, grounds and recipients of the document."""

    erased: set[str]
    kept: str
    ground: str
    decides: str
    evidence: str
    request: str
    holders: dict[str, str]


EXPECTED = {
    "shipped": Expected(
        erased={"contact-data", "usage-data"},
        kept="billing-data",
        ground="outstanding-credit",
        decides="finance-lead",
        evidence="accountability-records",
        request="request-material",
        holders={
            "hosting-provider": "confirmed",
            "mail-delivery-provider": "confirmed",
            "paypal-payments": "refused",
        },
    ),
    "school": Expected(
        erased={"stammdaten", "lernstand"},
        kept="beitraege",
        ground="offene-forderung",
        decides="kassenleitung",
        evidence="nachweise",
        request="antragsunterlagen",
        holders={"rechenzentrum": "confirmed", "schulamt": "refused"},
    ),
}


def test_one_life(stage: Stage, teller: Teller, tmp_path: Path) -> None:
    """From sign-up to the last key: each scene says what it must, and no file holds a value."""
    since = time.time() - 1
    looked_for = canaries.patterns(stage.plot.values)
    story = Story(stage.plot, teller)
    scenes: dict[str, Scene] = {}
    for scene in story.scenes():
        scenes[scene.name] = scene
        if scene.name == "access":
            assert canaries.found(looked_for, _files(stage.settings, tmp_path, since)) == []
    expected = EXPECTED[stage.document]
    before_erasure(stage.plot, scenes)
    access_is_answered(stage.plot, scenes["access"].told["report"])
    erasure_has_three_parts(scenes["erasure"].told["report"], expected)
    kept_for_its_ground_only(scenes["kept"].told, stage.plot)
    holders_answer(scenes, expected)
    release_finishes_it(scenes["released"].told["report"], expected)
    nothing_is_readable(scenes, expected)
    another_process_cannot_open(stage.settings, UUID(story.subject))
    assert canaries.found(looked_for, _files(stage.settings, tmp_path, since)) == []


def before_erasure(plot: Plot, scenes: dict[str, Scene]) -> None:
    """Values only for a reason; consents as said last; the forbidden disclosure refused by a rule."""
    values = {v["attribute"]: v["value"] for body in plot.collections for v in body["values"]}
    closed = scenes["sign-up"].told["profile"]["items"]
    assert [item["value"] for item in closed] == [None] * len(values)
    opened = scenes["profile"].told["profile"]["items"]
    assert {item["attribute"]: item["value"] for item in opened} == values
    words = {
        one["purpose"]: one["given"] for one in scenes["consents"].told["consents"]["in_force"]
    }
    assert words[plot.withdraws.purpose] is False
    assert words.get(plot.agrees.purpose) is (plot.agrees.purpose != plot.withdraws.purpose)
    refused = scenes["disclosed"].told["refused"]
    assert refused["type"] == "/problems/refused"
    assert [rule["rule"] for rule in refused["rules"]] == [plot.refused.because]
    run = scenes["run"].told["run"]
    assert (run["asked"], run["admitted"], run["processed"]) == (1, 1, 1)
    told = scenes["disclosures"].told["disclosures"]
    assert [one["recipient"]["code"] for one in reversed(told)] == [
        body["recipient"] for body in plot.disclosures
    ]
    assert all(one["findings"] == [] for one in told)


def access_is_answered(plot: Plot, report: dict[str, Any]) -> None:
    """Everything held, who received it, who can reach it, who looked, and what is kept."""
    held = {item["attribute"]: item["value"] for item in report["items"]}
    assert held == {v["attribute"]: v["value"] for b in plot.collections for v in b["values"]}
    assert all(item["purposes"] and item["source"] and item["kept"] for item in report["items"])
    assert sum(bool(one["disclosures"]) for one in report["recipients"]) == len(plot.disclosures)
    assert any(one["standing_access"] for one in report["recipients"])
    assert {look["access"] for look in report["who_looked"]} == {"chunk", "profile", "report"}
    assert len(report["kept_by_claim"]) == 1


def erasure_has_three_parts(report: dict[str, Any], expected: Expected) -> None:
    """Erased here, ordered elsewhere and not delivered, retained with ground, end and decider."""
    assert {one["retention_class"] for one in report["erased_here"]} == expected.erased
    assert all("a restored backup would undo it" in one["status"] for one in report["erased_here"])
    ordered = {one["recipient"]["code"]: one["status"] for one in report["ordered_elsewhere"]}
    assert ordered == dict.fromkeys(expected.holders, NOT_YET)
    kept = {one["retention_class"]: one for one in report["retained"]}
    assert set(kept) == {expected.kept, expected.evidence, expected.request}
    claimed = kept[expected.kept]
    assert (claimed["ground"], claimed["decided_by"]) == (expected.ground, expected.decides)
    assert claimed["review"] and claimed["claim"]
    assert all(one["until"] or one["review"] for one in report["retained"])
    assert report["closed_at"] is None


def kept_for_its_ground_only(told: dict[str, Any], plot: Plot) -> None:
    """Another purpose is refused what is retained; the ground's own is not."""
    assert told["other"]["run"]["admitted"] == 0
    assert [one["rule"] for one in told["other"]["tally"] if one["rule"]] == [
        plot.after_erasure.because
    ]
    assert told["own"]["run"]["admitted"] == told["own"]["run"]["processed"] == 1


def holders_answer(scenes: dict[str, Scene], expected: Expected) -> None:
    """Each answer is shown as it was given, and the last one closes the erasure."""
    report = scenes["answers"].told["report"]
    states = {one["recipient"]["code"]: one["state"] for one in report["ordered_elsewhere"]}
    assert states == expected.holders
    assert all(one["notified_at"] for one in report["ordered_elsewhere"])
    assert report["closed_at"] is not None
    assert scenes["closed"].told["report"]["closed_at"] is not None


def release_finishes_it(report: dict[str, Any], expected: Expected) -> None:
    """The claim's end erases what waited for it, and orders it elsewhere: not closed until then."""
    assert {one["retention_class"] for one in report["erased_here"]} == {
        *expected.erased,
        expected.kept,
        expected.request,
    }
    still = [one["retention_class"] for one in report["retained"] if one["erased_at"] is None]
    assert still == [expected.evidence]
    new = [one for one in report["ordered_elsewhere"] if expected.kept in one["classes"]]
    assert new and {one["status"] for one in new} == {NOT_YET}
    assert report["closed_at"] is None


def nothing_is_readable(scenes: dict[str, Scene], expected: Expected) -> None:
    """The same profile: every item is there, none of them opens; only evidence still lives."""
    before, after = (scenes[name].told["profile"]["items"] for name in ("profile", "after"))
    assert [item["entry"] for item in after] == [item["entry"] for item in before]
    assert all(item["value"] is None and item["erased"] for item in after)
    assert [one["retention_class"] for one in scenes["left"].told["plan"]] == [expected.evidence]


def another_process_cannot_open(settings: Settings, subject: UUID) -> None:
    """The server's process erased; this one, which holds the same keyring, finds nothing to open."""
    ledger = Ledger.open(settings)
    try:
        items = World(ledger, subject).sealed(subject)
        opened = ledger.open_values([value for _, value in items])
    finally:
        ledger.close()
    assert opened and all(isinstance(value, Erased) for value in opened)


def _files(settings: Settings, tmp_path: Path, since: float) -> list[Path]:
    """Everything written since: the home, the keyring, the logs, and the database server's own."""
    places = [tmp_path]
    if settings.owner_url is not None:
        with psycopg.connect(settings.owner_url.get_secret_value(), autocommit=True) as owner:
            owner.execute("CHECKPOINT")
            row = owner.execute("SHOW data_directory").fetchone()
            assert row is not None
            places.append(Path(row[0]))
    files = list(canaries.files_below(*places, since=since))
    assert files
    return files


@pytest.mark.parametrize(
    "write",
    [
        lambda text: text.encode(),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: text.encode().hex().encode(),
        lambda text: text.encode().hex().upper().encode(),
        *(
            lambda text, n=n, alphabet=alphabet: __import__("base64").b64encode(
                b"?" * n + text.encode() + b"~~~", alphabet
            )
            for n in range(4)
            for alphabet in (b"+/", b"-_")
        ),
    ],
)
@pytest.mark.parametrize("value", ["Mira Halvorsen-Okafor", "zoë?>?>@example.org", "118402.55"])
def test_the_scanner_finds_what_is_planted(tmp_path: Path, write: Any, value: str) -> None:
    """A value that does stand in a file is found, in each encoding and alignment."""
    planted = tmp_path / "file"
    planted.write_bytes(b"\x00\xffrandom" + write(value) + b"more")
    assert canaries.found(canaries.patterns([value]), [planted]) == [(str(planted), value)]
    assert canaries.found(canaries.patterns(["another value"]), [planted]) == []
