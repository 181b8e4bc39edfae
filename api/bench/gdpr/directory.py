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


class Directory:
    """Ids by the benchmark's own names."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._subjects: dict[str, UUID] = {}
        self._moved: dict[int, Home] = {}
        self.people: dict[UUID, str] = {}

    def subject(self, user: str) -> UUID | None:
        """The person's id, if the ledger has registered one."""
        return self._subjects.get(user)

    def met(self, user: str, subject: UUID) -> None:
        """The ledger has registered this user as this subject."""
        self._subjects[user] = subject
        self.people[subject] = user

    def first_home(self, k: int) -> Home:
        """Where record `k` lies as it is first written."""
        return Home(self._subjects[self._shape.value(k, USR)], self._shape.value(k, TTL))

    def home(self, k: int) -> Home:
        """Where record `k` lies now."""
        return self._moved.get(k) or self.first_home(k)

    def moved(self, k: int, home: Home) -> None:
        """Record `k` lies somewhere else now."""
        self._moved[k] = home


def scope_of(k: int) -> str:
    """The document id of record `k`."""
    return f"{k:032x}"


def number_of(scope: str) -> int:
    """The record's number, from its document id."""
    return int(scope, 16)


def slot_of(home: Home, k: int) -> Part:
    """The slot that holds record `k` and dies with it alone."""
    return Part(class_=class_of(home.ttl), scope=scope_of(k))
