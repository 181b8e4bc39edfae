"""Numbers of cards and accounts in a text: what payment providers keep, and this ledger never does.

Card numbers by IIN, length and Luhn; track data; security codes; IBAN (ISO 13616, mod 97); an Indian
account number beside an IFSC; UPI ids. Digits of any script, with the separators that people type.
What is told of a find is its kind, the brand or country, and the length: never a digit.

Source: PCI DSS v4.0.1, 3.2.1, 3.3.1 and 3.5.1; the tables are those of the networks' number ranges.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate
from string import ascii_letters
from typing import Literal, NamedTuple

from stdnum import iban, luhn, verhoeff

Kind = Literal[
    "card-number", "track-data", "security-code", "iban", "bank-account", "upi-id"
]  # fmt: skip


class Found(NamedTuple):
    """What was found: its kind, the brand of a card or country of an IBAN, and how many characters
    it has without separators."""

    kind: Kind
    brand: str | None
    length: int


def may_hold(text: str) -> bool:
    """Whether a text can hold such a number at all: a quick look, and never wrong to say no.

    Characters are mapped to their kinds, without separators, and kinds are looked for: 12 digits
    (a card, a track), nine with what reads like an IFSC, what begins as an IBAN does, a UPI id, a
    word for a security code.
    """
    if len(text) < _SHORTEST:
        return False
    if not text.isascii():
        return True
    plain = text.encode()
    kinds = plain.translate(_KINDS, b" \t./_-")
    if b"0" * 12 in kinds or (b"0" * 9 in kinds and _IFSC_LIKE.search(plain)):
        return True
    if b"aa00" in kinds and _IBAN_LIKE.search(plain):
        return True
    if b"@" in plain and _UPI_LIKE.search(plain):
        return True
    words = plain.lower()
    return b"cv" in words or b"csc" in words or b"security code" in words


_SHORTEST = 6
"""Characters of the shortest such number: a UPI id."""
_KINDS = bytes(
    ord("0") if char in b"0123456789" else ord("a") if char in ascii_letters.encode() else 32
    for char in range(256)
)
_IFSC_LIKE = re.compile(rb"[A-Za-z]{4}0[A-Za-z0-9]{6}")
_IBAN_LIKE = re.compile(rb"[A-Za-z]{2}\d\d(?:[ -]?[A-Za-z0-9]){11}")
_UPI_LIKE = re.compile(rb"@[A-Za-z]{2,64}\b(?![.@-]?\w)")  # a domain goes on with a dot


def find(text: str) -> list[Found]:
    """Every such number in a text of any length, in the order of the kinds; in time linear in it."""
    plain = _plain(text)
    if not _DIGIT.search(plain) and "@" not in plain:
        return []
    return [*_track_data(plain), *_cards(plain), *_codes(plain), *_ibans(plain), *_indian(plain)]


def without_ids(text: str) -> str:
    """The text with UUIDs and digests blanked: made by machines, of digits mostly, and no number of
    a card."""
    return _HEX.sub(lambda match: "x" * len(match[0]), text)


def _plain(text: str) -> str:
    """Compatible forms made one (NFKC), digits of any script ASCII, and what is invisible gone."""
    if text.isascii():
        return text
    compatible = unicodedata.normalize("NFKC", text)
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char
        for char in compatible
        if unicodedata.category(char) != "Cf"
    )


_DIGIT = re.compile(r"\d", re.ASCII)


# ---- cards --------------------------------------------------------------------------------------


class _Range(NamedTuple):
    """Numbers of one brand: the first digits from and to (as long as they are written), lengths."""

    brand: str
    first: str
    last: str
    lengths: range


_BRANDS: tuple[tuple[str, str, range], ...] = (
    ("mir", "2200-2204", range(16, 20)),
    ("verve", "506099-506198 650002-650027", range(16, 20)),
    ("troy", "9792", range(16, 17)),
    ("amex", "34 37", range(15, 16)),
    ("diners", "300-305 3095 36 38-39", range(14, 20)),
    ("jcb", "3528-3589", range(16, 20)),
    ("discover", "6011 644-649", range(16, 20)),
    ("rupay", "508 353 356 60 65 81 82", range(16, 17)),
    ("discover", "65", range(17, 20)),
    ("instapayment", "637-639", range(16, 17)),
    ("unionpay", "62 81", range(16, 20)),
    ("mastercard", "51-55 2221-2720", range(16, 17)),
    ("maestro", "5018 5020 5038 5893 6304 6759 6761-6763 50 56-69", range(12, 20)),
)  # fmt: skip
"""More particular ranges first: the first that fits names the brand. Where two networks share a
range, whose card it is cannot be told, nor does it matter."""


def _ranges() -> Iterator[_Range]:
    for brand, prefixes, lengths in _BRANDS:
        for prefix in prefixes.split():
            first, _, last = prefix.partition("-")
            yield _Range(brand, first, last or first, lengths)
    for length in (13, 16, 19):
        yield _Range("visa", "4", "4", range(length, length + 1))


_RANGES = tuple(_ranges())
_MOST, _LEAST = 19, 12
_SEPARATOR = r"[ \u00a0\t./_\u2010-\u2015-]"
_RUN = re.compile(rf"\d+(?:(?:{_SEPARATOR}| {_SEPARATOR} )\d+)*", re.ASCII)
_GROUP = re.compile(r"\d+", re.ASCII)
_LAYOUTS = {(4, 4, 4, 4), (4, 4, 4, 4, 1), (4, 4, 4, 4, 2), (4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4)}
"""How the digits of a card are grouped on it: these are seen also among other groups of digits."""
_CARD_WORD = re.compile(
    r"\b(?:cards?|visa|master ?card|rupay|amex|american express|maestro|diners|jcb|cc|pan|cvv\d?"
    r"|cvc\d?|expir\w*|debit|credit)\b",
    re.IGNORECASE,
)
_NEAR = 40
"""Characters on either side in which a word tells what a number is."""
_HEX = re.compile(
    r"\b(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
    r"|(?=[0-9]*[a-f])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}))\b",
    re.IGNORECASE,
)
_E164 = 15
"""Digits of a telephone number at most; behind a `+` so many are one."""


def _cards(text: str) -> Iterator[Found]:
    text = without_ids(text)
    for run in _RUN.finditer(text):
        if run.end() - run.start() < _LEAST:
            continue
        told = _CARD_WORD.search(_beside(text, run)) is not None
        groups = [group[0] for group in _GROUP.finditer(run[0])]
        dialled = text[max(run.start() - 1, 0) : run.start()] == "+"
        if dialled and not told and sum(map(len, groups)) <= _E164:
            continue
        for digits in _candidates(groups):
            brand = _brand(digits)
            if not told and (brand is None or _may_be_aadhaar(digits)):
                continue
            if len(set(digits)) > 1 and luhn.is_valid(digits):
                yield Found("card-number", brand, len(digits))
                break  # one of a run is enough to refuse it


def _beside(text: str, match: re.Match[str]) -> str:
    """What stands right before a match and right behind it."""
    before = text[max(match.start() - _NEAR, 0) : match.start()]
    return f"{before} {text[match.end() : match.end() + _NEAR]}"


def _candidates(groups: list[str]) -> Iterator[str]:
    """What may be one number: the whole run, a group by itself, or groups as they are on a card."""
    lengths = [len(group) for group in groups]
    ends = [0, *accumulate(lengths)]
    if _LEAST <= ends[-1] <= _MOST:
        yield "".join(groups)
    for start, length in enumerate(lengths):
        if _LEAST <= length <= _MOST and len(groups) > 1:
            yield groups[start]
        for count in (3, 4, 5):
            if tuple(lengths[start : start + count]) in _LAYOUTS and count < len(groups):
                yield "".join(groups[start : start + count])


def _may_be_aadhaar(digits: str) -> bool:
    """India's number of a person has 12 digits, as some cards have, and a check of its own."""
    return len(digits) == 12 and verhoeff.is_valid(digits)


