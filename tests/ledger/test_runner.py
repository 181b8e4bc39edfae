"""The runner: one command a stream at a time, lost races decided again, receipts to wait for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from uuid import UUID

import pytest

from ledger.application import Ledger
from ledger.commands.collecting import RegisterSubject
from ledger.commands.values import Value
from ledger.config import Settings
from ledger.errors import Busy, InvalidInput, OutcomeUnknown, StoreUnavailable
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
