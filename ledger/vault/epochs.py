"""Epoch keys in memory: fetched from the key service, held for at most 60 seconds, fetched again.

An epoch key is never a cipher key itself: wrapping, index, fingerprint and secret keys are derived
from it (formats.md §3). What is held here opens everything that is alive, so it leaves memory by
itself when nobody asks (Python cannot overwrite it; it is dropped).
"""

from __future__ import annotations

import hmac
import os
import threading
import time
import weakref
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Engine, select

from ledger.errors import KeyServiceUnavailable, NotMigrated, Tampered
from ledger.vault.database import fetch
from ledger.vault.keyring import EpochKeyGone, KeyService, root_context, root_ref
from ledger.vault.tables import epochs, secrets

LIFETIME = 60.0
"""Seconds an epoch key may be in memory."""

LOOKUP_SECRET = "lookup"  # noqa: S105 - its name
"""The row of `secrets` that keys the look-up index; it outlives epochs, re-wrapped at each."""

_EPOCHS = select(epochs.c.epoch, epochs.c.service_ref, epochs.c.wrapped, epochs.c.state)
_SECRET = select(secrets.c.epoch, secrets.c.wrapped).where(secrets.c.name == LOOKUP_SECRET)

_NONCE = 12
_SECRET_AAD = b"ledger/secret/v1\0"


def derive(epoch_key: bytes, info: bytes) -> bytes:
    """32 bytes by HKDF-SHA-256 with an empty salt."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(epoch_key)


class Mac:
    """HMAC-SHA-256, cut to 16 bytes. The key is taken in once; each message goes on from there."""

    __slots__ = ("_keyed",)

    def __init__(self, key: bytes) -> None:
        self._keyed = HMAC(key, SHA256())

    def __call__(self, message: bytes) -> bytes:
        mac = self._keyed.copy()
        mac.update(message)
        return mac.finalize()[:16]


class EpochKey:
    """The keys derived from one epoch's key."""

    __slots__ = ("_index", "_indexing", "_secret", "fingerprint", "number", "wrapping")

    def __init__(self, number: int, epoch_key: bytes) -> None:
        self.number = number
        self.wrapping = AESGCM(derive(epoch_key, b"ledger/wrap/v1"))
        index = algorithms.AES(derive(epoch_key, b"ledger/index/v1"))
        self._index = Cipher(index, modes.ECB()).encryptor()  # noqa: S305 - one block at a time
        self._indexing = threading.Lock()
        self.fingerprint = Mac(derive(epoch_key, b"ledger/fingerprint/v1"))
        """16 bytes that recognise a body while this epoch lives, and are noise afterwards."""
        self._secret = AESGCM(derive(epoch_key, b"ledger/secret/v1"))

    def __repr__(self) -> str:
        return f"EpochKey({self.number})"

    def index(self, block: bytes) -> bytes:
        """The look-up row of a value: its one block of 16 bytes under a keyed permutation.

        ECB because it is one block, so that a rotation can turn it back without any plaintext. One
        encryptor serves every block (setting one up costs ten times a block); threads take turns.
        """
        with self._indexing:
            return self._index.update(block)

    def wrap_secret(self, ledger: UUID, name: str, secret: bytes) -> bytes:
        """A row of `secrets`: 60 bytes, bound to ledger, epoch and name."""
        nonce = os.urandom(_NONCE)
        return nonce + self._secret.encrypt(nonce, secret, _secret_aad(ledger, self.number, name))

    def unwrap_secret(self, ledger: UUID, name: str, wrapped: bytes) -> bytes:
        """What `wrap_secret` took; Tampered if the row is not what was written."""
        aad = _secret_aad(ledger, self.number, name)
        try:
            return self._secret.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], aad)
        except (InvalidTag, ValueError) as error:
            raise Tampered(where="vault", secret=name) from error


def _secret_aad(ledger: UUID, epoch: int, name: str) -> bytes:
    text = name.encode()
    return _SECRET_AAD + ledger.bytes + epoch.to_bytes(4) + len(text).to_bytes(2) + text


class PreparedEpoch(NamedTuple):
    """What the first append writes of a new epoch; its root is in the key service already."""

    service_ref: str
    wrapped_epoch: bytes
    secrets: tuple[tuple[str, bytes], ...]


