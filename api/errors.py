"""The one table from situations to HTTP, and the problem bodies of RFC 9457.

A body holds codes, ids and sentences of ours. Whatever was sent is dropped before it is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from api import problems
from api.problems import (
    FieldError,
    InvalidRequest,
    Refused,
    UnknownField,
    broken_rules,
    identifiers,
)
from ledger import errors
from ledger.errors import LedgerError
from ledger.vault.keyring import EpochKeyGone

STATUS: dict[type[LedgerError], int] = {
    LedgerError: 500,
    # the caller can mend it
    errors.InvalidInput: 422,
    errors.MomentOutOfBounds: 422,
    errors.MomentUnreadable: 422,
    errors.MomentAhead: 422,
    errors.MomentNotATime: 422,
    errors.CommandReused: 422,
    errors.PolicyInvalid: 422,
    errors.StaleVersion: 412,
    errors.IdentifierTaken: 409,
    errors.KeyNotAlive: 409,
    problems.BodyTooLarge: 413,
    problems.BodyTooDeep: 400,
    problems.MalformedJson: 400,
    problems.DuplicateField: 400,
    problems.ForbiddenCharacters: 400,
    problems.UnsupportedMediaType: 415,
    problems.InvalidRequest: 422,
    problems.UnknownField: 422,
    problems.IdempotencyKeyMissing: 400,
    problems.IdempotencyKeyInvalid: 400,
    problems.PreconditionRequired: 428,
    problems.MalformedCursor: 400,
    problems.MovedOn: 409,
    problems.OpenedBefore: 409,
    # it is not there
    errors.NotFound: 404,
    errors.SubjectErased: 410,
    problems.NoSuchRoute: 404,
    problems.MethodNotAllowed: 405,
    # who may
    errors.NotAuthenticated: 401,
    errors.NotPermitted: 403,
    problems.Refused: 403,
    # the ledger cannot, for now
    errors.Busy: 503,
    errors.Overloaded: 503,
    errors.KeyServiceUnavailable: 503,
    errors.StoreUnavailable: 503,
    errors.OutcomeUnknown: 503,
    errors.ProjectionLagging: 503,
    errors.ClockSkew: 503,
    errors.NotMigrated: 503,
    # somebody must look at it
    errors.UnknownFormat: 500,
    errors.UnknownEvent: 500,
    errors.Tampered: 500,
    errors.KeyLost: 500,
    errors.NotStorable: 500,
    EpochKeyGone: 500,
    errors.UnsafeSettings: 500,
    problems.InternalError: 500,
}
"""Every situation, and the status it has over HTTP. A test holds it against the tree of errors."""

BY_CODE: dict[str, type[LedgerError]] = {kind.code: kind for kind in reversed(STATUS)}

PROBLEM = "application/problem+json"
RETRY_SECONDS = "1"
_SHOWN_FACTS = frozenset(
    {"limit", "permission", "kind", "position", "seconds", "attribute", "chunk"}
    | {"subject", "actor", "recipient", "entry", "claim", "order", "erasure", "run"}
    | {"restriction", "account", "about", "document", "case", "content", "member"}
)
"""Facts that go into `detail`: numbers, ids and codes of ours. The others stay in the log."""

log = structlog.get_logger(__name__)


def problem(error: LedgerError) -> Response:
    """The answer to a situation."""
    body = problem_body(error)
    return Response(_json(body), body["status"], _headers(error, body["status"]), PROBLEM)


def problem_body(error: LedgerError) -> dict[str, Any]:
    """A situation as RFC 9457 says it."""
    status = status_of(error)
    facts = [f"{name}: {value}" for name, value in error.facts.items() if name in _SHOWN_FACTS]
    body: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": error.says,
        "status": status,
        "detail": error.remedy + (f" ({', '.join(facts)})" if facts else ""),
    }
    listed = field_errors(error)
    if listed:
        body["errors"] = [wrong._asdict() for wrong in listed]
    if isinstance(error, Refused) and error.answer is not None:
        body["rules"] = broken_rules(error.answer)
        body["position"] = error.answer.position
        if found := identifiers(error.answer):
            body["identifiers"] = found
    return body


def alarm(error: LedgerError) -> None:
    """What somebody must look at goes on the log, with its facts."""
    if status_of(error) == 500:
        log.error("alarm", problem=error.code, facts=error.facts)


def status_of(error: LedgerError) -> int:
    """Its status; a class that is not in the table has that of the class it refines."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def field_errors(error: LedgerError) -> Sequence[FieldError]:
    """The fields a situation is about."""
    if isinstance(error, InvalidRequest):
        return error.errors
    if isinstance(error, errors.InvalidInput):
        field, rule = error.facts.get("field", "body"), error.facts.get("rule", error.says)
        return [FieldError(field, rule, error.remedy)]
    if isinstance(error, errors.PolicyInvalid):
        key = f"{error.facts.get('key', 'document')} (line {error.facts.get('line', '?')})"
        return [FieldError(key, error.facts.get("rule", error.says), error.remedy)]
    return ()


