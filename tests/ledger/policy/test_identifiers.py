"""Card and account numbers are found however they are written; what only looks like one is not."""

from __future__ import annotations

import re
import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn

from ledger.policy.identifiers import Found, find, may_hold, without_ids

CARDS = {
    "4111111111111111": "visa",
    "4222222222222": "visa",
    "4000000000000000006": "visa",
    "5555555555554444": "mastercard",
    "2223003122003222": "mastercard",
    "378282246310005": "amex",
    "6011111111111117": "discover",
    "30569309025904": "diners",
    "3530111333300000": "jcb",
    "6759649826438453": "maestro",
    "6070000000000002": "rupay",
    "6520000000000008": "rupay",
    "8172000000000005": "rupay",
    "8203000000000008": "rupay",
    "5085000000000007": "rupay",
    "6220000000000000008": "unionpay",
    "2200000000000004": "mir",
    "9792000000000003": "troy",
}
"""The networks' test numbers, and numbers made of their ranges."""
SEPARATORS = ["", " ", "-", ".", "/", "_", "\t", "\u00a0", "\u2013", " - "]
DIGITS = ["0123456789", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19",
          "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669",
          "\u0966\u0967\u0968\u0969\u096a\u096b\u096c\u096d\u096e\u096f"]  # fmt: skip


def in_fours(digits: str, separator: str) -> str:
    return separator.join(digits[at : at + 4] for at in range(0, len(digits), 4))


@pytest.mark.parametrize("separator", SEPARATORS, ids=ascii)
@pytest.mark.parametrize("number", CARDS)
def test_a_card_number_is_found_with_its_brand_and_length(number: str, separator: str) -> None:
    written = f"Please charge {in_fours(number, separator)}, thanks."
    assert find(written) == [Found("card-number", CARDS[number], len(number))]


@pytest.mark.parametrize("script", DIGITS, ids=ascii)
def test_digits_of_any_script_are_digits(script: str) -> None:
    written = "4111111111111111".translate(str.maketrans("0123456789", script))
    assert find(written) == [Found("card-number", "visa", 16)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4111 1111 1111 1111 12/27", Found("card-number", "visa", 16)),
        ("order 17, 4111-1111-1111-1111 17", Found("card-number", "visa", 16)),
        ("3782-822463-10005 exp 10/29", Found("card-number", "amex", 15)),
        ("4111\u200b1111\u200b1111\u200b1111", Found("card-number", "visa", 16)),
        ("my card is 9111111111111111", None),
        ("my card is 9111111111111110", Found("card-number", None, 16)),
        ("CVV: 123", Found("security-code", None, 3)),
        ("the security code is 1234", Found("security-code", None, 4)),
        ("IBAN DE89 3704 0044 0532 0130 00 is mine", Found("iban", "de", 22)),
        ("gb82west12345698765432", Found("iban", "gb", 22)),
        ("a/c 123456789012, IFSC HDFC0001234", Found("bank-account", "in", 12)),
        ("HDFC0001234 / 1234 5678 9012", Found("bank-account", "in", 12)),
        ("ravi.k@okhdfcbank", Found("upi-id", "in", 17)),
        ("my UPI is ravi@somebank", Found("upi-id", "in", 13)),
    ],
)
def test_as_people_write_them(text: str, found: Found | None) -> None:
    assert find(text) == ([] if found is None else [found])


def test_the_magnetic_track_is_found() -> None:
    assert Found("track-data", "visa", 16) in find("%B4111111111111111^DOE/J^2512")
    assert Found("track-data", "visa", 16) in find(";4111111111111111=2512")


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # one digit off
        "1748503543012",  # a moment in ms
        "1748503543012345",  # and in µs
        "5678 9012 0163",  # Aadhaar, though Maestro's range and Luhn fit, too
        "27AAPFU0939F1ZV",  # GSTIN
        "550e8400-e29b-41d4-a716-446655440000",
        "41111111-1111-1111-8111-111111111111",  # a UUID of digits alone
        "2026-11-22 10:45:30.123456",
        "+91 98765 43210",
        "invoice 2026/000123/4567",
        "GB83WEST12345698765432",  # fails mod 97
        "the branch HDFC0001234",
        "123456789012",
        "ravi@example.org",
        "ravi@home",
        "a cvv is never asked for",
        "",
    ],
)
def test_what_only_looks_like_one_passes(text: str) -> None:
    assert find(text) == []


