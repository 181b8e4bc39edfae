"""A recipient: somebody outside who may receive personal data, with agreement and standing access."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import msgspec

from ledger.events import (
    Entry,
    RecipientRegistered,
    StandingAccessClosed,
    StandingAccessOpened,
)
from ledger.stream import Stream


class Listing(msgspec.Struct, array_like=True):
    """What is kept of a recipient. `code` None: none was registered in this stream."""

    code: str | None = None
    agreement: str | None = None
    valid_until: dt.date | None = None
    standing: list[str] = msgspec.field(default_factory=list)


class Recipient(Stream):
    """The register's entry for one recipient; its version is the agreement version events name."""

    FORM: ClassVar[int] = 31
    KEPT = Listing
    kept: Listing

    @property
    def registered(self) -> bool:
        return self.kept.code is not None

    @property
    def code(self) -> str:
        """What the policy calls it. Only of one that is registered."""
        assert self.kept.code is not None
        return self.kept.code

    @property
    def agreement(self) -> str | None:
        return self.kept.agreement

    @property
    def valid_until(self) -> dt.date | None:
        return self.kept.valid_until

    @property
    def standing(self) -> frozenset[str]:
        """The classes it reaches without a disclosure each."""
        return frozenset(self.kept.standing)

    def evolve(self, entry: Entry) -> None:
        match entry.body:
            case RecipientRegistered(code=code, agreement=agreement, valid_until=until):
                self.kept.code, self.kept.agreement, self.kept.valid_until = code, agreement, until
            case StandingAccessOpened(classes=classes):
                reached = dict.fromkeys((*self.kept.standing, *classes))
                self.kept.standing = list(reached)
            case StandingAccessClosed(classes=classes):
                self.kept.standing = [one for one in self.kept.standing if one not in classes]
