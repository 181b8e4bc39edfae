"""Operations are drawn from the mixes, the same for everybody who runs them."""

from __future__ import annotations

from collections import Counter

import pytest

from api.bench.gdpr.records import Shape
from api.bench.gdpr.workloads import MIXES, Kind, operations

SHAPE = Shape(1_000)
COUNT = 4_000


@pytest.mark.parametrize("role", MIXES)
def test_operations_have_the_shares_of_their_mix(role: str) -> None:
    """Of 4,000 operations, each kind within two hundredths of its share."""
    drawn = list(operations(role, SHAPE, COUNT, seed=1))
    counted = Counter(operation.kind for operation in drawn[2:])
    assert [operation.kind for operation in drawn[:2]] == [Kind.VERIFY_TTL, Kind.READ_LOG]
    assert set(counted) == set(MIXES[role].shares)
    assert abs(sum(MIXES[role].shares.values()) - 1) < 1e-9
    for kind, share in MIXES[role].shares.items():
        assert abs(counted[kind] / COUNT - share) < 0.02


@pytest.mark.parametrize("role", MIXES)
def test_no_operation_goes_by_a_record_that_was_never_inserted(role: str) -> None:
    """Inserted numbers follow each other, and no other goes beyond the last of them."""
    last = SHAPE.records - 1
    for operation in operations(role, SHAPE, COUNT, seed=2):
        if operation.kind is Kind.INSERT:
            last += 1
            assert last == operation.k
        assert 0 <= operation.k <= last


def test_updates_of_metadata_draw_each_of_the_eight_fields() -> None:
    """TTL to CAT: the purpose and Data are never changed by them."""
    drawn = operations("controller", SHAPE, COUNT, seed=3)
    fields = {o.field for o in drawn if o.kind in (Kind.UPDATE_META_PURPOSE, Kind.UPDATE_META_USER)}
    assert set(range(1, 9)) == fields


def test_a_seed_fixes_the_operations() -> None:
    """Two sides that draw for themselves run the same."""
    first, again, other = (list(operations("customer", SHAPE, 100, seed=s)) for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_customer_strikes_few_records_often_and_a_controller_all_alike() -> None:
    """Zipfian against uniform."""
    most = {}
    for role in ("customer", "controller"):
        drawn = Counter(o.k for o in operations(role, SHAPE, COUNT, seed=4) if o.kind != "insert")
        most[role] = drawn.most_common(1)[0][1] / COUNT
    assert most["customer"] > 0.03 > most["controller"]
