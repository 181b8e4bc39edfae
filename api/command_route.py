"""The routes of commands that services send all day: described by FastAPI, carried out here.

FastAPI would try one route after another and solve a tree of dependencies for each request, which
costs more than the command does. So such a route is an `APIRoute` for the schema, is found by
`Commands` before FastAPI is asked, and carries a request out in one flat function: key, permission,
form, command, its durable answer.
"""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from fastapi import Depends, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api.answers import in_words
from api.dependencies import House, bearer, idempotency_key
from api.guard import Asked
from api.paths import Paths
from api.problems import Refused
from api.schemas import PROBLEMS, Done, done
from api.translation import Checker, Translation, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_encode = msgspec.json.Encoder().encode


class CommandRoute(APIRoute):
    """The route of one translation."""

    def __init__(
        self,
        method: str,
        path: str,
        translation: Translation,
        *,
        location: str | None = None,
        **described: Any,
    ) -> None:
        """`location`: the address of what was made, with the names of ids in braces."""
        super().__init__(
            path,
            _described(translation),
            methods=[method],
            status_code=translation.status,
            operation_id=translation.name,
            responses=PROBLEMS,
            **described,
        )
        self._translation = translation
        self._check = Checker(translation.form, translation.ids)
        self._location = location
        self.app = self._carry_out

    async def _carry_out(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Submit what was asked and answer when it is durable.

        Raises:
            Refused: recorded as refused. Any LedgerError: nothing was recorded.
        """
        house: House = scope["app"].state.house
        asked: Asked = scope["state"]["asked"]
        assert asked.caller is not None  # the guard lets nobody else through
        key = key_of(asked.header(b"idempotency-key"))
        self._translation.permit(asked.caller)
        body, ids = self._check(asked.value, scope["path_params"])
        command = self._translation.command(asked.caller, key, body, ids)
        answer = await house.ledger.submit(command)
        if answer.rules:
            answer = await run_in_threadpool(in_words, house.ledger, command, answer)
        if answer.outcome == "refused":
            raise Refused(answer)
        made = self._location and self._location.format(**answer.ids)
        await respond(send, self._translation.status, done(answer), answer.position, made)


class Commands:
    """Behind the guard: a request that is a command goes straight to its route, others to FastAPI."""

    def __init__(self, app: ASGIApp, routes: Sequence[APIRoute]) -> None:
        self._app = app
        self._routes = Paths[APIRoute]()
        for route in routes:
            for method in route.methods or ():
                self._routes.put(method, route.path, route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._routes.find(scope["method"], scope["path"])
        if found is None:
            await self._app(scope, receive, send)
        else:
            scope["route"], scope["path_params"] = found
            await found[0].app(scope, receive, send)


async def respond(
    send: Send, status: int, body: Any, position: int | None = None, location: str | None = None
) -> None:
    """Answer with JSON, and with the position at which it can be read."""
    content = _encode(body)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(content)),
    ]
    if position is not None:
        headers.append((b"ledger-position", b"%d" % position))
    if location is not None:
        headers.append((b"location", location.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _described(translation: Translation) -> Callable[..., None]:
    """For the schema alone: a function with the parameters that FastAPI would ask for."""

    def endpoint(**_: Any) -> None:
        raise NotImplementedError  # `CommandRoute` carries the request out

    keyed = Parameter.KEYWORD_ONLY
    endpoint.__name__, endpoint.__doc__ = translation.name, translation.make.__doc__
    endpoint.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            *(Parameter(name, keyed, annotation=of) for name, of in translation.ids.items()),
            Parameter("body", keyed, annotation=translation.form),
            Parameter("key", keyed, annotation=Annotated[str, Depends(idempotency_key)]),
            Parameter("token", keyed, annotation=Annotated[Any, Security(bearer)], default=None),
        ],
        return_annotation=Done,
    )
    return endpoint
