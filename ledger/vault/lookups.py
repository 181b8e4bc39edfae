"""Keyed look-ups: how a value is brought to one form before it is indexed (formats.md §3).

A kind is a normaliser and its version, with what it is a reference to where that matters:
`email/1`, `ref/1/customer-number`. The kind is part of what is indexed, so the same number under
two kinds gives two unlike rows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

import idna
import phonenumbers

from ledger.errors import InvalidInput

_KIND = re.compile(r"([a-z]{1,16}/[0-9]{1,3})(?:/[a-z0-9][a-z0-9-]{0,63}){0,2}")

_PLAIN_DOMAIN = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
"""Domains that are their own A-labels; asking the library about them costs more than the index."""


def _email(value: str) -> str:
    local, at, domain = unicodedata.normalize("NFC", value.strip()).casefold().rpartition("@")
    if not (local and at) or any(char.isspace() for char in local):
        raise ValueError("not an address")
    if not (_PLAIN_DOMAIN.fullmatch(domain) and "--" not in domain):
        domain = idna.encode(domain, uts46=True).decode()
    return f"{local}@{domain}"


def _tel(value: str) -> str:
    number = phonenumbers.parse(value.strip(), None)
    if not phonenumbers.is_possible_number(number):
        raise ValueError("not a number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _ref(value: str) -> str:
    trimmed = unicodedata.normalize("NFC", value.strip())
    if not trimmed:
        raise ValueError("empty")
    return trimmed


def _row(value: str) -> str:
    return value


_NORMALISERS: dict[str, Callable[[str], str]] = {
    "email/1": _email,
    "tel/1": _tel,
    "ref/1": _ref,
    "row/1": _row,
}


@lru_cache(maxsize=512)  # of kinds, which are the policy's; never of values
def _normaliser(kind: str) -> Callable[[str], str] | None:
    named = _KIND.fullmatch(kind)
    return _NORMALISERS.get(named[1]) if named else None


def normalise(kind: str, value: str) -> str:
    """The one form of `value` under which it is indexed.

    `email/1` trims, composes, folds case and writes the domain as A-labels; `tel/1` gives E.164 and
    needs the country code; `ref/1` trims and composes; `row/1` takes the value as it is.

    Raises:
        InvalidInput: the kind is not known, or the value cannot be read as one. Never names it.
    """
    normaliser = _normaliser(kind)
    if normaliser is None:
        raise InvalidInput(field="kind", rule="known-lookup-kind")
    try:
        return normaliser(value)
    except (ValueError, phonenumbers.NumberParseException):
        # Without a cause: the library's sentence would quote the value.
        raise InvalidInput(field=kind, rule="readable-as-its-kind") from None


def indexed(kind: str, value: str | bytes) -> bytes:
    """What is indexed of a value: `kind ‖ 0x00 ‖ normalised`. Bytes are for `row/1`, as they are.

    Raises:
        InvalidInput: as `normalise`; also bytes under another kind, or text that is not Unicode.
    """
    if isinstance(value, bytes):
        if _normaliser(kind) is not _row:
            raise InvalidInput(field=kind, rule="readable-as-its-kind")
        return kind.encode() + b"\0" + value
    normalised = normalise(kind, value)
    try:
        return kind.encode() + b"\0" + normalised.encode()
    except UnicodeEncodeError:
        raise InvalidInput(field=kind, rule="readable-as-its-kind") from None
