"""What is due, and the sweep, as processes and over HTTP, on either database."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from api.main import build
from ledger import events
from ledger.config import Settings
from tests.api.client import Api
from tests.ledger.store.processes import ROOT, environment
from tests.ledger.sweeps import Sweeping
from tests.ledger.test_sweeping import BRAKE, LONG_AGO

OWN_TIMES = """
import sys
from api import cli
from api.commands import sweep
sweep.FIRST, sweep.EVERY = 0.1, 0.5
cli.main()
"""
"""The command line, with a sweep that does not wait a minute for its first turn."""


def ledger(
    settings: Settings, *words: str, hidden: bool = False, times: bool = False
) -> subprocess.Popen[str]:
    """`ledger WORDS` as a process; `hidden`: it sees no keyring, and may not write to its home."""
    variables = environment(settings)
    if hidden:
        variables["LEDGER_KEYRING"] = str(settings.home.with_name("no-such-keyring"))
    program = ["-c", OWN_TIMES] if times else ["-m", "api"]
    return subprocess.Popen(
        [sys.executable, *program, *words],
        env=variables,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def told(settings: Settings, *words: str, **how: Any) -> tuple[int, Any]:
    """What a command said in JSON, and its exit code."""
    process = ledger(settings, *words, "--json", **how)
    out, said = process.communicate(timeout=120)
    assert out, said
    return process.returncode, json.loads(out)


def old_people(settings: Settings, number: int, *changes: tuple[str, str]) -> list[UUID]:
    """People with billing data whose time is over, in a ledger whose policy has these changes."""
    with opened(settings) as world:
        people = [world.person() for _ in range(number)]
        for one in people:
            world.bill(one, LONG_AGO)
        if changes:
            world.publish(*changes)
    return people


@contextmanager
def opened(settings: Settings) -> Iterator[Sweeping]:
    world = Sweeping(settings)
    try:
        yield world
    finally:
        world.ledger.close()


def scheduled(settings: Settings, people: list[UUID]) -> int:
    with opened(settings) as world:
        return sum(bool(world.bodies(one, events.ErasureScheduled)) for one in people)


def test_a_sweep_says_what_it_would_do_and_then_does_it(served: Settings) -> None:
    """`--dry-run` changes nothing; without it what is due is scheduled, and listed for tomorrow."""
    people = old_people(served, 2)
    code, dry = told(served, "policy", "sweep", "--dry-run")
    assert (code, dry["state"], dry["toll"]["fresh"], dry["scheduled"]) == (0, "would-sweep", 2, 0)
    assert scheduled(served, people) == 0
    code, swept = told(served, "policy", "sweep")
    assert (code, swept["state"], swept["scheduled"], swept["erased"]) == (0, "swept", 2, 0)
    assert scheduled(served, people) == 2
    code, again = told(served, "policy", "sweep")
    assert (code, again["state"]) == (0, "nothing-due")
    assert told(served, "project", "--once")[0] == 0
    code, due = told(served, "due", "--kind", "erasure", hidden=True)
    assert code == 0 and {UUID(one["stream"]) for one in due} == set(people)
    assert {(one["kind"], one["keys"], one["overdue"]) for one in due} == {("erasure", 1, False)}


def test_a_list_of_what_is_due_has_ids_that_can_be_copied(served: Settings) -> None:
    """On a narrow terminal too; a kind that there is not is named."""
    old_people(served, 1)
    assert told(served, "policy", "sweep")[0] == 0
    assert told(served, "project", "--once")[0] == 0
    (one,) = told(served, "due")[1]
    process = ledger(served, "due")
    out, _ = process.communicate(timeout=60)
    assert one["ref"] in out and one["due"] in out
    wrong = ledger(served, "due", "--kind", "no-such-kind")
    assert "irregularity" in wrong.communicate(timeout=60)[1]
    assert wrong.returncode == 2


def test_two_different_people_release_a_sweep_over_http(served: Settings) -> None:
    """The same one twice is refused, and nothing is scheduled before the second one agreed."""
    people = old_people(served, 3, (BRAKE, BRAKE.replace("keys: 100", "keys: 2")))
    code, held = told(served, "policy", "sweep", "--dry-run")
    assert (code, held["state"], held["pause"]) == (1, "held-back", None)
    code, held = told(served, "policy", "sweep")
    assert (code, held["state"], held["limit"], held["toll"]["due"]) == (1, "held-back", 2, 3)
    path = f"/v1/sweep/pauses/{held['pause']}/agreements"
    with TestClient(build(served, project=True)) as http:
        app: Any = http.app
        api = Api(http, app.state.house.ledger)
        (shown,) = api.get("/v1/due", kind="pause")["items"]
        assert (shown["ref"], shown["about"], shown["keys"]) == (held["pause"], "too-many", 3)
        assert api.send("POST", path, {}, token="reader").status_code == 403
        assert api.do("POST", path, {})["outcome"] == "recorded"
        twice = api.send("POST", path, {})
        assert twice.status_code == 403 and "agreed-already" in twice.text
        assert len(api.get("/v1/due", kind="pause")["items"]) == 1
        assert told(served, "policy", "sweep")[1]["state"] == "held-back"
        assert scheduled(served, people) == 0
        assert api.do("POST", path, {}, token="somebody-else")["outcome"] == "recorded"
        assert api.get("/v1/due", kind="pause")["items"] == []
        rules = {row["rule"] for row in api.get("/v1/refusals")["items"] for row in row["findings"]}
        assert "agreed-already" in rules
    code, swept = told(served, "policy", "sweep")
    assert (code, swept["state"], swept["scheduled"]) == (0, "swept", 3)
    assert scheduled(served, people) == 3


@contextmanager
def running(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def soon(settings: Settings, people: list[UUID]) -> bool:
    """Whether all of them are scheduled within a while."""
    for _ in range(100):
        if scheduled(settings, people) == len(people):
            return True
        time.sleep(0.2)
    return False


@pytest.mark.parametrize("words", [["project"], ["policy", "sweep", "--every", "60"]])
def test_who_projects_sweeps_and_so_does_a_sweep_that_was_told_to_go_on(
    served: Settings, words: list[str]
) -> None:
    """Nobody asked; and it ends when it is told to."""
    people = old_people(served, 2)
    process = ledger(served, *words, times=True)
    with running(process):
        assert soon(served, people)
    assert process.returncode == 0


def test_who_sees_no_keyring_projects_and_says_that_it_sweeps_nothing(served: Settings) -> None:
    """As the projector of the shipped deployment: another process sweeps there."""
    if served.database_url is None:
        pytest.skip("an embedded home is written by whoever projects")
    people = old_people(served, 1)
    home = served.model_copy(update={"home": served.home.with_name("of-the-projector")})
    home.home.mkdir(mode=0o500)
    process = ledger(home, "project", hidden=True, times=True)
    with running(process):
        assert process.stderr is not None
        assert any("policy sweep --every" in line for line in iter(process.stderr.readline, ""))
        time.sleep(1)
        assert process.poll() is None
        assert list(home.home.iterdir()) == []
        assert told(home, "project", "--status", hidden=True)[1]["position"] > 0
    assert scheduled(served, people) == 0


def test_a_sweep_without_a_keyring_says_so(served: Settings) -> None:
    """It asks the key service for its clock, and trusts no other instead."""
    for words in (["policy", "sweep"], ["policy", "sweep", "--every", "60"]):
        process = ledger(served, *words, hidden=True)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 4, said
        assert "Traceback" not in said


def test_the_shipped_deployment_has_somebody_who_sweeps() -> None:
    """One service that sees the keyring, and no other does it."""
    import yaml

    services = yaml.safe_load((Path(ROOT) / "docker-compose.yml").read_text())["services"]
    assert services["projector"]["command"] == ["ledger", "project", "--no-sweep"]
    sweeper = services["sweeper"]
    assert sweeper["command"][:3] == ["ledger", "policy", "sweep"]
    assert "--every" in sweeper["command"]
    seen = {name for name, one in services.items() if "keyring" in str(one.get("volumes"))}
    assert seen == {"migrate", "api", "sweeper"}
