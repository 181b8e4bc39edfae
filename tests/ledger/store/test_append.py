"""The append: what each command is told, and what lies in the log afterwards."""

from __future__ import annotations

import os
from dataclasses import replace
from uuid import uuid4

import msgspec
import pytest
from eventsourcing.persistence import ProgrammingError
from msgspec import structs

from ledger.errors import ClockSkew, CommandReused, NotStorable, OutcomeUnknown, StoreUnavailable
from ledger.store.append import Conflict, Expect, Register
from ledger.store.postgres import PostgresLedgerRecorder
from ledger.store.sqlite import SQLiteLedgerRecorder
from tests.ledger.store.submissions import (
    ACTOR,
    append_to,
    genesis,
    genesis_submission,
    rows,
    submission,
)


def test_rows_get_the_next_positions(opened):
    """Positions follow each other across commands, in the order they were given."""
    first, second = uuid4(), uuid4()
    one, two = opened.append([append_to(first, 1, 2), append_to(second, 1, 3)])
    assert (one.position, one.first_version, one.last_version, one.stream) == (5, 1, 2, first)
    assert (two.position, two.first_version, two.last_version, two.stream) == (8, 1, 3, second)
    assert [row.position for row in opened.select_rows(0, 100)] == list(range(1, 9))


def test_what_is_read_is_what_was_appended(opened):
    """Every column of a row comes back, with position and moment filled in."""
    stream = uuid4()
    written = rows(stream, 1, 2)
    opened.append([submission(written)])
    read = opened.select_events(stream)
    assert [(r.event, r.originator_version, r.topic, r.state) for r in read] == [
        (r.event, r.originator_version, r.topic, r.state) for r in written
    ]
    assert [r.position for r in read] == [4, 5]
    assert read[0].recorded_at == read[1].recorded_at == opened.last()[1] > 0


def test_a_repeated_command_gets_its_first_answer(opened):
    """The same actor and command, whatever it says the second time, writes nothing."""
    stream = uuid4()
    once = append_to(stream, 1)
    (first,) = opened.append([once])
    again = append_to(stream, 2, command=once.command)
    assert opened.append([again]) == [first]
    assert opened.last()[0] == first.position
    assert first.ids == once.answer.ids and first.rules == ("a-rule",)


def test_a_command_twice_in_one_batch_is_one_command(opened):
    """The second of two equal commands waits for the first and gets its answer."""
    once = append_to(uuid4(), 1)
    first, second = opened.append([once, once])
    assert first == second
    assert opened.last()[0] == first.position


def test_a_command_twice_in_one_batch_about_different_streams(opened):
    """Also a caller that decided it twice, each time for somebody new, did it once."""
    once = append_to(uuid4(), 1)
    again = append_to(uuid4(), 1, command=once.command)
    first, second = opened.append([once, again])
    assert first == second
    assert opened.last()[0] == first.position


def test_a_command_id_with_another_body_is_refused(opened):
    """The fingerprint differs under the same epoch."""
    once = append_to(uuid4(), 1)
    opened.append([once])
    (refused,) = opened.append([structs.replace(once, fingerprint=b"g" * 16)])
    assert isinstance(refused, CommandReused)


def test_a_fingerprint_of_another_epoch_is_not_compared(opened):
    """After a rotation the old fingerprint says nothing: the first answer is given."""
    once = append_to(uuid4(), 1)
    (first,) = opened.append([once])
    later = structs.replace(once, fingerprint=b"g" * 16, epoch=2)
    assert opened.append([later]) == [first]


def test_a_stream_version_that_exists_is_a_conflict(opened):
    """It strikes that command alone; its neighbour is stored."""
    taken, free = uuid4(), uuid4()
    opened.append([append_to(taken, 1)])
    refused, stored = opened.append([append_to(taken, 1), append_to(free, 1)])
    assert isinstance(refused, Conflict)
    assert stored.position == opened.last()[0] == 5


def test_a_gap_in_a_stream_is_a_conflict(opened):
    """A version that does not follow the last one was decided on something else."""
    (refused,) = opened.append([append_to(uuid4(), 2)])
    assert isinstance(refused, Conflict)


def test_two_commands_on_one_stream_in_a_batch(opened):
    """The later waits for the earlier: it is stored if it followed it, refused if not."""
    stream = uuid4()
    one, two, three = opened.append(
        [append_to(stream, 1), append_to(stream, 2), append_to(stream, 2)]
    )
    assert (one.last_version, two.last_version) == (1, 2)
    assert isinstance(three, Conflict)


