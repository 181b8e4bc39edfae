"""Moments: what is read as one, which position it means, and what is told where it is none."""

from __future__ import annotations

import datetime as dt

import pytest

from ledger.errors import InvalidInput, MomentAhead, MomentNotATime, MomentUnreadable
from ledger.mapper import moment_of
from ledger.store import past
from projections.moments import Asked, AsOf, micros_of, resolve

from .conftest import Log

NOW = dt.datetime.now(dt.UTC)
TODAY, TOMORROW = NOW.date(), NOW.date() + dt.timedelta(days=1)


def meant(log: Log, text: str, clock: str = "known", known_at: str | None = None) -> AsOf:
    now = dt.datetime.now(dt.UTC)
    return resolve(Asked(text, clock, known_at), log.recorder, now, log.recorder.last()[0])


def recorded(log: Log, position: int) -> dt.datetime:
    return moment_of(past.recorded_at(log.recorder, position))


def test_a_time_is_the_last_position_recorded_by_then(log: Log) -> None:
    """Found by halves, at every position and a microsecond beside it."""
    for _ in range(5):
        log.person()
    last = log.recorder.last()[0]
    for position in range(1, last + 1):
        micros = past.recorded_at(log.recorder, position)
        same = [p for p in range(1, last + 1) if past.recorded_at(log.recorder, p) == micros]
        assert past.position_at(log.recorder, micros) == max(same)
        assert past.position_at(log.recorder, micros - 1) == min(same) - 1
    assert past.position_at(log.recorder, 0) == 0


def test_a_position_a_date_and_an_instant_are_understood(log: Log) -> None:
    """A date counts whole; an instant without a zone is in UTC; a blank is a plus that got lost."""
    last = log.recorder.last()[0]
    assert meant(log, "2") == AsOf("known", 2, recorded(log, 2))
    assert meant(log, "2").day == TODAY
    today = meant(log, TODAY.isoformat())
    assert today.position == last
    assert today.at == dt.datetime.combine(TODAY, dt.time.max, dt.UTC)
    assert meant(log, "2020-02-29") == AsOf(
        "known", 0, dt.datetime(2020, 3, 1, tzinfo=dt.UTC) - MICRO
    )
    noon = dt.datetime(2020, 1, 1, 12, tzinfo=dt.UTC)
    for text in ("2020-01-01T12:00", "2020-01-01T12:00:00Z", "2020-01-01T17:30:00 05:30"):
        assert meant(log, text).at == noon
    assert meant(log, "2020-01-01T17:30:00.000000+05:30", "true") == AsOf("true", last, noon)


MICRO = dt.timedelta(microseconds=1)


def test_what_was_true_may_be_asked_by_what_was_known_at_another_moment(log: Log) -> None:
    """Both clocks together; without it, what is known now counts."""
    assert meant(log, "2020-01-01", "true", "2").position == 2
    assert meant(log, "2020-01-01", "true", "2020-06-01").position == 0
    assert meant(log, "2020-01-01", "true").position == log.recorder.last()[0]


@pytest.mark.parametrize(
    ("text", "clock", "known_at", "kind", "field"),
    [
        ("", "known", None, MomentUnreadable, "as_of"),
        ("0", "known", None, MomentUnreadable, "as_of"),
        ("-1", "known", None, MomentUnreadable, "as_of"),
        ("yesterday", "known", None, MomentUnreadable, "as_of"),
        ("2026-02-30", "known", None, MomentUnreadable, "as_of"),
        ("2026-1-1", "known", None, MomentUnreadable, "as_of"),
        ("2026-W01-1", "known", None, MomentUnreadable, "as_of"),
        ("2026-01-01T25:00", "known", None, MomentUnreadable, "as_of"),
        ("0001-01-01T00:00+14:00", "known", None, MomentUnreadable, "as_of"),
        ("٣", "known", None, MomentUnreadable, "as_of"),
        ("4000000000000000000", "known", None, MomentUnreadable, "as_of"),
        ("1000000", "known", None, MomentAhead, "as_of"),
        (TOMORROW.isoformat(), "known", None, MomentAhead, "as_of"),
        (f"{TOMORROW.isoformat()}T00:00Z", "known", None, MomentAhead, "as_of"),
        ("9999-12-31", "true", None, MomentAhead, "as_of"),
        ("2", "true", None, MomentNotATime, "as_of"),
        ("2020-01-01", "true", "1000000", MomentAhead, "known_at"),
        ("2020-01-01", "true", "then", MomentUnreadable, "known_at"),
        ("2020-01-01", "known", "2", MomentUnreadable, "known_at"),
    ],
)
def test_what_is_no_moment_is_told_with_field_and_remedy(
    log: Log,
    text: str,
    clock: str,
    known_at: str | None,
    kind: type[InvalidInput],
    field: str,
) -> None:
    """Neither guessed nor cut off."""
    with pytest.raises(kind) as caught:
        meant(log, text, clock, known_at)
    assert caught.value.facts["field"] == field
    assert caught.value.facts["rule"]
    assert type(caught.value) is kind
    assert text not in caught.value.sentence or not text or text.isdigit()


def test_an_instant_is_kept_to_the_microsecond() -> None:
    """As the log keeps it, also before 1970."""
    for instant in (
        NOW,
        dt.datetime(1, 1, 1, tzinfo=dt.UTC),
        dt.datetime(9999, 1, 1, tzinfo=dt.UTC),
    ):
        assert moment_of(0) + dt.timedelta(microseconds=micros_of(instant)) == instant
