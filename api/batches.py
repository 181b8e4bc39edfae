"""Batches: many commands in one request, one durable answer each, in the order given.

Every command is checked and permitted as on its own route; one that is malformed, forbidden or
refused fails alone. Commands on one person, or one account, are carried out in the order given. The
batch has no key: each command has its own, and a batch sent again is answered as it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import new_class
from typing import Annotated, Any, Literal, NamedTuple, Union
from uuid import UUID

import structlog
from fastapi import Security
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from pydantic import Field
from starlette.types import Receive, Scope, Send

from api.account_facts import annul_fact, record_fact
from api.accounts import close_account, join_account, open_account
from api.answers import each_in_words
from api.claims import place_claim, release_claim
from api.collections import collect
from api.command_route import respond
from api.consents import set_consent, switch_purpose
from api.dependencies import House, bearer
from api.disclosures import authorise_disclosure, record_disclosure
from api.duties import meet_inform_duty
from api.erasures import carry_out_erasure, request_erasure
from api.errors import alarm, problem_body
from api.guard import Asked, Caller, unforeseen
from api.orders import note_notified, record_holder_answer
from api.problems import FieldError, InvalidRequest, Refused
from api.processing import record_outcome
from api.profiles import correct_profile
from api.rights import (
    determine_regimes,
    lift_restriction,
    raise_objection,
    restrict_processing,
)  # fmt: skip
from api.schemas import PROBLEMS, Broken, Form, Id, Identifier, Problem, View, done, field_example
from api.subjects import register_subject
from api.translation import Checker, Translation, key_of
from ledger.application import Ledger
from ledger.command import Command
from ledger.errors import LedgerError, NotPermitted
from ledger.receipt import Receipt
from ledger.store.append import Answer

MOST = 1000
"""Commands of one batch."""
SLICE = 100
"""Commands that are checked before others have their turn in the event loop."""
TAKEN: tuple[Translation, ...] = (
    record_disclosure,
    authorise_disclosure,
    collect,
    set_consent,
    switch_purpose,
    raise_objection,
    restrict_processing,
    lift_restriction,
    determine_regimes,
    register_subject,
    correct_profile,
    place_claim,
    release_claim,
    request_erasure,
    carry_out_erasure,
    note_notified,
    meet_inform_duty,
    record_holder_answer,
    record_outcome,
    open_account,
    join_account,
    record_fact,
    annul_fact,
    close_account,
)
"""What a batch takes: what services send all day, and nothing that answers with values."""

_SOME_ID = "0b9c1f6e-7d7a-4c35-9f0e-2f3c6c1f3a10"

log = structlog.get_logger(__name__)


# ---- one command -------------------------------------------------------------------------------


class Item(NamedTuple):
    """A kind of command as a batch takes it: how it is translated, and its form here."""

    translation: Translation
    form: type[Form]
    check: Checker

    @classmethod
    def of(cls, translation: Translation) -> Item:
        """The form has the command's name and key, the ids of its path, and the body of its route."""
        form = _form(translation)
        return cls(translation, form, Checker(form, {}, translation.form))

    def command(self, caller: Caller, value: Mapping[str, Any]) -> Command:
        """The command that an item of a batch says.

        Raises:
            IdempotencyKeyMissing, IdempotencyKeyInvalid, NotPermitted, InvalidRequest, …: as on the
                command's own route, in the same order.
        """
        given = value.get("key")
        key = key_of(given) if given is None or isinstance(given, str) else ""
        self.translation.permit(caller)
        body, _ = self.check(value, {})
        ids = {name: getattr(body, name) for name in self.translation.ids}
        return self.translation.command(caller, key, body, ids)


def _form(translation: Translation) -> type[Form]:
    name = translation.name.replace("_", "-")
    ids = {of: (Id if kind is UUID else kind) for of, kind in translation.ids.items()}
    key = Annotated[str, Field(description="Your own id of this command: its Idempotency-Key.")]
    title = "".join(word.capitalize() for word in translation.name.split("_")) + "InBatch"
    some = {of: _SOME_ID if kind is Id else "purpose-a" for of, kind in ids.items()}
    example = {"command": name, "key": "key-1", **some, **_example(translation.form)}
    namespace = {
        "__module__": __name__,
        "__doc__": translation.make.__doc__,
        "__annotations__": {"command": Literal[name], "key": key, **ids},
        "model_config": field_example(**example),
    }
    made: type[Form] = new_class(
        title, (translation.form,), exec_body=lambda body: body.update(namespace)
    )
    return made


def _example(form: type[Form]) -> dict[str, Any]:
    extra: Any = form.model_config.get("json_schema_extra") or {"examples": [{}]}
    shown: dict[str, Any] = extra["examples"][0]
    return shown


ITEMS = {item.translation.name.replace("_", "-"): item for item in map(Item.of, TAKEN)}
PERMISSIONS = frozenset(one.permission for one in TAKEN)


