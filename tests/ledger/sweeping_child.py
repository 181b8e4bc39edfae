"""A process that sweeps a ledger and dies as by kill -9: `… <hours ahead> <point> <append>`.

`point` is before or after the commit of its n-th append, or inside: between two statements of it.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
from typing import Any

from ledger import sweep
from ledger.config import Settings
from ledger.store import postgres_append, sqlite_append
from tests.ledger.sweeps import Sweeping

BATCH = 3
"""People of a batch, so that a sweep has several."""


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(hours: int, point: str, strike: int) -> None:
    world = Sweeping(Settings())
    world.time.ahead = dt.timedelta(hours=hours)
    sweep.BATCH = BATCH
    recorder: Any = world.ledger.recorder
    append, count = recorder.append, 0

    def append_and_die(group: Any) -> Any:
        nonlocal count
        count += 1
        if count == strike and point == "before":
            die()
        if count == strike and point == "inside":
            sqlite_append._write_keys = die  # type: ignore[assignment]
            postgres_append.append = die  # type: ignore[assignment]
        done = append(group)
        if count == strike:
            die()
        return done

    recorder.append = append_and_die
    world.sweep()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
