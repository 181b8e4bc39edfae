"""The runner: one command a stream at a time, lost races decided again, receipts to wait for."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from uuid import UUID

import pytest
from msgspec import structs

from ledger.application import Ledger
from ledger.commands.collecting import Notice, RegisterSubject
from ledger.commands.consenting import GiveConsent
from ledger.commands.values import Value
from ledger.config import Settings
from ledger.errors import Busy, InvalidInput, NotStorable, OutcomeUnknown, StoreUnavailable
from ledger.reading import Reading
from ledger.store.append import Conflict
from tests.ledger.world import NAME, NEWS, World


def test_a_receipt_can_be_awaited(world: World) -> None:
    """The same answer, without blocking the loop."""

    async def both() -> list[object]:
        receipts = [world.ledger.register_subject(**world.key()) for _ in range(20)]
        return [await receipt for receipt in receipts]

    answers = asyncio.run(both())
    assert len({answer.position for answer in answers}) == 20


def test_many_threads_on_one_subject_lose_nothing(world: World) -> None:
    """Eight threads, ten withdrawals each, one stream: eighty entries without a gap."""
    subject = world.person()
    before = world.state(subject).version

    def work(number: int) -> None:
        for turn in range(10):
            world.ledger.withdraw_consent(
                by=world.by, key=f"{number}/{turn}", subject=subject, purpose=NEWS
            ).result(60)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.state(subject).version == before + 80


def test_two_processes_worth_of_ledgers_on_one_subject(
    world: World, store_settings: Settings
) -> None:
    """Two ledgers race on a stream: the append tells the loser, which decides again."""
    other = Ledger.open(store_settings)
    subject = world.person()
    before = world.state(subject).version
    receipts = []
    for turn in range(30):
        for name, ledger in (("one", world.ledger), ("two", other)):
            receipts.append(
                ledger.withdraw_consent(
                    by=world.by, key=f"{name}/{turn}", subject=subject, purpose=NEWS
                )
            )
    answers = [receipt.result(60) for receipt in receipts]
    other.close()
    assert len({answer.position for answer in answers}) == 60
    assert world.state(subject).version == before + 60


def test_a_key_that_dies_while_a_command_is_decided(
    world: World, store_settings: Settings, monkeypatch
) -> None:
    """Erased between the reading of the stream and that of the key: it is decided again."""
    subject = world.person()
    rival = Ledger.open(store_settings)
    ahead, left = Reading.ahead, [subject]

    def overtaken(self: Reading, streams: Sequence[UUID]) -> object:
        found = ahead(self, streams)
        if set(left) & set(streams):
            left.clear()
            rival.request_erasure(**world.key(), subject=subject).result(60)
        return found

    monkeypatch.setattr(Reading, "ahead", overtaken)
    values = (Value(attribute=NAME, value="Zoë Other"),)
    answer = world.do("correct", subject=subject, values=values)
    rival.close()
    assert (answer.outcome, answer.rules) == ("refused", ("subject-erased",))


def test_a_race_that_is_always_lost_ends_as_busy(world: World, monkeypatch) -> None:
    """Bounded: after some attempts the caller is told, and nothing was stored."""
    before = world.ledger.recorder.last()
    monkeypatch.setattr(
        world.ledger.recorder, "append", lambda submissions: [Conflict() for _ in submissions]
    )
    with pytest.raises(Busy):
        world.do("register_subject")
    assert world.ledger.recorder.last() == before


def test_one_bad_command_of_many_fails_alone(world: World) -> None:
    """Each of a batch has its own answer."""
    good = [RegisterSubject(by=world.by, key=f"b{n}") for n in range(3)]
    bad = RegisterSubject(by=world.by, key="bad", service="no-such-service")
    receipts = world.ledger.batch([good[0], bad, good[1], good[2]])
    with pytest.raises(InvalidInput):
        receipts[1].result(60)
    positions = [receipts[n].result(60).position for n in (0, 2, 3)]
    assert positions == sorted(positions)


def test_the_same_command_twice_in_one_batch_is_one_event(world: World) -> None:
    """The later one is told what the first did."""
    command = RegisterSubject(by=world.by, key="twice")
    one, two = world.ledger.batch([command, command])
    before = world.ledger.recorder.last()[0]
    assert one.result(60) == two.result(60)
    assert world.ledger.recorder.last()[0] <= before + 1


def test_a_refusal_and_a_lost_race_in_a_group_are_their_callers_alone(
    world: World, store_settings: Settings, monkeypatch
) -> None:
    """One append for all; who was overtaken between deciding and it is decided again."""
    people = [world.person() for _ in range(3)]
    rival, left, groups = Ledger.open(store_settings), [people[1]], []
    append = world.ledger.recorder.append

    def overtaken(submissions):
        while left:
            key = {"by": world.by, "key": "rival"}
            rival.withdraw_consent(**key, subject=left.pop(), purpose=NEWS).result(60)
        outcomes = append(submissions)
        groups.append([isinstance(outcome, Conflict) for outcome in outcomes])
        return outcomes

    monkeypatch.setattr(world.ledger.recorder, "append", overtaken)
    notice = Notice(version="signup-notice-1", language="en")
    consents = [
        GiveConsent(by=world.by, key=f"c{n}", subject=person, purpose=purpose, notice=notice)
        for n, (person, purpose) in enumerate(zip(people, (NEWS, NEWS, "no-such"), strict=True))
    ]
    answers = [receipt.result(60) for receipt in world.ledger.batch(consents)]
    rival.close()
    assert [answer.outcome for answer in answers] == ["recorded", "recorded", "refused"]
    assert groups == [[False, True, False], [False]]
    assert type(world.entries(people[1])[-2].body).__name__ == "ConsentWithdrawn"


def test_a_row_that_the_database_refuses_fails_its_caller_alone(world: World, monkeypatch) -> None:
    """The others of the same append are stored, each where it is told."""
    runner = world.ledger._runner
    decide = runner._decide

    def spoiled(works):
        return [
            structs.replace(one, fingerprint=b"short") if work.command.key == "bad" else one
            for work, one in zip(works, decide(works), strict=True)
        ]

    monkeypatch.setattr(runner, "_decide", spoiled)
    before = world.ledger.recorder.last()[0]
    commands = [RegisterSubject(by=world.by, key=key) for key in ("one", "bad", "two", "three")]
    one, bad, two, three = world.ledger.batch(commands)
    with pytest.raises(NotStorable):
        bad.result(60)
    positions = [receipt.result(60).position for receipt in (one, two, three)]
    assert positions == [before + 1, before + 2, before + 3]
    assert world.ledger.first_answer(by=world.by, key="bad") is None


def test_what_nobody_foresaw_in_deciding_fails_its_caller_alone(world: World, monkeypatch) -> None:
    """A fault of ours in one command's rules is not the others' misfortune."""
    register = RegisterSubject.decide

    def faulty(self: RegisterSubject, desk: object) -> None:
        if self.key == "bad":
            raise ZeroDivisionError
        register(self, desk)

    monkeypatch.setattr(RegisterSubject, "decide", faulty)
    one, bad, two = world.ledger.batch(
        [RegisterSubject(by=world.by, key=key) for key in ("one", "bad", "two")]
    )
    with pytest.raises(ZeroDivisionError):
        bad.result(60)
    assert two.result(60).position == one.result(60).position + 1


def test_a_crowd_of_tasks_is_answered_in_few_appends(world: World, monkeypatch) -> None:
    """Two hundred callers of one event loop, one durable event each."""
    groups = []
    append = world.ledger.recorder.append

    def counted(submissions):
        groups.append(len(submissions))
        return append(submissions)

    monkeypatch.setattr(world.ledger.recorder, "append", counted)

    async def crowd() -> list[int]:
        async def call(number: int) -> int:
            key = {"by": world.by, "key": f"crowd-{number}"}
            return (await world.ledger.register_subject(**key)).position

        return await asyncio.gather(*(call(number) for number in range(200)))

    positions = asyncio.run(crowd())
    end = world.ledger.recorder.last()[0]
    assert sorted(positions) == list(range(end - 199, end + 1))
    assert len(groups) < 50


def test_closing_under_load_loses_nothing_acknowledged(world: World) -> None:
    """Callers race with the end: what was taken is stored and told, what came later is not there."""
    before = world.ledger.recorder.last()[0]
    told: list[int] = []

    def call(number: int) -> None:
        for turn in range(1_000_000):
            key = {"by": world.by, "key": f"{number}/{turn}"}
            try:
                receipt = world.ledger.register_subject(**key)
            except StoreUnavailable:
                return
            told.append(receipt.result(60).position)

    threads = [threading.Thread(target=call, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    while len(told) < 50:
        time.sleep(0.001)
    world.ledger._runner.close()
    for thread in threads:
        thread.join(60)
    end = world.ledger.recorder.last()[0]
    assert sorted(told) == list(range(before + 1, end + 1))


def test_what_strikes_the_store_is_told_to_each_caller(world: World, monkeypatch) -> None:
    """And the stream is free again afterwards."""
    subject = world.person()
    append = world.ledger.recorder.append

    def broken(submissions):
        raise StoreUnavailable()

    monkeypatch.setattr(world.ledger.recorder, "append", broken)
    receipts = [
        world.ledger.withdraw_consent(**world.key(), subject=subject, purpose=NEWS)
        for _ in range(3)
    ]
    for receipt in receipts:
        with pytest.raises(StoreUnavailable):
            receipt.result(60)
    monkeypatch.setattr(world.ledger.recorder, "append", append)
    assert world.do("withdraw_consent", subject=subject, purpose=NEWS).outcome == "recorded"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_is_told_to_all_and_does_not_keep_the_ledger_open(
    world: World, monkeypatch
) -> None:
    """Who waits is answered, who comes later is refused, and `close` waits for nobody."""
    runner = world.ledger._runner

    def struck(works):
        raise SystemExit

    monkeypatch.setattr(runner, "_decide", struck)
    with pytest.raises(OutcomeUnknown):
        world.ledger.register_subject(**world.key()).result(60)
    with pytest.raises(StoreUnavailable, match="stopped"):
        world.ledger.register_subject(**world.key())
    closing = threading.Thread(target=runner.close, daemon=True)
    closing.start()
    closing.join(60)
    assert not closing.is_alive()


def test_a_closed_ledger_has_answered_everything_it_took(world: World) -> None:
    """Clean shutdown: what was handed over is durable, what comes later is told."""
    receipts = [world.ledger.register_subject(**world.key()) for _ in range(50)]
    world.ledger._runner.close()
    assert len({receipt.result(0).position for receipt in receipts}) == 50
    with pytest.raises(StoreUnavailable):
        world.do("register_subject")
