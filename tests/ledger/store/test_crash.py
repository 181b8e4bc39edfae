"""A process dies before, inside or after the commit of an erasure: both or neither happened."""

from __future__ import annotations

import time
from uuid import uuid4

import pytest

from ledger.errors import StoreUnavailable
from ledger.store import open_recorder
from ledger.store.append import Answer
from tests.ledger.store.crasher import EVENT, erasure
from tests.ledger.store.processes import start
from tests.ledger.store.submissions import birth, lookup, rows, submission

postgres_only = pytest.mark.parametrize("store_settings", ["postgres"], indirect=True)


@pytest.fixture
def key(opened):
    """A living key with a look-up under it."""
    (row,) = rows(uuid4(), 1)
    made = birth(row)
    (answer,) = opened.append([submission([row], births=[made], lookups=[lookup(made, b"i" * 16)])])
    assert isinstance(answer, Answer)
    return made


def happened(recorder, execute) -> bool:
    """Whether the erasure did; event, death, look-up and answer must agree."""
    event = recorder.find_event(EVENT) is not None
    ((dead_at, wrapped),) = execute("SELECT dead_at, wrapped FROM data_keys")
    ((looks,),) = execute("SELECT count(*) FROM lookups")
    ((answered,),) = execute("SELECT count(*) FROM commands WHERE command = ?", b"c" * 16)
    facts = {event, dead_at is not None, wrapped is None, looks == 0, answered == 1}
    assert len(facts) == 1, "half of an erasure"
    return event


def repeat(settings, key) -> Answer:
    """What the caller does after a crash: the same command again, in a new process."""
    recorder = open_recorder(settings)
    try:
        (answer,) = recorder.append([erasure(key.stream, key.kid)])
    finally:
        recorder.close()
    assert isinstance(answer, Answer)
    return answer


@pytest.mark.parametrize(("point", "expected"), [("before", False), ("after", True)])
def test_a_crash_beside_the_commit(store_settings, opened, execute, key, point, expected):
    """Before it nothing happened, after it everything; repeating the command completes it once."""
    process = start(store_settings, "tests.ledger.store.crasher", point, key.stream, key.kid.hex())
    assert process.wait(60) == 9
    assert happened(opened, execute) == expected
    assert repeat(store_settings, key).position == 5
    assert happened(opened, execute)
    assert opened.last()[0] == 5


@pytest.mark.parametrize("store_settings", ["sqlite"], indirect=True)
def test_a_crash_inside_the_transaction(store_settings, opened, execute, key):
    """The event is written and its key not yet dead: neither is there afterwards."""
    process = start(
        store_settings, "tests.ledger.store.crasher", "inside", key.stream, key.kid.hex()
    )
    assert process.wait(60) == 9
    assert not happened(opened, execute)
    assert repeat(store_settings, key).position == 5
    assert happened(opened, execute)


@postgres_only
def test_the_server_process_crashes_inside_the_transaction(opened, execute, key):
    """The backend ends between event and death: the caller is told that nothing is stored."""
    on_death(execute, "PERFORM pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(StoreUnavailable):
        opened.append([erasure(key.stream, key.kid)])
    assert not happened(opened, execute)
    execute("DROP TRIGGER on_death ON data_keys")
    (answer,) = opened.append([erasure(key.stream, key.kid)])
    assert answer.position == 5
    assert happened(opened, execute)


@postgres_only
def test_the_client_is_killed_while_the_server_works(store_settings, opened, execute, key):
    """The server goes on alone to an end of its own; whatever it is, it is whole."""
    on_death(execute, "PERFORM pg_sleep(1)")
    process = start(
        store_settings, "tests.ledger.store.crasher", "never", key.stream, key.kid.hex()
    )
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    wait_until(lambda: execute(sleeping) == [(1,)])
    process.kill()
    process.wait()
    assert not happened(opened, execute)  # not yet, or never: it still holds the lock
    wait_until(lambda: execute(sleeping) == [(0,)])
    assert repeat(store_settings, key).position == 5
    assert happened(opened, execute)
    assert opened.last()[0] == 5


def on_death(execute, statement: str) -> None:
    """Let the owner add something that runs inside the append, between event and commit."""
    execute(
        "CREATE FUNCTION on_death() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {statement}; RETURN NULL; END $$"
    )
    execute(
        "CREATE TRIGGER on_death AFTER UPDATE ON data_keys FOR EACH ROW EXECUTE FUNCTION on_death()"
    )


def wait_until(condition):
    """Poll for up to a minute. Returns: what came out true."""
    deadline = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found
