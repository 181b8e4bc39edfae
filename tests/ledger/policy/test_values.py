"""A value takes the form of its type or is refused, and no error repeats it."""

from __future__ import annotations

import traceback
from typing import Any

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput
from ledger.policy.data import Attribute
from ledger.policy.values import validate


def attribute(type_: str, **more: Any) -> Attribute:
    return Attribute.model_validate({"label": "A", "class": "c", "type": type_, **more})


@pytest.mark.parametrize(
    ("type_", "value", "normal"),
    [
        ("text", "  Zoe\u0308 de la Cruz ", "Zoë de la Cruz"),
        ("text", "12 Main Street\r\nPune", "12 Main Street\nPune"),
        ("email", " zoe@Example.ORG ", "zoe@example.org"),
        ("email", "zoe@school.test", "zoe@school.test"),
        ("email", "zoë@bücher.example", "zoë@bücher.example"),
        ("telephone", "+49 (30) 901820-0", "+49309018200"),
        ("telephone", "+91 22 5550 0100", "+912255500100"),
        ("date", "2028-02-29", "2028-02-29"),
        ("country", "in", "IN"),
        ("choice", "red", "red"),
        ("url", "HTTPS://Example.org/Path?q=1", "https://example.org/Path?q=1"),
        ("reference", " INV-2026/0001 ", "INV-2026/0001"),
        ("amount", "12.50", "12.50"),
        ("amount", "-0012", "-12"),
    ],
)
def test_a_good_value_takes_its_normal_form(type_: str, value: str, normal: str) -> None:
    """Trimmed, NFC, and as the type writes it; a normal form is its own normal form."""
    wanted = attribute(type_, choices=["red", "blue"] if type_ == "choice" else [])
    assert validate("a", wanted, value) == normal
    assert validate("a", wanted, normal) == normal


BAD: list[tuple[str, object]] = [
    *((type_, value) for type_ in ("text", "email", "date") for value in (None, 7, True, ["x"], {})),
    *((type_, value) for type_ in ("text", "reference", "url") for value in ("", "  ", "x" * 201)),
    ("text", "nul\x00byte"), ("text", "bell\x07"), ("text", "half\ud800"), ("text", "non\uffff"),
    ("text", "non\U0001fffe"), ("reference", "two\nlines"), ("email", "zoe@example.org\nx"),
    ("email", "zoe"), ("email", "zoe@localhost"), ("email", "zoe@@example.org"),
    ("email", "zoe@secret-place.invalid"),
    ("telephone", "030 901820"), ("telephone", "+49"), ("telephone", "+49 30 901820 ext. 7"),
    ("telephone", "+999 123456"), ("telephone", "call me"),
    ("date", "29.02.2028"), ("date", "2026-02-29"), ("date", "20260228"), ("date", "2026-W01-1"),
    ("country", "XX"), ("country", "IND"), ("country", "Indien"),
    ("choice", "green"), ("choice", "Red"),
    ("url", "example.org"), ("url", "javascript:alert(1)"), ("url", "http:///no-host"),
    ("url", "https://zoe:secret@example.org/"), ("url", "https://[::1"),
    ("url", "https://example.org:port/"), ("url", "https://example.org/a b"),
    ("amount", "1,50"), ("amount", "1e5"), ("amount", "NaN"), ("amount", "٣"), ("amount", "1."),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "value"), BAD)
def test_a_bad_value_is_refused_without_being_repeated(type_: str, value: object) -> None:
    """The error says field and rule; neither it nor its traceback carries the value."""
    wanted = attribute(type_, choices=["red", "blue"] if type_ == "choice" else [])
    with pytest.raises(InvalidInput) as caught:
        validate("some-field", wanted, value)
    error = caught.value
    assert error.facts["field"] == "some-field"
    assert error.facts["rule"].startswith("must ")
    assert error.__cause__ is None
    assert error.__context__ is None
    if isinstance(value, str) and len(value.strip()) > 3:
        said = "".join(traceback.format_exception_only(error)) + repr(error.facts)
        assert value.strip() not in said


def test_the_length_is_the_attributes_own() -> None:
    """Counted in characters of the normal form."""
    assert validate("a", attribute("text", max_length=3), " e\u0301te ") == "éte"
    with pytest.raises(InvalidInput):
        validate("a", attribute("text", max_length=2), "éte")


@given(
    st.sampled_from(["text", "email", "telephone", "date", "country", "url", "amount"]), st.text()
)
def test_any_text_is_normalised_once_or_refused(type_: str, value: str) -> None:
    """Nothing else is raised, and what passed once passes unchanged."""
    try:
        normal = validate("a", attribute(type_), value)
    except InvalidInput:
        return
    assert validate("a", attribute(type_), normal) == normal
    assert "\x00" not in normal


_PIECES = st.sampled_from(
    ["a", "Zoe", "x_y", "+t", "-", ".", "@", "1", "x" * 63, "--", "é", ".org", ".com", ".test"]
)


@given(st.lists(_PIECES, min_size=1, max_size=8).map("".join))
def test_a_plain_address_is_judged_as_the_library_judges_it(text: str) -> None:
    """The short way for plain addresses accepts nothing else, and changes nothing."""
    try:
        expected = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        with pytest.raises(InvalidInput):
            validate("email", attribute("email", max_length=600), text)
    else:
        assert validate("email", attribute("email", max_length=600), text) == expected.normalized