def test_an_expectation_that_does_not_hold_is_a_conflict(opened):
    """What the decision relied on in another stream has moved on, or appeared."""
    policy = uuid4()
    opened.append([append_to(policy, 1)])
    holds, stale, absent = opened.append(
        [
            append_to(uuid4(), 1, expects=[Expect(policy, 1), Expect(uuid4(), 0)]),
            append_to(uuid4(), 1, expects=[Expect(policy, 2)]),
            append_to(uuid4(), 1, expects=[Expect(policy, 0)]),
        ]
    )
    assert holds.position == 5
    assert isinstance(stale, Conflict) and isinstance(absent, Conflict)
    assert opened.last()[0] == 5


def test_an_expectation_on_what_an_earlier_command_of_the_batch_writes(opened):
    """The later command is told the truth as it is after the earlier one."""
    policy = uuid4()
    opened.append([append_to(policy, 1)])
    stored, refused = opened.append(
        [append_to(policy, 2), append_to(uuid4(), 1, expects=[Expect(policy, 1)])]
    )
    assert stored.last_version == 2
    assert isinstance(refused, Conflict)


def test_a_command_without_rows_is_remembered(opened):
    """`unchanged` stores no event, and answers the same when it is repeated."""
    nothing = submission()
    (first,) = opened.append([nothing])
    assert first.position == 3 and first.stream is None
    opened.append([append_to(uuid4(), 1)])
    assert opened.append([nothing]) == [first]


def test_a_command_without_rows_keeps_the_stream_it_answers(opened):
    """The answer may name the subject although nothing happened to it."""
    stream = uuid4()
    told = msgspec.structs.replace(submission().answer, stream=stream, last_version=7)
    nothing = submission(answer=told)
    (first,) = opened.append([nothing])
    assert (first.stream, first.last_version) == (stream, 7)
    assert opened.append([nothing]) == [first]


def test_one_act_in_several_streams(opened):
    """An event in each one's stream; the answer speaks of the stream it names, else the first."""
    one, other = uuid4(), uuid4()
    both = [*rows(one, 1), *rows(other, 1, 2)]
    named = msgspec.structs.replace(submission().answer, stream=other)
    (answer,) = opened.append([submission(both, answer=named)])
    assert (answer.stream, answer.first_version, answer.last_version) == (other, 1, 2)
    assert answer.position == 6


def test_a_register_code_speaks_for_one_stream(opened):
    """A code that is bound is a conflict for whoever binds it again, also in one batch."""
    one, other = uuid4(), uuid4()
    first = append_to(one, 1, registers=[Register("recipient", "post", one)])
    second = append_to(other, 1, registers=[Register("recipient", "post", other)])
    stored, refused = opened.append([first, second])
    assert stored.position == 4 and isinstance(refused, Conflict)
    assert opened.registers("recipient") == {"post": one}
    assert opened.registers("actor") == {}


def test_the_answers_of_an_actor_can_be_found(opened):
    """Fingerprint and epoch come with the answer; another actor's commands do not."""
    once = append_to(uuid4(), 1)
    (answer,) = opened.append([once])
    found = opened.find_answers(ACTOR, [once.command, os.urandom(16)])
    assert {once.command: (answer, once.fingerprint, 1)} == found
    assert opened.find_answers(uuid4(), [once.command]) == {}


@pytest.mark.parametrize("place", [0, 3, 6])
def test_a_row_that_the_database_refuses_fails_its_caller_alone(opened, place):
    """An event id that is taken undoes the transaction; the others of the group are stored."""
    stored = rows(uuid4(), 1)
    opened.append([submission(stored)])
    bad = submission([replace(stored[0], originator_id=uuid4())])
    group = [append_to(uuid4(), 1) for _ in range(6)]
    group.insert(place, bad)
    outcomes = opened.append(group)
    assert [n for n, one in enumerate(outcomes) if isinstance(one, NotStorable)] == [place]
    positions = [one.position for n, one in enumerate(outcomes) if n != place]
    assert positions == [5, 6, 7, 8, 9, 10]
    assert list(opened.find_commands([(ACTOR, one.command) for one in group])) == [
        (ACTOR, one.command) for one in group if one is not bad
    ]


