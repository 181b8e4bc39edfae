"""Normalisers: one person's value has one form, and what cannot be read is refused unnamed."""

import pytest

from ledger.errors import InvalidInput
from ledger.vault.epochs import EpochKey, Mac
from ledger.vault.lookups import indexed, normalise


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("email/1", "  Zoë@Example.ORG ", "zoë@example.org"),
        ("email/1", "Zoe\u0308@example.org", "zoë@example.org"),
        ("email/1", "STRASSE@Bücher.example", "strasse@xn--bcher-kva.example"),
        ("email/1", "straße@bücher.example", "strasse@xn--bcher-kva.example"),
        ("email/1", "a@b@example.org", "a@b@example.org"),
        ("tel/1", " +49 (0)30 901820 ", "+4930901820"),
        ("tel/1", "+91 98765 43210", "+919876543210"),
        ("ref/1", " K-0042\n", "K-0042"),
        ("ref/1/customer-number", "Zoe\u0308", "Zoë"),
        ("row/1/legacy-crm", " as it is ", " as it is "),
    ],
)
def test_a_value_has_one_form(kind: str, value: str, expected: str) -> None:
    """However it was written, it is found again."""
    assert expected == normalise(kind, value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email/1", "nobody"),
        ("email/1", "@example.org"),
        ("email/1", "nobody@"),
        ("email/1", "no body@example.org"),
        ("email/1", "nobody@exa mple.org"),
        ("tel/1", "030 901820"),
        ("tel/1", "+49"),
        ("tel/1", "nobody"),
        ("ref/1", "  "),
        ("ref/1", "\ud800"),
    ],
)
def test_what_cannot_be_read_is_refused_without_naming_it(kind: str, value: str) -> None:
    """The error has the kind and the rule, and the value nowhere, its causes included."""
    with pytest.raises(InvalidInput) as caught:
        indexed(kind, value)
    assert {"field": kind, "rule": "readable-as-its-kind"} == caught.value.facts
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("kind", ["", "email", "email/2", "Email/1", "ref/1/", "ref/1/A", "x/1"])
def test_an_unknown_kind_is_refused(kind: str) -> None:
    """A normaliser and its version, with a code behind it at most."""
    with pytest.raises(InvalidInput) as caught:
        normalise(kind, "value")
    assert caught.value.facts["rule"] == "known-lookup-kind"


def test_bytes_are_for_rows_only() -> None:
    """A source's row id may be bytes and is taken as it is; nothing else may."""
    assert indexed("row/1/crm", b"\xff\x00") == b"row/1/crm\0\xff\x00"
    with pytest.raises(InvalidInput):
        indexed("ref/1", b"K-0042")


def test_index_is_the_published_one() -> None:
    """The index row of the vectors (formats.md §10)."""
    epoch = EpochKey(1, b"\x05" * 32)
    found = epoch.index(Mac(b"\x06" * 32)(indexed("email/1", " Zoë@Example.org")))
    assert found.hex() == "ac3494f2d3684e6ab5bc3954e5b95a63"


def test_two_kinds_give_unlike_rows() -> None:
    """The same number as customer and as ticket is not the same."""
    epoch, mac = EpochKey(1, b"\x05" * 32), Mac(b"\x06" * 32)
    kinds = ("ref/1/customer", "ref/1/ticket", "ref/1")
    assert len({epoch.index(mac(indexed(kind, "42"))) for kind in kinds}) == 3
