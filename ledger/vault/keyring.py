"""Key services: where the root of each epoch lives, outside the database, and where it will die.

Trust: who controls the key service together with the database reads everything alive, so keep the
two apart; who only copies the database holds nothing without it. A file keyring is the embedded
default: it cannot prove that nobody copied the files, so nothing under it is "irrecoverable".
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Literal, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.config import Settings
from ledger.errors import KeyLost, KeyServiceUnavailable, Tampered, UnknownFormat, UnsafeSettings

_VERSION = 1
_NONCE = 12
_ROOT = 32
_AAD = b"ledger/root/v1\0"
_REF = re.compile(r"[0-9a-f]{32}-e[1-9][0-9]{0,9}")


class EpochKeyGone(KeyLost):
    """The key service answers, and does not have this epoch's root. Facts: epoch or ref."""


class KeyService(Protocol):
    """Holds one named root key per epoch, wraps and unwraps epoch keys under it, gives none out."""

    name: str
    worth: Literal["file"]
    """What a destruction in this service proves; reports never claim more."""

    def create_root(self, ref: str) -> None:
        """Make the root named `ref`, durably; one that exists by this name is reused."""

    def now(self) -> float:
        """What the service's own clock says: seconds since 1970, UTC.

        Raises:
            KeyServiceUnavailable: the service does not answer.
        """

    def wrap(self, ref: str, plaintext: bytes, context: bytes) -> bytes:
        """`plaintext` under the root named `ref`, bound to `context`."""

    def unwrap(self, ref: str, wrapped: bytes, context: bytes) -> bytes:
        """What `wrap` took.

        Raises:
            EpochKeyGone: there is no root of this name.
            KeyServiceUnavailable: the service does not answer.
            Tampered: `wrapped` was not made by this root for this context.
        """


def root_ref(ledger: UUID, epoch: int) -> str:
    """The name of an epoch's root: a named key of its own, not a version of one (formats.md §3)."""
    return f"{ledger.hex}-e{epoch}"


def root_context(ledger: UUID, epoch: int) -> bytes:
    """What a wrapped epoch key is bound to: ledger and epoch."""
    return ledger.bytes + epoch.to_bytes(4)


def open_key_service(settings: Settings) -> KeyService:
    """The key service that the settings name."""
    return FileKeyring(settings.keyring_path)


class FileKeyring:
    """Roots as files `<ledger hex>-e<epoch>.root` of 32 random bytes in a directory of their own.

    Directory 0700, files 0600, checked at every use. Only the owner of the ledger's process writes
    here; a backup of the database must never take this directory along.
    """

    name = "file"
    worth: Literal["file"] = "file"

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @classmethod
    def create(cls, directory: Path) -> FileKeyring:
        """The keyring at `directory`, made if it does not exist: for a new ledger only.

        Anywhere else a missing directory means a disk that is not mounted, and must stay an error.
        """
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync_directory(directory.parent)
        except OSError as error:
            raise KeyServiceUnavailable(keyring=directory) from error
        keyring = cls(directory)
        keyring._check_directory()
        return keyring

    def create_root(self, ref: str) -> None:
        """Make a root that is complete and on disk, or none.

        The file appears under its name by a link, which never replaces another: of two that make
        the same root one wins, and both use it. A crash leaves at most a `.new` file of unused
        random bytes.
        """
        self._check_directory()
        path = self._path(ref)
        draft = path.with_name(f"{ref}.{os.urandom(8).hex()}.new")
        try:
            if not path.exists():
                _write_secret(draft, os.urandom(_ROOT))
                _link(draft, path)
            _sync_directory(self._directory)
        except OSError as error:
            raise KeyServiceUnavailable(keyring=self._directory, ref=ref) from error
        self._root(ref)

    def now(self) -> float:
        """The clock of whoever keeps the directory: the time a file of its own gets there."""
        self._check_directory()
        path = self._directory / f"{os.urandom(8).hex()}.now"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                return os.fstat(handle).st_mtime
            finally:
                path.unlink()
                os.close(handle)
        except OSError as error:
            raise KeyServiceUnavailable(keyring=self._directory) from error

    def wrap(self, ref: str, plaintext: bytes, context: bytes) -> bytes:
        """`0x01 ‖ nonce ‖ AES-256-GCM`, with the context as associated data (formats.md §3)."""
        nonce = os.urandom(_NONCE)
        return (
            bytes((_VERSION,)) + nonce + self._root(ref).encrypt(nonce, plaintext, _AAD + context)
        )

    def unwrap(self, ref: str, wrapped: bytes, context: bytes) -> bytes:
        """See `KeyService.unwrap`; UnknownFormat if a newer ledger wrapped it."""
        root = self._root(ref)
        if wrapped[:1] != bytes((_VERSION,)):
            raise UnknownFormat(ref=ref)
        nonce, ciphertext = wrapped[1 : 1 + _NONCE], wrapped[1 + _NONCE :]
        try:
            return root.decrypt(nonce, ciphertext, _AAD + context)
        except (InvalidTag, ValueError) as error:
            raise Tampered(where="vault", ref=ref) from error

    def _path(self, ref: str) -> Path:
        if not _REF.fullmatch(ref):
            raise Tampered(where="vault", ref="malformed")
        return self._directory / f"{ref}.root"

    def _check_directory(self) -> None:
        try:
            mode = self._directory.stat().st_mode
        except OSError as error:
            raise KeyServiceUnavailable(keyring=self._directory) from error
        _check_private(self._directory, mode)

    def _root(self, ref: str) -> AESGCM:
        """A missing file is a root that is gone; a missing directory is a service that is away."""
        self._check_directory()
        path = self._path(ref)
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise EpochKeyGone(ref=ref) from error
        except OSError as error:
            raise KeyServiceUnavailable(keyring=self._directory, ref=ref) from error
        with os.fdopen(handle, "rb") as file:
            _check_private(path, os.fstat(handle).st_mode)
            content = file.read(_ROOT + 1)
        if len(content) != _ROOT:
            raise Tampered(where="vault", ref=ref)
        return AESGCM(content)


def _check_private(path: Path, mode: int) -> None:
    if mode & 0o077:
        raise UnsafeSettings(
            setting=path, why=f"mode {stat.S_IMODE(mode):04o} lets others in; use 0700 and 0600"
        )


def _write_secret(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)


def _link(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process made it first: its root is the root
    finally:
        draft.unlink()


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
