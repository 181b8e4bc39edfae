"""The connection to PostgreSQL breaks around a commit: nobody is told what is not so."""

from __future__ import annotations

import threading
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

from ledger.errors import OutcomeUnknown, StoreUnavailable
from ledger.store import postgres
from ledger.store.append import Answer, Conflict
from ledger.store.postgres import PostgresLedgerRecorder
from tests.ledger.store.proxy import Proxy
from tests.ledger.store.submissions import append_to, genesis, genesis_submission
from tests.ledger.store.test_crash import wait_until


@pytest.fixture
def proxy(tmp_path_factory, postgres_url):
    """A wire to the server that the test can cut."""
    server = conninfo_to_dict(postgres_url)
    host, port = str(server.get("host", "localhost")), int(server.get("port", 5432))
    made = Proxy(tmp_path_factory.mktemp("wire"), host, port)
    yield made
    made.close()


@pytest.fixture
def wired(postgres_settings, proxy):
    """A recorder on an open ledger that reaches its database through the wire."""
    url = make_url(postgres_settings.database_url.get_secret_value())
    url = url.set(host=None, port=None).update_query_dict({"host": str(proxy.directory)})
    recorder = PostgresLedgerRecorder(
        url.render_as_string(hide_password=False), postgres_settings.schema_name
    )
    made = genesis()
    assert recorder.open_ledger(made, genesis_submission(made))
    recorder.append([append_to(uuid4(), 1)])  # from now on an append is one message each way
    yield recorder
    recorder.close()


def test_a_reply_lost_after_the_commit(wired, proxy):
    """The command is found under the lock and answered as if nothing had happened."""
    sent = append_to(uuid4(), 1)
    proxy.cut_next("reply")
    (answer,) = wired.append([sent])
    assert isinstance(answer, Answer)
    assert answer.position == wired.last()[0] == 5
    assert wired.append([sent]) == [answer]


def test_a_request_that_never_arrived(wired, proxy):
    """Nothing is stored, the caller is told so, and the recorder goes on."""
    sent = append_to(uuid4(), 1)
    proxy.cut_next("request")
    with pytest.raises(StoreUnavailable):
        wired.append([sent])
    assert wired.last()[0] == 4
    (answer,) = wired.append([sent])
    assert answer.position == 5


def test_each_command_of_a_lost_batch_is_told_the_truth(wired, proxy):
    """Stored, stored before, and refused: the last decides again, as it would have."""
    before = append_to(uuid4(), 1)
    (known,) = wired.append([before])
    stream = uuid4()
    proxy.cut_next("reply")
    stored, repeated, refused = wired.append([append_to(stream, 1), before, append_to(uuid4(), 7)])
    assert (stored.stream, stored.position) == (stream, 6)
    assert repeated == known
    assert isinstance(refused, Conflict)


def test_a_server_that_still_works_when_the_line_breaks(wired, proxy, postgres_settings):
    """It is ended before anybody looks: what was not there cannot come later."""
    schema = postgres_settings.schema_name
    sent = append_to(uuid4(), 1)
    with psycopg.connect(postgres_settings.owner_url.get_secret_value()) as other:
        other.execute(f'SET search_path TO "{schema}"')
        other.execute("SELECT append_lock()")
        result: list[BaseException] = []
        thread = threading.Thread(target=lambda: result.append(outcome_of(wired, sent)))
        thread.start()
        queue = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        old = wait_until(lambda: other.execute(queue).fetchone())
        proxy.abandon()
        wait_until(lambda: other.execute(queue).fetchone() not in (None, old))
        other.rollback()
    thread.join(60)
    assert isinstance(result[0], StoreUnavailable)
    assert wired.last()[0] == 4
    (answer,) = wired.append([sent])
    assert answer.position == 5


def test_a_database_that_does_not_come_back(wired, proxy, monkeypatch):
    """What became of the append is not known, and that is what the caller is told."""
    monkeypatch.setattr(postgres, "_RECONNECT", 0.3)
    sent = append_to(uuid4(), 1)
    proxy.cut_next("reply")
    proxy.unplug()
    with pytest.raises(OutcomeUnknown):
        wired.append([sent])


def test_a_database_that_is_lost_again_before_anybody_could_look(wired, proxy, monkeypatch):
    """It may have stored the command: "certainly not stored" would be a lie."""
    sent = append_to(uuid4(), 1)

    def lost(*_):
        raise StoreUnavailable()

    proxy.cut_next("reply")
    with monkeypatch.context() as patched, pytest.raises(OutcomeUnknown):
        patched.setattr(wired, "find_answers", lost)
        wired.append([sent])
    (answer,) = wired.append([sent])
    assert answer.position == wired.last()[0] == 5


def outcome_of(recorder, sent):
    """What an append gives or raises."""
    try:
        return recorder.append([sent])[0]
    except StoreUnavailable as error:
        return error


def test_a_read_on_connections_that_the_server_has_closed(postgres_settings, postgres_url):
    """After a restart of the database the next read is answered, whatever lies idle in the pool."""
    name = postgres_settings.schema_name
    recorder = PostgresLedgerRecorder(postgres_settings.database_url.get_secret_value(), name)
    made = genesis()
    recorder.open_ledger(made, genesis_submission(made))
    readers = [threading.Thread(target=recorder.select_rows, args=(0, 1_000)) for _ in range(6)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s",
            [name],
        )
    try:
        assert recorder.last()[0] == 3
        assert len(recorder.select_rows(0, 10)) == 3
    finally:
        recorder.close()
