"""What the database itself refuses, to the running ledger and to its owner."""

from __future__ import annotations

import os
import sqlite3
from uuid import UUID, uuid4

import psycopg
import pytest

from ledger.store.append import Answer
from tests.ledger.store.submissions import birth, death, rows, submission

sqlite_only = pytest.mark.parametrize("store_settings", ["sqlite"], indirect=True)
postgres_only = pytest.mark.parametrize("store_settings", ["postgres"], indirect=True)

REFUSED = (
    psycopg.errors.RestrictViolation,
    psycopg.errors.InsufficientPrivilege,
    sqlite3.IntegrityError,
)

EVENTS = [
    "UPDATE events SET state = 'x' WHERE position = 1",
    "UPDATE events SET position = position + 100",
    "DELETE FROM events",
    "DELETE FROM events WHERE position = 3",
    "UPDATE ledger SET schema_version = 2",
    "DELETE FROM ledger",
    "DELETE FROM epochs",
    "DELETE FROM data_keys",
    "UPDATE data_keys SET wrapped = 'x', dead_at = NULL WHERE dead_at IS NOT NULL",
    "UPDATE data_keys SET dead_at = 9 WHERE dead_at IS NOT NULL",
    "UPDATE data_keys SET class = 'other'",
    "UPDATE data_keys SET epoch = 0",
    "UPDATE data_keys SET epoch = 2 WHERE wrapped IS NOT NULL",
]
UPSERT = (
    "INSERT INTO events (position, event, stream, version, topic, recorded_at, state)"
    " SELECT position, event, stream, version, 'forged', recorded_at, state FROM events"
    " WHERE position = 1 ON CONFLICT (position) DO UPDATE SET topic = 'forged'"
)


@pytest.fixture
def filled(opened):
    """A ledger with a living and a dead key. Returns: the recorder."""
    stream = uuid4()
    one, two, three = rows(stream, 1, 3)
    living, dying = birth(one), birth(two, class_="usage")
    appended = opened.append(
        [
            submission([one, two], births=[living, dying]),
            submission([three], deaths=[death(dying.kid, three)]),
        ]
    )
    assert all(isinstance(answer, Answer) for answer in appended)
    return opened


@pytest.fixture
def untouched(execute):
    """Checks that a statement left events and keys as they were."""

    def contents():
        return [
            execute(f"SELECT * FROM {table} ORDER BY 1")
            for table in ("events", "data_keys", "epochs", "ledger")
        ]

    return contents


@pytest.mark.parametrize("statement", EVENTS)
def test_a_forbidden_move_is_refused_to_the_owner(filled, execute, untouched, statement):
    """Triggers bind whoever may do anything else."""
    before = untouched()
    with pytest.raises(REFUSED):
        execute(statement)
    assert untouched() == before


@pytest.mark.parametrize("statement", EVENTS)
def test_a_forbidden_move_is_refused_to_the_ledger(
    filled, execute_as_runtime, untouched, statement
):
    """The runtime role has no such right, and on SQLite meets the triggers."""
    before = untouched()
    with pytest.raises(REFUSED):
        execute_as_runtime(statement)
    assert untouched() == before


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kid", b"k" * 16),
        ("commitment", b"c" * 32),
        ("stream", UUID("b" * 32)),
        ("class", "other"),
        ("scope", "other"),
        ("generation", 2),
        ("minted_at", 1),
    ],
)
def test_a_living_key_keeps_its_slot(filled, execute, untouched, column, value):
    """Who could move a key could show its values as somebody else's."""
    before = untouched()
    with pytest.raises(REFUSED):
        execute(f"UPDATE data_keys SET {column} = ? WHERE dead_at IS NULL", value)
    assert untouched() == before


def test_an_upsert_is_refused(filled, execute, execute_as_runtime, untouched):
    """An INSERT that turns into an UPDATE on conflict changes nothing."""
    before = untouched()
    for run in (execute, execute_as_runtime):
        with pytest.raises(REFUSED):
            run(UPSERT)
    assert untouched() == before


