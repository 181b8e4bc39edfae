"""What can be wrong with a request before it becomes a command: one class for each situation.

Same tree as `ledger/errors.py`, same rules: the facts, the remedy, and never what was sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ledger.errors import LedgerError
from ledger.events import Finding
from ledger.policy.rules import RULES
from ledger.policy.screening import Hit
from ledger.store.append import Answer


class FieldError(NamedTuple):
    """One field that is wrong: its path in the request, the rule, and what to do."""

    field: str
    rule: str
    remedy: str


# ---- the body ----------------------------------------------------------------------------------


class BodyTooLarge(LedgerError):
    """More bytes than the route takes; the rest was not read. Facts: limit (bytes)."""

    code = "body-too-large"
    says = "The body is too large."
    remedy = "Send less at once."


class BodyTooDeep(LedgerError):
    """Arrays and objects nested deeper than any body of this API needs. Facts: limit (levels)."""

    code = "body-too-deep"
    says = "The body is nested too deeply."
    remedy = "Send the fields that the route lists, and no deeper."


class MalformedJson(LedgerError):
    """The body is not one JSON value in UTF-8."""

    code = "malformed-json"
    says = "The body is not valid JSON in UTF-8."
    remedy = "Send one JSON object."


class DuplicateField(LedgerError):
    """An object names a field twice; readers would disagree which one counts."""

    code = "duplicate-field"
    says = "The body names a field twice in one object."
    remedy = "Name each field once."


class ForbiddenCharacters(LedgerError):
    """NUL, another control character, or half a surrogate pair in a text of the request."""

    code = "forbidden-characters"
    says = "A text holds a control character, or is not valid Unicode."
    remedy = "Leave control characters out; only tab and line breaks may stand in a text."


class UnsupportedMediaType(LedgerError):
    """The body is declared as something else than JSON."""

    code = "unsupported-media-type"
    says = "The body is not declared as JSON."
    remedy = "Send `Content-Type: application/json`, uncompressed."


class InvalidRequest(LedgerError):
    """Fields are missing, of another type, or out of bounds; `errors` names each of them."""

    code = "invalid-request"
    says = "The request does not have the form of this route."
    remedy = "Correct the fields named; nothing was stored."

    def __init__(self, errors: Sequence[FieldError] = ()) -> None:
        super().__init__()
        self.errors = tuple(errors)


class UnknownField(InvalidRequest):
    """A field is misspelt or does not belong here; nothing is guessed."""

    code = "unknown-field"
    says = "The request names a field that this route does not have."
    remedy = "Correct or leave out the fields named; nothing was stored."


# ---- headers and the line itself ---------------------------------------------------------------


class IdempotencyKeyMissing(LedgerError):
    """A command without the caller's own id for it could be carried out twice."""

    code = "idempotency-key-missing"
    says = "A command needs an Idempotency-Key."
    remedy = (
        "Send `Idempotency-Key` with an id of your own, such as a UUID, and keep it for retries."
    )


class IdempotencyKeyInvalid(LedgerError):
    """The key is empty, too long, or not printable ASCII."""

    code = "idempotency-key-invalid"
    says = "The Idempotency-Key is not 1 to 200 characters of printable ASCII."
    remedy = "Send an id of your own, such as a UUID."


class PreconditionRequired(LedgerError):
    """A change of a profile must say which state of it was read."""

    code = "precondition-required"
    says = "This change needs an If-Match header."
    remedy = "Read the profile and send its ETag as `If-Match`."


class MalformedCursor(LedgerError):
    """The cursor is not one that this API gave."""

    code = "malformed-cursor"
    says = "The cursor is not one of this list."
    remedy = "Start without a cursor, or send `next_cursor` as it was given."


class NoSuchRoute(LedgerError):
    """Nothing is served under this path."""

    code = "no-such-route"
    says = "Nothing is served under this path."
    remedy = "See /openapi.json for what is."


class MethodNotAllowed(LedgerError):
    """The path is served, but not for this method."""

    code = "method-not-allowed"
    says = "This path does not take this method."
    remedy = "See /openapi.json for the methods it takes."


# ---- what became of it -------------------------------------------------------------------------


class Refused(LedgerError):
    """What was asked for breaks rules of the policy. The refusal is recorded, and is a fact."""

    code = "refused"
    says = "What was asked for is refused; the refusal is on record."
    remedy = "See the rules named and what to do about each."

    def __init__(self, answer: Answer | None = None) -> None:
        super().__init__()
        self.answer = answer


class Carried(Answer, frozen=True, kw_only=True):
    """An answer with what its rules are about, and where the numbers of cards and accounts stood
    that the command held (see `api/answers.py`)."""

    hits: tuple[Hit, ...] = ()
    findings: tuple[Finding, ...] = ()


class MovedOn(LedgerError):
    """A repeated request cannot be answered as the first time: what it speaks of has changed."""

    code = "moved-on"
    says = "This was answered before, and what the answer spoke of has changed since."
    remedy = "Ask again with a new Idempotency-Key."


class OpenedBefore(LedgerError):
    """Values are given once for an opening: a repetition would escape the decision at opening."""

    code = "opened-before"
    says = "This opening was recorded before; its values are not given a second time."
    remedy = "Open the chunk again with a new Idempotency-Key: it is decided again."


class InternalError(LedgerError):
    """A mistake of this software. The log names the place, and never what was sent."""

    code = "internal-error"
    says = "Something failed inside; it is on the log of the process."
    remedy = "Try again with the same Idempotency-Key: nothing happens twice."


def rule_text(code: str) -> dict[str, Any]:
    """A rule as the caller is told: its code, what it says, the remedy, and the numbers of the
    statements of the policy that it carries out."""
    rule = RULES.get(code)
    if rule is None:
        return {
            "rule": code,
            "says": "A rule of a newer version.",
            "remedy": "Update the software.",
            "statements": [],
        }
    statements = list(rule.statements)
    return {"rule": code, "says": rule.says, "remedy": rule.remedy, "statements": statements}


def broken_rules(answer: Answer) -> list[dict[str, Any]]:
    """The rules that a command breaks, in words, each with what it is about."""
    told = answer.findings if isinstance(answer, Carried) else map(Finding, answer.rules)
    return [{**rule_text(finding.rule), "about": finding.about} for finding in told]


def identifiers(answer: Answer) -> list[dict[str, Any]]:
    """The numbers of cards and accounts that a command held, each by its place."""
    return [hit._asdict() for hit in answer.hits] if isinstance(answer, Carried) else []


def page(kind: type[LedgerError]) -> str:
    """The text under `/problems/<code>`: what it means and what to do."""
    lines = [kind.code, "", kind.says, kind.remedy, "", (kind.__doc__ or "").strip()]
    if kind is Refused:
        lines += ["", "The rules:"]
        lines += [f"  {code}: {rule.says} {rule.remedy}" for code, rule in sorted(RULES.items())]
    return "\n".join(lines) + "\n"
