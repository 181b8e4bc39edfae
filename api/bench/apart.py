"""Work in a process of its own, and interruptions that leave time to tidy up."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, NamedTuple, TypeVar

import typer

from api.commands import console
from ledger.errors import LedgerError

T = TypeVar("T")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Refusal(NamedTuple):
    """A LedgerError, as it can be sent: it is made of its facts."""

    kind: type[LedgerError]
    facts: dict[str, str]


@contextmanager
def interruptible() -> Iterator[None]:
    """A polite kill ends the work like Ctrl-C; a second one does not end the tidying."""
    before = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in _SIGNALS:
        signal.signal(number, _heard)
    raise KeyboardInterrupt


def _heard(_number: int, _frame: FrameType | None) -> None:
    """Nothing more to do: the tidying is under way."""


def apart(work: Callable[..., T], *given: Any, **named: Any) -> T:
    """What `work` gives, done in a fresh process: its peak of memory is its own.

    When this process is interrupted, that one is told, tidies up and is waited for.

    Raises:
        LedgerError: as the work raised it.
        typer.Exit: it failed otherwise, and has said how.
    """
    context = get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sending, work, given, named))
    process.start()
    sending.close()
    try:
        worked: T | _Refusal = receiving.recv()
    except EOFError:
        raise typer.Exit(console.Exit.REFUSED) from None
    except BaseException:
        process.terminate()
        raise
    finally:
        process.join()
        receiving.close()
    if isinstance(worked, _Refusal):
        raise worked.kind(**worked.facts)
    return worked


def _work(
    sending: Connection, work: Callable[..., T], given: tuple[Any, ...], named: dict[str, Any]
) -> None:
    """In the new process; what is not told there ends it without an answer."""
    try:
        with interruptible():
            sending.send(work(*given, **named))
    except LedgerError as error:
        sending.send(_Refusal(type(error), error.facts))
    except KeyboardInterrupt:
        pass
    except Exception as error:
        console.show_defect(error)
