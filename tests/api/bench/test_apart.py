"""Work in a process of its own: its answer, its errors, and how it is interrupted."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
import typer

from api.bench.apart import apart, interruptible
from ledger.errors import UnsafeSettings


def doubled(number: int) -> tuple[int, int]:
    return 2 * number, os.getpid()


def refused() -> None:
    raise UnsafeSettings(setting="it", why="so")


def broken() -> None:
    raise ZeroDivisionError("of no value of ours")


def died() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def tidied(started: Path, mark: Path) -> None:
    """Work that goes on until it is interrupted, and needs a moment to tidy up."""
    try:
        started.touch()
        time.sleep(60)
    finally:
        time.sleep(0.2)
        mark.touch()


def test_its_answer_comes_from_another_process() -> None:
    """Whatever it gives, as long as it can be sent."""
    number, process = apart(doubled, 21)
    assert number == 42
    assert process != os.getpid()


def test_a_refusal_is_raised_here() -> None:
    """With its facts."""
    with pytest.raises(UnsafeSettings) as error:
        apart(refused)
    assert error.value.facts == {"setting": "it", "why": "so"}


@pytest.mark.parametrize("work", [broken, died])
def test_whatever_else_ends_it_is_a_failure(work: object) -> None:
    """A mistake, which it has told itself; or a kill."""
    with pytest.raises(typer.Exit) as ended:
        apart(work)  # type: ignore[arg-type]
    assert ended.value.exit_code == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_waits_until_it_has_tidied(tmp_path: Path, number: int) -> None:
    """Here and there; a second signal changes nothing."""
    started, mark = tmp_path / "started", tmp_path / "mark"

    def interrupt() -> None:
        while not started.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), number)
        time.sleep(0.05)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt), interruptible():
        apart(tidied, started, mark)
    thread.join()
    assert mark.exists()
