"""The servers of the HTTP benchmark, each a process: the product with its projector, and plain FastAPI.

Both servers on uvicorn with uvloop and httptools, one worker, without an access log.
"""

from __future__ import annotations

import contextlib
import gc
import socket
import threading
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Annotated, Any, Literal

import uvicorn
from fastapi import FastAPI
from pydantic import Field

from api.batches import MOST
from api.cli import SELDOM
from api.disclosures import DisclosureForm
from api.main import build
from api.schemas import Form, Id
from ledger.config import Settings
from ledger.store import open_recorder
from ledger.vault.database import engine_for
from projections.engine import Engine

STOPPING = 30.0
"""Seconds a server may take to end."""


class ItemForm(DisclosureForm):
    """A disclosure as an item of a batch, for whoever only validates it."""

    command: Literal["record-disclosure"]
    key: str
    subject: Id


class ManyForm(Form):
    """A batch of disclosures."""

    commands: Annotated[list[ItemForm], Field(min_length=1, max_length=MOST)]


def product(settings: Settings, pipe: Connection) -> None:
    """The process of `ledger serve --no-project`."""
    gc.set_threshold(*SELDOM)
    _run(build(settings, project=False), pipe)


def projector(settings: Settings, pipe: Connection) -> None:
    """The process of `ledger project`."""
    gc.set_threshold(*SELDOM)
    engine = Engine(engine_for(settings), open_recorder(settings))
    with contextlib.suppress(KeyboardInterrupt):
        engine.run_forever(threading.Event())


def plain(pipe: Connection) -> None:
    """What FastAPI does by itself: hello, and the same bodies validated and nothing else."""
    app = FastAPI()

    @app.get("/hello")
    async def hello() -> dict[str, str]:
        return {"hello": "world"}

    @app.post("/one")
    async def one(body: DisclosureForm) -> dict[str, str]:
        return {"outcome": "validated"}

    @app.post("/many")
    async def many(body: ManyForm) -> dict[str, int]:
        return {"validated": len(body.commands)}

    _run(app, pipe)


def _run(app: Any, pipe: Connection) -> None:
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", log_level="warning", access_log=False
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        pipe.send(
            listening.getsockname()[1]
        )  # whoever connects now waits in the queue of the socket
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])


@contextlib.contextmanager
def process(serve: Callable[..., None], *given: Any) -> Iterator[Connection]:
    """A function that takes a pipe as its last argument, in a process; ended afterwards."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    running = context.Process(target=serve, args=(*given, theirs))
    running.start()
    theirs.close()
    try:
        yield ours
    finally:
        running.terminate()
        running.join(STOPPING)
        ours.close()


@contextlib.contextmanager
def listening(serve: Callable[..., None], *given: Any) -> Iterator[int]:
    """A server in a process: the port on which it answers."""
    with process(serve, *given) as pipe:
        port: int = pipe.recv()
        yield port
