"""The forms a text of the policy document can be asked to have."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, Strict
from pydantic_core import PydanticCustomError

from ledger.policy import periods

T = TypeVar("T")


def _date(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value
    try:
        if isinstance(value, str) and len(value) == 10:
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("date", "must be a date written like 2026-04-01")


def _period(value: str) -> str:
    try:
        periods.add_period(dt.date(2000, 1, 1), value)
    except ValueError:
        raise PydanticCustomError(
            "period", "must be a period written like P8Y, P72M or P30D"
        ) from None
    return value


def _once(value: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(value)) != len(value):
        raise PydanticCustomError("twice", "names something twice")
    return value


PATTERNS = {
    (_ID := r"^[a-z0-9][a-z0-9-]{0,63}$"): "an id: small letters, digits and hyphens, up to 64",
    (_ATTRIBUTE := r"^[a-z][a-z0-9-]{0,63}$"): "an id that starts with a letter, up to 64",
    (_LABEL := r"^[^\x00-\x1f\x7f]+$"): "one line",
    (_IRI := r"^https?://[^\s<>\"{}|\\^`]+$"): "an address that starts with http:// or https://",
    (_LANGUAGE := r"^[a-z]{2,3}(-[a-z0-9]{2,8})*$"): "a language code in small letters, such as en",
    (_ADDRESS := r"^([^@\s]+@[^@\s]+|https://\S+)$"): "an e-mail address or an https:// address",
    (_MARKET := r"^[A-Z]{2}$"): "a country code of two capital letters (ISO 3166-1)",
    (_SHA256 := r"^[0-9a-f]{64}$"): "a SHA-256: 64 hex digits in small letters",
    (_DECIMAL := r"^0(\.[0-9]{1,6})?$"): 'a share below 1 written like "0.001"',
    (_LOOKUP := r"^(email|tel|ref)/1(/[a-z0-9][a-z0-9-]{0,63})?$"): "email/1, tel/1 or ref/1",
}
"""Every form a text can be asked to have, and how its author is told."""

Id = Annotated[str, Field(pattern=_ID)]
AttributeId = Annotated[str, Field(pattern=_ATTRIBUTE)]
"""Narrower than other ids: an attribute's id is the field name under which values are sealed."""
Label = Annotated[str, Field(min_length=1, max_length=300, pattern=_LABEL)]
Text = Annotated[str, Field(min_length=1, max_length=50_000)]
Iri = Annotated[str, Field(pattern=_IRI, max_length=300)]
Language = Annotated[str, Field(pattern=_LANGUAGE, max_length=64)]
Address = Annotated[str, Field(pattern=_ADDRESS, max_length=300)]
Market = Annotated[str, Field(pattern=_MARKET)]
Sha256 = Annotated[str, Field(pattern=_SHA256)]
Decimal = Annotated[str, Field(pattern=_DECIMAL)]
"""A share, as text: YAML has no exact decimals."""
LookupKind = Annotated[str, Field(pattern=_LOOKUP)]
"""A normaliser, and after it a name where several references must not be confused."""
_ONCE = Field(json_schema_extra={"uniqueItems": True})
Distinct = Annotated[tuple[T, ...], Strict(False), AfterValidator(_once), _ONCE]
"""A list that names nothing twice."""
Some = Annotated[tuple[T, ...], Strict(False), Field(min_length=1), AfterValidator(_once), _ONCE]
"""The same, of at least one."""
SomeIds = Some[Id]
Date = Annotated[dt.date, BeforeValidator(_date)]
Period = Annotated[
    str, AfterValidator(_period), Field(json_schema_extra={"pattern": periods.PATTERN})
]
