"""Sealed values and data keys: the bytes of formats.md §10, and what no flipped bit gets past."""

import datetime as dt
import pickle
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import sealing
from ledger.errors import InvalidInput, KeyLost, LedgerError, Tampered, UnknownFormat
from ledger.sealing import Context, DeathNotice, Erased, KeyRow, Opened, Sealed, Slot
from ledger.vault.epochs import derive

LEDGER, STREAM, EVENT = (UUID(bytes=bytes((n,)) * 16) for n in (1, 2, 3))
KEY = sealing.new_key(LEDGER, b"\x04" * 32)
WRAPPING = AESGCM(derive(b"\x05" * 32, b"ledger/wrap/v1"))
SLOT = Slot(STREAM, "contact", "", 1)
WRAPPED = sealing.wrap_key(LEDGER, 1, WRAPPING, KEY, SLOT, b"\x08" * 12)
ROW = KeyRow(KEY.kid, KEY.commitment, SLOT, 1, WRAPPED, None)
DEAD = ROW._replace(wrapped=None, dead_at=9)
HERE = Context(LEDGER, STREAM, EVENT, "email")
AT = dt.datetime(2026, 11, 22, 17, 20, tzinfo=dt.UTC)
DEATH = DeathNotice(9, AT, STREAM, frozenset({KEY.kid}))


def seal(content: bytes, context: Context = HERE) -> Sealed:
    return sealing.seal(context, KEY, sealing.BYTES, content)


def opened(sealed: Sealed, context: Context = HERE, row: KeyRow | None = ROW) -> Opened | Erased:
    return sealing.open_value(sealed, context, row, None, WRAPPING)


def flipped(raw: bytes, bit: int) -> bytes:
    at, shift = divmod(bit % (len(raw) * 8), 8)
    return raw[:at] + bytes((raw[at] ^ (1 << shift),)) + raw[at + 1 :]


def test_commitment_is_the_published_one() -> None:
    """The commitment of the vectors, and its first half as kid."""
    expected = "ee89af72dddfa4b2044af249dcdd2dca6d080a1453c93ec8851e11302f404e23"
    assert (expected, expected[:32]) == (KEY.commitment.hex(), KEY.kid.hex())


def test_wrapped_key_is_the_published_one() -> None:
    """The wrapped key of the vectors, byte for byte."""
    expected = (
        "08080808080808080808080833a6c1be3a9544a8da681884cd97ee921d6c5749992faeed8545c6dce85a4e90"
        "fa432ca3d3d0ef03057e0d2ce95ff284"
    )
    assert expected == WRAPPED.hex()


def test_sealed_value_is_the_published_one() -> None:
    """The sealed value of the vectors, byte for byte, and it opens to what was sealed."""
    expected = (
        "01ee89af72dddfa4b2044af249dcdd2dca070707070707070707070707355ad724b92bc3a76270866e91b5a4"
        "e7677b012a9d4cafc85c0381c39b28f91827d71171dff5c28f36514c5a2010e81e"
    )
    content = "Zoë@example.org".encode()
    sealed = sealing.seal(HERE, KEY, sealing.TEXT, content, b"\x07" * 12)
    assert expected == sealed.raw.hex()
    assert Opened(sealing.TEXT, content) == opened(sealed)


@pytest.mark.parametrize(
    ("length", "padded"),
    [
        (1, 32),
        (32, 32),
        (33, 64),
        (64, 64),
        (66, 72),
        (100, 104),
        (200, 208),
        (301, 304),
        (4001, 4096),
    ],
)
def test_padding_has_the_published_lengths(length: int, padded: int) -> None:
    """32, then 64, then Padmé."""
    assert padded == sealing.padded_length(length)


@settings(deadline=None)
@given(st.binary(max_size=5000))
def test_what_is_sealed_opens_to_itself(content: bytes) -> None:
    """Any content comes back, zeros and 0x80 at its end included, and its length is hidden."""
    sealed = seal(content)
    assert Opened(sealing.BYTES, content) == opened(sealed)
    assert 45 + sealing.padded_length(len(content) + 2) == len(sealed.raw)


