"""A projector process for the tests: `python -m tests.projections.worker run|inside|after`.

The ledger's place comes from the environment. `inside` dies as by kill -9 with all rows of its
third batch written and not committed, `after` right behind that commit.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from ledger.config import Settings
from ledger.store import open_recorder
from ledger.vault.database import engine_for
from projections.engine import Engine
from projections.projection import Rows

LIMIT = 3
"""Entries a batch: many commits, so that a kill has many places to strike."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(mode: str) -> None:
    settings = Settings()
    engine = Engine(engine_for(settings), open_recorder(settings))
    batches = 0
    write = Rows.write

    def write_and_count(self: Rows, *args: Any) -> None:
        nonlocal batches
        write(self, *args)
        batches += 1
        if mode == "inside" and batches == 3:
            die()

    Rows.write = write_and_count  # type: ignore[method-assign]
    print("ready", flush=True)
    last, _ = engine._recorder.last()
    while engine.position() < last:
        engine.run_once(LIMIT)
        if mode == "after" and batches == 3:
            die()


if __name__ == "__main__":
    main(sys.argv[1])
