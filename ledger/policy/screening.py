"""Screening: what is said is looked through for numbers of cards and accounts (P08).

Every text of a command, however deep it stands, is looked at. What is found is told by its place,
its kind, its brand and its length, never by a digit; the document says which kinds are refused, and
which attributes only look like such a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Struct, inspect

from ledger.events import Finding
from ledger.policy.identifiers import Kind, find, may_hold, without_ids
from ledger.policy.model import PolicyDocument

S = TypeVar("S", bound=Struct)

RULE = "identifier-found"
WITHHELD = "[withheld]"
"""What stands in the place of a text that is not kept."""


class Hit(NamedTuple):
    """Where such a number stands (`values[2].value`), the attribute or field that is about, and
    what it is."""

    place: str
    about: str
    kind: Kind
    brand: str | None
    length: int


def suspect(said: Struct) -> bool:
    """Whether what is said can hold such a number: a quick look, so that few things are screened."""
    texts: list[Any] = []
    _gather(said, texts)
    try:
        return may_hold("\n".join(filter(None, texts)))
    except TypeError:  # something else stands where a text should
        return True


def suspect_key(key: str) -> bool:
    """The same of a caller's own id of a command, where ids made by machines are none."""
    return may_hold(key) and may_hold(without_ids(key))


def key_holds(key: str, policy: PolicyDocument) -> bool:
    """Whether it holds such a number."""
    refused = policy.identifiers.refuse
    return any(one.kind in refused for one in find(without_ids(key)))


def screen(said: S, policy: PolicyDocument) -> tuple[S, tuple[Hit, ...]]:
    """What is said without such numbers, and where they stood.

    A value of an attribute is left out whole; of anything else `WITHHELD` remains.
    """
    screening = _Screening(policy)
    left = screening.struct(said, "", None)
    return left, tuple(screening.hits)


def findings_of(hits: Iterable[Hit]) -> tuple[Finding, ...]:
    """The rule that is broken, once for each attribute or field."""
    return tuple(Finding(RULE, about) for about in dict.fromkeys(hit.about for hit in hits))


def numbers_in(policy: PolicyDocument, attribute: str, text: str) -> tuple[Hit, ...]:
    """The same of a single value of an attribute, which is its place, too."""
    if not may_hold(text):
        return ()
    screening = _Screening(policy)
    screening.text(text, attribute, attribute)
    return tuple(screening.hits)


class _Screening:
    """Looks through one thing that is said."""

    def __init__(self, policy: PolicyDocument) -> None:
        self._attributes = policy.attributes
        self._refused = frozenset(policy.identifiers.refuse)
        self._exempt = frozenset(policy.identifiers.exempt)
        self.hits: list[Hit] = []

    def struct(self, said: S, place: str, attribute: str | None) -> S:
        """The same struct, or a copy without what was found."""
        changed = {}
        flat, deep = _fields(type(said))
        for name in (*flat, *deep):
            old = getattr(said, name)
            if not old or _is_harmless(old):
                continue
            own = attribute if name == "value" else None
            new = self._part(old, f"{place}.{name}" if place else name, own)
            if new is not old:
                changed[name] = new
        return msgspec.structs.replace(said, **changed) if changed else said

    def text(self, text: str, place: str, attribute: str | None) -> str:
        """The same text, or what is left of it."""
        if attribute in self._exempt:
            return text
        found = [one for one in find(text) if one.kind in self._refused]
        about = attribute or _code(place)
        self.hits += [Hit(place, about, one.kind, one.brand, one.length) for one in found]
        return WITHHELD if found else text

    def _part(self, part: Any, place: str, attribute: str | None) -> Any:
        if isinstance(part, str):
            return self.text(part, place, attribute)
        if isinstance(part, tuple | list):
            return self._parts(part, place)
        if isinstance(part, Struct):
            return self.struct(part, place, self._listed(part))
        return part

    def _parts(self, parts: tuple[Any, ...] | list[Any], place: str) -> Any:
        left = []
        for number, part in enumerate(parts):
            harmless = _is_harmless(part)
            new = part if harmless else self._part(part, f"{place}[{number}]", None)
            if new is part or not hasattr(part, "attribute"):
                left.append(new)
        unchanged = len(left) == len(parts) and all(map(lambda a, b: a is b, left, parts))
        return parts if unchanged else tuple(left)

    def _listed(self, part: Struct) -> str | None:
        """The attribute this is a value of, if the policy lists it."""
        attribute = getattr(part, "attribute", None)
        return attribute if attribute in self._attributes else None


def _is_harmless(part: Any) -> bool:
    return isinstance(part, str) and not may_hold(part)


def _code(place: str) -> str:
    """A place as a code: without numbers, which are a list's, and never a person's."""
    names = (part.partition("[")[0] for part in place.split("."))
    return "-".join(names).replace("_", "-")


# ---- where texts stand --------------------------------------------------------------------------


def _gather(said: Any, texts: list[Any]) -> None:
    if isinstance(said, str):
        texts.append(said)
    elif isinstance(said, tuple | list):
        for one in said:
            _gather(one, texts)
    elif isinstance(said, Struct):
        flat, deep = _getters(type(said))
        texts += flat(said)
        for part in deep(said):
            if part:
                _gather(part, texts)


Getter = Callable[[Struct], tuple[Any, ...]]


@cache
def _getters(kind: type[Struct]) -> tuple[Getter, Getter]:
    flat, deep = _fields(kind)
    return _getter(flat), _getter(deep)


def _getter(names: tuple[str, ...]) -> Getter:
    if len(names) > 1:
        return attrgetter(*names)
    one = attrgetter(*names) if names else None
    return lambda said: () if one is None else (one(said),)


@cache
def _fields(kind: type[Struct]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of a struct that are texts, and those in which texts stand deeper. `UNSCREENED`
    names those that nobody needs to look at."""
    left_out = getattr(kind, "UNSCREENED", ())
    fields = [f for f in inspect.type_info(kind).fields if f.name not in left_out]  # type: ignore[attr-defined]
    depths = {field.name: _depth(field.type) for field in fields}
    return (
        tuple(name for name, depth in depths.items() if depth == 1),
        tuple(name for name, depth in depths.items() if depth > 1),
    )


def _depth(kind: inspect.Type) -> int:
    """How deep texts stand in a field of this type: 1 for a text, 0 for none.

    Raises:
        TypeError: it is of a type that nobody has thought of here.
    """
    match kind:
        case inspect.StrType() | inspect.LiteralType():
            return 1
        case inspect.UnionType(types=types):
            return max(map(_depth, types))
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return 2 if _depth(item) else 0
        case inspect.StructType(fields=fields):
            return 2 if any(_depth(field.type) for field in fields) else 0
        case _ if isinstance(kind, _TEXTLESS):
            return 0
    raise TypeError(f"no text is looked for in {type(kind).__name__}")


_TEXTLESS = (
    inspect.UUIDType, inspect.DateType, inspect.DateTimeType, inspect.IntType, inspect.BoolType,
    inspect.BytesType, inspect.NoneType,
)  # fmt: skip