@pytest.mark.parametrize("length", range(1020, 1028))
def test_content_longer_than_the_table_of_paddings_is_padded_alike(length: int) -> None:
    """Nothing changes where what follows is worked out instead of looked up."""
    sealed = seal(bytes(length))
    assert Opened(sealing.BYTES, bytes(length)) == opened(sealed)
    assert 45 + sealing.padded_length(length + 2) == len(sealed.raw)


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(min_value=0))
def test_no_flipped_bit_of_a_value_opens(content: bytes, bit: int) -> None:
    """A value altered anywhere is an alarm, never a plaintext and never an erasure."""
    with pytest.raises(LedgerError):
        opened(Sealed(flipped(seal(content).raw, bit)))


@settings(deadline=None)
@given(st.integers(min_value=(1 + 16) * 8))
def test_a_flipped_bit_behind_the_kid_is_named_tampering(bit: int) -> None:
    """Nonce, ciphertext and tag are covered: the answer names the value."""
    raw = seal(b"content").raw
    with pytest.raises(Tampered) as caught:
        opened(Sealed(raw[:17] + flipped(raw[17:], bit)))
    assert caught.value.facts["where"] == "value"


@settings(deadline=None)
@given(st.integers(min_value=0))
def test_a_flipped_bit_of_the_wrapped_key_is_tampering_in_the_vault(bit: int) -> None:
    """A key row altered anywhere is an alarm that names the vault."""
    with pytest.raises(Tampered) as caught:
        opened(seal(b"content"), row=ROW._replace(wrapped=flipped(WRAPPED, bit)))
    assert caught.value.facts["where"] == "vault"


@pytest.mark.parametrize(
    "slot",
    [
        SLOT._replace(stream=uuid4()),
        SLOT._replace(class_="billing"),
        SLOT._replace(scope="2026-01-01"),
        SLOT._replace(generation=2),
        SLOT._replace(class_="contac", scope="t"),
    ],
)
def test_a_key_cannot_be_moved_to_another_slot(slot: Slot) -> None:
    """Stream, class, scope and generation are bound into the wrap."""
    with pytest.raises(Tampered, match="vault"):
        opened(seal(b"content"), row=ROW._replace(slot=slot))


@pytest.mark.parametrize(
    "elsewhere",
    [
        HERE._replace(stream=uuid4()),
        HERE._replace(event=uuid4()),
        HERE._replace(field="name"),
        HERE._replace(field="email/2"),
    ],
)
def test_a_value_cannot_be_moved(elsewhere: Context) -> None:
    """Stream, event and field are bound into the value."""
    with pytest.raises(Tampered, match="value"):
        opened(seal(b"content"), elsewhere)


def test_a_value_of_another_ledger_does_not_open() -> None:
    """The ledger is bound into wrap and value."""
    with pytest.raises(Tampered):
        opened(seal(b"content"), HERE._replace(ledger=uuid4()))


def test_another_key_in_the_row_is_tampering_in_the_vault() -> None:
    """A row that unwraps to a key with another commitment shows no value under it."""
    other = sealing.new_key(LEDGER)
    wrapped = sealing.wrap_key(LEDGER, 1, WRAPPING, other._replace(kid=KEY.kid), SLOT)
    with pytest.raises(Tampered, match="vault"):
        opened(seal(b"content"), row=ROW._replace(wrapped=wrapped))


def test_another_commitment_in_the_row_is_tampering_in_the_vault() -> None:
    """The whole commitment counts: its first half, the kid, is not enough."""
    other = KEY.commitment[:16] + bytes(16)
    with pytest.raises(Tampered, match="vault"):
        opened(seal(b"content"), row=ROW._replace(commitment=other))


@pytest.mark.parametrize(
    "plain",
    [
        b"\x01content".ljust(32, b"\0"),
        b"\x01content\x80".ljust(64, b"\0"),
        b"\x01content\x80".ljust(31, b"\0"),
        b"\x01content\x80\x01".ljust(32, b"\0"),
        b"\x80".ljust(32, b"\0"),
        b"\0" * 32,
    ],
)
def test_padding_must_be_canonical(plain: bytes) -> None:
    """Under a right tag, any padding but the one that sealing writes is tampering."""
    aad = b"ledger/seal/v1\0" + LEDGER.bytes + STREAM.bytes + EVENT.bytes + KEY.kid + b"email"
    nonce = b"\x07" * 12
    raw = b"\x01" + KEY.kid + nonce + AESGCM(KEY.dek).encrypt(nonce, plain, aad)
    with pytest.raises(Tampered, match="value"):
        opened(Sealed(raw))


