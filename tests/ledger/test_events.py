"""The vocabulary: every event decodes to what was encoded, and what is stored stays readable.

`samples/<topic>.<schema>.json` is the stored state of one event of each topic and schema, as it was
first written; it never changes. `LEDGER_TEST_WRITE_SAMPLES=1` writes those that are missing.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import typing
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
import pytest

from ledger import events, mapper
from ledger.errors import UnknownEvent
from ledger.events import Digest, Event, KeyId, Moment
from ledger.mapper import EVENTS, decode, encode
from ledger.sealing import Sealed

SAMPLES = Path(__file__).parent / "samples"
BARE_STRINGS = {
    ("EpochOpened", "service_ref"): "the key's name in the key service: ledger id and epoch number",
    ("PolicyPublished", "document"): "the published policy: it is for everybody to read",
}
"""Fields that are plain text, each with the reason why it cannot be personal."""
CODES = (events.Code, events.Scope, events.ScopeOrAll)


def example(kind: Any, name: str = "") -> Any:
    """A value of a field's type; every optional field is filled."""
    if typing.get_origin(kind) is typing.Annotated:
        return {"scope": "2026-04-01"}.get(name, "some-code")
    if get_origin(kind) in (typing.Union, UnionType):
        return example(next(arg for arg in get_args(kind) if arg is not type(None)), name)
    if get_origin(kind) is tuple:
        return (example(get_args(kind)[0], name),)
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return build(kind)
    return {
        UUID: UUID(int=0x1234),
        int: 7,
        str: "plain text",
        bool: True,
        dt.date: dt.date(2026, 11, 22),
        Moment: Moment(2026, 11, 22, 17, 20, 0, tzinfo=dt.UTC),
        Digest: Digest(bytes(range(32))),
        KeyId: KeyId(bytes(range(16))),
        Sealed: Sealed(b"\x01" + bytes(range(80))),
    }[kind]


def build(kind: type[msgspec.Struct]) -> Any:
    """An instance of a struct with every field filled."""
    hints = get_type_hints(kind, include_extras=True)
    fields = {
        field.name: example(hints[field.name], field.name) for field in msgspec.structs.fields(kind)
    }
    if issubclass(kind, Event):
        fields["schema"] = kind.SCHEMA
    return kind(**fields)


@pytest.mark.parametrize("topic", sorted(EVENTS))
def test_an_event_decodes_to_what_was_encoded(topic: str) -> None:
    """Whatever its fields hold, filled or empty."""
    full = build(EVENTS[topic])
    hints = get_type_hints(EVENTS[topic], include_extras=True)
    empty = msgspec.structs.replace(
        full, **{name: None for name, hint in hints.items() if type(None) in get_args(hint)}
    )
    assert decode(topic, encode(full)) == full
    assert decode(topic, encode(empty)) == empty


@pytest.mark.parametrize("micros", [0, 1, 120_000, 999_999])
def test_a_time_is_stored_with_all_its_microseconds(micros: int) -> None:
    """Six digits, whatever they are."""
    event = build(events.ErasureClosed)
    moment = Moment(2026, 3, 1, 9, 5, 7, micros, tzinfo=dt.UTC)
    state = encode(msgspec.structs.replace(event, occurred_at=moment))
    assert json.loads(state)["occurred_at"] == f"2026-03-01T09:05:07.{micros:06d}Z"
    assert decode(event.TOPIC, state).occurred_at == moment


@pytest.mark.parametrize("topic", sorted(EVENTS))
def test_a_stored_sample_stays_readable(topic: str) -> None:
    """One stored state for each (topic, schema) ever written: decoded now, and written the same."""
    schema = EVENTS[topic].SCHEMA
    for version in range(1, schema + 1):
        sample = SAMPLES / f"{topic}.{version}.json"
        if (
            not sample.exists()
            and version == schema
            and os.environ.get("LEDGER_TEST_WRITE_SAMPLES")
        ):
            sample.write_bytes(encode(build(EVENTS[topic])))
        state = sample.read_bytes()
        event = decode(topic, state)
        assert event.schema == schema
        if version == schema:
            assert encode(event) == state


