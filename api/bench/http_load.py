"""The load of the HTTP benchmark: keep-alive connections in a process of its own, bytes made before.

It asks as fast as it is answered, each connection one request at a time, and looks at no more of an
answer than its status and length: what it costs is taken from the same cores.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from typing import NamedTuple, cast

import uvloop

_LENGTH = b"content-length: "


class Rush(NamedTuple):
    """What is to be asked: whole requests, shared by so many connections to a port on loopback."""

    port: int
    connections: int
    requests: Sequence[bytes]


class Answered(NamedTuple):
    """How long all of it took (s), and how often each status was answered."""

    seconds: float
    statuses: dict[int, int]


def serve(pipe: Connection) -> None:
    """The process: a `Rush` comes in, an `Answered` goes out, until None comes."""
    while (rush := pipe.recv()) is not None:
        pipe.send(uvloop.run(_rush(rush)))


async def _rush(rush: Rush) -> Answered:
    loop = asyncio.get_running_loop()
    left = iter(rush.requests)
    clients = []
    for _ in range(rush.connections):
        _, client = await loop.create_connection(lambda: _Client(left), "127.0.0.1", rush.port)
        clients.append(client)
    started = time.perf_counter()
    for client in clients:
        client.ask()
    await asyncio.gather(*(client.done for client in clients))
    seconds = time.perf_counter() - started
    statuses: Counter[int] = Counter()
    for client in clients:
        statuses += client.statuses
    return Answered(seconds, dict(statuses))


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._read = b""
        self.statuses: Counter[int] = Counter()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self) -> None:
        """Send the next request, or end."""
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._read += data
        end = self._read.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._read[:end].lower() + b"\r\n"
        at = head.index(_LENGTH) + len(_LENGTH)
        if len(self._read) >= end + 4 + int(head[at : head.index(b"\r\n", at)]):
            self.statuses[int(head[9:12])] += 1
            self._read = b""
            self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)
