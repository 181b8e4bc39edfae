"""What a caller of the ledger knows: the ids it was given for people, and which document a record is.

The plain tables' caller asks by `key17` and `user17`; the ledger's asks by the ids it was answered
when it wrote: a person's random id, the retention class, and the document id it minted.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from api.bench.gdpr.policy import class_of
from api.bench.gdpr.records import TTL, USR, Shape
from ledger.commands.erasing import Part


class Home(NamedTuple):
    """Where a record lies: whose stream, and under which lifetime's class."""

    subject: UUID
    ttl: str


_ID = 16
"""Bytes of an id."""


class Directory:
    """Ids by the benchmark's own names: 16 bytes a user, however many there are."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._ids = bytearray(_ID * shape.users)
        self._moved: dict[int, tuple[Home, str]] = {}

    def subject(self, user: str) -> UUID | None:
        """The person's id, if the ledger has registered one."""
        at = self._at(user)
        found = bytes(self._ids[at : at + _ID])
        return UUID(bytes=found) if any(found) else None

    def met(self, user: str, subject: UUID) -> None:
        """The ledger has registered this user as this subject."""
        at = self._at(user)
        self._ids[at : at + _ID] = subject.bytes

    def person(self, subject: UUID, k: int) -> str:
        """The user in whose stream record `k` was found.

        Raises:
            LookupError: that is not where the record lies.
        """
        user = self._moved[k][1] if k in self._moved else self._shape.value(k, USR)
        if self.subject(user) != subject:
            raise LookupError(f"record {k} is found in a stream that is not {user}'s")
        return user

    def first_home(self, k: int) -> Home:
        """Where record `k` lies as it is first written."""
        subject = self.subject(self._shape.value(k, USR))
        assert subject is not None  # registered with the record, or before
        return Home(subject, self._shape.value(k, TTL))

    def home(self, k: int) -> Home:
        """Where record `k` lies now."""
        return self._moved[k][0] if k in self._moved else self.first_home(k)

    def moved(self, k: int, home: Home, user: str) -> None:
        """Record `k` lies somewhere else now: in the stream of this user."""
        self._moved[k] = home, user

    def _at(self, user: str) -> int:
        return _ID * int(user.removeprefix("user"))


def scope_of(k: int) -> str:
    """The document id of record `k`."""
    return f"{k:032x}"


def number_of(scope: str) -> int:
    """The record's number, from its document id."""
    return int(scope, 16)


def slot_of(home: Home, k: int) -> Part:
    """The slot that holds record `k` and dies with it alone."""
    return Part(class_=class_of(home.ttl), scope=scope_of(k))
