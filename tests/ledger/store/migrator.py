"""A process that migrates the location of its environment, in two threads at once."""

from __future__ import annotations

import sys
import threading

from ledger.config import Settings
from ledger.store.migrate import migrate


def main() -> int:
    """How many of the threads failed."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            migrate(Settings())
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
