"""`ledger serve` as a process: what it refuses to start with, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from api.commands.places import served_alone
from api.demo import local
from ledger.config import Settings
from ledger.errors import UnsafeSettings
from ledger.genesis import create


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of a new embedded ledger."""
    settings = Settings(home=tmp_path / "home")
    create(settings)
    return settings.home


def start(home: Path, *words: str) -> subprocess.Popen[str]:
    """`ledger WORDS` as a process of its own."""
    python = os.pathsep.join(place for place in sys.path if place)
    return subprocess.Popen(
        [sys.executable, "-m", "api", *words],
        env={"PATH": os.defpath, "PYTHONPATH": python, "LEDGER_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=home.parent,
        preexec_fn=_hears_ctrl_c,
    )


def _hears_ctrl_c() -> None:
    """As under a terminal: what a shell starts in the background inherits SIGINT as ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code and all that it said, in one line; it ends by itself."""
    try:
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, " ".join(said.replace("│", " ").split())


@contextmanager
def serving(home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A server that answers, ended at the end."""
    port = local.free_port()
    process = start(home, "serve", "--port", str(port), *words)
    try:
        local.wait_for(lambda: process.poll() is not None or _lives(port))
        assert process.poll() is None
        yield process
    finally:
        process.kill()
        process.communicate()


def _lives(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/healthz").is_success
    except httpx2.TransportError:
        return False


def test_a_second_server_on_the_same_home_is_refused(home: Path) -> None:
    """It names the process that serves; when that is gone, however it ended, another may."""
    with serving(home) as first:
        code, said = ended(start(home, "serve", "--port", str(local.free_port())))
        assert code == 1
        whole = said.replace(" ", "")  # the panel breaks lines where it must
        assert f"process {first.pid} serves {home} already".replace(" ", "") in whole
        assert "Traceback" not in said
        first.kill()
        first.wait()
        with serving(home):
            pass


def test_the_folding_is_left_to_another_process_on_request(home: Path) -> None:
    """It does not happen in the server then; `ledger project` beside the server does it."""

    def project(word: str) -> dict[str, int]:
        _, said = ended(start(home, "project", word, "--json"))
        told: dict[str, int] = json.loads(said)
        return told

    with serving(home, "--no-project"):
        before, after = project("--status"), project("--once")
    assert before["position"] == 0 < before["last"]
    assert after["position"] == after["last"] == before["last"]


def test_a_home_is_served_alone_within_a_process_too(home: Path) -> None:
    """The lock is of the open file, and goes with it."""
    settings = Settings(home=home)
    refused = pytest.raises(UnsafeSettings, match=str(os.getpid()))
    with served_alone(settings), refused, served_alone(settings):
        pass
    with served_alone(settings):
        pass


def test_on_postgresql_any_number_may_serve(tmp_path: Path) -> None:
    """Nothing is locked there, and nothing is written beside the database."""
    settings = Settings(home=tmp_path / "none", database_url="postgresql://nowhere/none")
    with served_alone(settings), served_alone(settings):
        assert not settings.home.exists()


def test_a_server_does_not_start_without_its_keyring(home: Path) -> None:
    """It could seal nothing: the place and the remedy are named, and nothing is made there."""
    keyring = Settings(home=home).keyring_path
    keyring.rename(keyring.with_suffix(".away"))
    code, said = ended(start(home, "serve", "--port", str(local.free_port())))
    assert code == 4
    assert "Check LEDGER_KEYRING" in said
    assert "Traceback" not in said
    assert not keyring.exists()


def test_a_server_does_not_start_with_a_keyring_open_to_others(home: Path) -> None:
    """The mode is named, and the one that it should have; of the directory and of a root."""
    keyring = Settings(home=home).keyring_path
    (root,) = keyring.glob("*.root")
    for path, mode in ((keyring, 0o755), (root, 0o644)):
        before = path.stat().st_mode
        path.chmod(mode)
        code, said = ended(start(home, "serve", "--port", str(local.free_port())))
        path.chmod(before)
        assert code == 1
        assert f"mode 0{mode:o} lets others in; use 0700 and 0600" in said
        assert "Traceback" not in said


@pytest.mark.parametrize("after", [0.15, 0.3, 0.6, 1.0, 2.0])
def test_an_interruption_shows_no_traceback(home: Path, after: float) -> None:
    """Ctrl-C while it loads, while it opens the ledger, or later."""
    process = start(home, "serve", "--port", str(local.free_port()))
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    _, said = ended(process)
    assert "Traceback" not in said, said


def test_a_server_that_is_interrupted_has_ended_well(home: Path) -> None:
    """Ctrl-C is how somebody at a terminal stops it."""
    with serving(home) as process:
        process.send_signal(signal.SIGINT)
        code, said = ended(process)
    assert (code, "Traceback" in said) == (0, False)


def test_it_says_which_version_it_is(tmp_path: Path) -> None:
    """Without looking for any ledger."""
    code, said = ended(start(tmp_path / "none", "--version"))
    assert code == 0
    assert said.startswith("ledger ")
    assert said.removeprefix("ledger ")[0].isdigit()
