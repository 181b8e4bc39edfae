"""A recipient: somebody outside who may receive personal data, with agreement and standing access."""

from __future__ import annotations

import datetime as dt

from ledger.events import Entry, RecipientRegistered, StandingAccessOpened
from ledger.stream import Stream


class Recipient(Stream):
    """The register's entry for one recipient; its version is the agreement version events name."""

    code: str
    kind: str
    agreement: str | None = None
    valid_until: dt.date | None = None

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.registered = False
        self.standing: set[str] = set()

    def evolve(self, entry: Entry) -> None:
        match entry.body:
            case RecipientRegistered() as registered:
                self.registered = True
                self.code = registered.code
                self.kind = registered.kind
                self.agreement = registered.agreement
                self.valid_until = registered.valid_until
            case StandingAccessOpened(classes=classes):
                self.standing |= set(classes)
