"""What another document changes for people, in words. Pure.

Every difference between two documents is told, none is left out: where `entries.py` and `effects.py`
have no sentence for it, it says what was and what is. The order is that of the sections.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel

from ledger.policy import agreed
from ledger.policy.effects import FIELDS, Told
from ledger.policy.entries import ENTRIES, Effect
from ledger.policy.model import PolicyDocument
from ledger.policy.names import Names
from ledger.policy.part import Refers
from ledger.policy.periods import days_of, is_period

Kind = Literal["added", "removed", "more", "less", "changed", "fresh-consent"]


class Change(NamedTuple):
    """One thing that is different: at which key of the document, and what that means.

    `wider`: more of a person's data is used, by more parties, for longer, or with less say of the
    person; `narrower`: the reverse; `other`: neither, or the document alone does not tell.
    """

    key: str
    kind: Kind
    effect: Effect
    says: str


def changes(before: PolicyDocument, after: PolicyDocument) -> list[Change]:
    """Everything that `after` says differently from `before`; the purposes people have to be asked
    about anew come first."""
    names = Names(after, before)
    anew = [
        Change(f"purposes.{purpose}", "fresh-consent", "other", _anew(names, purpose, why))
        for purpose, why in agreed.asked_anew(before, after).items()
    ]
    told = [change for one in _differences(before, after) for change in _told(one, names)]
    return anew + told


def _anew(names: Names, purpose: str, why: agreed.Lapse) -> str:
    return f"{names.quoted('purposes', purpose)} needs fresh consent: {agreed.SAYS[why]}"


# ---- what differs --------------------------------------------------------------------------------


class _Difference(NamedTuple):
    """Something that was and is not, is and was not, or is otherwise (`None`: is not)."""

    path: tuple[str, ...]
    before: Any
    after: Any
    refers: str | None = None  # the section whose ids these are


def _differences(before: PolicyDocument, after: PolicyDocument) -> Iterator[_Difference]:
    for name, field in PolicyDocument.model_fields.items():
        old, new = getattr(before, name), getattr(after, name)
        refers = _refers(field.metadata)
        if isinstance(new, Mapping):
            for id_ in dict.fromkeys((*old, *new)):
                yield from _one((name, id_), old.get(id_), new.get(id_))
        else:
            yield from _one((name,), old, new, refers)


def _one(path: tuple[str, ...], old: Any, new: Any, refers: str | None = None) -> Iterator[Any]:
    """The differences of an entry, by its fields; or of a value as a whole."""
    if not (isinstance(old, BaseModel) and isinstance(new, BaseModel)):
        if _comparable(old) != _comparable(new):
            yield _Difference(path, old, new, refers)
        return
    for name, field in type(new).model_fields.items():
        at = (*path, field.alias or name)
        was, is_ = getattr(old, name), getattr(new, name)
        if isinstance(is_, Mapping):
            for id_ in dict.fromkeys((*was, *is_)):
                yield from _one((*at, id_), was.get(id_), is_.get(id_))
        else:
            yield from _one(at, was, is_, _refers(field.metadata))


def _refers(metadata: list[Any]) -> str | None:
    return next((one.section for one in metadata if isinstance(one, Refers)), None)


def _comparable(value: Any) -> Any:
    """In a list of the document the order says nothing."""
    return frozenset(value) if isinstance(value, tuple) else value


# ---- in words ------------------------------------------------------------------------------------


def _told(one: _Difference, names: Names) -> Iterator[Change]:
    if len(one.path) == 2 and one.path[0] in ENTRIES:
        yield _entry(one, names)
        return
    told = FIELDS.get(_place(one), Told())
    listed = isinstance(one.before, tuple) and isinstance(one.after, tuple)
    if listed and not (told.none_is_all and not (one.before and one.after)):
        yield from _list(one, names, told)
    else:
        kind = _direction(one.before, one.after, told)
        yield _change(one, names, told, kind)


def _entry(one: _Difference, names: Names) -> Change:
    """An entry of a section that came, or went; or that is a mere text, and another one now."""
    section, id_ = one.path
    told, key, name = ENTRIES[section], ".".join(one.path), names.quoted(section, id_)
    if one.before is not None and one.after is not None:
        return Change(key, "changed", "other", f"{told.noun} {id_} is now {one.after}.")
    if one.after is None:
        return Change(key, "removed", _REVERSE[told.effect], f"{told.gone.format(name=name)}.")
    more = told.details(names, one.after) if told.details else ""
    return Change(key, "added", told.effect, f"{told.added.format(name=name)}{more}.")


def _list(one: _Difference, names: Names, told: Told) -> Iterator[Change]:
    """What came to a list, and what left it."""
    came = [item for item in one.after if item not in one.before]
    left = [item for item in one.before if item not in one.after]
    if came:
        yield _change(one, names, told, "more", names.listed(one.refers, came))
    if left:
        yield _change(one, names, told, "less", names.listed(one.refers, left))


def _change(one: _Difference, names: Names, told: Told, kind: Kind, what: str = "") -> Change:
    sentence = {"more": told.more, "less": told.less}.get(kind, told.other)
    words = {
        "label": names.label(*one.path[:2]) if one.path[0] in ENTRIES else "",
        "name": names.quoted(*one.path[:2]) if one.path[0] in ENTRIES else "",
        "before": names.said(one.before, one.refers),
        "after": names.said(one.after, one.refers),
        "key": one.path[-1],
        "what": what,
        "field": _field(one, names),
    }
    says = (sentence or _PLAIN[kind if what else "changed"]).format(**words)
    says = f"{says[:1].upper()}{says[1:]}{_doubt(one)}."
    return Change(".".join(one.path), kind, _effect(kind, told), says)


def _doubt(one: _Difference) -> str:
    """Days written for months, or months for years, shorten a period to less than a tenth."""
    periods = [one.before, one.after]
    if not all(isinstance(period, str) and is_period(period) for period in periods):
        return ""
    before, after = (days_of(period) for period in periods)
    return " (less than a tenth of it: perhaps a slip)" if after * 10 < before else ""


_PLAIN: dict[Kind, str] = {
    "more": "{field} now has {what}",
    "less": "{field} has no more {what}",
    "changed": "{field} was {before}, is {after}",
}
_REVERSE: dict[Effect, Effect] = {"wider": "narrower", "narrower": "wider", "other": "other"}


def _place(one: _Difference) -> tuple[str, str]:
    """The section and the key in it, of which the table of words knows."""
    if one.path[0] not in ENTRIES:
        return one.path[0], ".".join(one.path[1:])
    return one.path[0], ".".join(one.path[2:3] if one.path[2] in _BY_ID else one.path[2:])


_BY_ID = ("bases", "texts", "stages")
"""Keys of an entry below which ids follow, not keys."""


def _field(one: _Difference, names: Names) -> str:
    """What a key is called: by its section, its entry if it is in one, and itself."""
    inside = one.path[2:] if one.path[0] in ENTRIES else one.path[1:]
    what = one.path[0].replace("_", " ")
    if one.path[0] in ENTRIES:
        what = f"{ENTRIES[one.path[0]].noun} {names.quoted(*one.path[:2])}"
    return f"{what}: {' '.join(inside).replace('_', ' ')}" if inside else what


def _direction(before: Any, after: Any, told: Told) -> Kind:
    """Whether there is more of it now; `changed` where that makes no sense."""
    was, now = _size(before, told), _size(after, told)
    if was is None or now is None or was == now:
        return "changed"
    return "more" if now > was else "less"


def _size(value: Any, told: Told) -> float | None:
    """How much it is, where words are known for more and for less."""
    if not (told.more and told.less):
        return None
    if value is None or value == ():
        return math.inf if told.none_is_all else 0.0
    if isinstance(value, bool | int):
        return float(value)
    if not isinstance(value, str):
        return 1.0
    if told.ranks is not None:
        return float(told.ranks.get(value, 1))
    return float(days_of(value)) if is_period(value) else 1.0


def _effect(kind: Kind, told: Told) -> Effect:
    if kind not in ("more", "less") or told.wider == "neither":
        return "other"
    return "wider" if kind == told.wider else "narrower"
