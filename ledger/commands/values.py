"""Values on their way into an event: validated, placed in their slot, sealed and made findable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

import msgspec

from ledger.desk import Desk
from ledger.draft import Draft
from ledger.errors import InvalidInput
from ledger.events import CollectedItem, SlotName, field_name
from ledger.policy.data import Attribute
from ledger.policy.model import PolicyDocument
from ledger.policy.values import validate
from ledger.sealing import Sealed
from ledger.subject import DataSubject


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One value of an attribute; `scope` for classes whose scope is a document or case (hex32).

    `mark`: what an import recognises an unchanged value by: a keyed row of this kind over
    `mark_content`, which dies with the value's key.
    """

    attribute: str
    value: str
    scope: str | None = None
    mark: str | None = None


class Placed(NamedTuple):
    """A validated value and the slot it belongs to."""

    value: Value
    text: str
    attribute: Attribute
    slot: SlotName


def is_listed(desk: Desk, value: Value) -> bool:
    """Whether the policy lists the value's attribute."""
    return value.attribute in desk.policy.attributes


def classes_of(policy: PolicyDocument, values: Iterable[Value]) -> set[str]:
    """The classes that these values lie in; what is not listed lies aside, in a class of its own."""
    listed = policy.attributes
    return {
        listed[v.attribute].class_ if v.attribute in listed else policy.unlisted_class
        for v in values
    }


def place(desk: Desk, values: Iterable[Value], subject: DataSubject | None = None) -> list[Placed]:
    """Listed values, validated, each with its slot; a correction's slot is the old value's."""
    placed = []
    policy, day = desk.policy, desk.occurred_at.date()
    for value in values:
        attribute = policy.attributes.get(value.attribute)
        if attribute is None:
            continue
        text = validate(value.attribute, attribute, value.value)
        scope = ""
        if subject is None:
            scope = _scope(policy, value, attribute, day)
        placed.append(Placed(value, text, attribute, SlotName(attribute.class_, scope)))
    return placed


def _scope(policy: PolicyDocument, value: Value, attribute: Attribute, day: dt.date) -> str:
    """Raises InvalidInput, naming the value."""
    try:
        return policy.scope_of(attribute.class_, day, value.scope)
    except InvalidInput as error:
        kind = policy.classes[attribute.class_].scope
        rule = error.facts["rule"]
        if kind in ("document", "case"):
            rule = f"the id of a {kind}: a random UUID of yours, the same for all that it states"
        raise InvalidInput(field=f"scope of {value.attribute}", rule=rule) from None


def number_each(placed: Iterable[Placed]) -> Iterable[tuple[Placed, int]]:
    """Each value with its number among those of its attribute, from 1."""
    counts: dict[str, int] = {}
    for p in placed:
        number = counts[p.value.attribute] = counts.get(p.value.attribute, 0) + 1
        yield p, number


def seal_item(
    desk: Desk, subject: DataSubject, draft: Draft, event: UUID, placed: Placed, number: int
) -> CollectedItem:
    """Seal one placed value, and draw the look-ups by which it makes the subject findable."""
    name = placed.value.attribute
    sealed = draft.seal(event, field_name(name, number), placed.slot, placed.text)
    attribute = placed.attribute
    if attribute.lookup:
        desk.look_up(attribute.lookup, placed.text, sealed, subject, attribute.exclusive)
    if placed.value.mark:
        mark_value(desk, subject, placed.value, placed.slot.scope, sealed)
    return CollectedItem(name, number, placed.slot.class_, placed.slot.scope, sealed)


def mark_kind(source: str, attribute: str) -> str:
    """The kind of row by which an import from this source recognises its own values."""
    return f"row/1/{source}/{attribute}"


def mark_content(subject: UUID, scope: str, text: str) -> bytes:
    """What a mark indexes. It is bound to the person and the scope, so that equal values of two
    people (a country, a language) give unlike rows and nobody can count them."""
    return subject.bytes + scope.encode() + b"\0" + text.encode()


def mark_value(desk: Desk, subject: DataSubject, value: Value, scope: str, sealed: Sealed) -> None:
    """Draw the keyed row by which an import recognises the value as unchanged."""
    if value.mark:
        content = mark_content(subject.id, scope, value.value)
        desk.look_up(value.mark, content, sealed, subject, exclusive=False)