# ---- the batch ---------------------------------------------------------------------------------

_Forms: Any = Union[tuple(item.form for item in ITEMS.values())]  # noqa: UP007 - made above


class Batch(Form):
    """Commands in the order in which those on one person are to be carried out."""

    model_config = field_example(
        commands=[_example(ITEMS[name].form) for name in ("record-disclosure", "set-consent")]
    )

    commands: Annotated[
        list[Annotated[_Forms, Field(discriminator="command")]],
        Field(min_length=1, max_length=MOST),
    ]


class Envelope(Form):
    """A batch before its commands are looked at."""

    commands: Annotated[list[Any], Field(min_length=1, max_length=MOST)]


class Result(View):
    """What became of one command: as its own route answers, or the problem."""

    status: int
    outcome: Literal["recorded", "unchanged"] | None = None
    position: int | None = None
    ids: dict[str, UUID] | None = None
    findings: list[Broken] | None = None
    identifiers: list[Identifier] | None = None
    problem: Problem | None = None


class BatchDone(View):
    """One result for each command, in the order given."""

    results: list[Result]


class BatchRoute(APIRoute):
    """`POST /v1/batches`: described by FastAPI, carried out here, as the routes of commands are."""

    def __init__(self) -> None:
        super().__init__(
            "/v1/batches",
            batch,
            methods=["POST"],
            operation_id="batch",
            tags=["batches"],
            responses=PROBLEMS,
        )
        self._check = Checker(Envelope, {})
        self.app = self._carry_out

    async def _carry_out(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand over what can be carried out, and answer when all of it is durable.

        Raises:
            NotPermitted: not one of the commands could be. InvalidRequest: it is no batch.
            Overloaded: nothing of it was taken.
        """
        house: House = scope["app"].state.house
        asked: Asked = scope["state"]["asked"]
        assert asked.caller is not None  # the guard lets nobody else through
        if not PERMISSIONS & asked.caller.permissions:
            raise NotPermitted(permission=" or ".join(sorted(PERMISSIONS)))
        envelope, _ = self._check(asked.value, {})
        translated = await _translated(asked.caller, envelope.commands)
        told = await _told(house.ledger, translated)
        if any(isinstance(one, Answer) and one.rules for one in told):  # else nothing is to be read
            told = await run_in_threadpool(each_in_words, house.ledger, translated, told)
        positions = [one.position for one in told if isinstance(one, Answer)]
        results = [_result(said, one) for said, one in zip(envelope.commands, told, strict=True)]
        await respond(send, 200, {"results": results}, max(positions, default=None))


def batch(body: Batch, token: Annotated[Any, Security(bearer)] = None) -> BatchDone:
    """Carry out up to 1,000 commands, each with an answer of its own: no values among them.

    A command is named by the operation id of its own route, with hyphens; beside its body it takes
    `key` (its Idempotency-Key), what stands in the path, and for a correction `if_match`.
    """
    raise NotImplementedError  # for the schema: `BatchRoute` carries it out


COMMANDS = [BatchRoute()]


async def _translated(caller: Caller, commands: Sequence[Any]) -> list[Command | LedgerError]:
    translated: list[Command | LedgerError] = []
    for number, value in enumerate(commands, start=1):
        try:
            translated.append(_item(value).command(caller, value))
        except LedgerError as error:
            translated.append(error)
        if number % SLICE == 0:
            await asyncio.sleep(0)
    return translated


def _item(value: Any) -> Item:
    if not isinstance(value, dict):
        raise InvalidRequest([FieldError("body", "must be an object", "Correct it.")])
    item = ITEMS.get(name) if isinstance(name := value.get("command"), str) else None
    if item is None:
        rule = f"must be one of {', '.join(ITEMS)}"
        raise InvalidRequest([FieldError("command", rule, "Correct it.")])
    return item


async def _told(
    ledger: Ledger, translated: Sequence[Command | LedgerError]
) -> list[Answer | Exception]:
    """Each command's answer, or what struck it."""
    receipts = iter(ledger.batch([one for one in translated if isinstance(one, Command)]))
    return [
        one if isinstance(one, LedgerError) else await _answer(next(receipts)) for one in translated
    ]


async def _answer(receipt: Receipt) -> Answer | Exception:
    try:
        return await receipt
    except Exception as error:  # of this command: the others are durable, and are told so
        return error


def _result(said: Any, told: Answer | Exception) -> dict[str, Any]:
    if isinstance(told, Answer) and told.outcome != "refused":
        return {"status": ITEMS[said["command"]].translation.status, **done(told)}
    if isinstance(told, Answer):
        told = Refused(told)
    error = told if isinstance(told, LedgerError) else unforeseen(told)
    alarm(error)
    body = problem_body(error)
    return {"status": body["status"], "problem": body}
