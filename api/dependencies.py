"""What routes are handed: the ledger, the tables, who asks, and the way a command is carried out."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any, NamedTuple
from uuid import uuid4

from fastapi import Depends, Header, Query, Request, Response, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPBearer

from api.answers import in_words
from api.guard import Caller
from api.problems import MalformedCursor, Refused
from api.schemas import Act
from api.translation import common, key_of
from ledger.application import Ledger
from ledger.command import Command
from ledger.config import Settings
from ledger.errors import NotPermitted, ProjectionLagging
from ledger.store.append import Answer
from projections import queries
from projections.engine import Engine

WAIT_SECONDS = 5.0
"""How long a read waits for the position it asks for."""


class House(NamedTuple):
    """What the composition root built, one for the application."""

    settings: Settings
    ledger: Ledger
    views: Engine


def house(request: Request) -> House:
    """The application's own."""
    built: House = request.app.state.house
    return built


async def _house(request: Request) -> House:
    return house(request)


TheHouse = Annotated[House, Depends(_house)]


async def _ledger(built: TheHouse) -> Ledger:
    return built.ledger


TheLedger = Annotated[Ledger, Depends(_ledger)]


# ---- who asks ----------------------------------------------------------------------------------

bearer = HTTPBearer(auto_error=False, description="A token of the settings file, one for an actor.")
"""For the schema only: the guard has checked the token before any route is looked for."""


def permitted(*any_of: str) -> Any:
    """A dependency: the caller holds at least one of these permissions.

    Raises:
        NotPermitted: it holds none.
    """

    async def check(request: Request, _: Annotated[Any, Security(bearer)] = None) -> Caller:
        caller: Caller = request.state.caller
        if any_of and not caller.permissions & set(any_of):
            raise NotPermitted(permission=" or ".join(any_of))
        return caller

    return Depends(check)


def _auditors(
    request: Request,
    hidden: Annotated[
        bool, Query(description="Also what may not be mentioned to the person (auditors).")
    ] = False,
) -> bool:
    caller: Caller = request.state.caller
    if hidden and "audit:read" not in caller.permissions:
        raise NotPermitted(permission="audit:read")
    return hidden


Hidden = Annotated[bool, Depends(_auditors)]
"""Whether what may not be mentioned to the person is asked for, too: by auditors alone (P18)."""


# ---- commands ----------------------------------------------------------------------------------


async def idempotency_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Your own id of this command, quoted or not; the same again is one act.",
            examples=['"8e03978e-40d5-43e8-bc93-6894a57f9324"'],
        ),
    ] = None,
) -> str:
    """The caller's own id of the command.

    Raises:
        IdempotencyKeyMissing, IdempotencyKeyInvalid.
    """
    return key_of(key)


class Carrier:
    """Carries commands of one request to the ledger, in the name of its caller."""

    def __init__(self, built: House, caller: Caller, key: str, response: Response) -> None:
        self.ledger = built.ledger
        self.caller = caller
        self.key = key
        self._response = response

    def common(self, act: Act | None = None, part: str = "") -> dict[str, Any]:
        """The fields every command has. `part` tells several commands of one request apart.

        NUL cannot stand in a header, so no key of a caller is ever that of a part.
        """
        return common(self.caller, f"{self.key}\0{part}" if part else self.key, act)

    async def carry(self, command: Command) -> Answer:
        """Submit and wait until it is durable; the ledger decides it beside the event loop.

        Raises:
            Refused: recorded as refused. Any LedgerError: nothing was recorded.
        """
        answer = await self.ledger.submit(command)
        if answer.rules:
            answer = await run_in_threadpool(in_words, self.ledger, command, answer)
        return self.told(answer)

    def told(self, answer: Answer) -> Answer:
        """Note the position for the caller; a refusal is raised."""
        if answer.outcome == "refused":
            raise Refused(answer)
        self._response.headers["Ledger-Position"] = str(answer.position)
        return answer


def _carrier(*any_of: str, keyed: bool) -> Any:
    checked = permitted(*any_of)  # a default, not an annotation: those are read without this scope

    async def keyed_carrier(
        built: TheHouse,
        response: Response,
        key: Annotated[str, Depends(idempotency_key)],
        caller: Caller = checked,
    ) -> Carrier:
        return Carrier(built, caller, key, response)

    async def free_carrier(
        built: TheHouse, response: Response, caller: Caller = checked
    ) -> Carrier:
        return Carrier(built, caller, uuid4().hex, response)

    return Depends(keyed_carrier if keyed else free_carrier)


def commanding(*any_of: str) -> Any:
    """A dependency: a carrier for the command of this request, under the caller's key."""
    return _carrier(*any_of, keyed=True)


def looking(*any_of: str) -> Any:
    """A dependency: a carrier for a reading that is itself on record; each one is its own act."""
    return _carrier(*any_of, keyed=False)


# ---- reads -------------------------------------------------------------------------------------

After = Annotated[
    int | None,
    Query(ge=0, le=2**63 - 1, description="Answer when this Ledger-Position can be read."),
]


def tables(built: TheHouse, after: After = None) -> Iterator[queries.Tables]:
    """A connection on which all queries see the tables at one position, at least `after`.

    Raises:
        ProjectionLagging: the position was not reached in time.
    """
    _wait(built, after)
    with built.views.reading() as opened:
        yield opened


Tables = Annotated[queries.Tables, Depends(tables)]


async def read_at(built: House, after: int | None, query: Callable[[queries.Tables], Any]) -> Any:
    """The same for a route that also commands, beside the event loop."""

    def run() -> Any:
        _wait(built, after)
        with built.views.reading() as opened:
            return query(opened)

    return await run_in_threadpool(run)


def _wait(built: House, after: int | None) -> None:
    """Wait for a position of the log; one the log has not reached is not waited for.

    Raises:
        ProjectionLagging: at once, or after `WAIT_SECONDS`.
    """
    if after is None or built.views.position() >= after:
        return
    if after > built.ledger.recorder.last()[0]:
        raise ProjectionLagging(position=after)
    built.views.wait(after, WAIT_SECONDS)


# ---- cursors -----------------------------------------------------------------------------------

_CURSOR_LIMIT = 200


def cursor_text(value: int | str | None) -> str | None:
    """A place in a list, as an opaque text."""
    if value is None:
        return None
    return base64.urlsafe_b64encode(json.dumps({"at": value}).encode()).rstrip(b"=").decode()


def _cursor_value(text: str, kind: type[int] | type[str]) -> Any:
    if len(text) > _CURSOR_LIMIT:
        raise MalformedCursor()
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        value = json.loads(raw)["at"]
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError):
        raise MalformedCursor() from None
    if not isinstance(value, kind) or cursor_text(value) != text:
        raise MalformedCursor()
    return value


async def position_cursor(
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
) -> int | None:
    """The position a page continues after. Raises MalformedCursor."""
    if cursor is None:
        return None
    value: int = _cursor_value(cursor, int)
    if not 0 <= value < 2**63:
        raise MalformedCursor()
    return value


async def text_cursor(
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
) -> str | None:
    """The id a page continues after. Raises MalformedCursor."""
    return None if cursor is None else _cursor_value(cursor, str)


Cursor = Annotated[int | None, Depends(position_cursor)]
TextCursor = Annotated[str | None, Depends(text_cursor)]
Limit = Annotated[int, Query(ge=1, le=1000, description="Rows of a page.")]
