"""The rows of decision state: written with the events, and left out when they lag behind them."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ledger.store.append import Conflict, Expect, StateRow
from tests.ledger.store.submissions import append_to, submission


def test_a_state_is_written_with_its_rows_and_replaced_by_the_next(opened):
    """One row a stream: the latest, in the append's own transaction."""
    stream = uuid4()
    opened.append([append_to(stream, 1, 2, states=[StateRow(stream, 2, 1, b"\x00old")])])
    assert opened.select_states([stream]) == {stream: StateRow(stream, 2, 1, b"\x00old")}
    new = StateRow(stream, 3, 2, b"new")
    opened.append([append_to(stream, 3, states=[new])])
    assert opened.select_states([stream]) == {stream: new}


def test_many_states_in_one_append(opened):
    """Each command brings the states of its own streams, also of several at once."""
    streams = [uuid4() for _ in range(250)]
    states = [StateRow(stream, 1, 1, stream.bytes) for stream in streams]
    both = [row for stream in streams[:2] for row in append_to(stream, 1).rows]
    ones = [append_to(s.stream, 1, states=[s]) for s in states[2:]]
    opened.append([submission(both, states=states[:2]), *ones])
    assert opened.select_states(streams) == {state.stream: state for state in states}


@pytest.mark.parametrize("why", ["known", "conflict"])
def test_a_command_that_writes_nothing_leaves_the_state_alone(opened, why):
    """A repeated command, or one that lost a race, changes no state either."""
    stream = uuid4()
    kept = StateRow(stream, 1, 1, b"kept")
    first = append_to(stream, 1, states=[kept])
    opened.append([first])
    changed = [StateRow(stream, 2, 1, b"changed")]
    if why == "known":
        again = append_to(stream, 2, states=changed, command=first.command)
    else:
        again = append_to(stream, 2, states=changed, expects=[Expect(stream, 7)])
    (outcome,) = opened.append([again])
    assert isinstance(outcome, Conflict) == (why == "conflict")
    assert opened.select_states([stream]) == {stream: kept}


def test_a_state_that_lags_is_left_out(opened):
    """Rows that came without a state (an older ledger wrote them) make the row one of the past."""
    stream = uuid4()
    opened.append([append_to(stream, 1, states=[StateRow(stream, 1, 1, b"then")])])
    opened.append([append_to(stream, 2)])
    assert opened.select_states([stream, uuid4()]) == {}
