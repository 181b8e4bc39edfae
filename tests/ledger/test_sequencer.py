"""The sequencer by itself: who waits, who is refused, who is told, whatever happens to its threads.

Deciding and storing are stood in for, so that a test can hold them up or break them.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID, uuid4

import pytest

from ledger import intake
from ledger.application import Ledger
from ledger.command import Command
from ledger.commands.collecting import RegisterSubject
from ledger.commands.consenting import WithdrawConsent
from ledger.commands.opening import AnswerAccess
from ledger.commands.running import StartRun
from ledger.errors import Busy, InvalidInput, OutcomeUnknown, Overloaded, StoreUnavailable
from ledger.intake import Work
from ledger.receipt import Receipt, tell
from ledger.runner import ATTEMPTS, Runner
from ledger.store.append import Answer, Conflict, Submission

BY = UUID("b" * 32)
DONE = Answer(outcome="recorded")
DIES = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


class Stand:
    """Stands in for deciding and for the store; either can be held up."""

    def __init__(self) -> None:
        self.deciding, self.storing = threading.Event(), threading.Event()
        self.deciding.set()
        self.storing.set()
        self.batches: list[list[Command]] = []
        self.groups: list[int] = []
        self.refreshed = 0
        self.outcome: Callable[[Submission], object] = lambda submission: DONE

    def decide(self, works: Sequence[Work]) -> list[Submission]:
        self.batches.append([work.command for work in works])
        assert self.deciding.wait(60)
        return [
            Submission(
                actor=BY, command=w.command.key.encode(), fingerprint=b"", epoch=1, answer=DONE
            )
            for w in works
        ]

    def append(self, submissions: Sequence[Submission]) -> list[object]:
        self.groups.append(len(submissions))
        assert self.storing.wait(60)
        return [self.outcome(submission) for submission in submissions]

    def refresh(self) -> None:
        self.refreshed += 1


@pytest.fixture
def stand() -> Stand:
    """What stands in for deciding and for the store."""
    return Stand()


@pytest.fixture
def runner(stand: Stand) -> Iterator[Runner]:
    """A sequencer around it."""
    made = Runner(stand, stand.decide, stand.refresh)  # type: ignore[arg-type]
    yield made
    stand.deciding.set()
    stand.storing.set()
    made.close()


def command(stream: UUID | None = None) -> Command:
    """Any command; with a stream, one that changes it."""
    if stream is None:
        return RegisterSubject(by=BY, key=uuid4().hex)
    return WithdrawConsent(by=BY, key=uuid4().hex, subject=stream, purpose="any")


def until(condition: Callable[[], object]) -> None:
    """Wait for something that another thread is about to do."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


# ---- groups -----------------------------------------------------------------------------------


def test_what_comes_while_a_group_is_stored_shares_the_next_append(runner, stand) -> None:
    """Group commit: one append for the first, one for the hundred that came meanwhile."""
    stand.storing.clear()
    first = runner.submit([command()])[0]
    until(lambda: stand.groups)
    others = [runner.submit([command()])[0] for _ in range(100)]
    until(lambda: sum(map(len, stand.batches)) == 101)
    stand.storing.set()
    assert all(receipt.result(30) is DONE for receipt in (first, *others))
    assert stand.groups == [1, 100]


def test_a_lone_command_waits_for_no_other(runner, stand) -> None:
    """What is there is taken: each lone command is an append of its own, at once."""
    for _ in range(3):
        runner.submit([command()])[0].result(30)
    assert stand.groups == [1, 1, 1]


def test_a_group_has_a_limit(runner, stand) -> None:
    """Nobody's answer waits for an append of thousands."""
    receipts = runner.submit([command() for _ in range(1_200)])
    assert all(receipt.result(30) is DONE for receipt in receipts)
    assert max(stand.groups) <= 500 and sum(stand.groups) == 1_200


# ---- order on a stream --------------------------------------------------------------------------


def test_commands_on_one_stream_wait_for_each_others_answer(runner, stand) -> None:
    """The second is decided when the first is answered; another stream does not wait."""
    stream = uuid4()
    mine = [command(stream) for _ in range(3)]
    stand.storing.clear()
    receipts = runner.submit([*mine, command(uuid4())])
    until(lambda: stand.groups)
    assert [c for batch in stand.batches for c in batch if c in mine] == mine[:1]
    stand.storing.set()
    assert [receipt.result(30) for receipt in receipts] == [DONE] * 4
    assert [c for batch in stand.batches for c in batch if c in mine] == mine


def test_the_next_on_a_stream_goes_on_after_an_error(runner, stand) -> None:
    """Whatever became of the one before."""
    stream, first = uuid4(), []

    def once(submission: Submission) -> object:
        first.append(submission)
        return StoreUnavailable() if len(first) == 1 else DONE

    stand.outcome = once
    one, two = runner.submit([command(stream), command(stream)])
    with pytest.raises(StoreUnavailable):
        one.result(30)
    assert two.result(30) is DONE


# ---- losers of a race ---------------------------------------------------------------------------