@given(
    head=st.sampled_from(["4", "51", "2221", "37", "60", "62", "5018"]),
    body=st.text("0123456789", min_size=15, max_size=15),
    separator=st.sampled_from(SEPARATORS),
    around=st.sampled_from(["", "x", "No. ", "\n", "(", "["]),
)
def test_any_number_of_a_network_is_found(
    head: str, body: str, separator: str, around: str
) -> None:
    length = 15 if head == "37" else 16
    number = (head + body)[: length - 1]
    number += luhn.calc_check_digit(number)
    assert [one.kind for one in find(around + in_fours(number, separator))] == ["card-number"]


@given(st.text())
def test_what_is_told_is_never_a_digit_of_it(text: str) -> None:
    """Whatever comes in, it is answered, in kinds and brands alone."""
    for one in find(text):
        assert one.brand is None or one.brand.isalpha()


@pytest.mark.parametrize("part", ["4 1 ", "1234-", "AB12 ", "a@b ", "HDFC0001234 ", "9" * 50])
def test_long_texts_are_read_in_linear_time(part: str) -> None:
    """Eight times the text takes about eight times as long: no pattern runs away."""

    def took(size: int) -> float:
        text = part * (size // len(part))
        started = time.process_time()
        find(text)
        return time.process_time() - started

    took(1_000)
    assert took(80_000) < 0.2 + 24 * took(10_000)


@cache
def ibans_of_all_countries() -> dict[str, str]:
    """One valid number of each country of the register that the check uses, by its code."""
    made = {}
    for line in (Path(iban.__file__).parent / "iban.dat").read_text("utf-8").splitlines():
        shape = re.fullmatch(r'([A-Z]{2}) .*bban="([^"]+)".*', line)
        if shape is None:
            continue
        parts = re.findall(r"(\d+)!([nac])", shape[2])
        body = "".join({"n": "7", "a": "K", "c": "K"}[kind] * int(size) for size, kind in parts)
        made[shape[1]] = f"{shape[1]}{iban.calc_check_digits(f'{shape[1]}00{body}')}{body}"
    return made


# ---- the quick look -----------------------------------------------------------------------------

PARTS = [
    *CARDS, "4111 1111", "1111-1111", "cvv", "CVC2", " is 123", "security code: 1234", "IBAN ",
    "DE89 3704 0044 0532 0130 00", "gb82west12345698765432", "AD12-0001-2030-2003-5910-0100",
    "MT84MALT011000012345MTLCAST001S", "HDFC0001234", " 123456789", "ravi@ybl", "ravi@okhdfcbank ",
    "@example.org", "UPI ravi@somebank", "+49 1512 3456789", "%B4111111111111111^", "\n", "\t", " ",
    "/", ".", "-", "_", "x", "é", "\u0664\u0661\u0661\u0661", "550e8400-e29b-41d4-a716-446655440000",
]  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), max_size=6).map("".join) | st.text())
def test_the_quick_look_misses_nothing(text: str) -> None:
    """Whatever is found is suspect before; nothing else would be looked at."""
    assert may_hold(text) or find(text) == []


@pytest.mark.parametrize("country", sorted(ibans_of_all_countries()))
def test_an_iban_of_every_country_is_suspect_and_found(country: str) -> None:
    """Of the register's shape: digits, capitals and either, in every country of it."""
    number = ibans_of_all_countries()[country]
    for written in (number, in_fours(number, " "), number.lower()):
        assert may_hold(written)
        assert Found("iban", country.lower(), len(number)) in find(f"to {written}")


@pytest.mark.parametrize(
    "text",
    [
        "17 Lotus Pond Road, Pune 411001",
        "meera.krishnan@example.org",
        "account-keeping",
        "2026-11-22T10:45:30.123456Z",
        "invoice 2026-0001",
        "+49 30 123456",
        "",
    ],
)
def test_most_texts_need_no_closer_look(text: str) -> None:
    assert not may_hold(text)


@pytest.mark.parametrize(
    "key",
    [
        "41111111-1111-4111-8111-111111111111",
        "a" + "4111111111111111" + "b" * 15,
        "4111111111111111" * 4 + ":17",
        "f" + "4111111111111111" * 2 + "0" * 31 + ":17",
    ],
)
def test_ids_that_machines_make_hold_no_numbers(key: str) -> None:
    """A UUID or a digest reads like a card once in some hundred times: none of them is one."""
    assert find(without_ids(key)) == []


@pytest.mark.parametrize("number", ["+49 1512 3456787", "+4222222222222", "+62 812 3456 7899"])
def test_what_is_dialled_is_no_card(number: str) -> None:
    """A plus and 15 digits at most are a telephone number, whatever its check digit says."""
    assert find(f"call {number}") == []
    assert find(f"call {number[1:]}") != []
    assert find("call +4111 1111 1111 1111") != []
