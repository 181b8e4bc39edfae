"""The vault's face: seal for a command, find by a value, recognise a repeated body, open.

It reads; the append writes. Every value that comes in here in the clear leaves sealed or keyed.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Engine, and_, bindparam, select

from ledger.sealing import Erased, KeyRow, Opened
from ledger.store.append import Lookup
from ledger.vault.database import fetch
from ledger.vault.epochs import EpochKeys
from ledger.vault.keyring import EpochKeyGone, KeyService
from ledger.vault.keys import chunks, fetch_keys
from ledger.vault.lookups import indexed
from ledger.vault.opening import Opener, SealedAt
from ledger.vault.sealer import KnownKey, Sealer
from ledger.vault.tables import lookups

__all__ = ["Found", "KnownKey", "Sealer", "Vault"]

_BY_INDEX = select(
    lookups.c.kind, lookups.c.idx, lookups.c.stream, lookups.c.kid, lookups.c.exclusive
).where(
    and_(lookups.c.kind == bindparam("kind"), lookups.c.idx.in_(bindparam("idx", expanding=True)))
)
"""By kind and index together: that is the primary key, so a question never reads the whole table."""

_COMMAND = b"ledger/command/v1\0"
_CONTENT = b"ledger/content/v1\0"


class Found(NamedTuple):
    """A look-up row that a value led to."""

    stream: UUID
    kid: bytes
    exclusive: bool


class Vault:
    """Keys, look-ups and fingerprints of one ledger. Safe to share between threads.

    `clock` counts seconds for the 60 that epoch keys stay in memory.
    """

    def __init__(
        self,
        engine: Engine,
        key_service: KeyService,
        ledger: UUID,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.ledger = ledger
        self._engine = engine
        self._key_service = key_service
        self._epochs = EpochKeys(engine, key_service, ledger, clock)
        self._opener = Opener(engine, self._epochs, ledger)

    def close(self) -> None:
        """Forget the epoch keys and let go of the database."""
        self._epochs.forget()
        self._engine.dispose()

    # ---- epochs

    def open_epoch(self) -> int:
        """The epoch that new keys are wrapped under."""
        return self._epochs.open_number()

    def newest_epoch(self) -> int:
        """The newest epoch that exists: what a key dying now `dies_with`."""
        return self._epochs.newest()

    def forget_epochs(self) -> None:
        """Drop the epoch keys held in memory, after the database refused a key of a closed one."""
        self._epochs.forget()

    def key_service_now(self) -> float:
        """What the key service's own clock says: seconds since 1970, UTC.

        Raises:
            KeyServiceUnavailable: it does not answer.
        """
        return self._key_service.now()

    # ---- commands

    def command_id(self, actor: UUID, key: str) -> bytes:
        """16 bytes that name a command of an actor; `key` is what the caller chose."""
        return hashlib.sha256(_COMMAND + actor.bytes + key.encode()).digest()[:16]

    def fingerprint(self, body: bytes) -> tuple[int, bytes]:
        """The open epoch, and the fingerprint of a canonical body under it."""
        epoch = self._epochs.open()
        return epoch.number, epoch.fingerprint(body)

    def fingerprint_under(self, epoch: int, body: bytes) -> bytes:
        """The fingerprint of a body under an older epoch; EpochKeyGone once that is destroyed."""
        return self._epochs.of(epoch).fingerprint(body)

    def same_body(self, epoch: int, fingerprint: bytes, body: bytes) -> bool:
        """Is this the body that a command was first sent with, under that epoch?

        A fingerprint dies with its epoch: after that nobody can tell, and the answer is yes.
        """
        try:
            return hmac.compare_digest(self.fingerprint_under(epoch, body), fingerprint)
        except EpochKeyGone:
            return True

    def content_id(self, digest: bytes) -> bytes:
        """16 bytes that name a file by the digest of its bytes: keyed, and the same in every epoch.

        Nobody who has the file but not the vault can tell that it was here.
        """
        return self._epochs.lookup_mac()(_CONTENT + digest)

    # ---- sealing and opening

    def sealer(self, stream: UUID) -> Sealer:
        """Seals the values of one command into one stream."""
        return Sealer(self.ledger, stream, self._epochs, self._fetch_keys)

    def prefetch(self, wanted: Sequence[tuple[Sealer, Collection[bytes]]]) -> None:
        """Fetch the living keys that many sealers will need in one question to the database."""
        rows = self._fetch_keys({kid for _, kids in wanted for kid in kids})
        for sealer, kids in wanted:
            sealer.receive({kid: rows[kid] for kid in kids if kid in rows})

    def open_many(self, wanted: Sequence[SealedAt]) -> list[Opened | Erased]:
        """What sealed values are, in order: `Opened`, or `Erased` as a value. See `Opener`."""
        return self._opener.open_many(wanted)

    def _fetch_keys(self, kids: Collection[bytes]) -> dict[bytes, KeyRow]:
        return fetch_keys(self._engine, kids)

    # ---- look-ups

    def lookup(
        self, kind: str, value: str | bytes, kid: bytes, stream: UUID, exclusive: bool
    ) -> Lookup:
        """The index row by which `value` will find `stream`; it dies with `kid`.

        Raises:
            InvalidInput: the value cannot be read as its kind.
        """
        epoch = self._epochs.open()
        idx = epoch.index(self._epochs.lookup_mac()(indexed(kind, value)))
        return Lookup(kind, idx, kid, epoch.number, stream, exclusive)

    def probe(self, kind: str, value: str | bytes) -> list[bytes]:
        """What the index row of a value may be: one for each epoch not yet drained."""
        block = self._epochs.lookup_mac()(indexed(kind, value))
        return [epoch.index(block) for epoch in self._epochs.undrained()]

    def find(self, kind: str, value: str | bytes) -> list[Found]:
        """Whom a value leads to; usually nobody or one, several if it is not exclusive."""
        return self.find_many([(kind, value)])[kind, value]

    def find_many(
        self, pairs: Sequence[tuple[str, str | bytes]]
    ) -> dict[tuple[str, str | bytes], list[Found]]:
        """Whom each (kind, value) leads to, in one question a kind; every pair is in the answer.

        Raises:
            InvalidInput: a value cannot be read as its kind.
        """
        found: dict[tuple[str, str | bytes], list[Found]] = {pair: [] for pair in pairs}
        asked: dict[str, dict[bytes, list[tuple[str, str | bytes]]]] = {}
        for pair in found:
            for idx in self.probe(*pair):
                asked.setdefault(pair[0], {}).setdefault(idx, []).append(pair)
        for kind, wanted in asked.items():
            for some in chunks(wanted):
                for row in fetch(self._engine, _BY_INDEX, {"kind": kind, "idx": some}):
                    for pair in wanted[row.idx]:
                        found[pair].append(Found(row.stream, row.kid, bool(row.exclusive)))
        return found
