"""Another process of the same ledger: it erases a subject and says so."""

from __future__ import annotations

import sys
from uuid import UUID

from ledger.application import Ledger
from ledger.config import Settings


def main(by: UUID, subject: UUID) -> None:
    ledger = Ledger.open(Settings())
    answer = ledger.request_erasure(by=by, key="from-elsewhere", subject=subject).result(60)
    ledger.close()
    print(answer.position)


if __name__ == "__main__":
    main(UUID(sys.argv[1]), UUID(sys.argv[2]))
