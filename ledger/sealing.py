"""Sealed values and the keys they are sealed under: bytes in, bytes out (formats.md §1 to §3).

With `ledger/vault/` the only place that touches a cipher. Everything here is pure: no database, no
key service, no clock, and no randomness but `os.urandom` where a key or a nonce is born. A sealed
value is bound to ledger, stream, event, key and field, so it can be moved nowhere; a key is bound
to its slot, and its id is a fingerprint of it, so no value can be shown under another key.

Longer than a file is here, so that one reader can check all of it in one place.
"""

from __future__ import annotations

import binascii
import datetime as dt
import hashlib
import hmac
import os
import struct
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import InvalidInput, KeyLost, Tampered, UnknownFormat

TEXT, JSON, BYTES = 1, 2, 3
"""What the content of a sealed value is: its first plaintext byte."""

MAX_CONTENT = 1 << 20
"""Bytes of content a sealed value may have (formats.md §2)."""

NONCE = 12
"""Bytes of a nonce. Drawn at random, never counted, never used twice."""

_VERSION = 1
_KID = 16
_DEK = 32
_TAG = 16
_HEAD = 1 + _KID + NONCE
_SEAL = b"ledger/seal/v1\0"
_KEY = b"ledger/key/v1\0"
_WRAP = b"ledger/wrap/v1\0"
_WRAP_HEAD = struct.Struct(">15s16sI16s16sH")
_U16 = struct.Struct(">H")
_TEXT, _JSON, _BYTES = (bytes((fmt,)) for fmt in (TEXT, JSON, BYTES))


_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


def to_text(raw: bytes) -> str:
    """base64url without padding, as bytes stand in JSON."""
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL, b"=").decode()


def from_text(text: str) -> bytes:
    """The bytes that base64url without padding says.

    Raises:
        binascii.Error, UnicodeEncodeError: both are ValueErrors: it is not that.
    """
    padded = text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4)
    return binascii.a2b_base64(padded, strict_mode=True)


class Sealed:
    """A sealed value: `0x01 ‖ kid ‖ nonce ‖ ciphertext ‖ tag`. It never shows more than its kid."""

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    @classmethod
    def from_text(cls, text: str) -> Sealed:
        """The value that `text` (base64url without padding) says.

        Raises:
            ValueError: it is not base64url.
        """
        try:
            return cls(from_text(text))
        except ValueError:  # without a cause: it would quote the text
            raise ValueError("a sealed value is not base64url") from None

    @property
    def raw(self) -> bytes:
        """The stored bytes."""
        return self._raw

    @property
    def kid(self) -> bytes:
        """The id of the key it is sealed under, 16 bytes (format 1)."""
        return self._raw[1 : 1 + _KID]

    @property
    def text(self) -> str:
        """base64url without padding, as it stands in JSON."""
        return to_text(self._raw)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and self._raw == other._raw

    def __hash__(self) -> int:
        return hash(self._raw)

    def __repr__(self) -> str:
        return f"Sealed(kid={self.kid.hex()})"


class Context(NamedTuple):
    """Where a value was first sealed. A projection keeps event and field beside the value."""

    ledger: UUID
    stream: UUID
    event: UUID
    field: str


class DataKey(NamedTuple):
    """A data key: 32 random bytes that seal values and nothing else. Its repr hides them."""

    kid: bytes
    commitment: bytes
    dek: bytes

    def __repr__(self) -> str:
        return f"DataKey(kid={self.kid.hex()})"


class Slot(NamedTuple):
    """What a key is for: the smallest thing that can be erased alone, and how often it was born."""

    stream: UUID
    class_: str
    scope: str
    generation: int


class KeyRow(NamedTuple):
    """A row of `data_keys`: the secret half of a fact; `minted` and `dead` are the public half."""

    kid: bytes
    commitment: bytes
    slot: Slot
    epoch: int
    wrapped: bytes | None
    dead_at: int | None

    @property
    def alive(self) -> bool:
        return self.wrapped is not None and self.dead_at is None


class DeathNotice(NamedTuple):
    """The event at a position, as far as it tells deaths: its stream and the kids it lists."""

    position: int
    at: dt.datetime
    stream: UUID
    kids: frozenset[bytes]


class Erased(NamedTuple):
    """A value, not a failure: the key was destroyed by the event at `position`, at this time."""

    position: int
    at: dt.datetime


