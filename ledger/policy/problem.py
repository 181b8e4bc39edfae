"""What is wrong with a policy document, in words its author can act on.

The validator's own sentences speak of Python; here each kind of them becomes a rule and a remedy.
An id of the document may be quoted, a value never needs to be.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from ledger.policy.forms import PATTERNS
from ledger.policy.model import PolicyDocument

Path = tuple[str | int, ...]
"""Keys from the top of the document, and numbers (from 0) inside lists."""


class Problem(NamedTuple):
    """Where, which rule, and what to do. The line is that of the key, or of what should hold it."""

    path: Path
    rule: str
    remedy: str

    @property
    def key(self) -> str:
        return ".".join(part for part in self.path if isinstance(part, str))


Problems = Iterator[Problem]


def one_of(names: Iterable[str]) -> str:
    """`a, b or c`, in the order given."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


MOST_NAMES = 40
"""Names that a sentence lists; of more than `MOST_COMPARED` none is looked for that is like another."""
MOST_COMPARED = 500


def nearest(name: str, names: Iterable[str]) -> str:
    """A remedy for a name that is not among those that exist: the likely one, or all of them."""
    known = list(names)
    close = (
        difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        if len(known) <= MOST_COMPARED
        else [one for one in (name.lower(), name.replace("_", "-")) if one in known]
    )
    if close:
        return f"did you mean {close[0]}?"
    if len(known) > MOST_NAMES:
        return f"use one of those there, such as {one_of(known[:3])}"
    return f"use {one_of(known)}" if known else "there is none yet: add it first"


def character(one: str) -> str:
    """A character by its number and name: `U+0430 CYRILLIC SMALL LETTER A`."""
    return f"U+{ord(one):04X} {unicodedata.name(one, '')}".rstrip()


def of_form(error: ErrorDetails, document: type[BaseModel] = PolicyDocument) -> Problem:
    """One finding of the validator about this kind of document, in our words."""
    path, kind, facts = error["loc"], error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return Problem(
            path, "is not a key here", nearest(str(path[-1]), _keys_at(document, path[:-1]))
        )
    if path[-1:] == ("[key]",):
        path = path[:-1]
    if kind == "string_pattern_mismatch":
        return Problem(path, f"must be {PATTERNS[facts['pattern']]}", _written(error))
    if kind in _FROM_MODEL:
        return Problem(path, error["msg"], _FROM_MODEL[kind])
    rule, remedy = _RULES.get(kind, ("has the wrong form", "see the document that is shipped"))
    return Problem(path, rule.format(**facts), remedy.format(**facts))


def _written(error: ErrorDetails) -> str:
    """How a text is written that is nearly in its form: a letter of another alphabet is named, which
    looks like ours; an id is small, with hyphens."""
    text, pattern = str(error.get("input", "")), re.compile(error["ctx"]["pattern"])
    likely = re.sub(r"[\s_]+", "-", text.strip().lower())
    foreign = next((one for one in text if not one.isascii()), None)
    if foreign is None:
        is_id = pattern.fullmatch("a-1") is not None and pattern.fullmatch(likely) is not None
        return f"write {likely}" if is_id else "write it in this form"
    return f"write it in this form, without {character(foreign)}"


_FROM_MODEL = {
    "date": "write year, month and day, with hyphens",
    "period": "write years, months and days as whole numbers, in this order",
    "twice": "name each thing once",
    "contradiction": "keep what is meant",
}
_SECTION = ("must hold keys", "indent the keys below it; write {{}} where it may be empty")
_LIST = ("must be a list", "write it as [one, two], or a line with a hyphen for each")
_RULES = {
    "missing": ("is missing", "add it"),
    "string_type": ("must be a text", "put it in quotes if it is one"),
    "bool_type": ("must be true or false", "write true or false, without quotes"),
    "int_type": ("must be a whole number", "write digits, without quotes"),
    "literal_error": ("must be one of {expected}", "use one of them"),
    "string_too_short": ("must not be empty", "write something"),
    "string_too_long": ("is longer than {max_length} characters", "shorten it"),
    "too_short": ("must name at least one", "add one"),
    "greater_than_equal": ("must be at least {ge}", "use a larger number"),
    "less_than_equal": ("must be at most {le}", "use a smaller number"),
    "tuple_type": _LIST,
    "mapping_type": _SECTION,
    "dict_type": _SECTION,
    "model_type": _SECTION,
}


def _keys_at(document: type[BaseModel], path: Path) -> list[str]:
    """The keys that may stand at this place of a document."""
    model: Any = document
    for part in path:
        if isinstance(model, type) and issubclass(model, BaseModel):
            model = _field_type(model, str(part))
        else:  # the id of a section
            model = get_args(model)[-1]
    return [field.alias or name for name, field in _fields(model).items()]


def _field_type(model: type[BaseModel], key: str) -> Any:
    found = next(field for name, field in _fields(model).items() if key in (name, field.alias))
    inner = [one for one in get_args(found.annotation) if _is_model(one)]
    origin = getattr(found.annotation, "__origin__", None)
    is_section = isinstance(origin, type) and issubclass(origin, Mapping)
    return inner[0] if inner and not is_section else found.annotation


def _is_model(one: Any) -> bool:
    return isinstance(one, type) and issubclass(one, BaseModel)


def _fields(model: Any) -> Mapping[str, Any]:
    return model.model_fields if _is_model(model) else {}