@pytest.mark.parametrize(
    "bad",
    [
        submission(fingerprint=b"short"),
        submission([replace(rows(uuid4(), 1)[0], topic="\ud800")]),
        submission([replace(rows(uuid4(), 1)[0], originator_version=2**70)]),
    ],
    ids=["a check constraint", "text that is none", "a number that no column holds"],
)
def test_a_submission_that_cannot_be_sent_or_stored_fails_alone(opened, bad):
    """Also what the driver itself refuses is the one row's fault."""
    before, outcome, after = opened.append([append_to(uuid4(), 1), bad, append_to(uuid4(), 1)])
    assert (before.position, after.position) == (4, 5)
    assert isinstance(outcome, NotStorable | Conflict)


def test_the_answers_of_several_actors_are_found_at_once(opened):
    """Each under its own actor: the same bytes under another one are another command."""
    one, two = (append_to(uuid4(), 1, actor=actor) for actor in (ACTOR, uuid4()))
    first, second = opened.append([one, two])
    wanted = [(one.actor, one.command), (two.actor, two.command), (two.actor, one.command)]
    found = opened.find_commands(wanted)
    assert {name: known.answer for name, known in found.items()} == {
        wanted[0]: first,
        wanted[1]: second,
    }
    assert opened.find_commands([]) == {}


def test_recorded_at_never_runs_back(store_settings, opened):
    """A process whose clock was set back records at the last moment known."""
    before = opened.last()[1]
    late = recorder_with_clock(store_settings, lambda: before - 4_000_000)
    try:
        late.append([append_to(uuid4(), 1)])
        assert late.last()[1] >= before
    finally:
        late.close()


def test_a_moment_ahead_of_every_clock_is_kept_up(opened, execute):
    """When the machine's own clock was set back, the log goes on at its last moment."""
    ahead = opened.last()[1] + 3_600_000_000
    row = "INSERT INTO events SELECT 4, ?, ?, 1, topic, ?, state FROM events WHERE position = 1"
    execute(row, uuid4(), uuid4(), ahead)
    opened.append([append_to(uuid4(), 1)])
    assert opened.last() == (5, ahead)


def test_a_process_clock_far_from_the_databases_is_refused(postgres_settings):
    """More than five seconds apart, nobody can say which is right."""
    wrong = recorder_with_clock(postgres_settings, lambda: 0)
    try:
        with pytest.raises(ClockSkew):
            wrong.append([append_to(uuid4(), 1)])
        assert wrong.last() == (0, 0)
    finally:
        wrong.close()


def test_the_ledger_opens_once(recorder):
    """Whoever comes second is told, and leaves nothing."""
    assert recorder.genesis() is None
    made, late = genesis(), genesis()
    assert recorder.open_ledger(made, genesis_submission(made))
    assert not recorder.open_ledger(late, genesis_submission(late))
    assert recorder.genesis() == (
        made.ledger, made.genesis_stream, made.policy_stream, made.actor_stream, 1
    )  # fmt: skip
    assert recorder.last()[0] == 3


def test_events_do_not_enter_by_the_library_s_door(opened):
    """`insert_events` would skip every check."""
    with pytest.raises(ProgrammingError):
        opened.insert_events(rows(uuid4(), 1))


def recorder_with_clock(settings, clock):
    """A recorder whose process clock says what it is told."""
    if settings.database_url is None:
        return SQLiteLedgerRecorder(settings.database_path, clock)
    return PostgresLedgerRecorder(
        settings.database_url.get_secret_value(), settings.schema_name, clock
    )


def test_what_strikes_a_later_wave_is_not_told_to_an_earlier_one(opened, monkeypatch):
    """Two commands on one stream are two waves: the first is stored, and its caller is told so."""
    stream, append_wave, sent = uuid4(), opened._append_wave, []

    def break_at_the_second(wave):
        sent.append(wave)
        if len(sent) == 2:
            raise OutcomeUnknown()
        return append_wave(wave)

    monkeypatch.setattr(opened, "_append_wave", break_at_the_second)
    wave_of_each = [append_to(stream, version) for version in (1, 2, 3)]
    first, second, third = opened.append(wave_of_each)
    assert first.position == opened.last()[0] == 4
    assert isinstance(second, OutcomeUnknown)
    assert isinstance(third, StoreUnavailable)
    assert len(sent) == 2
