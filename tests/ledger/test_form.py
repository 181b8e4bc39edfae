"""What is stored is what its reader takes: a field that does not have its form is refused.

A second event with the same words is checked in a shorter way, so every case runs with the words
of the good event known and unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from ledger.errors import InvalidInput
from ledger.events import Event
from ledger.form import _KEPT, Form
from ledger.mapper import EVENTS, encode, encode_checked
from tests.ledger.test_events import build

CLEAR = "Asha Rao, 1 Example Street"
WRONG: tuple[Any, ...] = (CLEAR, "", 1.5, None, -1, b"\x00\x01", uuid4(), ("a", "b"), ["x"], {})
"""What might stand in a field by mistake; in some it has the field's form, in others not."""


def with_each_field_wrong(struct: msgspec.Struct) -> Iterator[Any]:
    """The struct with each field, also those of its parts, replaced by each wrong thing."""
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        for wrong in WRONG:
            yield msgspec.structs.replace(struct, **{name: wrong})
        if isinstance(value, msgspec.Struct):
            for part in with_each_field_wrong(value):
                yield msgspec.structs.replace(struct, **{name: part})
        elif isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
            for part in with_each_field_wrong(value[0]):
                yield msgspec.structs.replace(struct, **{name: (*value, part)})
        elif isinstance(value, tuple):
            for wrong in WRONG:
                yield msgspec.structs.replace(struct, **{name: (*value, wrong)})


def takes(form: Form, body: Event) -> bool:
    try:
        form.check(body, encode(body))
    except (msgspec.ValidationError, TypeError, UnicodeEncodeError):
        return False
    return True


@pytest.mark.parametrize("kind", EVENTS.values(), ids=list(EVENTS))
def test_known_words_let_nothing_pass_that_is_refused_without_them(kind: type[Event]) -> None:
    """An event is taken by a form that knows its words only if a new form takes it, too."""
    good = build(kind)
    knowing = Form(kind)
    assert takes(knowing, good)
    assert takes(knowing, good)
    for wrong in with_each_field_wrong(good):
        assert not takes(knowing, wrong) or takes(Form(kind), wrong), wrong


@pytest.mark.parametrize("kind", EVENTS.values(), ids=list(EVENTS))
def test_clear_text_in_place_of_a_word_is_refused(kind: type[Event]) -> None:
    """A person's name is no code; the error names the field and does not repeat the text."""
    good = build(kind)
    encode_checked(good)
    for _ in range(2):
        with pytest.raises(InvalidInput) as caught:
            encode_checked(msgspec.structs.replace(good, controller=CLEAR))
        assert caught.value.facts["field"] == "controller"
        assert CLEAR not in str(caught.value)


def test_words_in_another_place_are_not_known() -> None:
    """A scope is no purpose, though it is a good scope elsewhere in the same event."""
    good = build(EVENTS["data-collected"])
    item = good.items[0]
    for _ in range(2):
        encode_checked(good)
        for wrong in ({"attribute": "*"}, {"class_": ""}, {"scope": "some-code"}):
            items = (item, msgspec.structs.replace(item, **wrong))
            with pytest.raises(InvalidInput):
                encode_checked(msgspec.structs.replace(good, items=items))


def test_no_more_words_are_kept_than_a_policy_has() -> None:
    """Whoever sends ever new codes does not fill the memory."""
    kind = EVENTS["erasure-closed"]
    form, good = Form(kind), build(kind)
    for number in range(_KEPT + 10):
        body = msgspec.structs.replace(good, controller=f"c-{number}")
        form.check(body, encode(body))
    assert len(form._words._proved) <= _KEPT
