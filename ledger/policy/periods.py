"""Lengths of time as policies write them: ISO 8601 durations of whole years, months and days."""

from __future__ import annotations

import calendar
import datetime as dt
import re

PATTERN = r"^P(?=\d)(?:\d{1,2}Y)?(?:\d{1,3}M)?(?:\d{1,4}D)?$"
"""`P8Y`, `P72M`, `P1Y6M`, `P30D`. No weeks, no hours: a retention period is a number of days."""

_FORM = re.compile(r"P(?:(\d{1,2})Y)?(?:(\d{1,3})M)?(?:(\d{1,4})D)?")
_SOME_DAY = dt.date(2001, 1, 1)


def add_period(start: dt.date, period: str) -> dt.date:
    """The day on which a period that begins on `start` is over.

    Years and months are counted by the calendar first (31 January + P1M is the last day of
    February), then days.

    Raises:
        ValueError: `period` is not of the form above, or the day lies beyond the year 9999.
    """
    match = _FORM.fullmatch(period)
    if match is None or period == "P":
        raise ValueError("a period is written like P8Y, P72M or P30D")
    years, months, days = (int(number or 0) for number in match.groups())
    year, month = divmod(start.year * 12 + start.month - 1 + years * 12 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(start.day, last)) + dt.timedelta(days=days)


def at_most(period: str, limit: str) -> bool:
    """Whether a period is no longer than another, counted from a common day."""
    return add_period(_SOME_DAY, period) <= add_period(_SOME_DAY, limit)


def start_of(scope: str, day: dt.date, year_starts: int) -> dt.date:
    """The first day of the policy's year, or of the month, that `day` lies in.

    `year_starts` is the month (1 to 12) in which the policy's year begins.
    """
    if scope == "month":
        return day.replace(day=1)
    year = day.year if day.month >= year_starts else day.year - 1
    return dt.date(year, year_starts, 1)


def is_period(text: str) -> bool:
    """Whether a text is a length of time as policies write it."""
    return text != "P" and _FORM.fullmatch(text) is not None


def days_of(period: str) -> int:
    """How many days a period is long, counted from a common day.

    Raises:
        ValueError: as `add_period`.
    """
    return (add_period(_SOME_DAY, period) - _SOME_DAY).days


def in_words(text: str) -> str:
    """`P1Y6M` as "1 year and 6 months"; a text that is no period as it is."""
    match = _FORM.fullmatch(text)
    if match is None or not is_period(text):
        return text
    parts = [
        f"{int(number)} {unit if int(number) == 1 else unit + 's'}"
        for number, unit in zip(match.groups(), ("year", "month", "day"), strict=True)
        if number is not None
    ]
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