def _brand(digits: str) -> str | None:
    for one in _RANGES:
        head = digits[: len(one.first)]
        if len(digits) in one.lengths and one.first <= head <= one.last:
            return one.brand
    return None


_TRACK = re.compile(r"%?B(\d{12,19})\^|;(\d{12,19})=", re.ASCII)


def _track_data(text: str) -> Iterator[Found]:
    for match in _TRACK.finditer(text):
        digits = match[1] or match[2]
        yield Found("track-data", _brand(digits), len(digits))


_CODE = re.compile(
    r"\b(?:cvv2?|cvc2?|cvn2?|csc|card security code|security code)\b\W{0,8}(?:(?:is|no|number)\W{1,3})?"
    r"(\d{3,4})(?!\d)",
    re.IGNORECASE | re.ASCII,
)


def _codes(text: str) -> Iterator[Found]:
    for match in _CODE.finditer(text):
        yield Found("security-code", None, len(match[1]))


# ---- accounts -----------------------------------------------------------------------------------

_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}", re.IGNORECASE | re.ASCII)
_IBAN_LENGTHS = range(15, 35)


def _ibans(text: str) -> Iterator[Found]:
    for match in _IBAN.finditer(text):
        compact = re.sub(r"[ -]", "", match[0]).upper()
        for length in reversed(_IBAN_LENGTHS):  # words may follow the number
            number = compact[:length]
            if len(number) == length and iban.is_valid(number, check_country=False):
                yield Found("iban", number[:2].lower(), length)
                break


