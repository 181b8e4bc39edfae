"""The records are those of the published benchmark."""

from __future__ import annotations

import pytest

from api.bench.gdpr.records import (
    DATA,
    FIELDS,
    OBJ,
    PUR,
    USR,
    Record,
    Shape,
    data,
    java_hash_code,
)


@pytest.mark.parametrize(
    ("text", "hashed"),
    [
        ("", 0),
        ("0", 48),
        ("hello", 99162322),
        ("Hello World", -862545276),
        ("polygenelubricants", -2147483648),
    ],
)
def test_hashes_are_those_of_java(text: str, hashed: int) -> None:
    """Values known from Java, the smallest 32-bit number among them."""
    assert hashed == java_hash_code(text)


def test_data_is_number_and_hash_in_turns() -> None:
    """Of record 0: 0, hash("0") = 48, 0, hash("0480") = 1481724, and so on, cut at 100."""
    assert data(0).startswith("048014817240")
    assert {len(data(k)) for k in (0, 7, 9_999, 1_000_000)} == {100}


def test_the_published_form_is_the_number_modulo_each_domain() -> None:
    """Of record 12,345 with the shipped settings."""
    assert Record(
        pur="purpose20",
        ttl="18000",
        usr="user2345",
        obj="obj45",
        dec="dec1",
        acl="acl5",
        shr="shr5",
        src="src5",
        cat="cat5",
        data=data(12_345),
    ) == Shape(20_000).record(12_345)


def test_in_the_published_form_a_person_fixes_every_other_field() -> None:
    """The trap of the published form: that is why there is another one."""
    shape = Shape(40_000)
    ours, theirs = (shape.record(k) for k in (123, 10_123))
    assert ours[:DATA] == theirs[:DATA]


def test_in_the_other_form_fields_are_independent_and_repeatable() -> None:
    """One person's records are of many purposes; every value of a domain occurs; a seed fixes all."""
    shape, again, other = (Shape(2_000, users=50, modular=False, seed=s) for s in (3, 3, 4))
    records = [shape.record(k) for k in range(2_000)]
    assert records == [again.record(k) for k in range(2_000)]
    assert records != [other.record(k) for k in range(2_000)]
    of_one = {record[PUR] for record in records if record[USR] == "user7"}
    assert len(of_one) > 10
    assert len({record[OBJ] for record in records}) == 100
    assert len({(record[PUR], record[USR]) for record in records}) > 900


def test_a_changed_field_leaves_the_others() -> None:
    """Each of the ten, by its place."""
    record = Shape(100).record(42)
    for field in range(len(FIELDS)):
        changed = record.having(field, "x")
        assert changed[field] == "x"
        assert [*record[:field], *record[field + 1 :]] == [
            *changed[:field],
            *changed[field + 1 :],
        ]
