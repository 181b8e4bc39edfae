"""The log as projections read it is what the mapper reads, event by event."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ledger.errors import UnknownEvent
from ledger.mapper import EVENTS, encode, entry_of
from projections.log import entries_of

from .story import Story


def test_every_event_is_read_as_the_mapper_reads_it(log):
    """The same fields with the same values, in an event that is one of the vocabulary's."""
    story = Story(log)
    story.live()
    story.end()
    rows = log.recorder.select_rows(0, 1000)
    assert {row.topic for row in rows} == set(EVENTS)
    for row, entry in zip(rows, entries_of(0, rows), strict=True):
        known = entry_of(row)
        assert isinstance(entry.body, type(known.body))
        assert encode(known.body) == row.state
        assert fields_of(entry.body) == fields_of(known.body)
        for name in ("stream", "version", "event", "position", "recorded_at"):
            assert getattr(entry, name) == getattr(known, name)


def fields_of(value: Any) -> Any:
    """A struct as its fields, also within; the two have types of different names."""
    if isinstance(value, msgspec.Struct):
        return {name: fields_of(one) for name, one in msgspec.structs.asdict(value).items()}
    return tuple(map(fields_of, value)) if isinstance(value, tuple) else value


def test_a_field_that_is_not_known_stops_the_reader(log):
    """Only the patterns of codes are taken for granted."""
    log.person()
    (row,) = log.recorder.select_rows(3, 1)
    object.__setattr__(row, "state", row.state[:-1] + b',"more":1}')
    with pytest.raises(UnknownEvent):
        entries_of(3, [row])
