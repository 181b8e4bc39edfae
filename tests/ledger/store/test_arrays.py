"""Arrays packed by hand arrive on the server as what they were."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest

from ledger.store import arrays

IDS = [uuid4(), uuid4()]


@pytest.fixture(scope="module")
def connection(postgres_url):
    """A connection that takes packed arrays."""
    with psycopg.connect(postgres_url, autocommit=True) as opened:
        arrays.register(opened)
        yield opened


@pytest.mark.parametrize(
    ("array", "kind", "values"),
    [
        (arrays.Uuids, "uuid[]", IDS),
        (arrays.Uuids, "uuid[]", [IDS[0], None]),
        (arrays.Blobs, "bytea[]", [b"", b"\x00\xff", b"x" * 5000]),
        (arrays.Texts, "text[]", ["", "Zoë", "NULL", '{",}']),
        (arrays.Texts, "text[]", [None]),
        (arrays.Ints, "integer[]", [0, -1, 2**31 - 1]),
        (arrays.Bigs, "bigint[]", [0, -1, 2**63 - 1]),
        (arrays.Bools, "boolean[]", [True, False]),
        (arrays.Texts, "text[]", []),
    ],
)
def test_an_array_arrives(connection, array, kind, values):
    """Type, order, emptiness and NULLs are kept."""
    sent = array.of(values)
    row = connection.execute("SELECT %b, pg_typeof(%b)::text", [sent, sent]).fetchone()
    assert row == (values, kind)


def test_every_kind_of_array_is_tested():
    """A new kind brings its own case."""
    assert {kind.__name__ for kind in arrays.PgArray.__subclasses__()} == {
        "Uuids", "Blobs", "Texts", "Ints", "Bigs", "Bools",
    }  # fmt: skip
