"""Sealing for one command: keys are minted once, or fetched and proved, never found-or-minted."""

import os
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from ledger.errors import InvalidInput, KeyLost, Tampered
from ledger.sealing import Opened, Sealed, Slot, commitment_of, unwrap_key
from ledger.store.append import Conflict
from ledger.vault.epochs import EpochKeys
from ledger.vault.keys import fetch_keys
from ledger.vault.opening import SealedAt
from ledger.vault.sealer import KnownKey, Sealer
from ledger.vault.tables import data_keys
from tests.ledger.vault.conftest import House

EVENT = uuid4()


def sealed(sealer: Sealer, field: str, scope: str = "", known: KnownKey | None = None) -> Sealed:
    return sealer.seal(EVENT, field, "contact", scope, "Zoë", known=known)


def opened(house: House, field: str, value: Sealed, event: UUID = EVENT) -> object:
    (result,) = house.vault.open_many([SealedAt(house.stream, event, field, value)])
    assert isinstance(result, Opened)
    return result.value


def living(house: House) -> KnownKey:
    """The key of the slot (contact, "") as an earlier command minted and stored it."""
    sealer = house.vault.sealer(house.stream)
    value = sealed(sealer, "name")
    house.store_births(sealer.births)
    return KnownKey(value.kid, 1)


def test_a_slot_without_a_key_gets_one(house: House) -> None:
    """Its birth names slot, epoch and the first event that used it, and the value opens."""
    sealer = house.vault.sealer(house.stream)
    first, second = (
        sealed(sealer, "name"),
        sealer.seal(uuid4(), "name", "contact", "", "Zoë", known=None),
    )
    (birth,) = sealer.births
    assert first.kid == second.kid == birth.kid == birth.commitment[:16]
    assert Slot(house.stream, "contact", "", 1) == Slot(*birth[2:6])
    assert (birth.epoch, birth.event, len(birth.wrapped)) == (1, EVENT, 60)
    house.store_births(sealer.births)
    assert opened(house, "name", first) == "Zoë"


def test_each_slot_has_its_own_key(house: House) -> None:
    """Class, scope and generation each make another key."""
    sealer = house.vault.sealer(house.stream)
    sealer.seal(EVENT, "a", "contact", "", "x", known=None)
    sealer.seal(EVENT, "b", "billing", "", "x", known=None)
    sealer.seal(EVENT, "c", "billing", "2026-01-01", "x", known=None)
    sealer.seal(EVENT, "d", "contact", "", "x", known=None, generation=2)
    assert len({birth.kid for birth in sealer.births}) == 4


def test_two_commands_never_share_a_minted_key(house: House) -> None:
    """A key that was not stored is known to its own sealer only."""
    kids = {sealed(house.vault.sealer(house.stream), "name").kid for _ in range(2)}
    assert len(kids) == 2


def test_a_living_key_is_used_again(house: House) -> None:
    """Nothing is minted; what is sealed opens."""
    known = living(house)
    sealer = house.vault.sealer(house.stream)
    value = sealed(sealer, "email", known=known)
    assert (sealer.births, value.kid) == ([], known.kid)
    assert opened(house, "email", value) == "Zoë"


def test_a_key_that_died_meanwhile_makes_the_caller_decide_again(house: House) -> None:
    """The stream said alive, the vault says dead: what was read is old."""
    known = living(house)
    house.kill(known.kid, house.append(known.kid))
    with pytest.raises(Conflict):
        sealed(house.vault.sealer(house.stream), "email", known=known)


def test_a_key_without_a_row_is_lost(house: House) -> None:
    """It is never replaced by a new one in silence."""
    sealer = house.vault.sealer(house.stream)
    with pytest.raises(KeyLost):
        sealed(sealer, "email", known=KnownKey(os.urandom(16), 1))
    assert sealer.births == []


def test_a_key_of_another_slot_is_tampering(house: House) -> None:
    """Stream, class, scope and generation of the row must be those asked for."""
    known = living(house)
    for sealer, scope, key in (
        (house.vault.sealer(uuid4()), "", known),
        (house.vault.sealer(house.stream), "2026-01-01", known),
        (house.vault.sealer(house.stream), "", known._replace(generation=2)),
    ):
        with pytest.raises(Tampered):
            sealed(sealer, "email", scope, key)


def test_an_altered_row_is_tampering(house: House) -> None:
    """A living key is proved by its commitment before anything is sealed under it."""
    known = living(house)
    house.run(update(data_keys).where(data_keys.c.kid == known.kid).values(wrapped=os.urandom(60)))
    with pytest.raises(Tampered):
        sealed(house.vault.sealer(house.stream), "email", known=known)


def test_many_sealers_share_one_question(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch fetches its living keys at once; each sealer gets only its own."""
    known = living(house)
    sealers = [house.vault.sealer(house.stream) for _ in range(20)]
    house.vault.prefetch([(sealer, [known.kid]) for sealer in sealers])
    questions: list[object] = []
    monkeypatch.setattr("ledger.vault.vault.fetch_keys", lambda *asked: questions.append(asked))
    assert {sealed(sealer, "email", known=known).kid for sealer in sealers} == {known.kid}
    assert questions == []


def test_random_bytes_are_drawn_at_most_once_a_seal(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call to the system releases the interpreter; minting and sealing share one."""
    draws: list[int] = []
    urandom = os.urandom
    sealer = house.vault.sealer(house.stream)
    house.vault.open_epoch()
    monkeypatch.setattr(os, "urandom", lambda count: (draws.append(count), urandom(count))[1])
    nonces = {sealed(sealer, f"field-{n}").raw[17:29] for n in range(100)}
    assert len(nonces) == 100
    assert len(draws) < 10


def test_the_birth_tells_the_commitment_of_its_key(house: House) -> None:
    """The public half of the birth is computed from the key that the row wraps."""
    sealer = house.vault.sealer(house.stream)
    value = sealed(sealer, "name")
    house.store_births(sealer.births)
    row = fetch_keys(house.engine, [value.kid])[value.kid]
    keys = EpochKeys(house.engine, house.keyring, house.ledger, house.clock)
    dek = unwrap_key(house.ledger, keys.open().wrapping, row).dek
    assert commitment_of(house.ledger, dek) == sealer.births[0].commitment


@pytest.mark.parametrize(
    ("value", "rule"), [("\ud800", "encodable"), (bytes((1 << 20) + 1), "at-most-1-mib")]
)
def test_what_cannot_be_sealed_is_refused_by_field(
    house: House, value: str | bytes, rule: str
) -> None:
    """The error names field and rule, not the value."""
    with pytest.raises(InvalidInput) as caught:
        house.vault.sealer(house.stream).seal(EVENT, "name", "contact", "", value, known=None)
    assert caught.value.facts == {"field": "name", "rule": rule}