_IFSC = re.compile(r"\b[A-Z]{4}0[A-Z0-9]{6}\b", re.IGNORECASE | re.ASCII)
_ACCOUNT = re.compile(r"(?<![\dA-Z])\d(?:[ -]?\d){8,17}(?![\dA-Z])", re.IGNORECASE | re.ASCII)
_BESIDE = 80
"""Characters within which an account number belongs to an IFSC."""
_UPI_WORD = re.compile(r"\b(?:upi|vpa|bhim|gpay|phonepe)\b", re.IGNORECASE)
_UPI = re.compile(
    r"(?<![\w.@-])[\w.-]{2,256}@([a-z]{2,64})\b(?![.@-]?\w)", re.IGNORECASE | re.ASCII
)
_HANDLES = frozenset(
    """
    abfspay airtel allbank apl axisb axisbank axisgo axl barodampay cnrb dbs fbl federal freecharge
    hdfcbank hsbc ibl icici idbi idfcbank idfcfirst ikwik indus kbl kotak mbk obc okaxis okbizaxis
    okhdfcbank okicici oksbi paytm payzapp pingpay pnb postbank ptaxis pthdfc ptsbi ptyes rbl sbi
    sib timecosmos tmb uboi uco upi utbi waaxis wahdfcbank waicici wasbi yapl ybl yesbank yesbankltd
    yespay
    """.split()  # noqa: SIM905 - a list of words reads better
)
"""Handles that banks and payment apps give out. Others count where a word says that it is a UPI id."""


def _indian(text: str) -> Iterator[Found]:
    for code in _IFSC.finditer(text):
        before = text[max(code.start() - _BESIDE, 0) : code.start()]
        after = text[code.end() : code.end() + _BESIDE]
        account = _ACCOUNT.search(before) or _ACCOUNT.search(after)
        if account is not None:
            yield Found("bank-account", "in", sum(char.isdigit() for char in account[0]))
    for match in _UPI.finditer(text):
        if match[1].lower() in _HANDLES or _UPI_WORD.search(_beside(text, match)):
            yield Found("upi-id", "in", len(match[0]))
