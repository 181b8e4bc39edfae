"""The model does what the published operations say."""

from __future__ import annotations

import pytest

from api.bench.gdpr.model import Model
from api.bench.gdpr.records import DATA, OBJ, PUR, TTL, USR, Shape
from api.bench.gdpr.workloads import Kind, Operation

SHAPE = Shape(40, users=8, purposes=4)


@pytest.fixture
def model() -> Model:
    """Forty records: five of each user, ten of each purpose, four that have expired."""
    return Model(SHAPE)


def test_a_record_is_read_until_it_is_deleted(model: Model) -> None:
    """And deleting it again strikes nothing."""
    assert SHAPE.record(7) == model.perform(Operation(Kind.READ, 7))
    assert [model.perform(Operation(Kind.DELETE, 7)) for _ in range(2)] == [1, 0]
    assert model.perform(Operation(Kind.READ, 7)) is None
    assert model.perform(Operation(Kind.VERIFY_DELETION, 7)) is True
    assert model.perform(Operation(Kind.UPDATE, 7)) == 0
    assert model.perform(Operation(Kind.VERIFY_DELETION, 8)) is False


def test_an_inserted_record_is_found_by_key_purpose_and_user(model: Model) -> None:
    """Record 40 is the next one."""
    assert model.perform(Operation(Kind.INSERT, 40)) == 1
    for kind in (Kind.READ_META_PURPOSE, Kind.READ_META_USER):
        found = model.perform(Operation(kind, 40))
        assert isinstance(found, dict)
        assert found[40] == SHAPE.record(40)


def test_an_update_by_user_strikes_that_users_records_alone(model: Model) -> None:
    """Five records get the objection of the record it goes by."""
    assert model.perform(Operation(Kind.UPDATE_META_USER, 11, field=OBJ)) == 5
    changed = sorted(k for k, one in model.records.items() if one != SHAPE.record(k))
    assert changed == [3, 19, 27, 35]
    assert {model.records[k].obj for k in (*changed, 11)} == {"obj11"}


def test_an_update_of_the_user_moves_records(model: Model) -> None:
    """All of purpose 1 are user 5's then; those that were somebody else's are no longer theirs."""
    model.perform(Operation(Kind.UPDATE_META_PURPOSE, 5, field=USR))
    assert model.by(USR, "user5") == {k for k in range(40) if k % 4 == 1}
    assert model.by(USR, "user1") == set()
    assert model.perform(Operation(Kind.UPDATE, 9)) == 1
    assert model.by(USR, "user1") == {9}


def test_what_has_expired_goes_at_once(model: Model) -> None:
    """Lifetime 30 s: every tenth record."""
    assert model.perform(Operation(Kind.VERIFY_TTL, 0)) == 4
    assert {k % 10 for k in model.records} == set(range(1, 10))
    assert all(one[TTL] != "30" for one in model.records.values())


def test_deleting_by_purpose_and_user_counts_what_was_left(model: Model) -> None:
    """Of purpose 1 all ten; of user 5, whose records are of purpose 1, none any more."""
    assert model.perform(Operation(Kind.DELETE_META_PURPOSE, 1)) == 10
    assert model.perform(Operation(Kind.DELETE_META_USER, 5)) == 0
    assert model.by(PUR, "purpose1") == set()


def test_a_page_is_of_the_newest_records(model: Model) -> None:
    """By number, from the highest down."""
    found = model.perform(Operation(Kind.READ_META_PURPOSE, 2, length=3))
    assert isinstance(found, dict)
    assert list(found) == [38, 34, 30]


def test_metadata_are_a_record_without_its_data(model: Model) -> None:
    """Nine of ten fields."""
    found = model.perform(Operation(Kind.READ_METADATA_USER, 6))
    assert found == {k: SHAPE.record(k)[:DATA] for k in (6, 14, 22, 30, 38)}
    assert model.personal_bytes() == 4_000
