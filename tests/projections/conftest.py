"""A log written by hand: events as they would be decided, appended without deciding anything."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import Any, TypeVar
from uuid import UUID, uuid4

import msgspec
import pytest

from ledger.config import Settings
from ledger.events import (
    ActorRegistered,
    CollectedItem,
    DataCollected,
    DataErased,
    DeadKey,
    Digest,
    Entry,
    EpochOpened,
    Event,
    Finding,
    KeyId,
    MintedKey,
    Moment,
    NoticeShown,
    PolicyPublished,
    SubjectRegistered,
)
from ledger.mapper import row_of
from ledger.sealing import Sealed
from ledger.store.append import Answer, Birth, Death, Genesis, Submission
from ledger.store.recorder import LedgerRecorder
from ledger.vault.database import engine_for
from projections.engine import Engine

WHEN = Moment(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
BROKEN = (Finding(rule="rule-broken", about="about"),)
NOTICE = NoticeShown(version="notice-a", language="en", digest=Digest(b"n" * 32))
E = TypeVar("E", bound=Event)


def sealed_under(kid: bytes) -> Sealed:
    """A value of the right form that nobody sealed: the read side cannot open it anyway."""
    return Sealed(b"\x01" + kid + os.urandom(12 + 48))


class Log:
    """Appends events to a fresh ledger and remembers what the next append needs."""

    def __init__(self, recorder: LedgerRecorder) -> None:
        self.recorder = recorder
        self.actor, self.policy = uuid4(), uuid4()
        self.versions: dict[UUID, int] = {}
        self._open()

    def make(self, kind: type[E], /, **given: Any) -> E:
        """An event with these fields; what is not given is empty."""
        fields: dict[str, Any] = {"occurred_at": WHEN, "by": self.actor, "by_kind": "staff"}
        fields |= {"policy": 1, "told": False, "schema": kind.SCHEMA}
        for field in msgspec.structs.fields(kind):
            if field.required and field.name not in fields:
                fields[field.name] = () if "tuple" in str(field.type) else None
        names = {field.name for field in msgspec.structs.fields(kind)}
        return kind(**{k: v for k, v in (fields | given).items() if k in names})

    def say(self, stream: UUID, *bodies: Event) -> list[Entry]:
        """Append events to a stream in one command; the entries, without their positions."""
        submission, entries = self._submission(stream, bodies)
        (answer,) = self.recorder.append([submission])
        assert isinstance(answer, Answer), answer
        return entries

    def tell(self, stream: UUID, kind: type[E], /, **given: Any) -> UUID:
        """Make one event and append it; its id."""
        (entry,) = self.say(stream, self.make(kind, **given))
        return entry.event

    def key(self, class_: str, scope: str = "") -> MintedKey:
        commitment = Digest(os.urandom(32))
        return MintedKey(KeyId(commitment[:16]), commitment, class_, scope, 1)

    def person(self) -> UUID:
        stream = uuid4()
        self.tell(stream, SubjectRegistered, service="service-a", source="source-a")
        return stream

    def collect(
        self, subject: UUID, class_: str, *attributes: str, scope: str = "", **given: Any
    ) -> tuple[UUID, MintedKey]:
        """A collection under a fresh key: the event's id and the key."""
        key = self.key(class_, scope)
        items = tuple(
            CollectedItem(
                name, attributes[:i].count(name) + 1, class_, scope, sealed_under(key.kid)
            )
            for i, name in enumerate(attributes)
        )
        purposes = given.pop("purposes", ("purpose-a",))
        event = self.tell(
            subject, DataCollected, minted=(key,), items=items, purposes=purposes, **given
        )
        return event, key

    def erase(self, subject: UUID, erasure: UUID, *keys: MintedKey, **given: Any) -> DataErased:
        """The event of these keys' death, to be said."""
        dead = tuple(DeadKey(key.kid, 1) for key in keys)
        given = {"cause": "request"} | given
        return self.make(DataErased, erasure=erasure, dead=dead, **given)

    def _open(self) -> None:
        genesis_stream, ledger = uuid4(), uuid4()
        bodies = [
            (genesis_stream, self.make(EpochOpened, epoch=1, service_ref="file")),
            (self.actor, self.make(ActorRegistered, kind="ledger")),
            (self.policy, self._policy(1)),
        ]
        parts = [self._submission(stream, [body])[0] for stream, body in bodies]
        rows = [row for part in parts for row in part.rows]
        genesis = Genesis(
            ledger=ledger,
            genesis_stream=genesis_stream,
            policy_stream=self.policy,
            actor_stream=self.actor,
            epoch=1,
            service_ref="file",
            wrapped_epoch=b"wrapped",
        )
        assert self.recorder.open_ledger(genesis, msgspec.structs.replace(parts[0], rows=rows))

    def _policy(self, version: int) -> PolicyPublished:
        return self.make(
            PolicyPublished,
            version=version,
            label=f"policy-{version}",
            effective=WHEN.date(),
            document="policy: {}",
            digest=Digest(b"p" * 32),
        )

    def publish(self) -> UUID:
        """The next version of the policy."""
        (entry,) = self.say(self.policy, self._policy(self.versions[self.policy] + 1))
        return entry.event

    def _submission(self, stream: UUID, bodies: Any) -> tuple[Submission, list[Entry]]:
        first = self.versions.get(stream, 0) + 1
        entries = [Entry(stream, first + n, uuid4(), body) for n, body in enumerate(bodies)]
        self.versions[stream] = first + len(entries) - 1
        births = [
            Birth(
                k.kid, k.commitment, stream, k.class_, k.scope, k.generation, 1, b"w" * 60, e.event
            )
            for e in entries
            for k in e.body.minted
        ]
        submission = Submission(
            actor=self.actor,
            command=os.urandom(16),
            fingerprint=b"f" * 16,
            epoch=1,
            answer=Answer(outcome="recorded"),
            rows=[row_of(entry) for entry in entries],
            births=births,
            deaths=[Death(key.kid, e.event) for e in entries for key in e.body.dead],
        )
        return submission, entries


@pytest.fixture
def log(recorder: LedgerRecorder) -> Log:
    """A fresh ledger with its first three events."""
    return Log(recorder)


@pytest.fixture
def engine(store_settings: Settings, recorder: LedgerRecorder) -> Iterator[Engine]:
    """The projections of that ledger; nothing runs them but the test."""
    database = engine_for(store_settings)
    yield Engine(database, recorder)
    database.dispose()