def test_no_sample_is_of_a_topic_that_is_gone() -> None:
    """A topic is for ever: its samples and its class stay together."""
    topics = {sample.name.split(".")[0] for sample in SAMPLES.glob("*.json")}
    assert topics == set(EVENTS)


@pytest.mark.parametrize("topic", sorted(EVENTS))
def test_the_bytes_are_those_of_the_format(topic: str) -> None:
    """Nothing omitted, ids as hex32, bytes without padding, times with microseconds and Z."""
    body = build(EVENTS[topic])
    state = json.loads(encode(body))
    names = [field.encode_name for field in msgspec.structs.fields(type(body))]
    assert list(state) == names
    assert state["by"] == UUID(int=0x1234).hex
    assert state["occurred_at"] == "2026-11-22T17:20:00.000000Z"
    assert "=" not in encode(body).decode().replace('"plain text"', "")
    assert state["schema"] == EVENTS[topic].SCHEMA


def test_an_unknown_topic_stops_the_reader() -> None:
    """Nothing is skipped."""
    with pytest.raises(UnknownEvent):
        decode("not-a-topic", b'{"schema":1}')


@pytest.mark.parametrize("change", ["newer", "more", "less", "retyped", "not json"])
def test_a_state_that_is_not_of_its_schema_stops_the_reader(change: str) -> None:
    """A newer schema, a field more, a field less, another type, or no JSON at all."""
    state = json.loads(encode(build(EVENTS["run-finished"])))
    if change == "newer":
        state["schema"] = 2
    elif change == "more":
        state["surprise"] = 1
    elif change == "less":
        del state["processed"]
    elif change == "retyped":
        state["processed"] = "many"
    raw = b"{" if change == "not json" else json.dumps(state).encode()
    with pytest.raises(UnknownEvent):
        decode("run-finished", raw)


def test_an_old_schema_is_upcast_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A state of schema 1 is read as schema 3 by two functions, each of one step."""
    kind = EVENTS["run-finished"]
    old = json.loads(encode(build(kind)))
    old["done"] = old.pop("processed")
    monkeypatch.setattr(kind, "SCHEMA", 3)
    monkeypatch.setitem(
        mapper.UPCASTS, ("run-finished", 1), lambda s: {**s, "many": s["done"]} | {"done": None}
    )
    monkeypatch.setitem(
        mapper.UPCASTS,
        ("run-finished", 2),
        lambda s: (
            {k: v for k, v in s.items() if k not in ("done", "many")} | {"processed": s["many"]}
        ),
    )
    event = decode("run-finished", json.dumps(old).encode())
    assert isinstance(event, events.RunFinished)
    assert (event.processed, event.schema) == (7, 3)


def test_topics_are_the_names_in_kebab_case_and_every_event_says_what_it_is() -> None:
    """A topic is its class's name; a class has one sentence that says what happened."""
    for topic, kind in EVENTS.items():
        kebab = "".join(f"-{c.lower()}" if c.isupper() else c for c in kind.__name__).strip("-")
        assert topic == kebab
        assert kind.__dict__.get("TOPIC") == topic
        assert (kind.__doc__ or "").strip().endswith(".")


def test_fields_hold_nothing_that_could_be_personal_in_the_clear() -> None:
    """Ids, enums, dates, counts, sealed values, codes, digests, or structs of these (DESIGN.md)."""
    plain = []
    for kind in EVENTS.values():
        plain += [(kind.__name__, name) for name in bare_strings(kind)]
    assert set(plain) == set(BARE_STRINGS)


def bare_strings(kind: type) -> list[str]:
    """Fields that take any text, those of nested structs included."""
    hints = get_type_hints(kind, include_extras=True)
    return [name for name, hint in hints.items() if name not in ("TOPIC", "SCHEMA") and bare(hint)]


def bare(hint: Any) -> bool:
    if hint in CODES:
        return False
    if get_args(hint) and get_origin(hint) is not Literal:
        return any(bare(arg) for arg in get_args(hint))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return bool(bare_strings(hint))
    allowed = (UUID, int, bool, dt.date, Moment, Digest, KeyId, Sealed, type(None), type(...))
    return not (get_origin(hint) is Literal or hint in allowed or hint is Ellipsis)
