"""What stands before every route: who asks, and whether the body can be read at all.

In this order: the token, the body's declared type and size, its JSON. Nothing of a request that
fails here reaches a handler, a log or the store. What a handler did not foresee ends here, too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.errors import problem
from ledger.config import Token
from ledger.errors import LedgerError, NotAuthenticated

BODY_LIMIT = 256 * 1024
"""Bytes of a body; a route may take more by `LARGER`."""
LARGER = {"/v1/processing-runs": 8 * 1024 * 1024, "/v1/policy/versions": 1024 * 1024}
"""Routes whose body lists many ids (100,000 subjects), or is a whole document."""
DEPTH_LIMIT = 32
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SCHEME = "bearer "

log = structlog.get_logger(__name__)


class Caller(NamedTuple):
    """Who asks: an actor of the register, and what its token may do."""

    actor: UUID
    permissions: frozenset[str]


class Guard:
    """ASGI middleware, the outermost one."""

    def __init__(self, app: ASGIApp, tokens: Sequence[Token]) -> None:
        self._app = app
        self._tokens = [(bytes.fromhex(token.sha256), token) for token in tokens]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kept = _Kept(send, scope["path"].startswith("/v1"))
        try:
            await self._pass(scope, receive, kept)
        except LedgerError as error:
            await problem(error)(scope, receive, kept)
        except Exception as error:  # a mistake of ours: its text may quote what was sent
            log.error("internal error", kind=type(error).__name__, places=_places(error))
            if kept.started:
                raise RuntimeError("a response broke off") from None
            await problem(problems.InternalError())(scope, receive, kept)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if scope["path"].startswith("/v1"):
            scope.setdefault("state", {})["caller"] = self._caller(headers)
        if scope["method"] in ("POST", "PUT", "PATCH", "DELETE"):
            limit = LARGER.get(scope["path"], BODY_LIMIT)
            body = await _body(headers, receive, limit)
            if body:
                check_type(headers)
                check_json(body)
            receive = _replay(body, receive)
        await self._app(scope, receive, send)

    def _caller(self, headers: Headers) -> Caller:
        """Whose token it is. All tokens are compared, each in constant time."""
        given = headers.get("authorization", "")
        if given[: len(_SCHEME)].lower() != _SCHEME:
            raise NotAuthenticated()
        digest = hashlib.sha256(given[len(_SCHEME) :].strip().encode()).digest()
        found = [token for known, token in self._tokens if hmac.compare_digest(known, digest)]
        if not found:
            raise NotAuthenticated()
        return Caller(found[0].actor, frozenset(found[0].permissions))


class _Kept:
    """Sends on, and says under `/v1` that nothing of it may be stored by anybody on the way."""

    def __init__(self, send: Send, secret: bool) -> None:
        self._send = send
        self._secret = secret
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            headers["X-Content-Type-Options"] = "nosniff"
            if self._secret:
                headers["Cache-Control"] = "no-store"
        await self._send(message)


async def _body(headers: Headers, receive: Receive, limit: int) -> bytes:
    """The whole body, at most `limit` bytes of it; a declared excess is not even awaited."""
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise problems.BodyTooLarge(limit=limit)
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise problems.MalformedJson()  # cut off: nobody hears it, and nothing is done
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise problems.BodyTooLarge(limit=limit)
        more = message.get("more_body", False)
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body again, for the handler; then what the server says."""
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def check_type(headers: Headers) -> None:
    """Raises UnsupportedMediaType unless the body is JSON, in UTF-8, uncompressed."""
    declared = headers.get("content-type", "").lower().replace(" ", "").replace('"', "")
    if declared not in ("application/json", "application/json;charset=utf-8"):
        raise problems.UnsupportedMediaType()
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise problems.UnsupportedMediaType()


def check_json(body: bytes) -> None:
    """One JSON value: no field twice, no deep nest, no control character, no half surrogate.

    Raises:
        MalformedJson, DuplicateField, BodyTooDeep, ForbiddenCharacters.
    """
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except RecursionError:
        raise problems.BodyTooDeep(limit=DEPTH_LIMIT) from None
    except ValueError:
        raise problems.MalformedJson() from None
    _check_values(value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise problems.DuplicateField()
    return named


def _no_constant(name: str) -> None:
    raise ValueError("not JSON")  # NaN and Infinity, which json.loads would take


def _check_values(value: Any) -> None:
    level: list[Any] = [value]
    for _ in range(DEPTH_LIMIT + 1):
        below: list[Any] = []
        for one in level:
            if isinstance(one, str) and _FORBIDDEN.search(one):
                raise problems.ForbiddenCharacters()
            below.extend(_inside(one))
        level = below
        if not level:
            return
    raise problems.BodyTooDeep(limit=DEPTH_LIMIT)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else ()


def _places(error: BaseException) -> list[str]:
    """Where it went wrong, line by line, without any value."""
    places, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-8:]
