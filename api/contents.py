"""Contents that customers store, which are processed as they instruct; and requests passed on (P02)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, status
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from api.accounts import READING, Writing, known
from api.command_route import CommandRoute
from api.dependencies import Cursor, Limit, Tables, TheHouse, cursor_text, permitted, read_at
from api.opening import Envelopes, ErasedValue
from api.problems import OpenedBefore
from api.schemas import Act, Code, Done, FactView, Id, Note, Paged, field_example
from api.translation import Common, translation
from ledger.command import Command
from ledger.commands.storing import (
    Asked,
    OpenContent,
    PassRequestOn,
    RemoveContent,
    StoreContent,
)
from ledger.errors import NotFound
from projections import contents

router = APIRouter(prefix="/v1/accounts/{account}", tags=["contents"])


class ContentForm(Act):
    """What a customer stores: in which service and country, as which kind of content."""

    model_config = field_example(
        service="service-a", country="country-a", attribute="attribute-a", value="…"
    )

    service: Code
    country: Code
    attribute: Code
    value: Annotated[str, Field(min_length=1, max_length=100_000)]


class OpenForm(Act):
    """For which reason of the policy; its purpose must use such content."""

    model_config = field_example(reason="reason-a")

    reason: Code


class PassOnForm(Act):
    """A person's request about what this customer stores."""

    model_config = field_example(
        subject="0b9c1f6e-7d7a-4c35-9f0e-2f3c6c1f3a10", request="erasure", channel="channel-a"
    )

    subject: Id
    request: Asked
    channel: Code | None = None
    note: Note | None = None


class ContentView(FactView):
    """What was stored, without what it says; removed content says since when."""

    content: UUID
    service: str
    country: str | None
    controller_role: str
    removed_at: dt.datetime | None


class OpenedContent(Done):
    """What the customer stored, or when it was removed."""

    value: str | None
    erased: ErasedValue | None


class PassedOnView(FactView):
    """A request that was passed on to the customer."""

    subject: UUID
    account: UUID
    request: str
    channel: str | None


@translation("account:write", status=status.HTTP_201_CREATED)
def store_content(body: ContentForm, common: Common, account: UUID) -> Command:
    """A customer stores content, as processed on its instruction; answers `ids.content`."""
    return StoreContent(
        **common,
        account=account,
        service=body.service,
        country=body.country,
        attribute=body.attribute,
        value=body.value,
    )


@translation("account:write", status=status.HTTP_201_CREATED)
def pass_request_on(body: PassOnForm, common: Common, account: UUID) -> Command:
    """A person's request about this customer's content was passed on to the customer."""
    return PassRequestOn(
        **common,
        account=account,
        subject=body.subject,
        request=body.request,
        channel=body.channel,
        note=body.note,
    )


_ONE = "/v1/accounts/{account}"
COMMANDS = [
    CommandRoute("POST", f"{_ONE}/contents", store_content, tags=["contents"]),
    CommandRoute("POST", f"{_ONE}/requests", pass_request_on, tags=["contents"]),
]


@router.delete("/contents/{content}", operation_id="remove_content")
async def remove(account: UUID, content: UUID, carrier: Writing) -> Done:
    """The customer removed content; its key is destroyed."""
    command = RemoveContent(**carrier.common(), account=account, content=content)
    return Done.by(await carrier.carry(command))


@router.post("/contents/{content}/openings", operation_id="open_content")
async def open_content(
    account: UUID, content: UUID, body: OpenForm, carrier: Writing, built: TheHouse
) -> OpenedContent:
    """Open stored content, on record, as providing the service needs it. It is given once."""
    common = carrier.common(body)
    if await run_in_threadpool(carrier.ledger.first_answer, by=common["by"], key=common["key"]):
        raise OpenedBefore()
    command = OpenContent(**common, account=account, content=content, reason=body.reason)
    answer = await carrier.carry(command)

    def found(tables: Any) -> contents.Content | None:
        return contents.content(tables, account, content)

    row = await read_at(built, answer.position, found)
    if row is None:
        raise NotFound(content=content)
    envelopes = Envelopes()
    number = envelopes.put(account, row.event, "@value", row.value)
    await run_in_threadpool(envelopes.open, carrier.ledger)
    value, erased = envelopes.text(number)
    return OpenedContent.by(answer, value=value, erased=erased)


@router.get("/contents", operation_id="contents", dependencies=[permitted(*READING)])
def stored(account: UUID, tables: Tables, cursor: Cursor, limit: Limit = 100) -> Paged[ContentView]:
    """What was stored in an account, newest first; what it says stays sealed."""
    known(tables, account)
    page = contents.of_account(tables, account, cursor=cursor, limit=limit)
    items = [ContentView.of(row) for row in page.rows]
    return Paged(items=items, next_cursor=cursor_text(page.cursor))


@router.get("/requests", operation_id="requests_passed_on", dependencies=[permitted(*READING)])
def passed_on(account: UUID, tables: Tables) -> list[PassedOnView]:
    """The requests that were passed on to this customer, oldest first."""
    known(tables, account)
    return [PassedOnView.of(row) for row in contents.requests_to(tables, account)]
