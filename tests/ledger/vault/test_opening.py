"""Opening: the decision table of formats.md §2, row by row, on both databases."""

import datetime as dt
import os
from uuid import uuid4

import pytest
from sqlalchemy import event, update

from ledger.errors import KeyLost, KeyServiceUnavailable, Tampered, UnknownFormat
from ledger.sealing import TEXT, Erased, Opened, Sealed, Slot, unwrap_key, wrap_key
from ledger.vault.epochs import EpochKeys
from ledger.vault.keys import fetch_keys
from ledger.vault.opening import SealedAt
from ledger.vault.tables import data_keys, epochs
from tests.ledger.vault.conftest import House

AT = dt.datetime(2026, 11, 22, 17, 20, 0, 123456, tzinfo=dt.UTC)
OPENED = Opened(TEXT, b"Zoe")


def stored(house: House, scope: str = "") -> SealedAt:
    """A value whose key is alive."""
    sealer, entry = house.vault.sealer(house.stream), uuid4()
    sealed = sealer.seal(entry, "name", "contact", scope, "Zoe", known=None)
    house.store_births(sealer.births)
    return SealedAt(house.stream, entry, "name", sealed)


def altered(value: SealedAt, at: int) -> SealedAt:
    raw = bytearray(value.sealed.raw)
    raw[at] ^= 1
    return value._replace(sealed=Sealed(bytes(raw)))


def test_a_living_key_opens(house: House) -> None:
    """The plain case, and the same value twice in one call."""
    value = stored(house)
    assert house.vault.open_many([value, value]) == [OPENED, OPENED]


def test_nothing_wanted_is_nothing_asked(house: House) -> None:
    """An empty list needs neither database nor key service."""
    assert house.vault.open_many([]) == []
    assert house.keyring.asked == 0


def test_an_unknown_first_byte_is_a_newer_ledgers(house: House) -> None:
    """It is said before anything is looked up, whatever the key's state."""
    value = stored(house)
    house.kill(value.sealed.kid, house.append(value.sealed.kid))
    newer = Sealed(b"\x02" + value.sealed.raw[1:])
    with pytest.raises(UnknownFormat):
        house.vault.open_many([value._replace(sealed=newer)])


def test_a_dead_key_named_by_its_event_is_erased(house: House) -> None:
    """A value with position and date of the erasure, beside others that open, in order."""
    values = [stored(house, scope) for scope in ("", "2026-01-01", "2026-04-01")]
    house.append()
    position = house.append(os.urandom(16), values[1].sealed.kid)
    house.kill(values[1].sealed.kid, position)
    assert house.vault.open_many(values) == [OPENED, Erased(position, AT), OPENED]


def test_erased_needs_no_key_service(house: House) -> None:
    """What is dead is dead, also while the service is away."""
    value = stored(house)
    position = house.append(value.sealed.kid)
    house.kill(value.sealed.kid, position)
    house.directory.rename(house.directory.with_name("unmounted"))
    house.vault.forget_epochs()
    assert house.vault.open_many([value]) == [Erased(position, AT)]


def test_a_death_that_no_event_tells_is_a_loss(house: House) -> None:
    """The event at `dead_at` is missing, lists another key, or cannot be read."""
    house.append()
    unread = house.append(state=b"{")
    for scope, position in (("", 99), ("2026-01-01", 1), ("2026-04-01", unread)):
        value = stored(house, scope)
        house.kill(value.sealed.kid, position)
        with pytest.raises(KeyLost):
            house.vault.open_many([value])


def test_a_death_told_by_another_stream_is_a_loss(house: House) -> None:
    """Nobody's erasure explains somebody else's missing key."""
    value = stored(house)
    house.kill(value.sealed.kid, house.append(value.sealed.kid, stream=uuid4()))
    with pytest.raises(KeyLost):
        house.vault.open_many([value])


def test_a_key_without_a_row_is_a_loss(house: House) -> None:
    """Never minted and deleted by hand look alike: neither is an erasure."""
    value = stored(house)
    with pytest.raises(KeyLost):
        house.vault.open_many([altered(value, 5)])


