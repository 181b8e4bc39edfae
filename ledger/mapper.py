"""Between an event and its stored bytes; old versions are upcast here, unknown ones stop the reader.

The bytes are those of formats.md §4: UTF-8 JSON in the struct's field order, nothing omitted, ids as
hex32, bytes as base64url without padding, times with microseconds and `Z`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.persistence import Mapper, StoredEvent
from eventsourcing.utils import register_topic

from ledger import events
from ledger.errors import InvalidInput, UnknownEvent
from ledger.events import Entry, Event, Moment
from ledger.form import Form
from ledger.sealing import Sealed, from_text, to_text
from ledger.store.append import StoredRow

EVENTS: dict[str, type[Event]] = {
    cls.TOPIC: cls
    for cls in vars(events).values()
    if isinstance(cls, type) and issubclass(cls, Event) and cls is not Event
}
for _topic, _cls in EVENTS.items():
    register_topic(_topic, _cls)

_EPOCH = Moment(1970, 1, 1, tzinfo=dt.UTC)

UPCASTS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""(topic, schema) → a function from that schema's fields to the next one's. Empty until needed."""

GAINED = {
    ("erasure-requested", 1),
    ("claim-placed", 1),
    ("consent-withdrawn", 1),
    ("data-collected", 1),
    ("data-corrected", 1),
    ("disclosure-authorised", 1),
    ("disclosure-recorded", 1),
    ("disclosure-refused", 1),
    ("personal-data-opened", 1),
    ("processing-restricted", 1),
    ("restriction-lifted", 1),
    ("run-started", 1),
}
"""Schemas that differ from the present one only by fields they lack, which have a default: read as
fast as the present one."""


def _to_json(value: Any) -> Any:
    kind = type(value)
    if kind is Sealed:
        return value.text
    if kind is Moment:
        return _moment(value)
    if isinstance(value, bytes):
        return to_text(value)
    raise TypeError(f"an event cannot hold a {kind.__name__}")


def _moment(value: Moment) -> dt.datetime | str:
    """What the encoder writes as the format wants it; it would leave microseconds of 0 out."""
    if value.microsecond and value.tzinfo is dt.UTC:
        return dt.datetime.combine(value, value.timetz())
    return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}"


def from_json(kind: type, value: Any) -> Any:
    """The leaf of an event that JSON has no type for: a time, a sealed value, bytes."""
    if kind is Moment:
        return Moment.fromisoformat(value)
    if kind is Sealed:
        return Sealed.from_text(value)
    return kind(from_text(value))


_encoder = msgspec.json.Encoder(enc_hook=_to_json, uuid_format="hex")
_decoders = {topic: msgspec.json.Decoder(cls, dec_hook=from_json) for topic, cls in EVENTS.items()}


class _Version(msgspec.Struct):
    schema: int


_version = msgspec.json.Decoder(_Version)


_forms = {topic: Form(cls) for topic, cls in EVENTS.items()}
_PLACE = re.compile(r"at `\$\.?([^`]*)`$")
"""Where in an event its decoder stumbled, as it says itself; what stood there is not repeated."""


def encode(body: Event) -> bytes:
    """The stored state of an event."""
    return _encoder.encode(body)


def encode_checked(body: Event) -> bytes:
    """The stored state of a new event, proved to be one that its reader takes.

    Raises:
        InvalidInput: a field does not have its form. Fact field; never what was in it.
    """
    try:
        state = _encoder.encode(body)
        _forms[body.TOPIC].check(body, state)
    except msgspec.ValidationError as error:
        place = _PLACE.search(str(error))
        raise InvalidInput(field=place and place[1], rule="the form of this field") from None
    except (TypeError, UnicodeEncodeError):
        raise InvalidInput(field=None, rule="the form of this event") from None
    return state


def decode(topic: str, state: bytes) -> Event:
    """The event that a stored state says.

    Raises:
        UnknownEvent: topic or schema are not known here (a newer ledger wrote it), or the state does
            not have the fields of its schema. A reader stops there; it never skips.
    """
    cls = EVENTS.get(topic)
    if cls is None:
        raise UnknownEvent(topic=topic, schema=None)
    try:
        event = _decoders[topic].decode(state)
        if event.schema == cls.SCHEMA:
            return event
        if (topic, event.schema) in GAINED:
            return msgspec.structs.replace(event, schema=cls.SCHEMA)
    except msgspec.MsgspecError:  # an older schema has other fields: read as what it says it is
        pass
    return _decode_older(cls, state)


def _decode_older(cls: type[Event], state: bytes) -> Event:
    try:
        schema = _version.decode(state).schema
        if schema == cls.SCHEMA:
            return _decoders[cls.TOPIC].decode(state)
        return msgspec.convert(_upcast(cls, schema, state), cls, dec_hook=from_json)
    except msgspec.MsgspecError as error:
        raise UnknownEvent(topic=cls.TOPIC, schema=None) from error


def _upcast(cls: type[Event], schema: int, state: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.json.decode(state)
    while schema < cls.SCHEMA and (cls.TOPIC, schema) in UPCASTS:
        fields = UPCASTS[cls.TOPIC, schema](fields)
        schema += 1
    if schema != cls.SCHEMA:
        raise UnknownEvent(topic=cls.TOPIC, schema=schema)
    return {**fields, "schema": schema}


def moment_of(micros: int) -> Moment:
    """A `recorded_at` column (µs since 1970, UTC) as an instant."""
    moment: Moment = _EPOCH + dt.timedelta(microseconds=micros)
    return moment


def row_of(entry: Entry) -> StoredRow:
    """An entry as the store takes it; position and recorded_at are the store's to give.

    Raises:
        InvalidInput: as `encode_checked`.
    """
    return StoredRow(
        originator_id=entry.stream,
        originator_version=entry.version,
        topic=entry.body.TOPIC,
        state=encode_checked(entry.body),
        event=entry.event,
    )


def entry_of(row: StoredRow) -> Entry:
    """A stored row as an entry."""
    stream = row.originator_id
    assert isinstance(stream, UUID)
    return Entry(
        stream=stream,
        version=row.originator_version,
        event=row.event,
        body=decode(row.topic, row.state),
        position=row.position,
        recorded_at=moment_of(row.recorded_at),
    )


class LedgerMapper(Mapper[UUID]):
    """The library's mapper, speaking `Entry` and `StoredRow`: no transcoder, no cipher, no pickle."""

    def __init__(self) -> None:
        """Nothing to configure: the format is fixed."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        return row_of(domain_event)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        assert isinstance(stored_event, StoredRow)
        return entry_of(stored_event)
