"""Forms that several routes share. A request's form is closed: unknown fields are refused.

Examples use neutral names: what a purpose, class or recipient is called is the policy's business.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Generic, Literal, Self, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, Strict

from api.problems import broken_rules, identifiers, rule_text
from ledger.events import Finding
from ledger.policy.model import PolicyDocument
from ledger.store.append import Answer

T = TypeVar("T")


def _text(value: Any) -> Any:
    """JSON has no ids and dates: they come as texts, and as nothing else."""
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def _unhyphened(value: Any) -> Any:
    """An id as scopes say it; answers give ids with hyphens, and people copy them."""
    return value.replace("-", "").lower() if isinstance(value, str) and len(value) == 36 else value


Id = Annotated[UUID, Strict(False), BeforeValidator(_text)]
Day = Annotated[dt.date, Strict(False), BeforeValidator(_text)]
Instant = Annotated[AwareDatetime, Strict(False), BeforeValidator(_text)]
Code = Annotated[str, Field(min_length=1, max_length=64)]
"""A name of the policy. Any text of this length is taken: the policy says whether it lists it."""
Note = Annotated[str, Field(min_length=1, max_length=20_000)]
"""A text for people; it is kept sealed."""
Scope = Annotated[
    str,
    BeforeValidator(_unhyphened),
    Field(
        max_length=36,
        description="Of a document or case: its id, with or without hyphens; of a period: its first"
        " day (ISO 8601). A new document or case has a random id of yours (UUID version 4).",
    ),
]


class Form(BaseModel):
    """A part of a request."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Act(Form):
    """What every command may say: when it happened, for whom the system acts, which entity."""

    occurred_at: Instant | None = Field(
        default=None, description="When it happened in the world; now, if left out."
    )
    on_behalf_of: Id | None = Field(
        default=None, description="The subject for whom a system acts, until people sign in."
    )
    controller: Code | None = Field(default=None, description="The primary one, if left out.")


class View(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(from_attributes=True)

    @classmethod
    def of(cls, row: object) -> Self:
        """This part from a row of the read side."""
        return cls.model_validate(row)


class Broken(View):
    """A rule that an act breaks: its permanent code, what it says, what to do, the numbers of the
    policy's statements that it carries out, and what of the act it is about."""

    rule: str
    says: str
    remedy: str
    statements: list[str] = []
    about: str | None = None

    @classmethod
    def all(cls, findings: tuple[Finding, ...] | tuple[str, ...]) -> list[Broken]:
        """Findings of an event, or rule codes of an answer, in words."""
        listed = []
        for finding in findings:
            code, about = (
                (finding, None) if isinstance(finding, str) else (finding.rule, finding.about)
            )
            listed.append(cls(**rule_text(code), about=about))
        return listed


class Identifier(View):
    """Where the number of a card or an account stood, and what it is; never a digit of it."""

    place: str
    about: str
    kind: str
    brand: str | None
    length: int


class Done(View):
    """What became of a command: durable at `position`, with the ids it minted.

    `findings` are the rules that something told breaks; it is stored with them all the same.
    `unchanged` stored nothing: it was so already. `identifiers`: numbers of cards and accounts that
    were told and are not kept.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "outcome": "recorded",
                    "position": 4711,
                    "ids": {"subject": "0b9c1f6e-7d7a-4c35-9f0e-2f3c6c1f3a10"},
                    "findings": [],
                }
            ]
        }
    )

    outcome: Literal["recorded", "unchanged"]
    position: int
    ids: dict[str, UUID]
    findings: list[Broken]
    identifiers: list[Identifier] | None = None

    @classmethod
    def by(cls, answer: Answer, **more: Any) -> Self:
        """The answer of the store, as the caller is told."""
        return cls(**done(answer), **more)


def done(answer: Answer) -> dict[str, Any]:
    """The fields of `Done`, for whoever encodes them as they are."""
    fields: dict[str, Any] = {
        "outcome": "unchanged" if answer.outcome == "unchanged" else "recorded",
        "position": answer.position,
        "ids": answer.ids,
        "findings": broken_rules(answer),
    }
    if found := identifiers(answer):
        fields["identifiers"] = found
    return fields


class FactView(View):
    """What every row says that stands for an event: which, where in the log, when, by whom."""

    event: UUID
    position: int
    occurred_at: dt.datetime
    recorded_at: dt.datetime
    by: UUID
    by_kind: str
    on_behalf_of: UUID | None
    policy: int


class Paged(View, Generic[T]):
    """A page of a list; `next_cursor` continues it, null ends it."""

    items: list[T]
    next_cursor: str | None


class Wrong(View):
    """One field that is wrong."""

    field: str
    rule: str
    remedy: str


class Problem(View):
    """RFC 9457. `type` leads to a page that says what it means and what to do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/invalid-input",
                    "title": "The input is not valid.",
                    "status": 422,
                    "detail": "Correct the field named and send it again; nothing was stored.",
                    "errors": [
                        {"field": "field-a", "rule": "must be a text", "remedy": "Correct it."}
                    ],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    errors: list[Wrong] | None = None
    rules: list[Broken] | None = None
    position: int | None = None
    identifiers: list[Identifier] | None = None


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "A problem the caller can mend."},
    "422": {"model": Problem, "description": "Fields that are wrong, each with its rule."},
    "5XX": {"model": Problem, "description": "A problem of the ledger."},
}
"""What every route under /v1 may answer besides its own, for the schema."""


class Labels:
    """What the policy in force calls its ids; an id it no longer lists is its own label."""

    def __init__(self, policy: PolicyDocument) -> None:
        self._policy = policy

    def label(self, section: str, code: str | None) -> str | None:
        """The label (or name) of an id of a section."""
        listed = getattr(self._policy, section).get(code) if code is not None else None
        if listed is None:
            return code
        found: str = getattr(listed, "label", None) or listed.name
        return found

    def ground(self, code: str) -> tuple[str, str | None]:
        """The label of a ground to keep, and the IRI that justifies it; or the law that asks for it."""
        listed = self._policy.retention_grounds.get(code)
        if listed is None:
            return self.label("regimes", code) or code, None
        return listed.label, listed.justification


def field_example(**example: Any) -> ConfigDict:
    """A form's configuration with one example."""
    return ConfigDict(
        extra="forbid",
        strict=True,
        hide_input_in_errors=True,
        json_schema_extra={"examples": [example]},
    )
