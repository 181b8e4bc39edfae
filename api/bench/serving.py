"""The API in this process, asked without a socket: what it answers costs, and nothing around it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args
from uuid import UUID, uuid4

import httpx2
import uvloop

from api.bench.places import Place
from api.main import build
from ledger.config import Permission, Token
from projections.engine import Engine

_TOKEN = "bench-token"  # noqa: S105 - of a ledger that is thrown away


class Served:
    """An application, and one client that may do everything."""

    def __init__(self, app: Any, runner: asyncio.Runner) -> None:
        self.views: Engine = app.state.house.views
        self._runner = runner
        self._client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app),
            base_url="http://ledger.test",
            headers={"Authorization": f"Bearer {_TOKEN}"},
        )

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A command that succeeds; its answer."""
        headers = {"Idempotency-Key": uuid4().hex}
        return self._answer(self._client.post(path, json=body, headers=headers))

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """A read that succeeds; its answer."""
        return self._answer(self._client.get(path, params=params))

    def close(self) -> None:
        """Let go of the client."""
        self._runner.run(self._client.aclose())

    def _answer(self, asked: Any) -> dict[str, Any]:
        response: httpx2.Response = self._runner.run(asked)
        if response.status_code not in (200, 201):
            raise AssertionError(f"{response.status_code}: {response.text[:300]}")
        answer: dict[str, Any] = response.json()
        return answer


@contextmanager
def served(place: Place, actor: UUID) -> Iterator[Served]:
    """The API on the place's ledger, its projector in this process."""
    granted: frozenset[Permission] = frozenset(get_args(Permission))
    token = Token(
        sha256=hashlib.sha256(_TOKEN.encode()).hexdigest(), actor=actor, permissions=granted
    )
    settings = place.settings.model_copy(update={"tokens": (token,)})
    with place.ledger() as ledger, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        app = build(settings, ledger=ledger, project=True)
        alive = app.router.lifespan_context(app)
        runner.run(alive.__aenter__())  # starts the projector
        client = Served(app, runner)
        try:
            yield client
        finally:
            client.close()
            runner.run(alive.__aexit__(None, None, None))