def test_who_loses_a_race_is_decided_again_while_others_are_answered(runner, stand) -> None:
    """The loser's conflict stops nobody, and what was remembered is refreshed."""
    loser = command()
    lost: list[Submission] = []

    def race(submission: Submission) -> object:
        if submission.command == loser.key.encode() and len(lost) < 3:
            lost.append(submission)
            return Conflict()
        return DONE

    stand.outcome = race
    receipts = runner.submit([command(), loser, command()])
    assert [receipt.result(30) for receipt in receipts] == [DONE] * 3
    assert stand.groups == [3, 1, 1, 1] and stand.refreshed == 3


def test_a_race_that_is_always_lost_ends_as_busy(runner, stand) -> None:
    """Bounded: the caller is told after so many attempts."""
    stand.outcome = lambda submission: Conflict()
    with pytest.raises(Busy):
        runner.submit([command()])[0].result(30)
    assert len(stand.groups) == ATTEMPTS


# ---- heavy ones ---------------------------------------------------------------------------------


def test_nobody_waits_behind_a_command_that_is_heavy_to_decide(runner, stand) -> None:
    """A run over many subjects is decided on a thread of its own."""
    run = StartRun(by=BY, key="run", purpose="any", country="any", attributes=(), subjects=(BY,))
    decide = runner._decide
    held = threading.Event()

    def slow(works: Sequence[Work]) -> object:
        if works[0].command is run:
            assert held.wait(30)
        return decide(works)

    runner._decide = slow
    heavy = runner.submit([run])[0]
    assert runner.submit([command()])[0].result(30) is DONE
    assert not heavy.done()
    held.set()
    assert heavy.result(30) is DONE


# ---- limits -------------------------------------------------------------------------------------


def test_a_thread_beyond_the_limit_waits_for_room(runner, stand, monkeypatch) -> None:
    """It goes on as soon as something is answered."""
    monkeypatch.setattr(intake, "WAITING", 2)
    stand.storing.clear()
    runner.submit([command(), command()])
    late: list[Receipt] = []
    waiting = threading.Thread(target=lambda: late.extend(runner.submit([command()])))
    waiting.start()
    until(lambda: runner._intake._waiting)
    assert not late
    stand.storing.set()
    waiting.join(30)
    assert late[0].result(30) is DONE


def test_a_thread_is_told_when_there_is_no_room_in_time(runner, stand, monkeypatch) -> None:
    """Its command was not taken; the others are answered."""
    monkeypatch.setattr(intake, "WAITING", 2)
    monkeypatch.setattr(intake, "PATIENCE", 0.05)
    stand.storing.clear()
    receipts = runner.submit([command(), command()])
    with pytest.raises(Overloaded):
        runner.submit([command()])
    stand.storing.set()
    assert [receipt.result(30) for receipt in receipts] == [DONE] * 2
    assert sum(stand.groups) == 2


def test_in_an_event_loop_nobody_waits_for_room(runner, stand, monkeypatch) -> None:
    """A loop that stood still could not even answer those who make room."""
    monkeypatch.setattr(intake, "WAITING", 2)
    stand.storing.clear()

    async def crowd() -> list[Answer]:
        receipts = [*runner.submit([command()]), *runner.submit([command()])]
        with pytest.raises(Overloaded):
            runner.submit([command()])
        stand.storing.set()
        return [await receipt for receipt in receipts]

    assert asyncio.run(crowd()) == [DONE] * 2


@pytest.mark.parametrize("of_a", ["many small ones", "one large one", "one heavy one"])
def test_bytes_have_a_limit_too(runner, stand, monkeypatch, of_a: str) -> None:
    """What is unanswered holds memory, however few commands it is."""
    monkeypatch.setattr(intake, "BYTES", 4_000)
    monkeypatch.setattr(intake, "PATIENCE", 0.05)
    stand.storing.clear()
    large = AnswerAccess(
        by=BY, key="k", subject=BY, opening=BY, items=0, report=bytes(5_000), salt=b""
    )
    heavy = StartRun(
        by=BY, key="run", purpose="any", country="any", attributes=(), subjects=(BY,) * 1_000
    )
    taken = {
        "many small ones": [command() for _ in range(100)],
        "one large one": [large],
        "one heavy one": [heavy],
    }
    runner.submit(taken[of_a])
    with pytest.raises(Overloaded):
        runner.submit([command()])


def test_submitting_does_not_wait_for_deciding(runner, stand) -> None:
    """An event loop goes on while its command is decided."""
    stand.deciding.clear()

    async def goes_on() -> Answer:
        receipt = runner.submit([command()])[0]
        await asyncio.sleep(0)
        assert not receipt.done()
        stand.deciding.set()
        return await receipt

    assert asyncio.run(goes_on()) is DONE


def test_a_command_that_cannot_be_encoded_fails_alone(runner) -> None:
    """A lone surrogate is no text; the others of the batch are answered."""
    bad = RegisterSubject(by=BY, key="bad", service="\ud800")
    one, other, two = runner.submit([command(), bad, command()])
    with pytest.raises(InvalidInput):
        other.result(0)
    assert one.result(30) is two.result(30) is DONE


# ---- the end ------------------------------------------------------------------------------------


