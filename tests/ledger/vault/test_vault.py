"""The vault's face: look-ups that find, fingerprints that recognise, command ids that repeat."""

import hashlib
from uuid import uuid4

import pytest
from sqlalchemy import delete

from ledger.errors import InvalidInput
from ledger.vault.tables import lookups
from ledger.vault.vault import Found
from tests.ledger.vault.conftest import House


def minted(house: House) -> bytes:
    sealer = house.vault.sealer(house.stream)
    sealed = sealer.seal(uuid4(), "name", "contact", "", "Zoë", known=None)
    house.store_births(sealer.births)
    return sealed.kid


def test_a_value_finds_its_stream(house: House) -> None:
    """However it is written; another value or kind finds nobody."""
    kid = minted(house)
    house.index("email/1", "zoë@example.org", kid)
    expected = [Found(house.stream, kid, True)]
    assert house.vault.find("email/1", " Zoë@EXAMPLE.org") == expected
    assert house.vault.find("email/1", "zoe@example.org") == []
    assert house.vault.find("ref/1", "zoë@example.org") == []


def test_many_values_are_found_in_one_question(house: House) -> None:
    """Every pair is in the answer, two spellings of the same value too."""
    kid = minted(house)
    house.index("email/1", "zoë@example.org", kid)
    house.index("row/1/crm", "7", kid, exclusive=False)
    pairs = [
        ("email/1", "zoë@example.org"),
        ("email/1", "ZOË@example.org"),
        ("row/1/crm", "7"),
        ("row/1/crm", "8"),
    ]
    by_mail, by_row = Found(house.stream, kid, True), Found(house.stream, kid, False)
    expected = dict(zip(pairs, ([by_mail], [by_mail], [by_row], []), strict=True))
    assert house.vault.find_many(pairs) == expected


def test_a_lookup_row_is_noise(house: House) -> None:
    """16 bytes that neither hold nor repeat the value: another ledger's differ."""
    row = house.vault.lookup("email/1", "zoë@example.org", b"k" * 16, house.stream, True)
    assert len(row.idx) == 16
    assert row.idx not in (
        hashlib.sha256(b"email/1\0zo\xc3\xab@example.org").digest()[:16],
        hashlib.sha256(b"zo\xc3\xab@example.org").digest()[:16],
    )


def test_a_row_of_a_closing_epoch_is_still_found(house: House) -> None:
    """A look-up probes every epoch not yet drained; a new row goes under the open one."""
    kid = minted(house)
    house.index("ref/1", "K-42", kid)
    house.begin_epoch(2)
    house.vault.forget_epochs()
    assert house.vault.find("ref/1", "K-42") == [Found(house.stream, kid, True)]
    row = house.vault.lookup("ref/1", "K-42", kid, house.stream, True)
    assert (row.epoch, row.idx in house.vault.probe("ref/1", "K-42")) == (2, True)


def test_a_row_that_died_with_its_key_finds_nobody(house: House) -> None:
    """The value can be used by somebody else from then on."""
    kid = minted(house)
    house.index("ref/1", "K-42", kid)
    house.run(delete(lookups).where(lookups.c.kid == kid))
    assert house.vault.find("ref/1", "K-42") == []


def test_a_value_that_cannot_be_read_is_refused(house: House) -> None:
    """Before anything is asked."""
    with pytest.raises(InvalidInput):
        house.vault.find("email/1", "nobody")


def test_a_command_id_is_the_same_for_the_same_actor_and_key(house: House) -> None:
    """16 bytes of SHA-256 over actor and key, as formats.md §3 says."""
    actor = uuid4()
    digest = hashlib.sha256(b"ledger/command/v1\0" + actor.bytes + "schlüssel".encode()).digest()
    assert house.vault.command_id(actor, "schlüssel") == digest[:16]
    assert house.vault.command_id(uuid4(), "schlüssel") != digest[:16]


def test_a_fingerprint_recognises_a_body_under_its_epoch(house: House) -> None:
    """The same body again, another body, and the same body after a new epoch opened."""
    epoch, known = house.vault.fingerprint(b'{"a":1}')
    assert (epoch, len(known)) == (1, 16)
    assert house.vault.fingerprint(b'{"a":2}')[1] != known
    house.begin_epoch(2)
    house.vault.forget_epochs()
    assert house.vault.fingerprint(b'{"a":1}')[0] == 2
    assert house.vault.fingerprint(b'{"a":1}')[1] != known
    assert house.vault.fingerprint_under(1, b'{"a":1}') == known


def test_a_body_is_recognised_until_its_epoch_is_gone(house: House) -> None:
    """Afterwards nobody can tell, and the caller simply gets the first answer."""
    epoch, known = house.vault.fingerprint(b'{"a":1}')
    assert house.vault.same_body(epoch, known, b'{"a":1}')
    assert not house.vault.same_body(epoch, known, b'{"a":2}')
    house.begin_epoch(2)
    house.root(1).unlink()
    house.vault.forget_epochs()
    assert house.vault.same_body(epoch, known, b'{"a":2}')


def test_a_closed_vault_holds_no_keys(house: House) -> None:
    """What it held is fetched again if somebody still asks."""
    house.vault.fingerprint(b"body")
    house.vault.close()
    house.vault.fingerprint(b"body")
    assert house.keyring.asked == 2
