"""The file keyring: roots that are complete or absent, private or refused, gone or away."""

import os
import stat
from pathlib import Path
from uuid import UUID

import pytest

from ledger.errors import KeyServiceUnavailable, Tampered, UnknownFormat, UnsafeSettings
from ledger.vault.keyring import EpochKeyGone, FileKeyring, root_context, root_ref

LEDGER = UUID(int=1)
REF = root_ref(LEDGER, 1)
CONTEXT = root_context(LEDGER, 1)
SECRET = b"\x05" * 32


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "home.keyring"


@pytest.fixture
def keyring(directory: Path) -> FileKeyring:
    keyring = FileKeyring.create(directory)
    keyring.create_root(REF)
    return keyring


def test_a_root_is_a_private_file_of_32_bytes(keyring: FileKeyring, directory: Path) -> None:
    """Its name says ledger and epoch; nobody else may read it; nothing else is left behind."""
    files = list(directory.iterdir())
    assert [f"{LEDGER.hex}-e1.root"] == [file.name for file in files]
    assert tuple(stat.S_IMODE(path.stat().st_mode) for path in (directory, files[0])) == (
        0o700,
        0o600,
    )
    assert len(files[0].read_bytes()) == 32


def test_what_is_wrapped_unwraps(keyring: FileKeyring) -> None:
    """One byte of version, 12 of nonce, the key and 16 of tag; another process can unwrap it."""
    wrapped = keyring.wrap(REF, SECRET, CONTEXT)
    assert (wrapped[0], len(wrapped)) == (1, 1 + 12 + 32 + 16)
    assert FileKeyring(keyring._directory).unwrap(REF, wrapped, CONTEXT) == SECRET


def test_a_root_that_exists_is_reused(keyring: FileKeyring) -> None:
    """Making it again changes nothing, so a retry after a crash is safe."""
    wrapped = keyring.wrap(REF, SECRET, CONTEXT)
    keyring.create_root(REF)
    assert keyring.unwrap(REF, wrapped, CONTEXT) == SECRET


def test_of_two_that_make_the_same_root_one_wins(
    keyring: FileKeyring, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A root that appears between the look and the link is not replaced."""
    wrapped = keyring.wrap(REF, SECRET, CONTEXT)
    monkeypatch.setattr(Path, "exists", lambda self: False)
    keyring.create_root(REF)
    monkeypatch.undo()
    assert keyring.unwrap(REF, wrapped, CONTEXT) == SECRET
    assert len(list(directory.iterdir())) == 1


@pytest.mark.parametrize("at", [1, 13, 60])
def test_an_altered_wrap_is_tampering(keyring: FileKeyring, at: int) -> None:
    """Nonce, ciphertext and tag are covered."""
    wrapped = bytearray(keyring.wrap(REF, SECRET, CONTEXT))
    wrapped[at] ^= 1
    with pytest.raises(Tampered):
        keyring.unwrap(REF, bytes(wrapped), CONTEXT)


def test_a_wrap_of_another_epoch_is_tampering(keyring: FileKeyring) -> None:
    """Ledger and epoch are bound into the wrap."""
    wrapped = keyring.wrap(REF, SECRET, CONTEXT)
    with pytest.raises(Tampered):
        keyring.unwrap(REF, wrapped, root_context(LEDGER, 2))


def test_a_newer_wrap_is_said_to_be_newer(keyring: FileKeyring) -> None:
    """An unknown version byte is a newer ledger's, not tampering."""
    wrapped = keyring.wrap(REF, SECRET, CONTEXT)
    with pytest.raises(UnknownFormat):
        keyring.unwrap(REF, b"\x02" + wrapped[1:], CONTEXT)


def test_a_missing_root_is_gone(keyring: FileKeyring, directory: Path) -> None:
    """The service answers, and does not have it."""
    (directory / f"{REF}.root").unlink()
    with pytest.raises(EpochKeyGone):
        keyring.wrap(REF, SECRET, CONTEXT)


def test_a_missing_directory_is_a_service_that_is_away(directory: Path) -> None:
    """A disk that is not mounted says nothing about its keys, and is never filled anew."""
    with pytest.raises(KeyServiceUnavailable):
        FileKeyring(directory).wrap(REF, SECRET, CONTEXT)
    with pytest.raises(KeyServiceUnavailable):
        FileKeyring(directory).create_root(REF)
    assert not directory.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_root_that_others_can_reach_is_refused(
    keyring: FileKeyring, directory: Path, mode: int
) -> None:
    """A file with any bit for group or others stops the ledger, naming the file."""
    path = directory / f"{REF}.root"
    path.chmod(mode)
    with pytest.raises(UnsafeSettings) as caught:
        keyring.wrap(REF, SECRET, CONTEXT)
    assert str(path) == caught.value.facts["setting"]


@pytest.mark.parametrize("mode", [0o750, 0o701])
def test_a_directory_that_others_can_reach_is_refused(
    keyring: FileKeyring, directory: Path, mode: int
) -> None:
    """Also when the keyring is opened as a new ledger's."""
    directory.chmod(mode)
    with pytest.raises(UnsafeSettings):
        keyring.wrap(REF, SECRET, CONTEXT)
    with pytest.raises(UnsafeSettings):
        FileKeyring.create(directory)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_root_of_another_length_is_tampering(
    keyring: FileKeyring, directory: Path, length: int
) -> None:
    """A file cut off or grown is never used as a key."""
    (directory / f"{REF}.root").write_bytes(os.urandom(length))
    with pytest.raises(Tampered):
        keyring.wrap(REF, SECRET, CONTEXT)


@pytest.mark.parametrize("ref", ["", "../elsewhere", f"{REF}/x", f"{LEDGER.hex}-e0", "ünlike-e1"])
def test_a_name_that_is_no_root_reaches_no_file(keyring: FileKeyring, ref: str) -> None:
    """Names come from a database row: none of them leads out of the directory."""
    with pytest.raises(Tampered):
        keyring.unwrap(ref, b"\x01" + bytes(60), CONTEXT)


def test_a_root_is_not_read_through_a_link(keyring: FileKeyring, directory: Path) -> None:
    """A symbolic link in the keyring is not followed."""
    root = directory / f"{REF}.root"
    root.rename(directory.parent / "elsewhere")
    root.symlink_to(directory.parent / "elsewhere")
    with pytest.raises(KeyServiceUnavailable):
        keyring.wrap(REF, SECRET, CONTEXT)