def _headers(error: LedgerError, status: int) -> dict[str, str]:
    headers: dict[str, str] = {}
    if status == 503:
        headers["Retry-After"] = RETRY_SECONDS
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Refused) and error.answer is not None:
        headers["Ledger-Position"] = str(error.answer.position)
    return headers


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def of_validation(found: Iterable[Mapping[str, Any]], names: Sequence[str] = ()) -> InvalidRequest:
    """The fields that a request's form refuses, without what was sent in them. `names`: those that a
    body may have."""
    listed = [(wrong["type"], _path(wrong["loc"]), _rule(wrong)) for wrong in found]
    unknown = [path for kind, path, _ in listed if kind == "extra_forbidden"]
    if unknown:
        there = f" There are: {', '.join(sorted(names))}." if names else ""
        return UnknownField([_unknown(path, there) for path in unknown])
    return InvalidRequest([FieldError(path, rule, "Correct it.") for _, path, rule in listed])


def names_of(form: object) -> list[str]:
    """The names that a form of ours has in JSON; none of what is no form, as of a union."""
    fields: Mapping[str, Any] = getattr(form, "model_fields", {})
    return [field.alias or name for name, field in fields.items()]


def _unknown(path: str, there: str) -> FieldError:
    """`there`: the names of the body itself, which say nothing of what stands deeper in it."""
    known = there if "." not in path else ""
    return FieldError(path, "no such field", f"Correct it or leave it out.{known}")


def _path(place: Sequence[str | int]) -> str:
    """Where it is wrong, as a path. The name of an unknown field was sent, and may be anything:
    it is shown only if it reads like a field's name."""
    parts = [str(part) for part in place if part != "body"]
    return ".".join(part if _reads_like_a_name(part) else "…" for part in parts) or "body"


_DIGITS = 6
"""Digits of a place in a list, or of a field's name, at most: no telephone number or card has so few."""


def _reads_like_a_name(part: str) -> bool:
    few = sum(map(str.isdigit, part)) <= _DIGITS
    return few and len(part) <= 64 and part.replace("_", "").isalnum()


_RULES = {
    "missing": "is required",
    "json_invalid": "must be JSON",
    "string_pattern_mismatch": "must have the form of the schema",
    "model_attributes_type": "must be an object",
}


def _rule(wrong: Mapping[str, Any]) -> str:
    """Pydantic's own sentence speaks of types and bounds only; those that quote are replaced."""
    kind = wrong["type"]
    if kind in _RULES:
        return _RULES[kind]
    if "parsing" in kind or kind == "value_error" or kind == "assertion_error":
        return "must have the form of the schema"
    return str(wrong["msg"]).removeprefix("Input ")


def install(app: FastAPI) -> None:
    """Every way a request can fail ends in a problem body."""
    app.add_exception_handler(LedgerError, _on_ledger_error)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_api_route("/problems/{code}", _page, methods=["GET"], include_in_schema=False)


async def _on_ledger_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, LedgerError)
    alarm(error)
    return problem(error)


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    body = getattr(request.scope.get("route"), "body_field", None)
    form = getattr(getattr(body, "field_info", None), "annotation", None)
    return problem(of_validation(error.errors(), names_of(form)))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        answer = problem(problems.MethodNotAllowed())
        answer.headers.update(error.headers or {})
        return answer
    if error.status_code == 404:
        return problem(problems.NoSuchRoute())
    if error.status_code == 400:
        return problem(problems.MalformedJson())
    return problem(problems.InternalError())


async def _page(code: str) -> Response:
    """What a problem type means, as text."""
    kind = BY_CODE.get(code)
    if kind is None:
        return problem(problems.NoSuchRoute())
    return PlainTextResponse(problems.page(kind))
