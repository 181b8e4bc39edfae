"""An import in a process of its own: FILE MAPPING N, killed after batch N (0: not at all)."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from api.importing import load_mapping, run_import
from ledger.application import Ledger
from ledger.config import Settings


def main() -> None:
    file, mapping, batch = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    ledger = Ledger.open(Settings())
    genesis = ledger.recorder.genesis()
    assert genesis is not None
    done = 0

    def progress(at: int, lines: int) -> None:
        nonlocal done
        done += 1
        if done == batch:
            os.kill(os.getpid(), signal.SIGKILL)

    run_import(
        ledger,
        file,
        load_mapping(mapping.read_text("utf-8")),
        by=genesis.actor_stream,
        import_id=None,
        progress=progress,
    )
    ledger.close()


if __name__ == "__main__":
    main()
