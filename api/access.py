"""Access requests (GDPR Art. 15): record the opening, gather, open at the edge, record the answer.

The same key again gives the very same report, byte for byte, or says that things have moved on:
its salt was sealed with the answer, and the answer's digest commits to the text.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, status
from fastapi.concurrency import run_in_threadpool

from api import access_accounts
from api.access_gathering import Gathered, attributes_of, gather
from api.access_report import written
from api.answers import entries_of
from api.dependencies import Carrier, House, TheHouse, commanding, read_at
from api.disclosures import Names
from api.problems import MovedOn
from api.schemas import Act, Code, Done, Labels, field_example
from ledger.application import Ledger
from ledger.commands.opening import AnswerAccess, OpenPersonalData
from ledger.errors import CommandReused
from ledger.events import AccessAnswered, Entry, PersonalDataOpened
from ledger.sealing import Opened
from ledger.vault.opening import SealedAt

router = APIRouter(prefix="/v1/subjects/{subject}/access-reports", tags=["access"])


class AccessForm(Act):
    """Why the values are opened, by a reason of the policy."""

    model_config = field_example(reason="reason-a")

    reason: Code


class AccessDone(Done):
    """The report, and what binds it: `digest` (on record) is the SHA-256 of the salt's bytes
    followed by the report as JSON with sorted keys, no spaces, UTF-8."""

    salt: str
    digest: str
    report: dict[str, Any]


@router.post("", status_code=status.HTTP_201_CREATED, operation_id="answer_access")
async def answer_access(
    subject: UUID,
    body: AccessForm,
    carrier: Annotated[Carrier, commanding("subject:read")],
    built: TheHouse,
) -> AccessDone:
    """Answer an access request: everything held, where from, what for, who got it, who looked."""
    names = await run_in_threadpool(_first_attributes, carrier)
    if names is None:
        names = await read_at(built, _last(built), lambda tables: attributes_of(tables, subject))
    opened = await carrier.carry(
        OpenPersonalData(
            **carrier.common(body, "opening"),
            subject=subject,
            access="report",
            reason=body.reason,
            attributes=names,
        )
    )
    today = built.ledger.clock().date()
    gathered: Gathered = await read_at(
        built, opened.position, lambda tables: gather(tables, subject, opened.position, today)
    )
    salt = await run_in_threadpool(_first_salt, carrier) or secrets.token_bytes(32)
    report = await run_in_threadpool(_write, built.ledger, gathered)
    text = canonical(report)
    command = AnswerAccess(
        **carrier.common(body, "answer"),
        subject=subject,
        opening=opened.ids["opening"],
        items=len(report["items"]),
        report=text,
        salt=salt,
    )
    try:
        answer = await carrier.carry(command)
    except CommandReused:
        raise MovedOn() from None
    digest = hashlib.sha256(salt + text).hexdigest()
    return AccessDone.by(answer, salt=salt.hex(), digest=digest, report=report)


def _last(built: House) -> int:
    """Where the log ends now: what came in before the request is in its answer."""
    return built.ledger.recorder.last()[0]


def canonical(report: dict[str, Any]) -> bytes:
    """The bytes the digest commits to: sorted keys, no spaces, UTF-8."""
    return msgspec.json.encode(report, order="sorted")


def _write(ledger: Ledger, gathered: Gathered) -> dict[str, Any]:
    gathered.envelopes.open(ledger)
    policy = ledger.policy()
    labels = Labels(policy)
    report = written(gathered, policy, labels, Names(ledger))
    return report | access_accounts.written(gathered.of_accounts, gathered.envelopes, labels)


def _first_attributes(carrier: Carrier) -> tuple[str, ...] | None:
    """What the opening under this key named before, if it was: a repetition says the same."""
    entry = _first_entry(carrier, "opening")
    if entry is None:
        return None
    assert isinstance(entry.body, PersonalDataOpened)
    return entry.body.attributes


def _first_entry(carrier: Carrier, part: str) -> Entry | None:
    fields = carrier.common(part=part)
    answer = carrier.ledger.first_answer(by=fields["by"], key=fields["key"])
    return entries_of(carrier.ledger, answer)[-1] if answer else None


def _first_salt(carrier: Carrier) -> bytes | None:
    """The salt of the answer that this key was given before, if it was."""
    entry = _first_entry(carrier, "answer")
    if entry is None:
        return None
    assert isinstance(entry.body, AccessAnswered)
    if entry.body.salt is None:
        raise MovedOn()  # there was nothing left to seal it under, so it is not kept
    sealed = SealedAt(entry.stream, entry.event, "@salt", entry.body.salt)
    opened = carrier.ledger.open_values([sealed])[0]
    if not isinstance(opened, Opened):
        raise MovedOn()  # what proved the answer has been erased, and the answer with it
    return opened.content
