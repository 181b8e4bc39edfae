"""`ledger bench`: every benchmark runs on both databases, and says its goals."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from api import cli
from api.bench import (
    access,
    append,
    callers,
    crowd,
    crypto,
    disclosures,
    erase,
    rebuild,
    slow_sync,
)
from ledger.config import Settings

SIZES = {
    "append": (40, {"G1"}),
    "callers": (24, {"G2a", "G2b", "G2c"}),
    "decide": (40, {"G11"}),
    "crypto": (20, {"G9a", "G9b"}),
    "rebuild": (120, {"G3a", "G3b"}),
    "access": (900, {"G4"}),
    "erase": (60, {"G5a", "G5b"}),
    "disclosures": (240, {"G7a", "G7b"}),
    "scale": (900, {"G4", "G5c", "G7a", "G7b"}),
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few of everything: what is measured means nothing here."""
    monkeypatch.setattr(append, "READY", 16)
    monkeypatch.setattr(crowd, "READY", 9)
    monkeypatch.setattr(callers, "LONE", 3)
    monkeypatch.setattr(crypto, "BLOCKS", 3)
    monkeypatch.setattr(crypto, "CALLS", 10)
    monkeypatch.setattr(rebuild, "SAMPLE", 20)
    monkeypatch.setattr(erase, "SHORTS", 2)
    monkeypatch.setattr(erase, "BEFORE", 1)
    monkeypatch.setattr(access, "REPORTS", 1)
    monkeypatch.setattr(disclosures, "QUERIES", 2)


def run(monkeypatch: pytest.MonkeyPatch, given: Settings, *words: str) -> int:
    """`ledger bench WORDS` with these settings in the environment; the exit code."""
    monkeypatch.setenv("LEDGER_HOME", str(given.home))
    for name in ("database_url", "owner_url"):
        secret = getattr(given, name)
        if secret is not None:
            monkeypatch.setenv(f"LEDGER_{name.upper()}", secret.get_secret_value())
    monkeypatch.setattr(sys, "argv", ["ledger", "bench", *words])
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.mark.parametrize("what", SIZES)
def test_every_benchmark_says_its_goals(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    given: Settings,
    what: str,
) -> None:
    """One line of JSON a goal, whatever was reached; nothing else on standard output."""
    size, goals = SIZES[what]
    words = (what, "--json", "--size", str(size), "--repeats", "1")
    assert run(monkeypatch, given, *words) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert {line["goal"] for line in lines} == goals
    for line in lines:
        assert line.keys() == {"goal", "store", "ratio", "target", "reached", "unit"}
        assert line["store"] == ("sqlite" if given.database_url is None else "postgresql")
        assert line["ratio"]["min"] <= line["ratio"]["median"] <= line["ratio"]["max"]
        assert isinstance(line["reached"], bool)


def test_people_get_a_table_and_the_machine(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], given: Settings
) -> None:
    """What was measured, on what, and how much memory it took."""
    assert run(monkeypatch, given, "crypto", "--size", "20", "--repeats", "1") == 0
    out = capfd.readouterr().out
    for word in ("G9a", "AESGCM", "cores", "python", "peak memory"):
        assert word in out


def test_a_fast_server_is_refused_under_a_sync_delay(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    given: Settings,
) -> None:
    """It says how to start one under the shim; nothing is measured as if it were slow."""
    if given.database_url is None or shutil.which("cc") is None:
        pytest.skip("about a server, and with a compiler")
    assert run(monkeypatch, given, "callers", "--size", "9", "--sync-delay", "500") == 1
    assert "LD_PRELOAD=" in capfd.readouterr().err


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no compiler")
def test_the_shim_delays_every_sync(tmp_path: Path) -> None:
    """fsync and fdatasync take at least as long as told, and the process can tell that they do."""
    shim = slow_sync.compiled(30)
    program = (
        "import os, sys, time\n"
        "from api.bench import slow_sync\n"
        "file = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR)\n"
        "for sync in (os.fsync, os.fdatasync):\n"
        "    started = time.perf_counter()\n"
        "    sync(file)\n"
        "    assert time.perf_counter() - started >= 0.03\n"
        "assert slow_sync.loaded() == 30\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "file")]
    subprocess.run(command, check=True, env={**os.environ, "LD_PRELOAD": str(shim)})
