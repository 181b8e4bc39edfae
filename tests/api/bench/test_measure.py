"""The harness: whose turn it is, what is thrown away, and what a line says."""

from __future__ import annotations

import json

from api.bench.measure import Goal, Ratio, duration, interleaved


def test_rounds_take_turns_and_the_first_is_thrown_away() -> None:
    """Every other round runs the other way; figures are those of the rounds that count."""
    turns: list[str] = []

    def run(name: str) -> float:
        turns.append(name)
        return len(turns)

    figures = interleaved({"a": lambda: run("a"), "b": lambda: run("b")}, repeats=3)
    assert turns == ["b", "a", "a", "b", "b", "a", "a", "b"]
    assert figures == {"a": [3, 6, 7], "b": [4, 5, 8]}


def test_a_ratio_is_of_the_figures_of_one_round() -> None:
    """Median and range of the rounds' own ratios, not the ratio of two medians."""
    assert Ratio.between([1.0, 30.0, 8.0], [2.0, 10.0, 4.0]) == Ratio(2.0, 0.5, 3.0)


def test_the_median_of_an_even_number_lies_between() -> None:
    """Half way between the two in the middle."""
    assert Ratio.of([4.0, 1.0, 3.0, 2.0]) == Ratio(2.5, 1.0, 4.0)


def test_a_least_target_is_reached_from_above() -> None:
    """At the target is enough; below it is not."""
    reached = [
        Goal.at_least("G1", "sqlite", "it", Ratio.of([value]), 0.6, "of COPY").reached
        for value in (0.59, 0.6, 0.61)
    ]
    assert reached == [False, True, True]


def test_a_most_target_is_reached_from_below() -> None:
    """At the target is enough; above it is not."""
    reached = [
        Goal.at_most("G4", "sqlite", "it", Ratio.of([value]), 2, "x").reached
        for value in (1.9, 2.0, 2.1)
    ]
    assert reached == [True, True, False]


def test_a_line_has_the_keys_that_programs_read() -> None:
    """Exactly these, in one line."""
    goal = Goal.at_least(
        "G1", "postgresql", "append", Ratio(0.61, 0.5, 0.7), 0.6, "of COPY", note="aside"
    )
    line = goal.line()
    assert "\n" not in line
    assert json.loads(line) == {
        "goal": "G1",
        "store": "postgresql",
        "ratio": {"median": 0.61, "min": 0.5, "max": 0.7},
        "target": 0.6,
        "reached": True,
        "unit": "of COPY",
    }


def test_times_are_told_in_the_unit_that_suits() -> None:
    """Seconds, milliseconds, microseconds."""
    assert [duration([2.0]), duration([0.0125]), duration([0.0000031])] == [
        "2.00 s",
        "12.50 ms",
        "3.1 µs",
    ]
