"""What can be read, through the library's interface and beside it."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest

from ledger import events, mapper
from ledger.errors import StoreUnavailable
from ledger.store import open_recorder
from ledger.store.append import Answer
from tests.ledger.store.submissions import ACTOR, append_to, rows, submission


def test_an_empty_place(recorder):
    """Nothing is there, and nothing is said about it."""
    assert recorder.last() == (0, 0)
    assert recorder.max_notification_id() is None
    assert recorder.select_rows(0, 10) == []
    assert recorder.select_streams([]) == {}
    assert recorder.find_event(uuid4()) is None
    assert recorder.find_answers(uuid4(), []) == {}


def test_a_stream_by_version(opened):
    """Bounds, order and limit of `select_events`."""
    stream = uuid4()
    opened.append([append_to(stream, 1, 5)])

    def versions(**bounds):
        return [row.originator_version for row in opened.select_events(stream, **bounds)]

    assert versions() == [1, 2, 3, 4, 5]
    assert versions(gt=1, lte=4) == [2, 3, 4]
    assert versions(desc=True, limit=2) == [5, 4]
    assert opened.select_events(uuid4()) == []


def test_many_streams_at_once(opened):
    """Each stream's rows by version; one without rows is there too."""
    one, other, none = uuid4(), uuid4(), uuid4()
    opened.append([append_to(one, 1, 2), append_to(other, 1), append_to(one, 3)])
    found = opened.select_streams([one, other, none])
    assert {stream: [row.originator_version for row in its] for stream, its in found.items()} == {
        one: [1, 2, 3],
        other: [1],
        none: [],
    }


def test_more_streams_and_commands_than_a_statement_takes_parameters(opened):
    """As many as a run may name are asked for, in several questions."""
    written = append_to(uuid4(), 1)
    opened.append([written])
    stream = written.rows[0].originator_id
    found = opened.select_streams([*(uuid4() for _ in range(70_000)), stream])
    assert [row.position for row in found[stream]] == [4]
    assert len(found) == 70_001
    strangers = [uuid4().bytes for _ in range(70_000)]
    assert list(opened.find_answers(ACTOR, [*strangers, written.command])) == [written.command]


def test_rows_behind_a_position(opened):
    """A projection reads in order, from where it stands, as many as it wants."""
    opened.append([append_to(uuid4(), 1, 4)])
    assert [row.position for row in opened.select_rows(3, 2)] == [4, 5]
    assert [row.position for row in opened.select_rows(5, 100)] == [6, 7]
    assert opened.select_rows(7, 100) == []


def test_an_event_by_its_id(opened):
    """The row, wherever it lies."""
    (written,) = rows(uuid4(), 1)
    opened.append([submission([written])])
    found = opened.find_event(written.event)
    assert (found.originator_id, found.position) == (written.originator_id, 4)


def test_notifications(opened):
    """By position, with both bounds included unless told, and by topic."""
    opened.append([append_to(uuid4(), 1, 3)])

    def ids(*bounds, **others):
        return [one.id for one in opened.select_notifications(*bounds, **others)]

    assert ids(1, 100) == [1, 2, 3, 4, 5, 6]
    assert ids(2, 100, 4) == [2, 3, 4]
    assert ids(2, 100, inclusive_of_start=False) == [3, 4, 5, 6]
    assert ids(None, 2) == [1, 2]
    assert ids(1, 100, topics=["nothing"]) == []
    assert ids(1, 100, topics=["nothing", "data-collected"]) == [1, 2, 3, 4, 5, 6]
    assert opened.max_notification_id() == 6


def test_a_notification_is_a_row(opened):
    """It carries event id and moment, and decodes like the row it is."""
    body = events.ActorRegistered
    assert body.TOPIC in mapper.EVENTS
    (one,) = opened.select_notifications(3, 1)
    (row,) = opened.select_rows(2, 1)
    assert (one.event, one.recorded_at, one.position) == (row.event, row.recorded_at, one.id)
    assert (one.topic, one.state, one.originator_id) == (row.topic, row.state, row.originator_id)


def test_a_subscription_waits_for_what_comes(opened):
    """First what is there, then what is appended, in order, until it is stopped."""
    opened.append([append_to(uuid4(), 1)])
    with opened.subscribe(gt=2) as subscription:
        assert [next(subscription).id, next(subscription).id] == [3, 4]
        later = threading.Timer(0.1, lambda: opened.append([append_to(uuid4(), 1)]))
        later.start()
        assert next(subscription).id == 5
        later.join()
        threading.Timer(0.1, subscription.stop).start()
        with pytest.raises(StopIteration):
            next(subscription)


def test_threads_share_a_recorder(opened):
    """Appends and reads from several threads at once: one log, whole."""
    answers: list[Answer] = []

    def write():
        for _ in range(10):
            answers.extend(opened.append([append_to(uuid4(), 1)]))
            opened.select_rows(0, 5)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.position for answer in answers) == list(range(4, 64))


def test_a_closed_recorder_stays_closed(store_settings):
    """It does not connect again behind its owner's back."""
    recorder = open_recorder(store_settings)
    recorder.close()
    with pytest.raises(StoreUnavailable):
        recorder.last()