class Opened(NamedTuple):
    """What was sealed. `fmt` is TEXT, JSON or BYTES; the repr hides the content."""

    fmt: int
    content: bytes

    @property
    def value(self) -> Any:
        """The content as `str`, as decoded JSON, or as `bytes`."""
        if self.fmt == TEXT:
            return self.content.decode()
        return msgspec.json.decode(self.content) if self.fmt == JSON else self.content

    def __repr__(self) -> str:
        return f"Opened(fmt={self.fmt}, {len(self.content)} bytes)"


# ---- data keys ---------------------------------------------------------------------------------


def commitment_of(ledger: UUID, dek: bytes) -> bytes:
    """32 bytes that bind a key without revealing it; the first 16 are its kid (formats.md §1)."""
    return hashlib.sha256(_KEY + ledger.bytes + dek).digest()


def new_key(ledger: UUID, dek: bytes | None = None) -> DataKey:
    """A fresh data key; `dek` is given by a caller who drew the 32 random bytes already."""
    dek = os.urandom(_DEK) if dek is None else dek
    commitment = commitment_of(ledger, dek)
    return DataKey(commitment[:_KID], commitment, dek)


def _wrap_aad(ledger: UUID, epoch: int, kid: bytes, slot: Slot) -> bytes:
    class_, scope = slot.class_.encode(), slot.scope.encode()
    head = _WRAP_HEAD.pack(_WRAP, ledger.bytes, epoch, kid, slot.stream.bytes, len(class_))
    return head + class_ + _U16.pack(len(scope)) + scope + _U16.pack(slot.generation)


def wrap_key(
    ledger: UUID, epoch: int, wrapping: AESGCM, key: DataKey, slot: Slot, nonce: bytes | None = None
) -> bytes:
    """A data key under an epoch's wrapping key, bound to its slot: 60 bytes (formats.md §3)."""
    nonce = os.urandom(NONCE) if nonce is None else nonce
    return nonce + wrapping.encrypt(nonce, key.dek, _wrap_aad(ledger, epoch, key.kid, slot))


def unwrap_key(ledger: UUID, wrapping: AESGCM, row: KeyRow) -> DataKey:
    """The data key of a live row, proved to be the one that was minted.

    Raises:
        Tampered: in the vault: the tag is wrong, or the key does not match commitment and kid.
    """
    assert row.wrapped is not None
    aad = _wrap_aad(ledger, row.epoch, row.kid, row.slot)
    try:
        dek = wrapping.decrypt(row.wrapped[:NONCE], row.wrapped[NONCE:], aad)
    except (InvalidTag, ValueError) as error:
        raise Tampered(where="vault", kid=row.kid.hex()) from error
    key = new_key(ledger, dek)
    if not (hmac.compare_digest(key.commitment, row.commitment) and key.kid == row.kid):
        raise Tampered(where="vault", kid=row.kid.hex())
    return key


# ---- sealing -----------------------------------------------------------------------------------


def content_of(value: str | bytes | dict[str, Any] | list[Any]) -> bytes:
    """What is to be sealed, as its plaintext begins: the byte of its format, then its bytes.

    Raises:
        InvalidInput: text that is not Unicode (a lone surrogate), or JSON that cannot be written.
    """
    try:
        if isinstance(value, str):
            return _TEXT + value.encode()
        if isinstance(value, bytes):
            return _BYTES + value
        return _JSON + msgspec.json.encode(value, order="sorted")
    except (UnicodeEncodeError, TypeError, msgspec.MsgspecError) as error:
        raise InvalidInput(field=None, rule="encodable") from error


def padded_length(length: int) -> int:
    """32, then 64, then Padmé: at most 12 % more, and the length tells little (formats.md §2)."""
    if length <= 64:
        return 32 if length <= 32 else 64
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def _padding(length: int) -> bytes:
    """What follows so many bytes of format and content."""
    return b"\x80".ljust(padded_length(length + 1) - length, b"\0")


_PADDINGS = tuple(map(_padding, range(1024)))
"""After nearly every value: looked up, not worked out again each time."""


