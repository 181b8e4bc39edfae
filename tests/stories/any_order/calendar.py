"""Periods and scopes by the calendar, counted as one would on paper."""

from __future__ import annotations

import datetime as dt
import re


def later(day: dt.date, period: str) -> dt.date:
    """The day a period of years, months and days after a day."""
    amounts = {unit: int(number) for number, unit in re.findall(r"(\d+)([YMD])", period)}
    year, month = day.year + amounts.get("Y", 0), day.month + amounts.get("M", 0)
    while month > 12:
        year, month = year + 1, month - 12
    number = day.day
    while True:
        try:
            found = dt.date(year, month, number)
            break
        except ValueError:
            number -= 1
    return found + dt.timedelta(days=amounts.get("D", 0))


def year_of(day: dt.date, starts: int) -> dt.date:
    """The first day of the year that a day lies in."""
    first = dt.date(day.year, starts, 1)
    return first if first <= day else dt.date(day.year - 1, starts, 1)


def scope_end(kind: str, scope: str) -> dt.date | None:
    """The first day after a month or year."""
    periods = {"year": "P1Y", "month": "P1M"}
    return later(dt.date.fromisoformat(scope), periods[kind]) if kind in periods else None