def test_closing_under_load_answers_all_that_was_taken(runner, stand) -> None:
    """Callers race with the end: each is answered, or refused before anything was taken."""
    receipts: list[Receipt] = []
    refused = threading.Barrier(9, timeout=30)

    def call() -> None:
        while True:
            try:
                receipts.extend(runner.submit([command(), command(BY)]))
            except StoreUnavailable:
                refused.wait()
                return

    for _ in range(8):
        threading.Thread(target=call, daemon=True).start()
    until(lambda: len(stand.groups) > 3)
    runner.close()
    refused.wait()
    assert all(receipt.done() for receipt in receipts)
    assert all(receipt.result(0) is DONE for receipt in receipts)
    assert sum(stand.groups) == len(receipts)


@DIES
@pytest.mark.parametrize("part", ["_decide", "_refresh"])
def test_a_thread_that_dies_leaves_nobody_waiting(runner, stand, monkeypatch, part: str) -> None:
    """In hand: the outcome is unknown. Not begun: not stored. Later: refused, and it is said why."""

    def dies(*_: object) -> None:
        raise SystemExit

    stand.deciding.clear()
    stand.outcome = lambda submission: Conflict()
    streams = [uuid4() for _ in range(3)]
    receipts = runner.submit([command(s) for s in streams for _ in range(2)])
    monkeypatch.setattr(runner, part, dies)
    stand.deciding.set()
    told = []
    for receipt in receipts:
        with pytest.raises((OutcomeUnknown, StoreUnavailable)) as error:
            receipt.result(30)
        told.append(error.type)
    assert set(told) == {OutcomeUnknown, StoreUnavailable}
    with pytest.raises(StoreUnavailable, match="has stopped"):
        runner.submit([command()])
    runner.close()


@DIES
def test_a_store_that_dies_under_the_writer(runner, stand, monkeypatch) -> None:
    """Those in the append may be stored; those decided behind it are not."""
    stand.storing.clear()

    def dies(submission: Submission) -> object:
        raise SystemExit

    stand.outcome = dies
    first = runner.submit([command()])[0]
    until(lambda: stand.groups)
    second = runner.submit([command()])[0]
    until(lambda: sum(map(len, stand.batches)) == 2)
    stand.storing.set()
    with pytest.raises(OutcomeUnknown):
        first.result(30)
    with pytest.raises(StoreUnavailable):
        second.result(30)


def test_an_error_of_deciding_is_told_and_the_next_is_decided(runner, monkeypatch) -> None:
    """What strikes a batch before any command of it strikes that batch alone."""
    decide = runner._decide

    def broken(works: Sequence[Work]) -> object:
        raise StoreUnavailable

    monkeypatch.setattr(runner, "_decide", broken)
    with pytest.raises(StoreUnavailable):
        runner.submit([command()])[0].result(30)
    monkeypatch.setattr(runner, "_decide", decide)
    assert runner.submit([command()])[0].result(30) is DONE


# ---- receipts -----------------------------------------------------------------------------------


def test_any_number_may_wait_for_one_receipt() -> None:
    """Threads, and tasks of several loops."""
    receipt, answers = Receipt(), []

    async def both() -> list[Answer]:
        async def wait() -> Answer:
            return await receipt

        return await asyncio.gather(wait(), wait())

    waiting = [
        threading.Thread(target=lambda: answers.append(receipt.result(30))),
        threading.Thread(target=lambda: answers.extend(asyncio.run(both()))),
        threading.Thread(target=lambda: answers.extend(asyncio.run(both()))),
    ]
    for thread in waiting:
        thread.start()
    until(lambda: len(receipt._waiters or ()) == 5)
    tell([(receipt, DONE)])
    for thread in waiting:
        thread.join(30)
    assert answers == [DONE] * 5
    assert receipt.result(0) is DONE


def test_who_stops_waiting_disturbs_nobody() -> None:
    """A task that was cancelled, a thread whose time was up, a loop that was closed."""
    receipt = Receipt()
    with pytest.raises(TimeoutError):
        receipt.result(0.001)

    async def leave() -> None:
        async def wait() -> Answer:
            return await receipt

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())

    async def stay() -> Answer:
        asyncio.get_running_loop().call_later(0.01, tell, [(receipt, DONE)])
        return await receipt

    assert asyncio.run(stay()) is DONE


def test_the_first_answer_stands() -> None:
    """A receipt is answered once."""
    receipt = Receipt()
    tell([(receipt, DONE)])
    tell([(receipt, Busy())])
    assert receipt.result(0) is DONE


def test_an_epoch_that_another_process_opened_is_taken_up(ledger: Ledger, monkeypatch) -> None:
    """A key wrapped under a closed epoch is refused each time: the epoch keys are read again."""
    forgotten: list[bool] = []
    monkeypatch.setattr(ledger.vault, "forget_epochs", lambda: forgotten.append(True))
    refresh = ledger._runner._refresh
    refresh()
    assert not forgotten
    monkeypatch.setattr(ledger.recorder, "open_epoch", lambda: ledger.vault.open_epoch() + 1)
    refresh()
    assert forgotten == [True]