def prepare_epoch(key_service: KeyService, ledger: UUID, epoch: int) -> PreparedEpoch:
    """Make a root and an epoch key, and prove by fetching it back that the service keeps it.

    A crash afterwards leaves a root that nothing is wrapped under; a retry reuses it by its name.

    Raises:
        KeyServiceUnavailable: the service does not answer, or gives back another key.
    """
    ref, context, epoch_key = root_ref(ledger, epoch), root_context(ledger, epoch), os.urandom(32)
    key_service.create_root(ref)
    wrapped = key_service.wrap(ref, epoch_key, context)
    if not hmac.compare_digest(key_service.unwrap(ref, wrapped, context), epoch_key):
        raise KeyServiceUnavailable(ref=ref)
    lookup = EpochKey(epoch, epoch_key).wrap_secret(ledger, LOOKUP_SECRET, os.urandom(32))
    return PreparedEpoch(ref, wrapped, ((LOOKUP_SECRET, lookup),))


class _EpochRow(NamedTuple):
    epoch: int
    service_ref: str
    wrapped: bytes | None
    state: str


class _Held:
    """What one reading of the database and the key service gave, and when it began."""

    def __init__(self, born: float, rows: list[_EpochRow], secret: tuple[int, bytes]) -> None:
        self.born = born
        self.rows = {row.epoch: row for row in rows}
        self.secret_row = secret
        self.keys: dict[int, EpochKey] = {}
        self.open: EpochKey | None = None
        self.lookup_mac: Mac | None = None


class EpochKeys:
    """The epochs of a ledger, by number. Safe to share between threads.

    `clock` counts seconds and never runs back. Which epoch is open is as old as the keys: a key
    prepared under an epoch that has been closed meanwhile is refused by the database, and its
    caller calls `forget` and prepares it again.
    """

    def __init__(
        self,
        engine: Engine,
        key_service: KeyService,
        ledger: UUID,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._service = key_service
        self._ledger = ledger
        self._clock = clock
        self._lock = threading.RLock()
        self._held: _Held | None = None

    def forget(self) -> None:
        """Drop every key now; the next question is asked of database and key service again."""
        self._held = None

    def open(self) -> EpochKey:
        """The epoch that new keys are wrapped under."""
        held = self._current()
        if held.open is None:
            held.open = self.of(self.open_number())
        return held.open

    def open_number(self) -> int:
        for row in self._current().rows.values():
            if row.state == "open":
                return row.epoch
        raise EpochKeyGone(epoch="open")

    def newest(self) -> int:
        """The newest epoch that exists: what a key that dies now dies with (formats.md §8)."""
        return max(self._current().rows)

    def undrained(self) -> list[EpochKey]:
        """The epochs that look-up rows may be under: open, or closing."""
        rows = self._current().rows.values()
        return [self.of(row.epoch) for row in rows if row.state in ("open", "closing")]

    def of(self, epoch: int) -> EpochKey:
        """The keys of an epoch.

        Raises:
            EpochKeyGone: the ledger or the key service no longer has it.
            KeyServiceUnavailable, Tampered: as the key service says.
        """
        held = self._current()
        key = held.keys.get(epoch)
        if key is None:
            key = held.keys[epoch] = self._fetched(held, epoch)
        return key

    def lookup_mac(self) -> Mac:
        """Keyed by the secret of the look-up index; held no longer than the epoch's key."""
        held = self._current()
        if held.lookup_mac is None:
            epoch, wrapped = held.secret_row
            secret = self.of(epoch).unwrap_secret(self._ledger, LOOKUP_SECRET, wrapped)
            held.lookup_mac = Mac(secret)
        return held.lookup_mac

    def _fetched(self, held: _Held, epoch: int) -> EpochKey:
        row = held.rows.get(epoch)
        if row is None or row.wrapped is None:
            raise EpochKeyGone(epoch=epoch)
        context = root_context(self._ledger, epoch)
        return EpochKey(epoch, self._service.unwrap(row.service_ref, row.wrapped, context))

    def _current(self) -> _Held:
        held = self._held
        if held is not None and self._clock() - held.born < LIFETIME:
            return held
        with self._lock:
            if self._held is held:
                self._held = self._read()
                _drop_later(self, self._held)
            return self._held or self._current()

    def _read(self) -> _Held:
        born = self._clock()
        rows = [_EpochRow._make(row) for row in fetch(self._engine, _EPOCHS)]
        secret = fetch(self._engine, _SECRET)
        if not rows or not secret:
            raise NotMigrated(missing="genesis")
        return _Held(born, rows, (secret[0].epoch, secret[0].wrapped))


def _drop_later(keys: EpochKeys, held: _Held) -> None:
    """Let an idle process forget too; the timer ends with the keys, and keeps nothing alive."""
    timer = threading.Timer(LIFETIME, _drop, (weakref.ref(keys), weakref.ref(held)))
    timer.daemon = True
    timer.start()
    weakref.finalize(held, timer.cancel).atexit = False


def _drop(keys: weakref.ref[EpochKeys], held: weakref.ref[_Held]) -> None:
    owner = keys()
    if owner is not None and owner._held is held():
        owner.forget()
