"""One value of one attribute: in the form its type asks for, or refused by rule.

Pure, and silent about what it refuses: a rule names the field, and no error raised here carries or
chains the value. What is returned is what is sealed; look-ups normalise further (formats.md §3).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urlsplit

import phonenumbers
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from ledger.errors import InvalidInput
from ledger.policy.data import Attribute, AttributeType


def validate(attribute_id: str, attribute: Attribute, value: object) -> str:
    """The value in its normal form: trimmed, NFC, and as its type writes it.

    Raises:
        InvalidInput: facts field (the attribute's id) and rule; never the value.
    """
    if not isinstance(value, str):
        raise InvalidInput(field=attribute_id, rule="must be a text")
    plain = _plain(value, lines=attribute.type == "text")
    if plain is None:
        raise InvalidInput(field=attribute_id, rule="must not hold control characters")
    if not plain:
        raise InvalidInput(field=attribute_id, rule="must not be empty")
    if len(plain) > attribute.max_length:
        rule = f"must not be longer than {attribute.max_length} characters"
        raise InvalidInput(field=attribute_id, rule=rule)
    if attribute.type == "choice":
        if plain not in attribute.choices:
            rule = f"must be one of {', '.join(attribute.choices)}"
            raise InvalidInput(field=attribute_id, rule=rule)
        return plain
    form, rule = _FORMS[attribute.type]
    normal = form(plain)
    if normal is None:
        raise InvalidInput(field=attribute_id, rule=rule)
    return normal


def _plain(value: str, *, lines: bool) -> str | None:
    """Trimmed and NFC, or none if it holds what no text should: controls, surrogates, non-characters.

    A text may have several lines, ended by LF; anything else is one line.
    """
    if value.isascii() and value.isprintable():  # most values: in their form, and nothing to find
        return value.strip()
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n") if lines else value).strip()
    unwanted = _UNWANTED_IN_LINES if lines else _UNWANTED
    return None if unwanted.search(text) else text


_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane | 0xFFFE)}{chr(plane | 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_UNWANTED = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff{_NONCHARACTERS}]")
_UNWANTED_IN_LINES = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{_NONCHARACTERS}]")


def _as_is(text: str) -> str | None:
    return text


def _email(text: str) -> str | None:
    """By syntax alone; nobody is asked over the network. Names reserved for examples are good.

    A plain address is good as it stands; asking the library takes as long as sealing ten values.
    """
    plain = _PLAIN_ADDRESS.fullmatch(text)
    if plain and len(text) <= 254 and plain["top"] not in _UNUSUAL:
        return text
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None


_PLAIN_ADDRESS = re.compile(
    r"(?=[^@]{1,64}@)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9]|-(?!-)){0,61}(?<!-)\.)+(?P<top>[a-z]{2,24})"
)
_UNUSUAL = {name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES}
"""Tops of the domains that the library has rules of its own about."""


def _telephone(text: str) -> str | None:
    """E.164. An extension is refused, since E.164 has none and dropping it would lose it."""
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _date(text: str) -> str | None:
    try:
        return text if dt.date.fromisoformat(text).isoformat() == text else None
    except ValueError:
        return None


def _country(text: str) -> str | None:
    code = text.upper()
    return code if code in _COUNTRIES else None


def _url(text: str) -> str | None:
    """An http or https address; one with a password in it is refused."""
    if re.search(r"[\s<>\"\\^`{|}]", text):
        return None
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    return parts._replace(netloc=parts.netloc.lower()).geturl()


def _amount(text: str) -> str | None:
    """A decimal number as text; its places are kept, since 12.50 says more than 12.5."""
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", text):
        return None
    return format(Decimal(text), "f")


_FORMS: dict[AttributeType, tuple[Callable[[str], str | None], str]] = {
    "text": (_as_is, ""),
    "reference": (_as_is, ""),
    "email": (_email, "must be an e-mail address"),
    "telephone": (_telephone, "must be a telephone number with + and country code, no extension"),
    "date": (_date, "must be a date written like 2026-04-01"),
    "country": (_country, "must be a country code of two letters (ISO 3166-1)"),
    "url": (_url, "must be an address that starts with http:// or https://"),
    "amount": (_amount, "must be a decimal number written like 12.50"),
}

_ASSIGNED = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
_COUNTRIES = frozenset(_ASSIGNED.split())
"""ISO 3166-1 alpha-2, all 249 officially assigned."""
