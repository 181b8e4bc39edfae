"""The program `ledger`: one that is interrupted while it loads ends without a word, too."""

from __future__ import annotations

import sys

INTERRUPTED = 130
"""As shells say it of a program that SIGINT ended."""


def main() -> None:
    """Load the command line and run it: loading takes long enough for somebody to press Ctrl-C."""
    try:
        from api.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