@pytest.mark.parametrize("table", ["events", "ledger", "epochs", "data_keys"])
@postgres_only
def test_truncate_is_refused(filled, execute, execute_as_runtime, untouched, table):
    """Also by way of CASCADE, and also while triggers are told to act as on a replica."""
    before = untouched()
    for run in (execute, execute_as_runtime):
        with pytest.raises(REFUSED):
            run(f"TRUNCATE {table} CASCADE")
    with pytest.raises(REFUSED):
        execute(f"SET session_replication_role = replica; TRUNCATE {table} CASCADE")
    with pytest.raises(REFUSED):
        execute(f"SET session_replication_role = replica; DELETE FROM {table}")
    assert untouched() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET topic = 'forged'",
        "UPDATE ledger SET schema_version = 2",
        "UPDATE data_keys SET class = 'other'",
    ],
)
@postgres_only
def test_a_change_is_refused_as_on_a_replica(filled, execute, untouched, statement):
    """Telling the server to skip triggers does not skip these."""
    before = untouched()
    with pytest.raises(REFUSED):
        execute(f"SET session_replication_role = replica; {statement}")
    assert untouched() == before


@pytest.mark.parametrize("key", ["position", "event", "stream, version"])
@sqlite_only
def test_insert_or_replace_is_refused(filled, execute, untouched, key):
    """REPLACE deletes without a DELETE trigger; a row that would be replaced refuses it first."""
    before = untouched()
    columns = "position, event, stream, version, topic, recorded_at, state"
    fresh = {
        "position": "99",
        "event": "randomblob(16)",
        "stream": "randomblob(16)",
        "version": "9",
    }
    kept = key.split(", ")
    values = ", ".join(
        name if name in kept else fresh.get(name, f"{name}") for name in columns.split(", ")
    )
    with pytest.raises(sqlite3.IntegrityError, match="never replaced"):
        execute(
            f"INSERT OR REPLACE INTO events ({columns}) SELECT {values} FROM events WHERE position = 1"
        )
    assert untouched() == before


@pytest.mark.parametrize("table", ["data_keys", "epochs", "ledger"])
@sqlite_only
def test_insert_or_replace_of_a_key_is_refused(filled, execute, untouched, table):
    """Nor can a key, an epoch or the ledger's own row be replaced."""
    before = untouched()
    with pytest.raises(sqlite3.IntegrityError):
        execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    assert untouched() == before


@sqlite_only
def test_a_position_is_never_filled_in_later(filled, execute):
    """A hole cannot be closed by hand: positions only grow."""
    skipped = "INSERT INTO events VALUES (?, ?, ?, 1, 'forged', 1, X'00')"
    execute(skipped, 50, os.urandom(16), os.urandom(16))
    with pytest.raises(sqlite3.IntegrityError):
        execute(skipped, 49, os.urandom(16), os.urandom(16))


def test_a_key_is_wrapped_again_only_into_the_open_epoch(filled, execute, execute_as_runtime):
    """What a rotation does is allowed: the epoch rises and the key stays."""
    execute("UPDATE epochs SET state = 'closing' WHERE epoch = 1")
    execute("INSERT INTO epochs (epoch, service_ref, state) VALUES (2, 'e2', 'open')")
    moved = "UPDATE data_keys SET epoch = 2 WHERE epoch = 1 AND wrapped IS NOT NULL"
    execute_as_runtime(moved)
    assert execute("SELECT epoch FROM data_keys ORDER BY epoch") == [(1,), (2,)]
    with pytest.raises(REFUSED):
        execute_as_runtime("UPDATE data_keys SET epoch = 1 WHERE epoch = 2")
    execute("UPDATE epochs SET state = 'closing' WHERE epoch = 2")
    execute("UPDATE epochs SET state = 'open' WHERE epoch = 1")
    with pytest.raises(REFUSED):  # nor into an older one that was opened again
        execute_as_runtime("UPDATE data_keys SET epoch = 1 WHERE epoch = 2")


@postgres_only
def test_the_runtime_role_may_not_change_the_schema(filled, execute_as_runtime):
    """It owns nothing: no trigger, table or function of the ledger is its to change."""
    for statement in (
        "DROP TRIGGER events_no_change ON events",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "DROP TABLE events",
        "CREATE TABLE mine (a int)",
        "SET session_replication_role = replica",
        "UPDATE commands SET outcome = '{}'",
        "DELETE FROM commands",
        "UPDATE registers SET code = 'x'",
        "UPDATE alembic_version SET version_num = 'x'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute_as_runtime(statement)
