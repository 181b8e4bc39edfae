"""The form of a new event: it is proved, on the very bytes, that its reader will take them.

A struct does not look at what it is given: a caller's text in place of a code or a scope would be
stored in the clear, for ever, and would stop every reader of the log.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Iterable
from types import GenericAlias, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from ledger.events import Digest, Event, KeyId, Moment
from ledger.sealing import Sealed

_SOME: dict[type, Any] = {
    Moment: Moment(1970, 1, 1, tzinfo=dt.UTC),
    Sealed: Sealed(b""),
    Digest: Digest(),
    KeyId: KeyId(),
}
"""What stands for the bytes of an event while its form is checked: we wrote those ourselves."""

_KEPT = 4_096
"""Combinations of words a part of an event is remembered by; a policy has far fewer."""


class Form:
    """What the events of one kind must look like.

    Looking at the words (codes, scopes) with their patterns costs most. So once a combination of
    them was proved, an event with the same words in the same places is checked for all the rest.
    """

    def __init__(self, kind: type[Event]) -> None:
        self._all = msgspec.json.Decoder(kind, dec_hook=lambda leaf, _: _SOME[leaf])
        self._all_but_words = msgspec.json.Decoder(_wordless(kind))
        self._words = _Words(kind)

    def check(self, body: Event, state: bytes) -> None:
        """Prove that `state`, the stored form of `body`, is one that its reader takes.

        Raises:
            msgspec.ValidationError: it is not; its text ends with the place, and may quote.
        """
        if self._words.are_proved(body):
            self._all_but_words.decode(state)
        else:
            self._all.decode(state)
            self._words.learn(body)


class _Words:
    """The combinations of words that were found good in one kind of struct, and in its parts."""

    def __init__(self, kind: type[msgspec.Struct]) -> None:
        hints = get_type_hints(kind, include_extras=True)
        own = [name for name in kind.__struct_fields__ if _has_words(hints[name])]
        self._of: Callable[[Any], Any] = operator.attrgetter(*own) if own else lambda _: ()
        self._proved: set[Any] = set() if own else {()}
        self._parts = [
            (operator.attrgetter(name), _Words(part))
            for name in kind.__struct_fields__
            if (part := _part_of(hints[name])) is not None
        ]

    def are_proved(self, struct: Any) -> bool:
        try:
            if self._of(struct) not in self._proved:
                return False
            for get, words in self._parts:
                value = get(struct)
                if value and not words.all_proved(_each(value)):
                    return False
        except (TypeError, AttributeError):  # not what it should be: looking at all of it will say
            return False
        return True

    def all_proved(self, structs: Iterable[Any]) -> bool:
        """Whether they are in each of these; at once where a struct has words and no parts."""
        if self._parts:
            return all(map(self.are_proved, structs))
        return self._proved.issuperset(map(self._of, structs))

    def learn(self, struct: Any) -> None:
        if len(self._proved) >= _KEPT:
            self._proved.clear()
        try:
            self._proved.add(self._of(struct))
            for get, words in self._parts:
                for part in _each(get(struct)):
                    words.learn(part)
        except (TypeError, AttributeError):  # good, but a list or a mapping: looked at every time
            return


def _each(value: Any) -> Iterable[Any]:
    """The structs in a field: those of a sequence, the one, or none."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _members(hint: Any) -> tuple[Any, ...]:
    """The types a field may have, itself included: of a union its parts, of a tuple its elements."""
    if get_origin(hint) in (Union, UnionType, tuple):
        return tuple(member for part in get_args(hint) for member in _members(part))
    return (hint,)


def _has_words(hint: Any) -> bool:
    return any(get_origin(member) is Annotated for member in _members(hint))


def _part_of(hint: Any) -> type[msgspec.Struct] | None:
    for member in _members(hint):
        if isinstance(member, type) and issubclass(member, msgspec.Struct):
            return member
    return None


def _wordless(hint: Any) -> Any:
    """The same type with any text where a word or our own bytes stand: they are proved already."""
    if get_origin(hint) is Annotated or hint in _SOME:
        return str
    if get_origin(hint) in (Union, UnionType):
        return Union[tuple(map(_wordless, get_args(hint)))]  # noqa: UP007 - any number of members
    if get_origin(hint) is tuple:
        return GenericAlias(tuple, (_wordless(get_args(hint)[0]), ...))
    if not (isinstance(hint, type) and issubclass(hint, msgspec.Struct)):
        return hint
    hints = get_type_hints(hint, include_extras=True)
    fields = [
        (field.name, _wordless(hints[field.name]), msgspec.field(name=field.encode_name))
        for field in msgspec.structs.fields(hint)
    ]
    strict = hint.__struct_config__.forbid_unknown_fields
    return msgspec.defstruct(hint.__name__, fields, kw_only=True, forbid_unknown_fields=strict)