def test_a_newer_format_is_said_to_be_newer() -> None:
    """An unknown first byte comes before everything else, a missing key row included."""
    with pytest.raises(UnknownFormat):
        opened(Sealed(b"\x02" + seal(b"content").raw[1:]), row=None)


@pytest.mark.parametrize("length", [0, 1, 16, 17, 28, 29, 44, 60])
def test_a_value_cut_off_is_tampering(length: int) -> None:
    """However short the rest is, the answer is an alarm and not a crash."""
    with pytest.raises(Tampered):
        opened(Sealed(seal(b"content").raw[:length]), row=ROW if length >= 17 else None)


def test_erased_is_earned_by_an_event_that_names_the_key() -> None:
    """Position and date of the erasure, although the wrapping key is gone too."""
    sealed = seal(b"content")
    assert Erased(9, AT) == sealing.open_value(sealed, HERE, DEAD, DEATH, None)


@pytest.mark.parametrize(
    ("row", "death"),
    [
        (None, None),
        (None, DEATH),
        (DEAD, None),
        (DEAD, DEATH._replace(stream=uuid4())),
        (DEAD, DEATH._replace(kids=frozenset({b"another key's id"}))),
        (DEAD, DEATH._replace(position=8)),
        (ROW._replace(wrapped=None), DEATH),
    ],
)
def test_a_missing_key_without_such_an_event_is_lost(
    row: KeyRow | None, death: DeathNotice | None
) -> None:
    """What no event explains is an alarm, never an erasure."""
    with pytest.raises(KeyLost):
        sealing.open_value(seal(b"content"), HERE, row, death, WRAPPING)


def test_a_living_key_whose_epoch_is_gone_is_lost() -> None:
    """No wrapping key for a live row is an alarm, even beside an event that claims a death."""
    with pytest.raises(KeyLost):
        sealing.open_value(seal(b"content"), HERE, ROW, DEATH, None)


def test_a_nonce_is_never_the_same() -> None:
    """The same content sealed twice gives unlike values."""
    assert seal(b"content") != seal(b"content")


def test_content_ends_at_one_mebibyte() -> None:
    """1 MiB is sealed, one byte more is refused by field and rule."""
    assert Opened(sealing.BYTES, bytes(1 << 20)) == opened(seal(bytes(1 << 20)))
    with pytest.raises(InvalidInput) as caught:
        seal(bytes((1 << 20) + 1))
    assert caught.value.facts == {"field": "email", "rule": "at-most-1-mib"}


@pytest.mark.parametrize("value", ["Zoë", b"\xff\x00", {"b": 1, "a": ["ö", None]}, [], ""])
def test_a_value_comes_back_as_what_it_was(value: object) -> None:
    """Text as text, bytes as bytes, JSON as JSON."""
    fmt, *content = sealing.content_of(value)  # type: ignore[arg-type]
    result = opened(sealing.seal(HERE, KEY, fmt, bytes(content)))
    assert isinstance(result, Opened)
    assert value == result.value


def test_text_that_is_not_unicode_is_refused() -> None:
    """A lone surrogate cannot be stored as UTF-8."""
    with pytest.raises(InvalidInput):
        sealing.content_of("\ud800")


def test_sealed_is_a_value() -> None:
    """Equal by its bytes, through text and through pickle; unequal to its bytes themselves."""
    sealed = seal(b"content")
    assert sealed == Sealed.from_text(sealed.text) == pickle.loads(pickle.dumps(sealed))
    assert {sealed} == {Sealed(sealed.raw)}
    assert sealed != sealed.raw
    assert "=" not in sealed.text


@pytest.mark.parametrize("text", ["ä", "a", "ab$d", "ab d"])
def test_text_that_is_not_base64url_is_refused(text: str) -> None:
    """A broken stored text is an error where it is read."""
    with pytest.raises(ValueError, match=r"base64url|ASCII"):
        Sealed.from_text(text)


def test_nothing_secret_is_ever_shown() -> None:
    """The repr of key, sealed value and opened value shows ids and lengths only."""
    shown = repr((KEY, seal(b"content"), Opened(sealing.TEXT, b"Zoe")))
    assert KEY.kid.hex() in shown
    assert KEY.dek.hex() not in shown
    assert "Zoe" not in shown
    assert "\\x04" not in shown
