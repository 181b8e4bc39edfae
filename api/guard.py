"""What stands before every route: who asks, and whether the body can be read at all.

In this order: the token, the body's declared type and size, its JSON. Nothing of a request that
fails here reaches a handler, a log or the store. What a handler did not foresee ends here, too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.errors import alarm, problem
from ledger.config import Token
from ledger.errors import LedgerError, NotAuthenticated

BODY_LIMIT = 256 * 1024
"""Bytes of a body; a route may take more by `LARGER`."""
LARGER = {
    "/v1/processing-runs": 8 * 1024 * 1024,
    "/v1/policy/versions": 1024 * 1024,
    "/v1/batches": 4 * 1024 * 1024,
}
"""Routes whose body lists many ids (100,000 subjects), is a whole document, or many commands."""
DEPTH_LIMIT = 32
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SCHEME = b"bearer "
_GUARDED = ("/v1", "/metrics")
"""Paths that need a token."""

Noted = Callable[[Scope, int, float], None]

log = structlog.get_logger(__name__)


class Caller(NamedTuple):
    """Who asks: an actor of the register, and what its token may do."""

    actor: UUID
    permissions: frozenset[str]


class Asked(NamedTuple):
    """What is known of a request before any route is looked for."""

    caller: Caller | None  # None where no token is asked for
    headers: Mapping[bytes, bytes]  # by their names in lower case
    value: Any  # the body, as JSON has it; None if there is none

    def header(self, name: bytes) -> str | None:
        """A header's text."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


class Guard:
    """ASGI application before the application: whatever is asked comes here first."""

    def __init__(self, app: ASGIApp, tokens: Sequence[Token], noted: Sequence[Noted]) -> None:
        """`noted` are told of every request: its scope, the status and the seconds it took."""
        self._app = app
        self._noted = noted
        self._callers = [
            (bytes.fromhex(token.sha256), Caller(token.actor, frozenset(token.permissions)))
            for token in tokens
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        kept = _Kept(send, scope["path"].startswith(_GUARDED), scope.get("scheme") == "https")
        try:
            await self._pass(scope, receive, kept)
        except LedgerError as error:
            alarm(error)
            await problem(error)(scope, receive, kept)
        except Exception as error:  # its text may quote what was sent
            if not kept.ended:  # by `on_unforeseen`, before it was raised again
                told = unforeseen(error)
                if kept.status is not None:
                    raise RuntimeError("a response broke off") from None
                await problem(told)(scope, receive, kept)
        took = time.perf_counter() - began
        for noted in self._noted:
            noted(scope, kept.status or 0, took)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(reversed(scope["headers"]))  # of one that is sent twice, the first counts
        state = scope.setdefault("state", {})
        caller = value = None
        if scope["path"].startswith(_GUARDED):
            caller = state["caller"] = self._caller(headers)
        if scope["method"] in ("POST", "PUT", "PATCH", "DELETE"):
            limit = LARGER.get(scope["path"], BODY_LIMIT)
            body = await _body(headers, receive, limit)
            if body:
                check_type(headers)
                value = read_json(body)
            receive = _replay(body, receive)
        state["asked"] = Asked(caller, headers, value)
        await self._app(scope, receive, send)

    def _caller(self, headers: Mapping[bytes, bytes]) -> Caller:
        """Whose token it is. All tokens are compared, each in constant time."""
        given = headers.get(b"authorization", b"")
        if given[: len(_SCHEME)].lower() != _SCHEME:
            raise NotAuthenticated()
        digest = hashlib.sha256(given[len(_SCHEME) :].strip()).digest()
        found = [caller for known, caller in self._callers if hmac.compare_digest(known, digest)]
        if not found:
            raise NotAuthenticated()
        return found[0]


_PLAIN = ((b"x-content-type-options", b"nosniff"),)
_SECRET = (*_PLAIN, (b"cache-control", b"no-store"))
_SECURE = ((b"strict-transport-security", b"max-age=31536000"),)
"""For a year nobody asks this host in the clear (RFC 6797); said over TLS alone, as it says (7.2)."""


class _Kept:
    """Sends on, and says where a token was needed that nothing may be stored on the way."""

    def __init__(self, send: Send, secret: bool, secure: bool) -> None:
        self._send = send
        self._added = (_SECRET if secret else _PLAIN) + (_SECURE if secure else ())
        self.status: int | None = None
        self.ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._added]
        else:
            self.ended = not message.get("more_body", False)
        await self._send(message)


async def _body(headers: Mapping[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """The whole body, at most `limit` bytes of it; a declared excess is not even awaited."""
    declared = headers.get(b"content-length", b"")
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


def check_type(headers: Mapping[bytes, bytes]) -> None:
    """Raises UnsupportedMediaType unless the body is JSON, in UTF-8, uncompressed."""
    declared = headers.get(b"content-type", b"")
    if declared != b"application/json":
        plain = declared.lower().replace(b" ", b"").replace(b'"', b"")
        if plain not in (b"application/json", b"application/json;charset=utf-8"):
            raise problems.UnsupportedMediaType()
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise problems.UnsupportedMediaType()


def read_json(body: bytes) -> Any:
    """One JSON value: no field twice, no deep nest, no control character, no half surrogate.

    Raises:
        MalformedJson, DuplicateField, BodyTooDeep, ForbiddenCharacters.
    """
    try:
        value = _decode(body.decode("utf-8"))
    except RecursionError:
        raise problems.BodyTooDeep(limit=DEPTH_LIMIT) from None
    except ValueError:
        raise problems.MalformedJson() from None
    if b"\\" in body or b"\x7f" in body:  # else JSON itself has let no such character through
        _check_texts(value)
    if body.count(b"{") + body.count(b"[") > DEPTH_LIMIT:  # else it opens no such nest
        _check_depth(value)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise problems.DuplicateField()
    return named


def _no_constant(name: str) -> None:
    raise ValueError("not JSON")  # NaN and Infinity, which json would take


_decode = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant).decode


def _check_depth(value: Any) -> None:
    """Raises BodyTooDeep."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEPTH_LIMIT):
        if not level:
            return
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
    if level:
        raise problems.BodyTooDeep(limit=DEPTH_LIMIT)


def _check_texts(value: Any) -> None:
    """Raises ForbiddenCharacters for a text, or a field's name, that holds one."""
    left: list[Any] = [value]
    while left:
        one = left.pop()
        if isinstance(one, str) and _FORBIDDEN.search(one):
            raise problems.ForbiddenCharacters()
        if isinstance(one, dict):
            left += one.keys()
            left += one.values()
        elif isinstance(one, list):
            left += one


def unforeseen(error: Exception) -> problems.InternalError:
    """A mistake of ours: its kind and places go on the log, never its text."""
    log.error("internal error", kind=type(error).__name__, places=_places(error))
    return problems.InternalError()


async def on_unforeseen(request: Request, error: Exception) -> Response:
    """The same inside FastAPI, which would send a text of its own."""
    return problem(unforeseen(error))


def _places(error: BaseException) -> list[str]:
    """Where it went wrong, line by line, without any value."""
    places, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-8:]
