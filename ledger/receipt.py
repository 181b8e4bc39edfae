"""A receipt: what a caller holds while a command is on its way to being durable.

Any number of threads and asyncio tasks may wait for one. Whoever answers wakes a whole group at
once: one call into each event loop, however many of its tasks wait.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator, Iterable
from typing import TypeAlias

from ledger.store.append import Answer

Told = Answer | BaseException
"""What a receipt ends with: the answer, or the error that struck the command."""

_Waiter: TypeAlias = "threading.Lock | asyncio.Future[None]"

_joining = threading.Lock()
"""Between seeing that there is no answer yet and being on the list of those who are woken. Held for
a few instructions, so all receipts share it: a lock of its own would cost more than the receipt."""


class Receipt:
    """A command's answer, once it is durable: wait with `result()`, or `await` it."""

    __slots__ = ("_told", "_waiters")

    def __init__(self) -> None:
        self._told: Told | None = None
        self._waiters: list[_Waiter] | None = None

    def done(self) -> bool:
        """Whether it is answered; then neither `result()` nor `await` waits."""
        return self._told is not None

    def result(self, timeout: float | None = None) -> Answer:
        """The answer. Raises the LedgerError that struck, or TimeoutError after `timeout` s.

        Whoever stops waiting cancels nothing: the command is answered all the same.
        """
        if self._told is None:
            waiter = threading.Lock()
            waiter.acquire()
            patience = -1 if timeout is None else max(timeout, 0)
            if self._join(waiter) and not waiter.acquire(timeout=patience):
                raise TimeoutError
        return self._answer()

    def __await__(self) -> Generator[object, None, Answer]:
        if self._told is None:
            waiter = asyncio.get_running_loop().create_future()
            if self._join(waiter):
                yield from waiter
        return self._answer()

    def _join(self, waiter: _Waiter) -> bool:
        """Wait with the others; False if it was answered meanwhile."""
        with _joining:
            if self._told is not None:
                return False
            if self._waiters is None:
                self._waiters = []
            self._waiters.append(waiter)
            return True

    def _answer(self) -> Answer:
        told = self._told
        assert told is not None  # who waits is woken by the answer alone
        if isinstance(told, BaseException):
            raise told
        return told

    def _settle(self, told: Told) -> list[_Waiter] | None:
        """Take the answer; the first one stands. Returns: who waits (`_joining` is held)."""
        if self._told is not None:
            return None
        self._told = told
        return self._waiters


def tell(answered: Iterable[tuple[Receipt, Told]]) -> None:
    """Answer these receipts and wake whoever waits."""
    with _joining:
        waiting = [waiters for receipt, told in answered if (waiters := receipt._settle(told))]
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for waiters in waiting:
        for waiter in waiters:
            if isinstance(waiter, asyncio.Future):
                loops.setdefault(waiter.get_loop(), []).append(waiter)
            else:
                waiter.release()
    for loop, futures in loops.items():
        try:
            loop.call_soon_threadsafe(_wake, futures)
        except RuntimeError:  # the loop was closed: nobody waits in it any more
            continue


def _wake(futures: Iterable[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():  # a task that was cancelled waits no more
            future.set_result(None)