def test_a_key_service_that_is_away_is_unavailable(house: House) -> None:
    """A living key that cannot be unwrapped now is neither erased nor lost."""
    value = stored(house)
    house.directory.rename(house.directory.with_name("unmounted"))
    house.vault.forget_epochs()
    with pytest.raises(KeyServiceUnavailable):
        house.vault.open_many([value])


def test_an_epoch_key_that_is_gone_is_a_loss(house: House) -> None:
    """The root is missing, and the row still names its epoch when it is read again."""
    value = stored(house)
    house.root(1).unlink()
    house.vault.forget_epochs()
    with pytest.raises(KeyLost):
        house.vault.open_many([value])


def test_a_destroyed_epoch_with_a_living_key_is_a_loss(house: House) -> None:
    """The epoch's own row has no key any more."""
    value = stored(house)
    house.begin_epoch(2)
    house.run(update(epochs).where(epochs.c.epoch == 1).values(state="destroyed", wrapped=None))
    house.vault.forget_epochs()
    with pytest.raises(KeyLost):
        house.vault.open_many([value])


def test_a_rotation_that_passed_by_is_noticed(house: House) -> None:
    """The row moved to the next epoch between two reads: it is read again, once, and opens."""
    value = stored(house)
    kid = value.sealed.kid
    house.begin_epoch(2)
    keys = EpochKeys(house.engine, house.keyring, house.ledger, house.clock)
    row = fetch_keys(house.engine, [kid])[kid]
    key = unwrap_key(house.ledger, keys.of(1).wrapping, row)
    again = wrap_key(house.ledger, 2, keys.of(2).wrapping, key, row.slot)
    house.vault.forget_epochs()
    passed: list[str] = []

    def rotate(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if "FROM data_keys" in statement and not passed:
            passed.append(statement)
            house.root(1).unlink()
            moved = update(data_keys).where(data_keys.c.kid == kid)
            house.run(moved.values(epoch=2, wrapped=again))

    event.listen(house.engine, "after_cursor_execute", rotate)
    assert house.vault.open_many([value]) == [OPENED]
    assert len(passed) == 1


@pytest.mark.parametrize("column", ["wrapped", "other-key"])
def test_an_altered_key_row_is_tampering_in_the_vault(house: House, column: str) -> None:
    """A wrong tag, or a well-wrapped key that is not the one minted."""
    value = stored(house)
    kid = value.sealed.kid
    wrapped = os.urandom(60)
    if column == "other-key":
        keys = EpochKeys(house.engine, house.keyring, house.ledger, house.clock)
        other = unwrap_key(
            house.ledger, keys.of(1).wrapping, fetch_keys(house.engine, [kid])[kid]
        )._replace(dek=os.urandom(32))
        slot = Slot(house.stream, "contact", "", 1)
        wrapped = wrap_key(house.ledger, 1, keys.of(1).wrapping, other, slot)
    house.run(update(data_keys).where(data_keys.c.kid == kid).values(wrapped=wrapped))
    with pytest.raises(Tampered) as caught:
        house.vault.open_many([value])
    assert caught.value.facts["where"] == "vault"


@pytest.mark.parametrize("at", [17, 28, 29, 45, -1])
def test_an_altered_value_is_tampering(house: House, at: int) -> None:
    """Nonce, ciphertext or tag."""
    with pytest.raises(Tampered) as caught:
        house.vault.open_many([altered(stored(house), at)])
    assert caught.value.facts["where"] == "value"


def test_a_value_shown_elsewhere_is_tampering(house: House) -> None:
    """Another stream, event or field than it was sealed in."""
    value = stored(house)
    for moved in (
        value._replace(stream=uuid4()),
        value._replace(event=uuid4()),
        value._replace(field="email"),
    ):
        with pytest.raises(Tampered):
            house.vault.open_many([moved])


def test_a_key_that_dies_is_dead_at_once(house: House) -> None:
    """No data key survives in memory from one call to the next."""
    value = stored(house)
    assert house.vault.open_many([value]) == [OPENED]
    position = house.append(value.sealed.kid)
    house.kill(value.sealed.kid, position)
    assert house.vault.open_many([value]) == [Erased(position, AT)]
