"""Texts, days and periods that are well formed and cannot be meant: what nobody sees, and no time.

What an officer reads is what counts, so nothing may be in a document that cannot be read in it. Here
and not in `forms.py`, because what was published stays readable.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from ledger.policy.model import PolicyDocument
from ledger.policy.periods import days_of, is_period
from ledger.policy.problem import Path, Problem, Problems, character

_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
"""What a line must not hold. Joiners (U+200C, U+200D) are letters' business in many scripts."""
_TURNED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202d\u202e\ufeff\ufff9-\ufffb]")
"""The same for a text of several lines: marks of direction belong to some languages, overrides to
none."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def unreadable(document: PolicyDocument, data: Mapping[str, Any]) -> Problems:
    """Every text that holds what nobody sees, is blank, or is a length of time of no days; and every
    day that is not written as one. `data`: the document as it was written."""
    yield from _part(document, data, ())


def _part(value: Any, written: Any, path: Path) -> Problems:
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            key = field.alias or name
            if isinstance(written, Mapping) and key in written:
                yield from _part(getattr(value, name), written[key], (*path, key))
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _part(one, written[key], (*path, key))
    elif isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from _part(one, written[number], (*path, number))
    elif isinstance(value, dt.date):
        if not _DAY.fullmatch(str(written)):  # a day of a week of a year is one, too
            yield Problem(
                path,
                "must be a date written like 2026-04-01",
                "write year, month and day, with hyphens",
            )
    elif isinstance(value, str):
        yield from _text(value, path)


def _text(value: str, path: Path) -> Problems:
    hidden = (_TURNED if "texts" in path else _HIDDEN).search(value) or _LONE.search(value)
    if hidden:
        yield Problem(
            path, f"holds a character that cannot be seen: {character(hidden[0])}", "remove it"
        )
    elif not any(unicodedata.category(one)[0] in "LNPSM" for one in value):
        yield Problem(path, "must not be empty", "write something")
    elif is_period(value) and days_of(value) == 0:
        yield Problem(path, "is no time at all", "write P1D or more")


_LONE = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""Halves of characters, and what is none."""
