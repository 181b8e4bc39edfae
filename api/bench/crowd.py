"""Many callers at once: each waits for its own answer before it asks again, as people do."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple, TypeVar

import uvloop

from api.bench.measure import p50

T = TypeVar("T")
READY = 20_000
"""Asks whose commands or rows stand in memory at once."""
GROUP = 500
"""What a group commit takes at most, here as in the ledger."""


class Rush(NamedTuple):
    """How a crowd was served: asks a second, and the median wait of one (s)."""

    rate: float
    wait: float


def at_once(callers: int, asks: int, ask: Callable[[], Awaitable[object]]) -> Rush:
    """`callers` tasks on one event loop, `asks` in all."""
    waits: list[float] = []

    async def caller(number: int) -> None:
        for _ in range(number):
            started = time.perf_counter()
            await ask()
            waits.append(time.perf_counter() - started)

    async def crowd() -> float:
        started = time.perf_counter()
        await asyncio.gather(*(caller(number) for number in _shares(asks, callers)))
        return time.perf_counter() - started

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        took = runner.run(crowd())
    return Rush(len(waits) / took, p50(waits))


def in_threads(callers: int, asks: int, ask: Callable[[], object]) -> Rush:
    """The same with a thread for each caller. Raises what the first of them met."""
    waits: list[float] = []
    failures: list[BaseException] = []

    def caller(number: int) -> None:
        try:
            for _ in range(number):
                started = time.perf_counter()
                ask()
                waits.append(time.perf_counter() - started)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=caller, args=(n,)) for n in _shares(asks, callers)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    if failures:
        raise failures[0]
    return Rush(len(waits) / took, p50(waits))


def alone(asks: int, ask: Callable[[], object]) -> float:
    """The median wait (s) of somebody who asks with nobody else there."""
    waits = []
    for _ in range(asks):
        started = time.perf_counter()
        ask()
        waits.append(time.perf_counter() - started)
    return p50(waits)


def in_turns(asks: int, rush: Callable[[int], Rush]) -> Rush:
    """A rush of so many, in turns of `READY`: what they bring is made before each, which bounds the
    memory. The wait is the median of the turns'."""
    turns = [min(READY, asks - done) for done in range(0, asks, READY)]
    served = [rush(number) for number in turns]
    took = sum(number / one.rate for number, one in zip(turns, served, strict=True))
    return Rush(asks / took, p50(one.wait for one in served))


def _shares(asks: int, callers: int) -> list[int]:
    """How often each caller asks, so that all together ask as often as told."""
    each, rest = divmod(asks, callers)
    return [each + (number < rest) for number in range(callers) if each or number < rest]


class GroupCommit(Generic[T]):
    """A queue and one thread that writes all that waits in one commit: the plainest there is."""

    def __init__(self, write: Callable[[list[T]], object]) -> None:
        self._write = write
        self._waiting: queue.SimpleQueue[tuple[T, asyncio.Future[None]] | None]
        self._waiting = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def ask(self, item: T) -> Awaitable[None]:
        """Hand one over from an event loop; wait for its commit."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put((item, future))
        return future

    def close(self) -> None:
        """Stop the thread, once it has written what waits."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            while len(group) < GROUP and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    self._waiting.put(None)
                    break
                group.append(following)
            self._commit(group)

    def _commit(self, group: list[tuple[T, asyncio.Future[None]]]) -> None:
        error: BaseException | None = None
        try:
            self._write([item for item, _ in group])
        except BaseException as failed:  # told to every caller
            error = failed
        futures = [future for _, future in group]
        futures[0].get_loop().call_soon_threadsafe(_tell, futures, error)


def _tell(futures: list[asyncio.Future[Any]], error: BaseException | None) -> None:
    for future in futures:
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


@contextmanager
def grouped(write: Callable[[list[T]], object]) -> Iterator[GroupCommit[T]]:
    """A group commit that is closed at the end."""
    group = GroupCommit(write)
    try:
        yield group
    finally:
        group.close()