class SealingKey:
    """A data key in use: what sealing under it again and again needs is made once."""

    __slots__ = ("_encrypt", "_head", "kid")

    def __init__(self, key: DataKey) -> None:
        self.kid = key.kid
        self._head = bytes((_VERSION,)) + key.kid
        self._encrypt = AESGCM(key.dek).encrypt

    def __repr__(self) -> str:
        return f"SealingKey(kid={self.kid.hex()})"

    def seal(self, place: bytes, field: str, content: bytes, nonce: bytes) -> Sealed:
        """Seal a `content_of` for a field of an event. `place` is its `place_of`; `nonce` is fresh.

        Raises:
            InvalidInput: the content is longer than 1 MiB.
        """
        try:
            padding = _PADDINGS[len(content)]
        except IndexError:
            if len(content) > 1 + MAX_CONTENT:
                raise InvalidInput(field=field, rule="at-most-1-mib") from None
            padding = _padding(len(content))
        bound = place + self.kid + field.encode()
        return Sealed(self._head + nonce + self._encrypt(nonce, content + padding, bound))


def place_of(ledger: UUID, stream: UUID, event: UUID) -> bytes:
    """What every value of an event is bound to, as its associated data begins."""
    return _SEAL + ledger.bytes + stream.bytes + event.bytes


def seal(
    context: Context, key: DataKey, fmt: int, content: bytes, nonce: bytes | None = None
) -> Sealed:
    """Seal content under a data key, bound to where it stands.

    Raises:
        InvalidInput: the content is longer than 1 MiB.
    """
    nonce = os.urandom(NONCE) if nonce is None else nonce
    body = bytes((fmt,)) + content
    return SealingKey(key).seal(place_of(*context[:3]), context.field, body, nonce)


# ---- opening -----------------------------------------------------------------------------------


def check_format(sealed: Sealed) -> None:
    """First line of the decision table: is this a value this ledger can read at all?

    Raises:
        UnknownFormat: a newer ledger wrote it.
        Tampered: the value is cut off before its kid ends, so that no row can be asked for.
    """
    if sealed.raw and sealed.raw[0] != _VERSION:
        raise UnknownFormat(version=sealed.raw[0])
    if len(sealed.raw) < 1 + _KID:
        raise Tampered(where="value")


def open_value(
    sealed: Sealed,
    context: Context,
    row: KeyRow | None,
    death: DeathNotice | None,
    wrapping: AESGCM | None,
) -> Opened | Erased:
    """Decide what a sealed value is, in the order of formats.md §2; nothing else decides.

    `row` is the key's row as the primary has it, `death` the event at its `dead_at`, `wrapping` the
    wrapping key of the row's epoch: None for a live row means that the epoch's key is gone.

    Raises:
        UnknownFormat, KeyLost, Tampered: as the table says.
    """
    check_format(sealed)
    if row is None or not row.alive:
        return _earned(sealed.kid, context, row, death)
    if wrapping is None:
        raise KeyLost(kid=sealed.kid.hex(), epoch=row.epoch)
    if row.kid != sealed.kid:
        raise Tampered(where="vault", kid=sealed.kid.hex())
    key = unwrap_key(context.ledger, wrapping, row)
    raw = sealed.raw
    try:
        aad = place_of(*context[:3]) + key.kid + context.field.encode()
        plain = AESGCM(key.dek).decrypt(raw[1 + _KID : _HEAD], raw[_HEAD:], aad)
    except (InvalidTag, ValueError) as error:
        raise Tampered(where="value", kid=sealed.kid.hex()) from error
    return _unpadded(plain, sealed.kid)


def _earned(kid: bytes, context: Context, row: KeyRow | None, death: DeathNotice | None) -> Erased:
    """Erased must be earned by an event of this stream that names the key; else the key is lost."""
    told = (
        row is not None
        and death is not None
        and death.position == row.dead_at
        and death.stream == context.stream
        and kid in death.kids
    )
    if not told or death is None:
        raise KeyLost(kid=kid.hex())
    return Erased(death.position, death.at)


def _unpadded(plain: bytes, kid: bytes) -> Opened:
    """Content and format; only the one padding that `seal` writes is accepted."""
    body = plain.rstrip(b"\0")
    if len(body) < 2 or body[-1] != 0x80 or len(plain) != padded_length(len(body)):
        raise Tampered(where="value", kid=kid.hex())
    if body[0] not in (TEXT, JSON, BYTES):
        raise UnknownFormat(version=body[0])
    return Opened(body[0], body[1:-1])
