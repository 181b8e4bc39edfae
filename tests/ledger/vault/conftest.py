"""A ledger's vault in a fresh place on either database, with its first epoch open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Executable, insert, update

from ledger.config import Settings
from ledger.events import DataErased, DeadKey, KeyId, Moment
from ledger.mapper import encode
from ledger.store.append import Birth
from ledger.vault.database import engine_for
from ledger.vault.epochs import prepare_epoch
from ledger.vault.keyring import FileKeyring, root_ref
from ledger.vault.tables import data_keys, epochs, events, lookups, secrets
from ledger.vault.vault import Vault

MICROS = 1_795_368_000_123_456
"""recorded_at of every event here: 2026-11-22T17:20:00.123456Z."""


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class CountedKeyring(FileKeyring):
    """A file keyring that counts how often an epoch key was asked for."""

    asked = 0

    def unwrap(self, ref: str, wrapped: bytes, context: bytes) -> bytes:
        self.asked += 1
        return super().unwrap(ref, wrapped, context)


class House:
    """What an append would write, written by hand: the vault itself only reads."""

    def __init__(self, settings: Settings) -> None:
        self.ledger, self.stream = uuid4(), uuid4()
        self.engine = engine_for(settings)
        self.directory: Path = settings.keyring_path
        FileKeyring.create(self.directory)
        self.keyring = CountedKeyring(self.directory)
        self.clock = Clock()
        self.vault = Vault(self.engine, self.keyring, self.ledger, self.clock)
        self._position = 0
        for name, wrapped in self.begin_epoch(1):
            self.run(insert(secrets).values(name=name, epoch=1, wrapped=wrapped))
        self.keyring.asked = 0

    def run(self, *statements: Executable) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(statement)

    def begin_epoch(self, number: int) -> tuple[tuple[str, bytes], ...]:
        """Epoch `number` opens; the one before closes."""
        prepared = prepare_epoch(self.keyring, self.ledger, number)
        self.run(
            update(epochs).where(epochs.c.state == "open").values(state="closing"),
            insert(epochs).values(
                epoch=number,
                service_ref=prepared.service_ref,
                wrapped=prepared.wrapped_epoch,
                state="open",
            ),
        )
        return prepared.secrets

    def root(self, epoch: int) -> Path:
        return self.directory / f"{root_ref(self.ledger, epoch)}.root"

    def store_births(self, births: list[Birth]) -> None:
        for birth in births:
            row = {**birth._asdict(), "minted_at": 1}
            del row["event"]
            self.run(insert(data_keys).values(**row))

    def append(self, *dead: bytes, stream: UUID | None = None, state: bytes | None = None) -> int:
        """An event of `stream` that lists these keys as dead; its position."""
        self._position += 1
        told = DataErased(
            occurred_at=Moment.fromtimestamp(0, tz=dt.UTC),
            by=self.ledger,
            by_kind="ledger",
            policy=1,
            dead=tuple(DeadKey(KeyId(kid), 1) for kid in dead),
            erasure=uuid4(),
            cause="request",
            slots=(),
            orders=(),
        )
        self.run(
            insert(events).values(
                position=self._position,
                event=uuid4(),
                stream=stream or self.stream,
                version=self._position,
                topic=told.TOPIC,
                recorded_at=MICROS,
                state=encode(told) if state is None else state,
            )
        )
        return self._position

    def kill(self, kid: bytes, position: int) -> None:
        self.run(
            update(data_keys).where(data_keys.c.kid == kid).values(wrapped=None, dead_at=position)
        )

    def index(self, kind: str, value: str, kid: bytes, *, exclusive: bool = True) -> None:
        row = self.vault.lookup(kind, value, kid, self.stream, exclusive)
        self.run(insert(lookups).values(**row._asdict()))


@pytest.fixture
def house(store_settings: Settings) -> Iterator[House]:
    """The vault of a new ledger, on each database in turn."""
    built = House(store_settings)
    yield built
    built.engine.dispose()
