"""A projector process for the tests: `python -m tests.projections.worker <mode>`.

The ledger's place comes from the environment. `run` takes the log in small batches; `inside` dies as
by kill -9 with all rows of its third batch written and not committed, `after` right behind that
commit. `follow` projects for ever and says when it leads. `rebuild-<step>` dies behind that step of a
rebuild.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any

from ledger.config import Settings
from ledger.store import open_recorder
from ledger.vault.database import engine_for
from projections import rebuild as module
from projections import workers
from projections.engine import Engine
from projections.projection import Rows

LIMIT = 3
"""Entries a batch: many commits, so that a kill has many places to strike."""
PART = 200
"""Entries a part of a rebuild."""


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(mode: str) -> None:
    settings = Settings()
    engine = Engine(engine_for(settings), open_recorder(settings))
    if mode == "follow":
        follow(engine)
    elif mode.startswith("rebuild"):
        rebuild(engine, mode.partition("-")[2])
    else:
        run(engine, mode)


def run(engine: Engine, mode: str) -> None:
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


def follow(engine: Engine) -> None:
    thread = threading.Thread(target=engine.run_forever, args=(threading.Event(),))
    thread.start()
    while not engine.leading:
        thread.join(0.01)
    print("leads", flush=True)
    thread.join()


def rebuild(engine: Engine, step: str) -> None:
    workers.PART = PART
    if step == "load":
        Rows.write = die  # type: ignore[assignment]
    elif step:
        tables = type(module.beside(engine._engine))
        make = getattr(tables, step)

        def make_and_die(self: Any, *args: Any) -> None:
            make(self, *args)
            die()

        setattr(tables, step, make_and_die)
    engine.rebuild()


if __name__ == "__main__":
    main(sys.argv[1])
