"""Epoch keys: in memory for sixty seconds, fetched again, and proved when they are made."""

import threading
import time
from uuid import uuid4

import pytest
from sqlalchemy import update

from ledger.config import Settings
from ledger.errors import KeyServiceUnavailable, NotMigrated, StoreUnavailable, Tampered
from ledger.vault import epochs as module
from ledger.vault.database import engine_for
from ledger.vault.epochs import EpochKey, EpochKeys, prepare_epoch
from ledger.vault.keyring import EpochKeyGone, FileKeyring, root_context
from ledger.vault.tables import epochs
from tests.ledger.vault.conftest import House


def test_an_epoch_key_is_fetched_once_in_sixty_seconds(house: House) -> None:
    """Up to the last moment from memory, then from the key service again."""
    for now in (0.0, 30.0, 59.9):
        house.clock.now = 1000.0 + now
        house.vault.fingerprint(b"body")
    assert house.keyring.asked == 1
    house.clock.now = 1060.0
    house.vault.fingerprint(b"body")
    assert house.keyring.asked == 2


def test_the_sixty_seconds_begin_before_the_reading(house: House, monkeypatch) -> None:
    """However slow the database was, nothing is held for longer."""
    fetch = module.fetch

    def slow(*asked):
        house.clock.now += 20
        return fetch(*asked)

    monkeypatch.setattr(module, "fetch", slow)
    house.vault.fingerprint(b"body")
    house.clock.now += 19.9
    house.vault.fingerprint(b"body")
    assert house.keyring.asked == 1
    house.clock.now += 0.1
    house.vault.fingerprint(b"body")
    assert house.keyring.asked == 2


def test_a_root_that_is_destroyed_stops_working_within_sixty_seconds(house: House) -> None:
    """What memory still has works; after a minute nothing does."""
    known = house.vault.fingerprint(b"body")
    house.root(1).unlink()
    assert house.vault.fingerprint(b"body") == known
    house.clock.now += 60
    with pytest.raises(EpochKeyGone):
        house.vault.fingerprint(b"body")


def test_a_service_that_is_away_is_unavailable_and_comes_back(house: House) -> None:
    """Never an erasure or a loss; nothing has to be restarted."""
    house.directory.rename(house.directory.with_name("unmounted"))
    with pytest.raises(KeyServiceUnavailable):
        house.vault.fingerprint(b"body")
    house.directory.with_name("unmounted").rename(house.directory)
    assert house.vault.fingerprint(b"body")[0] == 1


def test_a_new_epoch_takes_over_while_the_old_one_closes(house: House) -> None:
    """Keys are wrapped under the new one and die with it; look-ups probe both."""
    house.begin_epoch(2)
    house.vault.forget_epochs()
    assert (house.vault.open_epoch(), house.vault.newest_epoch()) == (2, 2)
    assert len(house.vault.probe("ref/1", "K-42")) == 2


def test_a_drained_epoch_is_asked_no_more(house: House) -> None:
    """No look-up row is under it."""
    house.begin_epoch(2)
    house.run(update(epochs).where(epochs.c.epoch == 1).values(state="drained"))
    house.vault.forget_epochs()
    keys = EpochKeys(house.engine, house.keyring, house.ledger, house.clock)
    assert [key.number for key in keys.undrained()] == [2]


def test_a_database_without_genesis_has_no_epoch(store_settings: Settings) -> None:
    """A migrated, empty database is told apart from a lost key."""
    engine = engine_for(store_settings)
    keys = EpochKeys(engine, FileKeyring(store_settings.keyring_path), uuid4())
    with pytest.raises(NotMigrated):
        keys.newest()
    engine.dispose()


def test_a_database_that_is_not_there_is_unavailable(sqlite_settings: Settings) -> None:
    """It is an error by name, and no empty file is made in its place."""
    sqlite_settings.database_path.unlink()
    engine = engine_for(sqlite_settings)
    keys = EpochKeys(engine, FileKeyring(sqlite_settings.keyring_path), uuid4())
    with pytest.raises(StoreUnavailable):
        keys.newest()
    assert not sqlite_settings.database_path.exists()


def test_an_epoch_row_of_another_ledger_is_tampering(house: House) -> None:
    """A wrapped epoch key opens for its own ledger only."""
    keys = EpochKeys(house.engine, house.keyring, uuid4(), house.clock)
    with pytest.raises(Tampered):
        keys.open()


def test_an_idle_process_forgets_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys leave memory although nobody asked for them since, and no clock was read."""
    monkeypatch.setattr(module, "LIFETIME", 0.05)
    keys = EpochKeys(house.engine, house.keyring, house.ledger, house.clock)
    keys.open()
    deadline = time.monotonic() + 10
    while keys._held is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert keys._held is None
    keys.open()
    assert house.keyring.asked == 2


def test_many_threads_share_one_fetch(house: House) -> None:
    """The threads of a server do not each ask the key service."""
    house.vault.open_epoch()
    answers: list[bytes] = []
    house.vault.fingerprint(b"body")
    threads = [
        threading.Thread(target=lambda: answers.append(house.vault.fingerprint(b"body")[1]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), len(set(answers)), house.keyring.asked) == (8, 1, 1)


def test_a_new_epoch_is_proved_before_it_is_used(house: House) -> None:
    """A service that gives back another key is not relied on."""

    class Forgetful(FileKeyring):
        def unwrap(self, ref: str, wrapped: bytes, context: bytes) -> bytes:
            return bytes(32)

    with pytest.raises(KeyServiceUnavailable):
        prepare_epoch(Forgetful(house.directory), house.ledger, 7)


def test_a_prepared_epoch_holds_a_secret_for_the_index(house: House) -> None:
    """One row `lookup`, 32 random bytes, opened by the epoch's own keys and no others."""
    prepared = prepare_epoch(house.keyring, house.ledger, 7)
    context = root_context(house.ledger, 7)
    epoch_key = house.keyring.unwrap(prepared.service_ref, prepared.wrapped_epoch, context)
    ((name, wrapped),) = prepared.secrets
    key = EpochKey(7, epoch_key)
    assert (name, len(wrapped)) == ("lookup", 60)
    assert len(key.unwrap_secret(house.ledger, name, wrapped)) == 32
    with pytest.raises(Tampered):
        key.unwrap_secret(house.ledger, "other", wrapped)
    with pytest.raises(Tampered):
        EpochKey(8, epoch_key).unwrap_secret(house.ledger, name, wrapped)
