"""The log as projections read it: entries in order, decoded once, and no position skipped.

What was stored was proved when it was written (`ledger/form.py`): each code has its pattern. Proving
it again would be half the price of reading, so it is decoded into the same events without patterns:
subclasses that are made here, which take any text where a code stands and any time where one of the
log's own form does. All else is held to as ever.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache, lru_cache
from types import GenericAlias, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from ledger.errors import Tampered, UnknownEvent
from ledger.events import Entry, Event, Moment
from ledger.mapper import EVENTS, GAINED, decode, from_json
from ledger.store.append import StoredRow

HEAVY = 10_000
"""People named by the entries of one batch, at most (and one entry more): bounds its memory."""

_EPOCH = Moment(1970, 1, 1, tzinfo=dt.UTC)


def entries_of(after: int, rows: Sequence[StoredRow]) -> list[Entry]:
    """The rows behind position `after` as entries, as many as one batch may hold; at least one, if
    there is one.

    Raises:
        UnknownEvent: the first one is not known. (Those before an unknown one are taken first.)
        Tampered: a position is missing.
    """
    entries: list[Entry] = []
    weight = 0
    for expected, row in enumerate(rows, start=after + 1):
        if row.position != expected:
            raise Tampered(where="events", position=expected)
        try:
            body = _body(row.topic, row.state)
        except UnknownEvent:
            if entries:
                break
            raise
        at = _moment(row.recorded_at)
        entries.append(
            Entry(row.originator_id, row.originator_version, row.event, body, expected, at)
        )
        weight += len(getattr(body, "subjects", ()))
        if weight > HEAVY:
            break
    return entries


@lru_cache(maxsize=16)
def _moment(micros: int) -> Moment:
    """An instant; what was appended together has the same one."""
    moment: Moment = _EPOCH + dt.timedelta(microseconds=micros)
    return moment


def _body(topic: str, state: bytes) -> Event:
    """The event; whatever is not plainly one of this version is left to the mapper, and its errors.

    Raises:
        UnknownEvent: see `decode`.
    """
    decoder = _decoders.get(topic)
    if decoder is not None:
        try:
            body = decoder.decode(state)
            if body.schema == body.SCHEMA:
                return body
            if (topic, body.schema) in GAINED:
                return msgspec.structs.replace(body, schema=body.SCHEMA)
        except msgspec.MsgspecError:
            pass
    return decode(topic, state)


@cache
def _trusting(hint: Any) -> Any:
    """The same type with any text where a code or a scope stands."""
    if get_origin(hint) is Annotated:
        return _trusting(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return Union[tuple(map(_trusting, get_args(hint)))]  # noqa: UP007 - any number of members
    if hint is Moment:
        return dt.datetime  # which the decoder makes itself
    if get_origin(hint) is tuple:
        return GenericAlias(tuple, (_trusting(get_args(hint)[0]), ...))
    if not (isinstance(hint, type) and issubclass(hint, msgspec.Struct)):
        return hint
    hints = get_type_hints(hint, include_extras=True)
    fields = [
        (
            field.name,
            _trusting(hints[field.name]),
            msgspec.field(name=field.encode_name, default=field.default),
        )
        for field in msgspec.structs.fields(hint)
    ]
    form = hint.__struct_config__
    return msgspec.defstruct(
        hint.__name__,
        fields,
        bases=(hint,),
        frozen=True,
        kw_only=issubclass(hint, Event),
        forbid_unknown_fields=form.forbid_unknown_fields,
        gc=False,  # an event is no part of a cycle, and there are many
    )


_decoders: dict[str, msgspec.json.Decoder[Event]] = {
    topic: msgspec.json.Decoder(_trusting(kind), dec_hook=from_json)
    for topic, kind in EVENTS.items()
}
